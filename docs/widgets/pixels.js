/* Where the numbers of a batch of pictures lie, and on which scale they are read. tests/test_widget_pixels.py compares this
   with torch. A place is { n, c, row, column }, a shape { n, c, h, w }: pictures, channels, rows, columns. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.pixels = (() => {
  const LAYOUTS = { NCHW: ["n", "c", "row", "column"], NHWC: ["n", "row", "column", "c"] };
  const SIZES = { n: "n", c: "c", row: "h", column: "w" };

  /* The axes of a layout in their order: name, length. */
  const axes = (layout, shape) => LAYOUTS[layout].map((axis) => [axis, shape[SIZES[axis]]]);
  const count = ({ n, c, h, w }) => n * c * h * w;

  /* ((first · length + second) · length + third) · length + fourth */
  const offset = (layout, shape, place) => axes(layout, shape).reduce((sum, [axis, length]) => sum * length + place[axis], 0);

  /* The place that lies at an offset. */
  const place = (layout, shape, at) => {
    const found = {};
    for (const [axis, length] of axes(layout, shape).reverse()) {
      found[axis] = at % length;
      at = Math.floor(at / length);
    }
    return found;
  };

  /* How many numbers further on the neighbour along each axis lies. */
  const strides = (layout, shape) => {
    let step = 1;
    const steps = axes(layout, shape).reverse().map(([, length]) => {
      const one = step;
      step *= length;
      return one;
    });
    return steps.reverse();
  };

  /* A byte on another scale; mean and std are those of its channel, on the scale from 0 to 1. */
  const SCALES = {
    bytes: (byte) => byte,
    unit: (byte) => byte / 255,
    standard: (byte, mean, std) => (byte / 255 - mean) / std,
  };
  const scaled = (byte, scale, { mean, std }, channel) => SCALES[scale](byte, mean[channel], std[channel]);

  const written = (value, scale) => (scale === "bytes" ? String(value) : value.toFixed(2).replace(/^-(0\.00)$/, "$1").replace("-", "−"));

  /* The published file: a line of JSON, which describes the sets of pictures, then their bytes, in the order NCHW. */
  const read = (binary) => {
    const end = binary.indexOf("\n");
    const words = new TextDecoder().decode(Uint8Array.from(binary.slice(0, end), (letter) => letter.charCodeAt(0)));
    let from = end + 1;
    return JSON.parse(words).map((set) => {
      const length = count(set.shape);
      const bytes = Uint8Array.from(binary.slice(from, from + length), (letter) => letter.charCodeAt(0));
      from += length;
      return { ...set, bytes };
    });
  };

  /* The byte of a picture at a place. */
  const byte = ({ shape, bytes }, at) => bytes[offset("NCHW", shape, at)];

  return { axes, byte, count, offset, place, read, scaled, strides, written };
})();
