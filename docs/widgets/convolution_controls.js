/* What lies below the panels of the convolution player: the transport, the fields that change a number, and what is folded
   away. Each takes what the player does (`on`) and gives its `body` and how to keep it up to date. */
"use strict";

cnnGuide.convolutionControls = (() => {
  const { make, convolutionCode: code } = cnnGuide;
  const SPEEDS = { 1: "slow", 2: "normal", 5: "fast", 12: "very fast" }; // steps a second

  const button = (text, action, attributes = {}) => {
    const element = make("button", { type: "button", ...attributes }, text);
    element.addEventListener("click", action);
    return element;
  };
  const labelled = (text, field) => make("label", {}, make("span", {}, text), field);

  /* on.go(at) shows an output, on.playing(whether) and on.pinned(whether) are told. */
  const transport = (on) => {
    let [at, count, timer, pinned] = [0, 1, undefined, false];
    const stop = () => {
      if (timer === undefined) return;
      timer = clearInterval(timer);
      play.textContent = "Play";
      on.playing(false);
    };
    const step = (by) => on.go((at + by + count) % count);
    const start = () => {
      clearInterval(timer);
      if (at === count - 1) on.go(0);
      timer = setInterval(() => {
        step(1);
        if (at === count - 1) stop();
      }, 1000 / Number(speed.value));
      play.textContent = "Pause";
      on.playing(true);
    };
    const byHand = (action) => () => {
      stop();
      action();
    };
    const pin = (whether) => {
      pinned = whether;
      holder.setAttribute("aria-pressed", String(whether));
      on.pinned(whether);
    };

    const play = button("Play", () => (timer === undefined ? start() : stop()));
    const holder = button("Pin", () => pin(!pinned), { "aria-pressed": "false" });
    const slider = make("input", { type: "range", min: 0, step: 1, "aria-label": "Output cell" });
    slider.addEventListener("input", byHand(() => on.go(Number(slider.value))));
    const speed = make("select", {}, ...Object.entries(SPEEDS).map(([value, text]) => make("option", { value }, text)));
    speed.value = "2";
    speed.addEventListener("input", () => { if (timer !== undefined) start(); });
    const body = make("div", { class: "convolution__transport" },
      button("Back", byHand(() => step(-1))), play, button("Step", byHand(() => step(1))), slider, labelled("Speed", speed), holder);

    const show = (place, words) => {
      at = place;
      slider.value = at;
      slider.setAttribute("aria-valuetext", words);
    };
    const resize = (size) => {
      count = size;
      slider.max = size - 1;
    };
    return { body, pin, resize, show, stop };
  };

  /* on.put(value) changes the chosen number, on.back() returns to its cell, on.drawing(whether) is told. */
  const editing = (on) => {
    const value = make("input", { type: "number", step: "any" });
    const name = make("span", {});
    value.addEventListener("input", () => { if (value.value !== "") on.put(Number(value.value)); });
    value.addEventListener("keydown", ({ key }) => { if (key === "Enter" || key === "Escape") on.back(); });
    const draw = button("Draw", () => {
      draw.setAttribute("aria-pressed", String(!drawing()));
      on.drawing(drawing());
    }, { "aria-pressed": "false" });
    const drawing = () => draw.getAttribute("aria-pressed") === "true";
    const pen = make("input", { type: "number", step: "any", value: 9 });

    const show = (words, number) => {
      name.textContent = `Value of ${words}`;
      if (value !== document.activeElement) value.value = number;
    };
    const type = () => {
      value.value = "";
      value.focus();
    };
    return {
      body: make("div", { class: "convolution__editing" }, make("label", {}, name, value), draw, labelled("Draw with", pen)),
      pen: () => (drawing() && pen.value !== "" ? Number(pen.value) : undefined),
      show,
      type,
    };
  };

  const fold = (title, ...inside) => make("details", { class: "convolution__fold" }, make("summary", {}, title), ...inside);

  const program = () => {
    const text = make("code", { tabindex: 0 });
    const copy = button("Copy", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        copy.textContent = "Copied";
      } catch { // no permission, or a page from a folder: then the reader copies what is selected
        getSelection().selectAllChildren(text);
      }
    });
    const show = (words) => {
      copy.textContent = "Copy";
      text.textContent = words;
    };
    return { body: fold("PyTorch code", make("pre", {}, text), make("p", {}, copy)), show };
  };

  /* on.paste(side, planes) takes typed planes over. */
  const typing = (on) => {
    const areas = Object.fromEntries(["input", "kernel"].map((side) => [side, make("textarea", { rows: 6, spellcheck: "false", wrap: "off" })]));
    const trouble = make("p", { "aria-live": "polite", class: "convolution__why" });
    for (const [side, area] of Object.entries(areas)) {
      area.addEventListener("input", () => {
        const { planes, why = "" } = code.parse(area.value);
        trouble.textContent = why;
        if (planes) on.paste(side, planes);
      });
    }
    const show = (state) => {
      for (const [side, area] of Object.entries(areas)) if (area !== document.activeElement) area.value = code.typed(state[side]);
    };
    const rows = make("div", { class: "convolution__areas" }, labelled("Input", areas.input), labelled("Kernel", areas.kernel));
    return { body: fold("Type or paste the numbers", make("p", {}, "One row a line; a blank line parts two channels."), rows, trouble), show };
  };

  const formula = () => {
    const lines = make("div", {});
    const legend = make("p", { class: "convolution__small" }, "x input, w kernel, y output; s stride, p padding, d dilation, k kernel size; all counted from 0.");
    const show = (...words) => lines.replaceChildren(...words.map((line) => make("p", {}, line)));
    return { body: fold("Formula with its numbers", lines, legend), show };
  };

  return { button, editing, formula, program, transport, typing };
})();
