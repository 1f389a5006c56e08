/* Mouse, finger, pen and keyboard on one grid of the convolution player. What a gesture means is said by `on`:
   on.look(at), on.hover(at or nothing), on.pin(at), on.unpin(), on.put(at, value), on.type(at), on.pen() (a number, or nothing
   while the pen is away). */
"use strict";

cnnGuide.convolutionHands = (() => {
  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const clamp = (value, size) => Math.max(0, Math.min(size - 1, value));

  const place = (target) => target.closest?.("[data-at]")?.dataset.at.split(" ").map(Number);

  const moved = (key, [row, column], [rows, columns]) => {
    if (key === "Home") return [row, 0];
    if (key === "End") return [row, columns - 1];
    const step = STEPS[key];
    return step && [clamp(row + step[0], rows), clamp(column + step[1], columns)];
  };

  const keyboard = (grid, editable, on) => grid.svg.addEventListener("keydown", (event) => {
    const at = place(event.target);
    if (!at || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moved(event.key, at, grid.size);
    if (next) grid.look(...next).focus();
    else if (event.key === "Enter" || event.key === " ") editable && on.pen() !== undefined ? on.put(at, on.pen()) : on.pin(at);
    else if (event.key === "Escape") on.unpin();
    else if (editable && (event.key === "Delete" || event.key === "Backspace")) on.put(at, 0);
    else if (editable && /^[-\d.]$/.test(event.key)) return on.type(at); // the field takes the key itself
    else return;
    event.preventDefault();
  });

  const pointer = (grid, editable, on) => {
    const { svg } = grid;
    let drawing = false;
    const draw = (event) => {
      const at = grid.locate(event);
      if (at) on.put(at, on.pen());
    };
    svg.addEventListener("pointerdown", (event) => {
      if (!editable || on.pen() === undefined || event.button) return;
      drawing = true;
      svg.setPointerCapture(event.pointerId);
      draw(event);
    });
    svg.addEventListener("pointermove", (event) => {
      if (drawing) draw(event);
      else if (event.pointerType === "mouse") on.hover(grid.locate(event));
    });
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => { drawing = false; });
    svg.addEventListener("pointerleave", () => on.hover());
    svg.addEventListener("click", (event) => {
      const at = grid.locate(event);
      if (at && !(editable && on.pen() !== undefined)) on.pin(at);
    });
  };

  const wire = (grid, editable, on) => {
    keyboard(grid, editable, on);
    pointer(grid, editable, on);
    grid.svg.addEventListener("focusin", (event) => {
      if (place(event.target)) on.look(place(event.target));
    });
  };

  return { wire };
})();
