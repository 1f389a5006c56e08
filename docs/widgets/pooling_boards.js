/* The boards of <pooling-window>: numbers in a square, of which one can be chosen by pointer and by keys. */
"use strict";

cnnGuide.poolingBoards = (() => {
  const { make } = cnnGuide;
  const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const clamp = (value, most) => Math.max(0, Math.min(value, most));

  function board(title, name, role = "img") {
    const more = role === "img" ? {} : { tabindex: 0, "aria-roledescription": "grid of numbers" };
    const grid = make("div", { class: "pooling-window__grid", role, "aria-label": name ?? title, ...more });
    return { title, name, grid, box: make("figure", {}, make("figcaption", {}, title), grid) };
  }

  /* Numbers in a square; `wide` is the side of the map, so that a number is as large on every board. */
  function fill({ title, name, grid }, texts, side, marks, wide = side) {
    grid.style.setProperty("--side", side);
    grid.style.width = `${(100 * side) / Math.max(side, wide)}%`;
    const cells = texts.map((value, at) => {
      const classes = marks(at).filter(Boolean).map((mark) => `pooling-window__${mark}`);
      return make("span", { class: ["pooling-window__cell", ...classes].join(" "), "data-at": at, "aria-hidden": "true" }, value);
    });
    grid.replaceChildren(...cells);
    grid.setAttribute("aria-label", name ? `${side} × ${side} ${name}` : `${title} of the sum of all outputs: ${texts.join(", ")}`);
    grid.dataset.side = side;
  }

  /* Press on a number, draw over numbers, or walk by arrow keys. */
  function choose(grid, chosen) {
    let held = false;
    const pick = ({ clientX, clientY }) => {
      const { left, top, width, height } = grid.getBoundingClientRect();
      const side = Number(grid.dataset.side);
      chosen([(clientY - top) / height, (clientX - left) / width].map((part) => clamp(Math.floor(part * side), side - 1)));
    };
    grid.addEventListener("pointerdown", (event) => {
      held = event.pointerType === "mouse";
      pick(event);
    });
    grid.addEventListener("pointermove", (event) => held && event.buttons && pick(event));
    grid.addEventListener("keydown", (event) => {
      if (!(event.key in KEYS)) return;
      event.preventDefault();
      chosen(undefined, KEYS[event.key]);
    });
  }

  return { board, choose, clamp, fill };
})();
