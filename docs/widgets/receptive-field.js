/* needs: fields.js fieldpictures.js receptive-field.css */
/* room: 1421 1260 */
/* <receptive-field input="28" layers="conv3 pool2 conv3">: up to eight layers, and what each of their units sees of the
   image: along one axis, in two dimensions, and as a table with the recurrence. */
"use strict";

(() => {
  const { make, receptiveField, fieldPictures } = cnnGuide;
  const MOST = 8;
  const LARGEST = 32; // pixels a side that still can be told apart on a telephone
  const KINDS = { conv: "Conv", pool: "Pool" };
  const NUMBERS = [["k", "Kernel", 1, 15], ["s", "Stride", 1, 8], ["d", "Dilation", 1, 8], ["p", "Padding", 0, 15]];
  const PRESETS = [
    ["Three 3×3", 16, "conv3 conv3 conv3"],
    ["CNN 2", 28, "conv3 pool2 conv3 pool2"],
    ["Dilation 1, 2, 4", 20, "conv3p1 conv3d2p2 conv3d4p4"],
  ];
  const STEPS = [["←", "Unit to the left", [0, -1]], ["↑", "Unit above", [-1, 0]], ["↓", "Unit below", [1, 0]], ["→", "Unit to the right", [0, 1]]];
  const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  class ReceptiveField extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return;
      const linked = cnnGuide.linkedState(this);
      const initial = (name, otherwise) => linked[name] ?? this.getAttribute(name) ?? otherwise;
      this.layers = receptiveField.read(initial("layers", "conv3 pool2 conv3")).slice(0, MOST);
      this.input = field("Input size", { min: 1, max: LARGEST, value: initial("input", "28") });
      const place = (name, otherwise) => (/^\d+$/.test(linked[name]) ? Number(linked[name]) : otherwise);
      this.level = place("level", MOST);
      this.unit = [place("row", NaN), place("column", NaN)]; // NaN: the one in the middle
      this.append(...this.controls(), ...this.pictures());
      this.edit();
      this.show();
    }

    controls() {
      this.editor = make("ol", { class: "receptive-field__layers" });
      const presets = PRESETS.map(([name, pixels, text]) => button(name, () => {
        this.input.value = pixels;
        this.change(receptiveField.read(text));
      }));
      this.add = button("Add a layer", () => this.change([...this.layers, { kind: "conv", k: 3, s: 1, d: 1, p: 0 }]));
      const form = make("form", {}, make("div", { class: "receptive-field__bar" }, this.input.parentNode, ...presets), this.editor, this.add);
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("input", () => this.show());
      return [form];
    }

    pictures() {
      this.refusal = make("p", { class: "receptive-field__why", "aria-live": "polite" });
      this.answer = make("p", { class: "receptive-field__answer", "aria-live": "polite", "aria-atomic": "true" });
      this.rows = fieldPictures.rows((level, place) => this.choose(level, [place, place]));
      this.grids = fieldPictures.grids((place) => this.choose(this.level, place));
      this.rows.addEventListener("keydown", (event) => this.key(event, ([up, right]) => [this.level - up, this.unit.map((at) => at + right)]));
      this.grids.addEventListener("keydown", (event) => this.key(event, (step) => [this.level, this.unit.map((at, axis) => at + step[axis])]));
      const steps = STEPS.map(([sign, name, step]) => {
        const one = button(sign, () => this.choose(this.level, this.unit.map((at, axis) => at + step[axis])));
        one.setAttribute("aria-label", name);
        return one;
      });
      this.grids.firstChild.append(make("div", { class: "receptive-field__steps" }, ...steps));
      this.table = make("div");
      this.link = make("a", {}, "Link to this setting");
      return [this.refusal, this.answer, this.rows, this.grids,
        make("p", { class: "receptive-field__note" }, "The stronger the colour of a pixel, the more ways lead from it to the unit."), this.table, make("p", {}, this.link)];
    }

    key(event, to) {
      if (!(event.key in KEYS)) return;
      event.preventDefault();
      this.choose(...to(KEYS[event.key]));
    }

    change(layers) {
      this.layers = layers;
      this.level = MOST;
      this.unit = [NaN, NaN];
      this.edit();
      this.show();
    }

    choose(level, unit) {
      if (!this.levels) return; // a link may have brought what is no network
      if (level !== this.level && level >= 0 && level <= this.last) unit = this.moved(level);
      [this.level, this.unit] = [level, unit];
      this.draw();
    }

    /* The unit of another level whose field lies nearest. */
    moved(level) {
      const middle = ({ size, jump, start }, at) => start + (size - 1) / 2 + at * jump;
      const [from, to] = [this.levels[this.level], this.levels[level]];
      return this.unit.map((at) => Math.round((middle(from, at) - middle(to, 0)) / to.jump));
    }

    /* The rows of fields: made anew only when layers come or go, so that no field loses the focus while it is typed in. */
    edit() {
      this.editor.replaceChildren(...this.layers.map((layer, at) => this.row(layer, at)));
      this.add.disabled = this.layers.length === MOST;
    }

    row(layer, at) {
      const name = `of layer ${at + 1}`;
      const kind = make("select", { "aria-label": `Kind ${name}` }, ...Object.entries(KINDS).map(([value, text]) => make("option", { value }, text)));
      kind.value = layer.kind;
      kind.addEventListener("input", () => { layer.kind = kind.value; });
      const fields = NUMBERS.map(([symbol, text, min, max]) => {
        const input = field(text, { min, max, value: layer[symbol], "aria-label": `${text} ${name}` });
        const take = () => { layer[symbol] = whole(input); };
        input.addEventListener("input", take);
        take();
        return input.parentNode;
      });
      const remove = button("×", () => {
        this.change(this.layers.filter((one) => one !== layer));
        (this.editor.querySelectorAll("button")[Math.min(at, this.layers.length - 1)] ?? this.add).focus();
      });
      remove.setAttribute("aria-label", `Remove layer ${at + 1}`);
      return make("li", {}, make("span", { class: "receptive-field__number" }, String(at + 1)), make("label", {}, make("span", {}, "Layer"), kind), ...fields, remove);
    }

    show() {
      const pixels = whole(this.input);
      const fault = Number.isNaN(pixels) || this.layers.some((layer) => NUMBERS.some(([symbol]) => Number.isNaN(layer[symbol])));
      if (fault) {
        this.refuse({ why: `A field holds no number that it may: the input has 1 to ${LARGEST} pixels, kernels and paddings at most 15, strides and dilations at most 8.`, hint: "" });
        return;
      }
      const found = receptiveField.levels(pixels, this.layers);
      const refused = found.at(-1).why && found.pop();
      this.levels = found;
      this.last = found.length - 1;
      this.refuse(refused && { ...refused, at: found.length });
      this.table.replaceChildren(fieldPictures.table(found, this.layers));
      this.draw();
    }

    refuse(refused) {
      this.refusal.replaceChildren();
      if (!refused) return;
      const where = refused.at ? `Layer ${refused.at} is not possible. ` : "Not possible. ";
      this.refusal.append(make("strong", {}, where), `${refused.why} ${refused.hint}`);
    }

    draw() {
      this.level = Math.max(0, Math.min(this.level, this.last));
      const { units, ...field } = this.levels[this.level];
      this.unit = this.unit.map((at) => (Number.isNaN(at) ? Math.floor((units - 1) / 2) : Math.max(0, Math.min(at, units - 1))));
      const ways = this.unit.map((at) => receptiveField.ways(this.levels[0].units, this.layers, this.level, at));
      const pixels = ways.map(([counts]) => counts);
      this.rows.draw(this.levels, this.level, this.unit[1], ways[1]);
      this.grids.draw(this.levels, this.level, this.unit, pixels);
      this.answer.replaceChildren(...sentence(this.level, this.unit, field, pixels));
      const state = { input: this.levels[0].units, layers: receptiveField.written(this.layers), level: this.level, row: this.unit[0], column: this.unit[1] };
      this.link.href = cnnGuide.permalink(this, state);
    }
  }

  const button = (text, act) => {
    const made = make("button", { type: "button" }, text);
    made.addEventListener("click", act);
    return made;
  };

  const field = (text, attributes) => {
    const input = make("input", { type: "number", inputmode: "numeric", step: 1, ...attributes });
    make("label", {}, make("span", {}, text), input);
    return input;
  };

  const whole = (input) => {
    const value = Number(input.value);
    const fine = input.value !== "" && Number.isInteger(value) && value >= Number(input.min) && value <= Number(input.max);
    input.toggleAttribute("aria-invalid", !fine);
    return fine ? value : NaN;
  };

  const ends = (pixels) => {
    const seen = pixels.flatMap((count, at) => (count ? [at] : []));
    return seen.length && { first: seen[0], last: seen.at(-1), gaps: seen.at(-1) - seen[0] + 1 > seen.length, count: seen.length };
  };

  function sentence(level, unit, { size }, pixels) {
    const [rows, columns] = pixels.map(ends);
    const who = level ? `Unit (${unit.join(", ")}) of layer ${level}` : `Pixel (${unit.join(", ")})`;
    if (!rows || !columns) return [`${who} sees padding only.`, make("br"), "No pixel of the image can change it."];
    const cut = [rows, columns].some(({ first, last }) => last - first + 1 < size) ? "; the rest of its field is padding" : "";
    const gaps = rows.gaps || columns.gaps ? ", with gaps" : "";
    return [`${who} sees `, make("strong", {}, `rows ${rows.first} to ${rows.last}, columns ${columns.first} to ${columns.last}`), `${gaps}:`, make("br"), `${rows.count} × ${columns.count} pixels${cut}.`];
  }

  customElements.define("receptive-field", ReceptiveField);
})();
