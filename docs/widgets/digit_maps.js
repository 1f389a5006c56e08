/* Values of one layer of the digit network as pictures, all its maps in one canvas, side by side; each unit can be chosen by
   pointer and by keys. Teal is above zero, amber below, and no colour at zero. */
"use strict";

cnnGuide.digitMaps = (() => {
  const { make } = cnnGuide;
  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const clamp = (value, size) => Math.max(0, Math.min(size - 1, value));
  const GAP = 1; // between maps, in units of a map

  /* Red, green and blue of the theme's colours, read anew when the theme changes. */
  const colours = (where) => ["--accent", "--amber", "--ink"].map((name) => {
    const probe = make("i", { style: `color: var(${name}); display: none` });
    where.append(probe);
    const found = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
    probe.remove();
    return found;
  });

  /* Maps of `size` (channels, rows, columns) in `across` columns. on(unit) is called with the number of a chosen unit. */
  const create = (label, [channels, rows, columns], across, on) => {
    const down = Math.ceil(channels / across);
    const [width, height] = [across * (columns + GAP) - GAP, down * (rows + GAP) - GAP];
    const canvas = make("canvas", { width, height });
    const marks = make("svg:svg", { viewBox: `0 0 ${width} ${height}`, tabindex: 0, role: "application", "aria-label": label });
    const context = canvas.getContext("2d");
    const image = context.createImageData(width, height);
    const corner = (channel) => [(channel % across) * (columns + GAP), Math.floor(channel / across) * (rows + GAP)];
    const split = (unit) => [Math.floor(unit / (rows * columns)), Math.floor(unit / columns) % rows, unit % columns];
    const join = (channel, row, column) => (channel * rows + row) * columns + column;

    /* Where each unit's colour stands in the canvas. */
    const places = Int32Array.from({ length: channels * rows * columns }, (_, unit) => {
      const [channel, row, column] = split(unit);
      const [x, y] = corner(channel);
      return 4 * ((y + row) * width + x + column);
    });
    const paint = (values, [above, below], most = Math.max(...values.map(Math.abs), 1e-9)) => {
      const { data } = image;
      for (let unit = 0; unit < places.length; unit += 1) {
        const [value, to] = [values[unit], places[unit]];
        const colour = value < 0 ? below : above;
        for (let part = 0; part < 3; part += 1) data[to + part] = colour[part];
        data[to + 3] = (255 * Math.abs(value)) / most;
      }
      context.putImageData(image, 0, 0);
    };

    const frame = (channel, [top, left, bottom, right], kind) => {
      const [x, y] = corner(channel);
      const box = { x: x + left, y: y + top, width: right - left + 1, height: bottom - top + 1 };
      marks.append(make("svg:rect", { ...box, class: "digit-maps__halo" }), make("svg:rect", { ...box, class: `digit-maps__${kind}` }));
    };

    let stop = join(0, rows >> 1, columns >> 1);
    const choose = (unit) => {
      stop = unit;
      on(unit);
    };
    /* The unit under a pointer; beside the maps, the nearest. */
    const locate = ({ clientX, clientY }) => {
      const box = canvas.getBoundingClientRect();
      const [x, y] = [((clientX - box.left) * width) / box.width, ((clientY - box.top) * height) / box.height];
      const [i, j] = [clamp(Math.floor(y / (rows + GAP)), down), clamp(Math.floor(x / (columns + GAP)), across)];
      const channel = clamp(i * across + j, channels);
      const [left, top] = corner(channel);
      return join(channel, clamp(Math.floor(y - top), rows), clamp(Math.floor(x - left), columns));
    };
    marks.addEventListener("pointerdown", (event) => event.button || choose(locate(event)));
    marks.addEventListener("pointermove", (event) => event.buttons === 1 && event.pointerType === "mouse" && choose(locate(event)));
    marks.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      let [channel, row, column] = split(stop);
      const whole = rows * columns === 1; // of maps with one unit each, the arrows choose among the maps
      if (event.key in MOVES) {
        const [dy, dx] = MOVES[event.key];
        if (whole) channel = clamp(channel + dy * across + dx, channels);
        else [row, column] = [clamp(row + dy, rows), clamp(column + dx, columns)];
      } else if (event.key === "PageUp" || event.key === "PageDown") channel = clamp(channel + (event.key === "PageUp" ? -1 : 1), channels);
      else if (event.key === "Home" || event.key === "End") channel = event.key === "Home" ? 0 : channels - 1;
      else if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose(join(channel, row, column));
    });

    const element = make("div", { class: "digit-maps" }, canvas, marks);
    return { element, frame, paint, clear: () => marks.replaceChildren(), split, stay: (unit) => { stop = unit; }, focus: () => marks.focus(), channels };
  };

  return { colours, create };
})();
