/* needs: layers.js */
/* A stack as a row of boxes, one for each new shape: as high and as deep as the map, as thick as it has channels; lists
   are lines. Sides grow with the square root of the pixels, thickness with the logarithm of the channels. */
"use strict";

cnnGuide.drawStack = (() => {
  const { make } = cnnGuide;
  const [HIGH, GAP, SLOPE] = [92, 13, 0.36];
  const FAMILIES = { Conv2d: "conv", Linear: "dense", MaxPool2d: "pool", AvgPool2d: "pool", AdaptiveAvgPool2d: "pool", Dropout: "dropout" };
  const family = (kind) => FAMILIES[kind] ?? "plain";

  /* The input, and each output whose shape is a new one, with the first layer that it comes from. */
  function stages(input, rows) {
    const found = [{ shape: input, family: "input", place: -1 }];
    rows.forEach(({ output, layer }, place) => {
      if (String(output) !== String(found.at(-1).shape)) found.push({ shape: output, family: family(layer.kind), place });
    });
    return found;
  }

  const thick = (channels) => 3 + 3.4 * Math.log2(channels + 1);

  function box([channels, height, width], largest) {
    const [high, deep, across] = [height, width].map((side) => Math.max(3, HIGH * Math.sqrt(side / largest))).concat(thick(channels));
    const [dx, dy] = [deep * SLOPE, deep * SLOPE * 0.55];
    const faces = [
      ["front", `M0 0h${across}v${-high}h${-across}z`],
      ["top", `M0 ${-high}l${dx} ${-dy}h${across}l${-dx} ${dy}z`],
      ["side", `M${across} 0l${dx} ${-dy}v${-high}l${-dx} ${dy}z`],
    ];
    return { faces, wide: across + dx };
  }

  const line = ([features]) => ({ faces: [["front", `M0 0h7v${-Math.min(HIGH, 6 + 6 * Math.log2(features + 1))}h-7z`]], wide: 7 });

  function stage({ shape, family: name, place }, largest, x, floor, current) {
    const { faces, wide } = shape.length === 3 ? box(shape, largest) : line(shape);
    const [first, second] = shape.length === 3 ? [shape[0], `${shape[1]}×${shape[2]}`] : [shape[0], ""];
    const width = Math.max(wide, 6.7 * Math.max(String(first).length, second.length));
    const start = x + (width - wide) / 2;
    const paths = faces.map(([face, d]) => make("svg:path", { d, class: `layer-stack__face layer-stack__face--${face}` }));
    const words = [first, second].map((text, row) => make("svg:text", { x: x + width / 2, y: floor + 15 + row * 14, "text-anchor": "middle" }, String(text)));
    const drawn = make("svg:g", { class: `layer-stack__stage layer-stack__${name}${place === current ? " layer-stack__current" : ""}` },
      make("svg:g", { transform: `translate(${start} ${floor})` }, ...paths), ...words);
    return { drawn, width };
  }

  const inWords = (found) => found.map(({ shape }) => shape.join("×")).join(", then ");

  function draw(input, rows, current) {
    const found = stages(input, rows);
    const largest = Math.max(...found.filter(({ shape }) => shape.length === 3).flatMap(({ shape }) => shape.slice(1)));
    const floor = HIGH * (1 + SLOPE * 0.55) + 4;
    let x = 4;
    const drawn = found.map((each) => {
      const made = stage(each, largest, x, floor, current);
      x += made.width + GAP;
      return made.drawn;
    });
    const [width, height] = [Math.ceil(x - GAP + 4), Math.ceil(floor + 34)];
    return make("svg:svg", { viewBox: `0 0 ${width} ${height}`, width, role: "img", "aria-label": `Shapes: ${inWords(found)}`, style: `max-width: max(100%, ${Math.round(0.75 * width)}px)` }, ...drawn);
  }

  return { draw, family };
})();
