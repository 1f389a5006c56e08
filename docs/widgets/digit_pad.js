/* The pad of the digit network: ink as SVG, drawn with mouse, finger or pen, or with the arrow keys. Coordinates are
   hundredths of its side. `on.ink()` is called after each change, `on.say(words)` tells what a key has done. */
"use strict";

cnnGuide.digitPad = (() => {
  const { make } = cnnGuide;
  const STEP = 4;
  const MOVES = { // with the corners of a number block, whose arrows these keys are
    ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0],
    Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1],
  };
  const within = (value) => Math.max(4, Math.min(96, value));
  const short = (value) => Math.round(10 * value) / 10;
  const route = (points) => `M${points.map((point) => point.map(short).join(" ")).join("L")}${points.length < 2 ? "h0" : ""}`;

  const create = (help, on) => {
    const ink = make("svg:g", { class: "digit-pad__ink" });
    const sample = make("svg:g");
    const pen = make("svg:circle", { class: "digit-pad__pen", r: 4 });
    const svg = make("svg:svg", { viewBox: "0 0 100 100", tabindex: 0, role: "application", "aria-label": "Drawing pad", "aria-describedby": help }, sample, ink, pen);
    const pad = { element: svg, strokes: [] };
    let [at, down, drawing] = [[30, 30], false, undefined];

    const show = () => {
      pen.setAttribute("cx", at[0]);
      pen.setAttribute("cy", at[1]);
      pen.classList.toggle("digit-pad__pen--down", down);
    };
    const begin = (point) => {
      sample.replaceChildren(); // who draws wants an empty sheet
      pad.strokes.push([point]);
      ink.append(make("svg:path", { d: route([point]) }));
      on.ink();
    };
    const go = (point) => {
      const stroke = pad.strokes.at(-1);
      stroke.push(point);
      ink.lastChild.setAttribute("d", route(stroke));
      on.ink();
    };
    const lift = () => { down = false; };

    pad.clear = () => {
      pad.strokes = [];
      lift();
      for (const group of [ink, sample]) group.replaceChildren();
      show();
      on.ink();
    };
    pad.undo = () => {
      pad.strokes.pop();
      ink.lastChild?.remove();
      sample.replaceChildren();
      lift();
      show();
      on.ink();
    };
    /* A ready picture of side × side pixels from 0 to 1, in place of strokes. */
    pad.put = (pixels, side) => {
      pad.clear();
      pixels.forEach((value, i) => {
        if (!value) return;
        const box = { x: ((i % side) * 100) / side, y: (Math.floor(i / side) * 100) / side, width: 100 / side + 0.05, height: 100 / side + 0.05 };
        sample.append(make("svg:rect", { ...box, "fill-opacity": short(value) || 0.1, class: "digit-pad__pixel" }));
      });
    };

    const locate = ({ clientX, clientY }) => {
      const { left, top, width, height } = svg.getBoundingClientRect();
      return [within((100 * (clientX - left)) / width), within((100 * (clientY - top)) / height)];
    };
    svg.addEventListener("pointerdown", (event) => {
      if (event.button || drawing !== undefined) return; // one finger draws; another does not join in
      drawing = event.pointerId;
      lift();
      svg.setPointerCapture(drawing);
      at = locate(event);
      show();
      begin(at);
    });
    svg.addEventListener("pointermove", (event) => {
      if (event.pointerId !== drawing) return;
      const [x, y] = locate(event);
      if (Math.hypot(x - at[0], y - at[1]) < 1) return;
      at = [x, y];
      show();
      go(at);
    });
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, (event) => {
      if (event.pointerId === drawing) drawing = undefined;
    });

    svg.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { key } = event;
      if (key in MOVES) {
        at = at.map((value, axis) => within(value + STEP * MOVES[key][axis]));
        if (down) go(at);
      } else if (key === " " || key === "Enter") {
        down = !down;
        if (down) begin(at);
        on.say(down ? "Pen down: the arrow keys draw." : "Pen up: the arrow keys move it.");
      } else if (key === "Escape" && down) {
        lift();
        on.say("Pen up.");
      } else if (key === "Backspace") {
        pad.undo();
        on.say("Last stroke removed.");
      } else if (key === "Delete") {
        pad.clear();
        on.say("The pad is empty.");
      } else return;
      event.preventDefault();
      show();
    });
    svg.addEventListener("blur", () => {
      lift();
      show();
    });
    show();
    return pad;
  };

  return { create };
})();
