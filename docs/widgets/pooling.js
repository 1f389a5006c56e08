/* needs: sizes.js */
/* Pooling of a square map, forwards and backwards, as PyTorch does it; tests/test_widget_pooling.py compares the two.
   A setting: { kind: "max" or "mean", side, k window, s stride, p padding, ceil }; numbers lie row by row. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.pooling = (() => {
  const size = ({ side, k, s, p, ceil }) => cnnGuide.sizes.pool({ n: side, k, s, p, ceil });

  /* Where the window of an output begins and ends along one axis: `end` in the map or its frame, `from` to `to` in the map.
     With `ceil` a window may stick out of the frame; what sticks out is not counted. */
  const reach = (output, { side, k, s, p }) => {
    const start = output * s - p;
    const end = Math.min(start + k, side + p);
    return { start, end, from: Math.max(start, 0), to: Math.min(end, side) };
  };

  /* The window of the output (row, column): `places` of the map, in reading order, and how many numbers the mean divides by,
     the zeros of the frame included. */
  const window = (setting, row, column) => {
    const [down, across] = [reach(row, setting), reach(column, setting)];
    const places = [];
    for (let y = down.from; y < down.to; y += 1) {
      for (let x = across.from; x < across.to; x += 1) places.push(y * setting.side + x);
    }
    return { down, across, places, divisor: (down.end - down.start) * (across.end - across.start) };
  };

  /* The first of the largest numbers, which alone gets the gradient. */
  const winner = (numbers, places) => places.reduce((best, at) => (numbers[at] > numbers[best] ? at : best));

  const value = (setting, numbers, { places, divisor }) => (setting.kind === "max"
    ? numbers[winner(numbers, places)]
    : places.reduce((sum, at) => sum + numbers[at], 0) / divisor);

  /* How much of the gradient 1 at an output comes to each place of its window: pairs [place, share]. */
  const shares = (setting, numbers, { places, divisor }) => (setting.kind === "max"
    ? [[winner(numbers, places), 1]]
    : places.map((at) => [at, 1 / divisor]));

  /* { size, windows, outputs, gradient } with the gradient of the sum of all outputs; or { why, hint }. */
  const pool = (setting, numbers) => {
    const found = size(setting);
    if (found.why) return found;
    const count = found.size ** 2;
    const windows = Array.from({ length: count }, (_, at) => window(setting, Math.floor(at / found.size), at % found.size));
    const gradient = new Array(numbers.length).fill(0);
    for (const it of windows) for (const [at, share] of shares(setting, numbers, it)) gradient[at] += share;
    return { size: found.size, windows, outputs: windows.map((it) => value(setting, numbers, it)), gradient };
  };

  return { pool, winner };
})();
