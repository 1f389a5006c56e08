/* needs: layers_link.js layers_drawing.js */
/* One layer of the builder: its line of numbers, what is wrong with it, and the form with its arguments. */
"use strict";

cnnGuide.LayerRow = (() => {
  const { make } = cnnGuide;
  const { KINDS, pair } = cnnGuide.layers;
  const { read, show, typeOf } = cnnGuide.layerLinks;
  const { family } = cnnGuide.drawStack;
  const CELLS = [["output", "output"], ["parameters", "parameters"], ["macs", "MACs"], ["activations", "activations"], ["field", "field"]];
  const here = document.currentScript.src;

  const number = (value) => (value ? value.toLocaleString("en") : "–");
  const sides = (value) => pair(value).map((side) => side ?? "own").join("×");
  const unless = (value, otherwise, text) => (value === otherwise ? [] : [text]);

  /* What stands beside the name of a layer. */
  const IN_SHORT = {
    Conv2d: (it) => [
      `${it.out_channels} ${it.out_channels > 1 ? "filters" : "filter"} ${sides(it.kernel_size)}`, ...unless(it.stride, 1, `stride ${show(it.stride)}`), ...unless(it.padding, 0, `padding ${show(it.padding)}`),
      ...unless(it.dilation, 1, `dilation ${show(it.dilation)}`), ...unless(it.groups, 1, `groups ${it.groups}`), ...unless(it.bias, true, "no bias"),
    ],
    MaxPool2d: (it) => [...IN_SHORT.AvgPool2d(it), ...unless(it.dilation, 1, `dilation ${show(it.dilation)}`)],
    AvgPool2d: (it) => [
      sides(it.kernel_size), ...(it.stride === null || show(it.stride) === show(it.kernel_size) ? [] : [`stride ${show(it.stride)}`]),
      ...unless(it.padding, 0, `padding ${show(it.padding)}`), ...unless(it.ceil_mode, false, "rounded up"),
    ],
    AdaptiveAvgPool2d: (it) => [`to ${sides(it.output_size)}`],
    BatchNorm2d: (it) => [...unless(it.affine, true, "not affine"), ...unless(it.bias, true, "no bias")],
    Dropout: (it) => [String(it.p)],
    Linear: (it) => [String(it.out_features), ...unless(it.bias, true, "no bias")],
  };

  const cell = (name, row) => {
    if (!row) return "?";
    if (name === "output") return row.output.join("×");
    return name === "field" ? row.field.join("×") : number(row[name]);
  };

  /* Text in which `names` are set as code. */
  const withCode = (text) => text.split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));

  const lesson = () => {
    const address = `../foundations/padding_stride_and_size/${location.protocol === "file:" ? "index.html" : ""}`;
    return make("a", { href: new URL(address, here) }, "Padding, stride and size");
  };

  return class LayerRow {
    /* `does` holds what the builder does for its rows: change, move, open, copy, drop, repair. */
    constructor(layer, does) {
      this.does = does;
      this.element = make("li", { class: `layer-stack__row layer-stack__${family(layer.kind)}` });
      this.handle = make("button", { type: "button", class: "layer-stack__handle" }, make("span", { "aria-hidden": "true" }, "⠿"));
      this.name = make("button", { type: "button", class: "layer-stack__name", "aria-expanded": "false" });
      this.cells = CELLS.map(([name, unit]) => [name, make("span", {}), unit]);
      this.wrong = make("p", { class: "layer-stack__wrong", hidden: "" });
      this.panel = make("div", { class: "layer-stack__panel" });
      const numbers = this.cells.map(([, value, unit]) => make("span", { class: "layer-stack__cell" }, make("span", { class: "layer-stack__unit" }, `${unit} `), value));
      this.element.append(this.handle, this.name, make("span", { class: "layer-stack__cells" }, ...numbers), this.wrong, this.panel);
      this.name.addEventListener("click", () => does.open(this.panel.hidden ? this.place : null));
      this.element.addEventListener("keydown", (event) => this.pressed(event));
      this.panel.hidden = true;
    }

    /* The form is made when it is first opened: a network of forty layers would have three hundred fields. */
    fill() {
      const { layer } = this;
      this.inputs = Object.keys(KINDS[layer.kind].arguments).map((name) => [name, field(name, layer)]);
      const labels = this.inputs.map(([name, input]) => make("label", { class: typeOf(name) === "flag" ? "layer-stack__check" : "" }, make("code", {}, name), input));
      this.slip = make("p", { class: "layer-stack__slip", "aria-live": "polite" });
      this.buttons = [["Move up", () => this.does.move(this.place, this.place - 1)], ["Move down", () => this.does.move(this.place, this.place + 1)], ["Duplicate", () => this.does.copy(this.place)], ["Remove", () => this.does.drop(this.place)]]
        .map(([text, action]) => {
          const button = make("button", { type: "button" }, text);
          button.addEventListener("click", action);
          return button;
        });
      this.panel.replaceChildren(make("div", { class: "layer-stack__fields" }, ...labels), this.slip, make("div", { class: "layer-stack__buttons" }, ...this.buttons));
      this.panel.addEventListener("input", (event) => this.edited(event.target));
    }

    edited(input) {
      const [name] = this.inputs.find(([, each]) => each === input);
      try {
        const text = input.type === "checkbox" ? Number(input.checked) : input.value;
        const value = read(this.layer.kind, name, text);
        input.removeAttribute("aria-invalid");
        this.slip.textContent = "";
        this.does.change(this.place, name, value);
      } catch (error) {
        input.setAttribute("aria-invalid", "true");
        this.slip.replaceChildren(...withCode(error.message));
      }
    }

    pressed(event) {
      const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      const onHandle = event.target === this.handle;
      if (way && (onHandle || (event.altKey && event.target === this.name))) {
        event.preventDefault();
        this.does.move(this.place, this.place + way);
      } else if (event.key === "Delete" && (onHandle || event.target === this.name)) {
        event.preventDefault();
        this.does.drop(this.place);
      }
    }

    open(yes) {
      if (yes) {
        if (!this.inputs) this.fill();
        this.fit();
      }
      if (this.panel.hidden === !yes) return;
      this.panel.hidden = !yes;
      this.name.setAttribute("aria-expanded", String(yes));
      this.element.classList.toggle("layer-stack__row--open", yes);
    }

    update({ place, last, layer, row, refusal, share }) {
      const known = this.layer === layer && this.place === place;
      Object.assign(this, { place, layer, row, last });
      if (!known) this.rename();
      for (const [name, value] of this.cells) {
        const text = cell(name, row);
        if (value.textContent === text) continue;
        value.textContent = text;
        value.parentElement.classList.toggle("layer-stack__cell--none", text === "–" || text === "?");
      }
      this.element.style.setProperty("--share", `${(100 * share).toFixed(2)}%`);
      this.element.classList.toggle("layer-stack__row--unknown", !row);
      if (refusal || !this.wrong.hidden) this.wrong.replaceChildren(...(refusal ? this.refusal(refusal) : []));
      this.wrong.hidden = !refusal;
    }

    rename() {
      const { kind } = this.layer;
      this.handle.setAttribute("aria-label", `Layer ${this.place + 1}, ${kind}: drag it, or move it with the arrow keys`);
      const short = IN_SHORT[kind]?.(this.layer).join(", ") ?? "";
      this.name.replaceChildren(make("strong", {}, kind), ...(short ? [" ", make("span", {}, short)] : []));
    }

    /* The fields show the layer, but for the one that is being typed in. */
    fit() {
      const { layer, row } = this;
      this.buttons[0].disabled = this.place === 0;
      this.buttons[1].disabled = this.last;
      for (const [name, input] of this.inputs) {
        if (input.type === "checkbox") input.checked = layer[name];
        else if (input !== document.activeElement) {
          input.value = show(layer[name]);
          input.removeAttribute("aria-invalid");
        }
        if (name === KINDS[layer.kind].follows) input.placeholder = row ? `${row.layer[name]}, as it comes` : "as it comes";
        if (name === "stride" && layer.kind !== "Conv2d") input.placeholder = show(layer.kernel_size);
      }
    }

    refusal({ problem, hint, repair }) {
      const parts = [make("strong", {}, "Not possible. "), ...withCode(`${problem} ${hint}`), " Read: ", lesson(), ". "];
      if (!repair) return parts;
      const [name, value] = Object.entries(repair.set)[0];
      const button = make("button", { type: "button" }, repair.label ?? `Use ${name}=${show(value)}`);
      button.addEventListener("click", () => this.does.repair());
      return [...parts, button];
    }
  };

  function field(name, layer) {
    const type = typeOf(name);
    if (type === "flag") return make("input", { type: "checkbox" });
    if (type === "integer") return make("input", { type: "number", inputmode: "numeric", min: 1, step: 1 });
    return make("input", { type: "text", autocomplete: "off", spellcheck: "false", inputmode: type === "real" ? "decimal" : undefined });
  }
})();
