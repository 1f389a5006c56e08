/* needs: pixels.js pixelpictures.js pixel-inspector.css */
/* room: 880 1490 */
/* <pixel-inspector data="pixels.bin" set="photographs" row="30" column="40">: a picture, the numbers around one of its pixels
   on three scales, and where they lie in memory in both layouts. The cell of the page publishes the pictures. */
"use strict";

(() => {
  const { make, pixels, pixelPictures } = cnnGuide;
  const SCALES = [["bytes", "0 to 255"], ["unit", "0 to 1"], ["standard", "Standardised"]];
  const LAYOUTS = [["NCHW", "NCHW"], ["NHWC", "NHWC"]];
  const PLANES = [["all", "All channels"], ["0", "Red"], ["1", "Green"], ["2", "Blue"]];
  const STEPS = [["←", "One pixel to the left", 0, -1], ["↑", "One pixel up", -1, 0], ["↓", "One pixel down", 1, 0], ["→", "One pixel to the right", 0, 1]];
  const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const HELP = "Picture: arrow keys choose a pixel, with Shift ten pixels further";

  class PixelInspector extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return;
      const published = cnnGuide.files?.[this.getAttribute("data")];
      if (!published) {
        this.append("The pictures of this widget did not load.");
        return;
      }
      this.sets = pixels.read(atob(published));
      this.parts();
      this.start();
      this.choose(this.place);
    }

    /* What a link says, or else the attributes, or else the first or the middle: whatever is the first to make sense. */
    start() {
      const linked = cnnGuide.linkedState(this);
      const wish = (name, sensible, otherwise) => [linked[name], this.getAttribute(name)].find((value) => value && sensible(value)) ?? otherwise;
      for (const [name, select] of Object.entries(this.selects)) {
        const values = [...select.options].map(({ value }) => value);
        select.value = wish(name, (value) => values.includes(value), values[0]);
      }
      this.set = this.sets[this.selects.set.selectedIndex];
      const { n, h, w } = this.set.shape;
      const whole = (name, length, otherwise) => Number(wish(name, (value) => /^\d+$/.test(value) && Number(value) < length, otherwise));
      this.place = { n: whole("n", n, 0), row: whole("row", h, h >> 1), column: whole("column", w, w >> 1) };
      this.adapt();
    }

    parts() {
      this.selects = { set: select(this.sets.map(({ name, title }) => [name, title])), plane: select(PLANES), scale: select(SCALES), layout: select(LAYOUTS) };
      this.fields = { n: field(), row: field(), column: field() };
      const { set, plane, scale, layout } = this.selects;
      const form = make("form", {}, labelled("Pictures", set), labelled("Picture", this.fields.n), labelled("Shown", plane),
        labelled("Numbers", scale), labelled("Row", this.fields.row), labelled("Column", this.fields.column), labelled("Layout", layout), this.arrows());
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("input", ({ target }) => this.edited(target));
      this.board = pixelPictures.board(HELP, (row, column) => this.choose({ ...this.place, row, column }));
      this.board.addEventListener("keydown", (event) => this.key(event));
      this.numbers = make("div");
      this.answer = make("p", { class: "pixel-inspector__answer", "aria-live": "polite", "aria-atomic": "true" });
      this.note = make("p", { class: "pixel-inspector__note" });
      this.memory = make("div", { class: "pixel-inspector__memory" });
      this.link = make("a", {}, "Link to this pixel");
      this.append(form, make("div", { class: "pixel-inspector__both" }, this.board, this.numbers), this.answer, this.note, this.memory, make("p", {}, this.link));
    }

    arrows() {
      const buttons = STEPS.map(([sign, name, down, right]) => {
        const button = make("button", { type: "button", "aria-label": name }, sign);
        button.addEventListener("click", () => this.step(down, right));
        return button;
      });
      return make("div", { class: "pixel-inspector__arrows", role: "group", "aria-label": "Move" }, ...buttons);
    }

    step(down, right) {
      this.choose({ ...this.place, row: this.place.row + down, column: this.place.column + right });
    }

    key(event) {
      if (!(event.key in KEYS) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.step(...KEYS[event.key].map((one) => one * (event.shiftKey ? 10 : 1)));
    }

    edited(target) {
      if (target === this.selects.set) {
        const { h, w } = this.set.shape; // the same part of the other picture
        const across = [this.place.row / h, this.place.column / w];
        this.set = this.sets[target.selectedIndex];
        this.place = { n: 0, row: Math.round(across[0] * this.set.shape.h), column: Math.round(across[1] * this.set.shape.w) };
        this.adapt();
      }
      for (const [axis, input] of Object.entries(this.fields)) {
        if (input !== target) continue;
        const fine = input.value !== "" && Number.isInteger(input.valueAsNumber) && input.valueAsNumber >= 0 && input.valueAsNumber <= Number(input.max);
        input.toggleAttribute("aria-invalid", !fine);
        if (!fine) return; // the rest stays as it was
        this.place[axis] = input.valueAsNumber;
      }
      this.choose(this.place, target);
    }

    /* The fields go as far as the set does; grey pictures have no planes to choose from. */
    adapt() {
      const { n, c, h, w } = this.set.shape;
      Object.entries({ n, row: h, column: w }).forEach(([axis, length]) => { this.fields[axis].max = length - 1; });
      const { plane } = this.selects;
      if (c === 1) plane.value = "all";
      plane.disabled = c === 1;
    }

    choose(place, typed) {
      const { shape } = this.set;
      const clamp = (value, length) => Math.max(0, Math.min(value, length - 1));
      this.place = { n: clamp(place.n, shape.n), row: clamp(place.row, shape.h), column: clamp(place.column, shape.w) };
      for (const [axis, input] of Object.entries(this.fields)) {
        if (input === typed) continue;
        input.value = this.place[axis];
        input.removeAttribute("aria-invalid");
      }
      this.show();
    }

    written(place) {
      const scale = this.selects.scale.value;
      return pixels.written(pixels.scaled(pixels.byte(this.set, place), scale, this.set, place.c), scale);
    }

    show() {
      const { place, set, selects: { plane: { value: plane }, layout: { value: layout }, scale: { value: scale } } } = this;
      const picture = [set.name, place.n, plane].join();
      if (picture !== this.painted) this.board.paint(set, place.n, plane);
      this.painted = picture;
      this.board.mark(place);
      const written = (one) => this.written(one);
      this.numbers.replaceChildren(pixelPictures.neighbours(set, place, plane, written));
      this.answer.replaceChildren(`Row ${place.row}, column ${place.column}: `, make("strong", {}, pixelPictures.channels(set).map((c) => `${pixelPictures.name(set, c)} ${written({ ...place, c })}`).join(", ")), ".");
      this.note.textContent = scale === "standard" ? `Standardised with the mean ${list(set.mean)} and the deviation ${list(set.std)} of ${set.from}.` : set.about;
      const first = { ...place, c: plane === "all" ? 0 : Number(plane) };
      this.memory.replaceChildren(...memory(set, layout, first, written));
      this.link.href = cnnGuide.permalink(this, { set: set.name, ...place, plane, scale, layout });
    }
  }

  const list = (numbers) => numbers.map((number) => number.toFixed(2)).join(", ");

  const select = (options) => make("select", {}, ...options.map(([value, text]) => make("option", { value }, text)));
  const field = () => make("input", { type: "number", inputmode: "numeric", min: 0, step: 1 });
  const labelled = (text, control) => make("label", {}, make("span", {}, text), control);

  function memory(set, layout, place, written) {
    const shape = pixels.axes(layout, set.shape).map(([, length]) => length);
    const rows = pixelPictures.channels(set).map((c) => {
      const there = { ...place, c };
      const index = pixels.axes(layout, set.shape).map(([axis]) => there[axis]);
      const sum = index.slice(1).reduce((text, one, at) => `${at ? `(${text})` : text} · ${shape[at + 1]} + ${one}`, String(index[0]));
      const offset = pixels.offset(layout, set.shape, there).toLocaleString("en");
      return make("tr", {}, make("th", { scope: "row" }, pixelPictures.name(set, c)), make("td", {}, make("code", {}, `x[${index.join(", ")}]`)), make("td", {}, offset), make("td", {}, sum));
    });
    const head = make("tr", {}, ...["Channel", "Index", "Place", "Sum"].map((text) => make("th", { scope: "col" }, text)));
    return [
      make("p", { class: "pixel-inspector__shape" }, `${layout}: x has the shape `, make("code", {}, `(${shape.join(", ")})`),
        " and the strides ", make("code", {}, `(${pixels.strides(layout, set.shape).join(", ")})`)),
      pixelPictures.line(set, layout, place),
      pixelPictures.beside(set, layout, place, written),
      make("table", { class: "pixel-inspector__places" }, make("thead", {}, head), make("tbody", {}, ...rows)),
    ];
  }

  customElements.define("pixel-inspector", PixelInspector);
})();
