/* The three panels of the convolution player, input, kernel and output: they are built when sizes change, painted when
   values change, and marked at each step. */
"use strict";

cnnGuide.convolutionStage = (() => {
  const { make, convolution, convolutionCode: { short }, convolutionDrawing: drawing, convolutionHands: hands } = cnnGuide;
  const TITLES = { input: "Input", kernel: "Kernel", output: "Output" };
  const LETTERS = { input: "x", kernel: "w", output: "y" };

  const padding = ({ transposed, p }) => (transposed ? [0, 0] : p); // a transposed convolution's takes off the output

  /* What stands at a place of the padded input. */
  const padded = ({ setting, input }, plane, place) => {
    const pixel = place.map((at, axis) => convolution.source(at, setting.n[axis], setting.mode));
    return pixel.includes(null) ? 0 : input[plane][pixel[0]][pixel[1]];
  };

  /* Every place where a pixel stands: its own, and its copies in the padding. */
  const places = ({ setting }, pixel) => {
    const on = (axis) => {
      const frame = padding(setting)[axis];
      const all = Array.from({ length: setting.n[axis] + 2 * frame }, (_, at) => at - frame);
      return all.filter((at) => convolution.source(at, setting.n[axis], setting.mode) === pixel[axis]);
    };
    return on(0).flatMap((row) => on(1).map((column) => [row, column]));
  };

  const planeOf = ({ plane: [one, two] }) => one + two; // in this widget one of them is always 0

  const stage = (element, on) => {
    let panels = {};

    const panel = (state, side, size, count) => {
      const caption = make("figcaption", {}, `${TITLES[side]} ${size.join(" × ")}`);
      const frame = side === "input" ? padding(state.setting) : [0, 0];
      const grids = Array.from({ length: count }, (_, plane) => {
        const grid = drawing.grid({
          name: `${TITLES[side]}${count > 1 ? `, channel ${plane}` : ""}, ${size[0]} rows and ${size[1]} columns, counted from 0`,
          letter: LETTERS[side], size, padding: frame, editable: side !== "output",
          padded: (row, column) => padded(on.state(), plane, [row, column]),
        });
        const tell = (name) => (at, ...rest) => on[name](at && { side, at: [plane, ...at] }, ...rest);
        hands.wire(grid, side !== "output", { look: tell("look"), hover: tell("hover"), pin: tell("pin"), unpin: on.unpin, put: tell("put"), type: tell("type"), pen: on.pen });
        return grid;
      });
      const scroller = make("div", { class: "convolution__grids" }, ...grids.map(({ svg }) => svg));
      const columns = size[1] + 2 * frame[1];
      const cell = columns > 12 ? 26 : columns > 9 ? 30 : 36; // CSS pixels, where there is room for them
      const figure = make("figure", { style: `--columns: ${columns}; --cell: ${cell}px`, class: `convolution__panel convolution__panel--${side}` }, caption, scroller);
      return { caption, figure, grids, notes: cell > 26, scroller }; // notes in smaller cells cannot be read
    };

    const build = (state, outputs, size) => {
      panels = {
        input: panel(state, "input", state.setting.n, state.input.length),
        kernel: panel(state, "kernel", state.setting.k, state.kernel.length),
        output: panel(state, "output", size, outputs),
      };
      const { input, kernel, output } = panels;
      const beside = make("div", { class: "convolution__beside" }, kernel.figure, output.figure);
      element.replaceChildren(input.figure, beside);
    };

    const paint = ({ input, kernel }, output) => {
      for (const [side, planes] of Object.entries({ input, kernel, output })) {
        const colours = drawing.range(planes, side === "input");
        panels[side].grids.forEach((grid, plane) => grid.paint(planes[plane], colours));
      }
    };

    const mark = (side, [plane, ...at], kind, words) => panels[side].grids[plane].mark(at, kind, panels[side].notes && words?.length < 6 ? words : undefined);
    const times = ({ weight }) => `×${short(weight)}`;

    const show = {
      output: ({ at }, { setting, terms }) => {
        for (const term of terms) {
          mark("input", [term.channel, ...term.at], "window", times(term));
          if (setting.transposed) mark("kernel", [planeOf(term), ...term.tap], "window");
        }
        mark("output", at, "chosen");
      },
      input: ({ at }, { state, uses }) => {
        for (const place of places(state, at.slice(1))) mark("input", [at[0], ...place], "chosen");
        for (const use of uses) mark("output", use.at, "window", times(use.terms[0]) + (use.terms.length > 1 ? "…" : ""));
      },
      kernel: ({ at }, { output, terms }) => {
        mark("kernel", at, "chosen");
        for (const term of terms) mark("input", [term.channel, ...term.at], "window", times(term));
        mark("output", output, "window");
      },
    };

    const grids = () => Object.values(panels).flatMap((one) => one.grids);
    const grid = ({ side, at }) => panels[side].grids[at[0]];

    /* Mark what belongs to a cell; `facts` are its terms or uses. */
    const point = (look, facts) => {
      grids().forEach((one) => one.clear());
      show[look.side](look, facts);
      return grid(look).look(...look.at.slice(1));
    };

    /* A panel that is wider than the screen follows the window. */
    const follow = () => {
      for (const { scroller, grids: all } of Object.values(panels)) {
        const marks = all.map(({ svg }) => svg.lastChild).find((group) => group.firstChild);
        if (!marks || scroller.scrollWidth <= scroller.clientWidth) continue;
        const [inner, outer] = [marks.getBoundingClientRect(), scroller.getBoundingClientRect()];
        if (inner.left < outer.left || inner.right > outer.right) scroller.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2;
      }
    };

    const cell = (look) => grid(look).cells[look.at[1]][look.at[2]];
    const drawn = () => Object.values(panels).map(({ caption, grids: all }) => ({ caption: caption.textContent, grids: all }));
    return { build, cell, drawn, follow, paint, planeOf, point };
  };

  return { stage };
})();
