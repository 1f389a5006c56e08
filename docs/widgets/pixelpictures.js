/* The pictures of <pixel-inspector>: the picture itself, the numbers around a pixel, and where they lie in memory. */
"use strict";

cnnGuide.pixelPictures = (() => {
  const { make, pixels } = cnnGuide;
  const REACH = 2; // pixels to each side of the chosen one
  const BESIDE = 3; // numbers before and after the chosen one
  const NAMES = ["red", "green", "blue"];

  const name = ({ shape }, channel) => (shape.c === 1 ? "grey" : NAMES[channel]);
  const channels = ({ shape }) => Array.from({ length: shape.c }, (_, channel) => channel);
  const within = ({ shape }, { row, column }) => row >= 0 && row < shape.h && column >= 0 && column < shape.w;

  /* Red, green and blue of a pixel as it is drawn: a single plane is a grey picture. */
  const shown = (set, place, plane) => {
    const value = (c) => pixels.byte(set, { ...place, c });
    if (plane === "all" && set.shape.c === 3) return [value(0), value(1), value(2)];
    const grey = value(plane === "all" ? 0 : Number(plane));
    return [grey, grey, grey];
  };

  /* Black or white, by the higher contrast (WCAG 2.2, relative luminance). */
  const inkOn = (colour) => {
    const linear = colour.map((byte) => (byte <= 10 ? byte / 3294.6 : ((byte / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179 ? "#000" : "#fff";
  };

  /* A canvas that takes clicks, drags with a mouse and, having the focus, keys; an outline lies on it. */
  function board(label, choose) {
    const canvas = make("canvas", { "aria-hidden": "true" });
    const marks = ["halo", "window", "chosen"].map((sort) => make("svg:rect", { class: `pixel-inspector__${sort}` }));
    const svg = make("svg:svg", { "aria-hidden": "true" }, ...marks);
    const face = make("div", { class: "pixel-inspector__face" }, canvas, svg);
    const box = make("div", { class: "pixel-inspector__board", role: "application", tabindex: 0, "aria-roledescription": "picture", "aria-label": label }, face);
    const point = ({ clientX, clientY }) => {
      const { left, top, width, height } = face.getBoundingClientRect();
      choose(Math.floor(((clientY - top) / height) * canvas.height), Math.floor(((clientX - left) / width) * canvas.width));
    };
    face.addEventListener("click", point);
    face.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse" && event.buttons & 1) point(event); });

    box.paint = (set, n, plane) => {
      const { h, w } = set.shape;
      Object.assign(canvas, { width: w, height: h });
      face.style.setProperty("--shape", w / h);
      svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
      const image = new ImageData(w, h);
      for (let row = 0; row < h; row += 1) {
        for (let column = 0; column < w; column += 1) {
          image.data.set([...shown(set, { n, row, column }, plane), 255], 4 * (row * w + column));
        }
      }
      canvas.getContext("2d").putImageData(image, 0, 0);
    };
    box.mark = ({ row, column }) => marks.forEach((rect, at) => {
      const reach = at < 2 ? REACH : 0;
      const side = 2 * reach + 1;
      for (const [key, value] of Object.entries({ x: column - reach, y: row - reach, width: side, height: side })) rect.setAttribute(key, value);
    });
    return box;
  }

  /* A table of the numbers around a pixel; `written` is the text of one of them. */
  function neighbours(set, place, plane, written) {
    const steps = Array.from({ length: 2 * REACH + 1 }, (_, at) => at - REACH);
    const inside = (row, column) => within(set, { row, column });
    const wanted = plane === "all" ? channels(set) : [Number(plane)];
    const cell = (row, column) => {
      if (!inside(row, column)) return make("td", { class: "pixel-inspector__outside" }, "–");
      const colour = shown(set, { n: place.n, row, column }, plane);
      const letter = (c) => (set.shape.c === 3 && plane === "all" ? `${name(set, c)[0].toUpperCase()} ` : "");
      const lines = wanted.map((c) => make("span", {}, letter(c), written({ n: place.n, row, column, c })));
      const td = make("td", row === place.row && column === place.column ? { class: "pixel-inspector__here" } : {}, ...lines);
      td.style.background = `rgb(${colour.join(" ")})`;
      td.style.color = inkOn(colour);
      return td;
    };
    const edge = (scope, at, most) => (at >= 0 && at < most ? make("th", { scope }, String(at)) : make("td"));
    const head = make("tr", {}, make("td", {}), ...steps.map((step) => edge("col", place.column + step, set.shape.w)));
    const body = steps.map((down) => make("tr", {}, edge("row", place.row + down, set.shape.h), ...steps.map((right) => cell(place.row + down, place.column + right))));
    const caption = make("caption", {}, "The pixels around it, by row and column");
    return make("table", { class: "pixel-inspector__numbers" }, caption, make("thead", {}, head), make("tbody", {}, ...body));
  }

  const sort = (set, channel) => `pixel-inspector__${name(set, channel)}`;

  /* All numbers of the batch in one line, coloured by channel, with a mark at each of the chosen pixel's. */
  function line(set, layout, place) {
    const { n, c, h, w } = set.shape;
    const all = pixels.count(set.shape);
    const parts = layout === "NCHW" ? c : c * 12; // NHWC changes its channel at every number: stripes stand for that
    const stretch = 1000 / (n * parts);
    const stripes = Array.from({ length: n * parts }, (_, at) =>
      make("svg:rect", { x: at * stretch, y: 8, width: stretch, height: 14, class: sort(set, at % c) }));
    const ends = Array.from({ length: n - 1 }, (_, at) => make("svg:rect", { x: ((at + 1) * 1000) / n - 2, y: 4, width: 4, height: 22, class: "pixel-inspector__end" }));
    const marks = channels(set).map((channel) => {
      const x = (1000 * (pixels.offset(layout, set.shape, { ...place, c: channel }) + 0.5)) / all;
      return make("svg:path", { d: `M${x} 8l-7 -8h14zM${x} 22l-7 8h14z`, class: "pixel-inspector__mark" });
    });
    const label = `All ${all.toLocaleString("en")} numbers in one line: ${n} pictures of ${c} × ${h} × ${w}; ${marks.length > 1 ? "three marks, one a channel," : "one mark"} where the pixel lies`;
    return make("svg:svg", { viewBox: "-8 0 1016 30", preserveAspectRatio: "none", role: "img", "aria-label": label, class: "pixel-inspector__line" }, ...stripes, ...ends, ...marks);
  }

  /* The numbers that lie in memory beside one of the chosen pixel's. */
  function beside(set, layout, place, written) {
    const middle = pixels.offset(layout, set.shape, place);
    const items = Array.from({ length: 2 * BESIDE + 1 }, (_, step) => {
      const at = middle + step - BESIDE;
      if (at < 0 || at >= pixels.count(set.shape)) return make("li", { class: "pixel-inspector__outside" }, "–");
      const there = pixels.place(layout, set.shape, at);
      const item = make("li", { class: `${sort(set, there.c)}${at === middle ? " pixel-inspector__here" : ""}` },
        make("strong", {}, written(there)), make("span", {}, name(set, there.c)), make("span", {}, `${there.row}, ${there.column}`));
      return item;
    });
    return make("ol", { class: "pixel-inspector__beside", "aria-label": "Neighbours in memory: number, channel, row and column" }, ...items);
  }

  return { beside, board, channels, line, name, neighbours };
})();
