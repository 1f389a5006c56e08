/* The boards of <gradient-stepper>: numbers in a square, some of them chosen by pointer and by keys; and its curve. */
"use strict";

cnnGuide.gradientBoards = (() => {
  const { make } = cnnGuide;
  const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const UNKNOWN = "?";

  /* Short enough for a cell: 11, −0.25, 3e6. */
  const text = (value) => {
    if (Math.abs(value) >= 1000) return value.toExponential(0).replace("e+", "e").replace("-", "−");
    return String(Math.round(100 * value) / 100).replace("-", "−");
  };

  /* A factor or a term: negative ones in brackets. */
  const factor = (value) => (text(value).startsWith("−") ? `(${text(value)})` : text(value));

  /* `act`, where there is one, gets the place that the reader has chosen. */
  function board(title, act) {
    const grid = make("div", { class: "gradients__grid", role: act ? "application" : "img", ...(act ? { tabindex: 0, "aria-roledescription": "grid of numbers" } : {}) });
    const made = { title, grid, side: 1, at: [0, 0], box: make("figure", {}, make("figcaption", {}, title), grid) };
    if (act) listen(made, act);
    return made;
  }

  function listen(it, act) {
    const within = (value) => Math.max(0, Math.min(Math.floor(value), it.side - 1));
    it.grid.addEventListener("click", ({ clientX, clientY }) => {
      const { left, top, width, height } = it.grid.getBoundingClientRect();
      act([within((it.side * (clientY - top)) / height), within((it.side * (clientX - left)) / width)]);
    });
    it.grid.addEventListener("keydown", (event) => {
      if (!(event.key in KEYS)) return;
      event.preventDefault();
      act(it.at.map((one, axis) => within(one + KEYS[event.key][axis])));
    });
  }

  /* `rows` of numbers, unknown ones undefined; `marks` are [place, kind, note], the note small in the cell's corner. */
  function fill(it, rows, marks = [], words = "") {
    it.side = rows.length;
    const texts = rows.flat().map((value) => (value === undefined ? UNKNOWN : text(value)));
    const longest = Math.max(2, ...texts.map(({ length }) => length));
    it.grid.style.setProperty("--side", it.side);
    it.grid.style.setProperty("--letters", longest);
    const cells = texts.map((value) => make("span", { class: "gradients__cell", "aria-hidden": "true" }, value));
    for (const [[row, column], kind, note] of marks) {
      const cell = cells[row * it.side + column];
      cell.classList.add(`gradients__${kind}`);
      if (note !== undefined) cell.append(make("small", {}, note));
    }
    it.grid.replaceChildren(...cells);
    it.grid.setAttribute("aria-label", `${it.title}: ${texts.map((value) => (value === UNKNOWN ? "unknown" : value)).join(", ")}${words}`);
  }

  /* The loss against the steps, on a logarithmic scale. */
  function curve() {
    const line = make("svg:polyline", { fill: "none", "stroke-width": 2 });
    const dot = make("svg:circle", { r: 3.5 });
    const [top, bottom] = [make("svg:text", { x: 4, y: 12 }), make("svg:text", { x: 4, y: 96 })];
    const svg = make("svg:svg", { viewBox: "0 0 160 100", role: "img", class: "gradients__curve" }, line, dot, top, bottom);
    const draw = (losses) => {
      const heights = losses.map((loss) => Math.log10(Math.max(loss, 1e-4)));
      const [least, most] = [Math.min(Math.floor(Math.min(...heights)), 0), Math.max(Math.ceil(Math.max(...heights)), 1)];
      const spots = heights.map((height, at) => [42 + (112 * at) / Math.max(10, losses.length - 1), 8 + (84 * (most - height)) / (most - least)]);
      line.setAttribute("points", spots.map((spot) => spot.map((one) => one.toFixed(1)).join(",")).join(" "));
      const [x, y] = spots.at(-1);
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", y);
      const name = (power) => text(10 ** power).replace("1e", "10^");
      [top.textContent, bottom.textContent] = [name(most), least < -2 ? `10^${text(least)}` : name(least)];
      svg.setAttribute("aria-label", `Loss against steps: ${losses.map(text).join(", ")}`);
    };
    return { svg, draw };
  }

  return { board, curve, factor, fill, text };
})();
