/* What the digit network answers: a bar for each class, and where on the picture the evidence for one of them lies. */
"use strict";

cnnGuide.digitAnswer = (() => {
  const { make, digit, digitInk: { SIDE } } = cnnGuide;
  const FINE = 2; // points of the drawing to a pixel; the browser smooths the rest

  /* A map's value between its places, and beyond the outermost the nearest. */
  const between = (map, [rows, columns], y, x) => {
    const [top, left] = [Math.max(Math.min(y, rows - 1), 0), Math.max(Math.min(x, columns - 1), 0)];
    const [r, c] = [Math.min(Math.floor(top), rows - 2), Math.min(Math.floor(left), columns - 2)];
    const row = (at) => map[at * columns + c] * (c + 1 - left) + map[at * columns + c + 1] * (left - c);
    return row(r) * (r + 1 - top) + row(r + 1) * (top - r);
  };

  /* on(class) is called when a class is chosen, on() when the most likely one is to be followed. */
  const create = (layers, name, on) => {
    const maps = layers.find(({ type }) => type === "global_average_pool").from;
    const count = layers.at(-1).size[0];
    const said = make("p", { class: "digit-answer__said", role: "status" });
    const option = (value, ...content) => make("label", { class: "digit-answer__class" }, make("input", { type: "radio", name: `${name}-class`, value }), ...content);
    const bars = Array.from({ length: count }, () => make("span", { class: "digit-answer__bar" }));
    const shares = Array.from({ length: count }, () => make("span", { class: "digit-answer__share" }));
    const rows = bars.map((bar, c) => option(c, make("span", {}, c), make("span", { class: "digit-answer__track" }, bar), shares[c]));
    const classes = make("fieldset", { class: "digit-answer__classes" }, make("legend", {}, "Show the evidence for"), option("", "the most likely"), ...rows);
    classes.querySelector("input").checked = true;
    const canvas = make("canvas", { width: FINE * SIDE, height: FINE * SIDE, role: "img", "aria-label": "Where the evidence lies" });
    const only = make("input", { type: "checkbox" });
    const note = make("figcaption");
    const figure = make("figure", { class: "digit-answer__evidence" }, canvas, note, make("label", {}, only, "Grad-CAM: what speaks for it alone"));
    let state;

    const draw = () => {
      const { values, best, tones: [above, below, ink] } = state;
      const chosen = Number(classes.querySelector(":checked").value || best);
      const all = Array.from({ length: count }, (_, c) => digit.evidence(layers, values, c));
      const most = Math.max(...all.map((map) => Math.max(...map.map(Math.abs))), 1e-9); // the same measure for every class
      const map = only.checked ? all[chosen].map((one) => Math.max(one, 0)) : all[chosen];
      const context = canvas.getContext("2d");
      const image = context.createImageData(FINE * SIDE, FINE * SIDE);
      for (let y = 0, to = 0; y < FINE * SIDE; y += 1) for (let x = 0; x < FINE * SIDE; x += 1, to += 4) {
        const at = (pixel, size) => ((pixel + 0.5) / (FINE * SIDE)) * size - 0.5;
        const value = between(map, maps.slice(1), at(y, maps[1]), at(x, maps[2])) / most;
        const tint = Math.abs(value) * 0.75;
        const dark = 0.8 * values[0][Math.floor(y / FINE) * SIDE + Math.floor(x / FINE)] * (1 - tint);
        const tone = value < 0 ? below : above;
        const alpha = tint + dark;
        for (let c = 0; c < 3; c += 1) image.data[to + c] = alpha ? (tint * tone[c] + dark * ink[c]) / alpha : 0;
        image.data[to + 3] = 255 * alpha;
      }
      context.putImageData(image, 0, 0);
      note.textContent = only.checked ? `Teal: what speaks for ${chosen}.` : `Teal speaks for ${chosen}, amber against it.`;
    };

    /* New values: the bars, the words (a moment later, when the pen rests), and the picture. */
    let speaking;
    const show = (values, tones, drawn) => {
      const shared = digit.softmax(values.at(-1));
      const best = shared.indexOf(Math.max(...shared));
      state = { values, best, tones };
      bars.forEach((bar, c) => {
        bar.style.width = `${drawn ? 100 * shared[c] : 0}%`;
        shares[c].textContent = drawn ? `${Math.round(100 * shared[c])} %` : "–";
        rows[c].classList.toggle("digit-answer__class--best", drawn && c === best);
      });
      clearTimeout(speaking);
      speaking = setTimeout(() => said.replaceChildren(...(drawn ? ["It reads ", make("strong", {}, best), `, with ${Math.round(100 * shared[best])} %.`] : ["Draw a digit, from 0 to 9."])), 150);
      draw();
    };
    classes.addEventListener("change", () => {
      const { value } = classes.querySelector(":checked");
      draw();
      if (value) on(Number(value));
    });
    only.addEventListener("change", draw);
    return { element: make("div", { class: "digit-answer" }, classes, figure), said, show };
  };

  return { between, create };
})();
