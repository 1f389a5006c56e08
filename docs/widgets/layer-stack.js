/* needs: layer-stack.css layers_rows.js layers_drag.js layers_panel.js */
/* room: 1465 2142 */
/* <layer-stack preset="cnn2">: a network built layer by layer, with shapes, parameters, MACs, activations and receptive
   fields, a drawing, and its code. Presets: cnn1, cnn2, lenet5, alexnet, vgg16; network="1x28x28_…" as in its links. */
"use strict";

(() => {
  const { CodePanel, LayerRow, drawStack, layers, layerLinks: links, make } = cnnGuide;
  const { NETWORKS } = links;
  const FRESH = { Conv2d: { out_channels: 16, kernel_size: 3 }, MaxPool2d: { kernel_size: 2 }, AvgPool2d: { kernel_size: 2 }, AdaptiveAvgPool2d: { output_size: 1 }, Linear: { out_features: 10 } };
  const SIZES = ["Channels", "Height", "Width"];
  const BARS = { parameters: "parameters", macs: "MACs", activations: "activations" };
  const HEADINGS = ["output", "parameters", "MACs", "activations", "field"];
  const option = ([value, text]) => make("option", { value }, text);
  const labelled = (text, input) => make("label", {}, make("span", {}, text), input);
  const number = (value) => value.toLocaleString("en");

  class LayerStack extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return;
      this.rows = new Map(); // of items, which are { layer } and keep their identity while the layer is edited
      this.past = [];
      this.build();
      const slip = this.begin();
      this.show();
      if (slip) this.say(slip);
    }

    /* What a link, or the page, asks for; says what is wrong with the link. */
    begin() {
      const own = this.getAttribute("network") ?? NETWORKS[this.getAttribute("preset") ?? "cnn1"][1];
      const { net } = cnnGuide.linkedState(this);
      try {
        this.take(links.parse(net ?? own));
        return "";
      } catch (error) {
        this.take(links.parse(own));
        return `The network of the link could not be read: ${error.message}`;
      }
    }

    build() {
      this.preset = make("select", {}, option(["", "My own"]), ...Object.entries(NETWORKS).map(([name, [title]]) => option([name, title])));
      this.sizes = SIZES.map(() => make("input", { type: "number", inputmode: "numeric", min: 1, max: 9999, step: 1 }));
      this.back = button("Undo", () => this.undo());
      this.bars = make("select", {}, ...Object.entries(BARS).map(option));
      const top = make("div", { class: "layer-stack__top" }, labelled("Network", this.preset), ...this.sizes.map((input, index) => labelled(SIZES[index], input)), labelled("Bars show", this.bars), this.back);
      this.drawing = make("div", { class: "layer-stack__drawing", tabindex: 0, role: "group", "aria-label": "Drawing of the network" });
      this.total = make("p", { class: "layer-stack__total" });
      this.list = make("ol", { class: "layer-stack__list", role: "list", "aria-label": "Layers" });
      const head = make("div", { class: "layer-stack__head", "aria-hidden": "true" }, make("span", {}, "layer"), ...HEADINGS.map((text) => make("span", {}, text)));
      this.kind = make("select", {}, ...Object.keys(layers.KINDS).map((kind) => option([kind, kind])));
      this.adding = button("Add", () => this.add());
      const add = make("div", { class: "layer-stack__add" }, labelled("New layer", this.kind), this.adding);
      this.panel = new CodePanel();
      this.said = make("p", { class: "layer-stack__status", "aria-live": "polite" });
      this.link = make("a", { href: "" }, "Link to this network");
      this.append(top, this.drawing, this.total, head, this.list, add, this.said, this.panel.element, cnnGuide.pasteBox((found) => this.paste(found)), make("p", {}, this.link));
      this.listen();
    }

    listen() {
      this.preset.addEventListener("change", () => this.preset.value && this.start(NETWORKS[this.preset.value]));
      this.sizes.forEach((input, axis) => input.addEventListener("input", () => this.resize(input, axis)));
      this.bars.addEventListener("change", () => this.show());
      cnnGuide.sortable(this.list, ".layer-stack__handle", (from, to) => this.move(from, to));
      this.does = Object.fromEntries(["change", "copy", "move", "open", "drop", "repair"].map((name) => [name, (...args) => this[name](...args)]));
    }

    /* State: the input and the items; every change goes through `edit`, which keeps the state before it. */

    get stack() {
      return { input: this.input, layers: this.items.map(({ layer }) => layer) };
    }

    take({ input, layers: given }) {
      const known = new Map((this.items ?? []).map((item) => [item.layer, item]));
      this.input = input;
      this.items = given.map((layer) => known.get(layer) ?? { layer });
      if (!this.items.includes(this.opened)) this.opened = null;
      this.sizes.forEach((field, axis) => {
        if (field !== document.activeElement) field.value = input[axis];
      });
    }

    /* Changes of one field one after the other are undone together. */
    edit(change, subject = null) {
      if (!subject || subject !== this.subject) this.past.push(this.stack);
      this.subject = subject;
      change();
      this.show();
    }

    undo() {
      this.subject = null;
      this.take(this.past.pop());
      this.show();
      this.say("Undone.");
      if (this.back.disabled) this.preset.focus();
    }

    start([title, text]) {
      this.edit(() => this.take(links.parse(text)));
      this.say(title);
    }

    resize(input, axis) {
      const value = Number(input.value);
      const fine = Number.isInteger(value) && value >= 1 && value <= 9999;
      input.toggleAttribute("aria-invalid", !fine);
      if (!fine) return this.say(`${SIZES[axis]} must be a whole number from 1 to 9999.`);
      this.edit(() => (this.input = this.input.with(axis, value)), `input ${axis}`);
      return this.say("");
    }

    change(place, name, value) {
      const item = this.items[place];
      if (item.layer[name] === value) return;
      this.edit(() => (item.layer = { ...item.layer, [name]: value }), `${place} ${name}`);
      this.say("");
    }

    add() {
      const kind = this.kind.value;
      const place = this.opened ? this.items.indexOf(this.opened) + 1 : this.items.length;
      this.insert(place, layers.make(kind, FRESH[kind]));
      this.say(`${kind} is layer ${place + 1}.`);
    }

    copy(place) {
      this.insert(place + 1, { ...this.items[place].layer });
      this.say(`Layer ${place + 2} is a copy.`);
      this.focusOn(place + 1);
    }

    insert(place, layer) {
      if (this.items.length >= links.LONGEST) return;
      this.edit(() => {
        const item = { layer };
        this.items = this.items.toSpliced(place, 0, item);
        this.opened = item;
      });
    }

    drop(place) {
      const { kind } = this.items[place].layer;
      this.edit(() => this.take({ input: this.input, layers: this.stack.layers.toSpliced(place, 1) }));
      this.say(`${kind} is removed.`);
      if (this.items.length) this.focusOn(Math.min(place, this.items.length - 1));
      else this.kind.focus();
    }

    move(from, to) {
      if (to < 0 || to >= this.items.length) return;
      const focused = this.contains(document.activeElement) ? document.activeElement : null;
      this.edit(() => (this.items = this.items.toSpliced(from, 1).toSpliced(to, 0, this.items[from])));
      this.say(`${this.items[to].layer.kind} is layer ${to + 1} of ${this.items.length}.`);
      (focused?.disabled ? this.row(to).name : focused)?.focus(); // moving an element takes its focus away
    }

    open(place) {
      this.opened = place === null ? null : this.items[place];
      this.show();
    }

    repair() {
      const { refusal } = this.traced;
      this.edit(() => this.take(layers.repaired(this.stack, refusal)));
      this.focusOn(refusal.place);
    }

    paste({ input, layers: given }) {
      const channels = given.find(({ kind }) => kind === "Conv2d")?.in_channels;
      const size = input ?? (channels ? this.input.with(0, channels) : this.input);
      this.edit(() => this.take(layers.loosened({ input: size, layers: given })));
      return `${given.length} ${given.length > 1 ? "layers are" : "layer is"} built${input ? "" : `, for an input of ${size.join("×")}: set its size above`}.`;
    }

    /* Showing */

    row(place) {
      return this.rows.get(this.items[place]);
    }

    focusOn(place) {
      this.row(place).name.focus();
    }

    say(text) {
      this.said.textContent = this.traced?.refusal ? `${text} Layer ${this.traced.refusal.place + 1} does not fit.`.trim() : text;
    }

    show() {
      this.traced = layers.trace(this.stack);
      this.showRows();
      this.drawing.replaceChildren(drawStack.draw(this.input, this.traced.rows, this.opened ? this.items.indexOf(this.opened) : null));
      this.total.replaceChildren(...this.sums());
      this.panel.update(this.input, this.traced);
      this.adding.textContent = this.opened ? `Add after layer ${this.items.indexOf(this.opened) + 1}` : "Add at the end";
      this.adding.disabled = this.items.length >= links.LONGEST;
      this.back.disabled = !this.past.length;
      const text = links.write(this.stack);
      this.preset.value = CANONICAL[text] ?? "";
      this.link.href = cnnGuide.permalink(this, { net: text });
    }

    showRows() {
      const { rows, refusal } = this.traced;
      const most = this.traced[this.bars.value] || 1;
      const shown = this.items.map((item, place) => {
        if (!this.rows.has(item)) this.rows.set(item, new LayerRow(item.layer, this.does));
        const row = this.rows.get(item);
        const share = (rows[place]?.[this.bars.value] ?? 0) / most;
        row.update({ place, last: place === this.items.length - 1, layer: item.layer, row: rows[place], refusal: refusal?.place === place ? refusal : null, share });
        row.open(item === this.opened);
        return row.element;
      });
      if (shown.length !== this.list.children.length || shown.some((element, index) => element !== this.list.children[index])) this.list.replaceChildren(...shown);
    }

    sums() {
      const { parameters, macs, activations, refusal } = this.traced;
      const sums = [[parameters, "parameters"], [macs, "MACs"], [activations, "activations"]];
      const parts = sums.flatMap(([sum, unit]) => [make("strong", {}, number(sum)), ` ${unit}, `]);
      const memory = `${size(4 * parameters)} of weights in float32`;
      return [...parts, refusal ? `up to layer ${refusal.place}` : memory];
    }
  }

  const CANONICAL = Object.fromEntries(Object.entries(NETWORKS).map(([name, [, text]]) => [links.write(links.parse(text)), name]));

  const size = (bytes) => {
    const unit = bytes < 1e6 ? "kB" : "MB";
    return `${(bytes / (bytes < 1e6 ? 1e3 : 1e6)).toLocaleString("en", { maximumSignificantDigits: 3 })} ${unit}`;
  };

  function button(text, action) {
    const made = make("button", { type: "button" }, text);
    made.addEventListener("click", action);
    return made;
  }

  customElements.define("layer-stack", LayerStack);
})();
