/* needs: sizes.js output-size.css */
/* room: 664 828 */
/* <output-size kind="conv" input="32" kernel="8" stride="2" padding="1">: the size of a layer's output along one axis,
   how it comes about, which pixels are never read, and what other libraries make of the same window. */
"use strict";

(() => {
  const { make, sizes } = cnnGuide;
  const KINDS = { conv: "Convolution", pool: "Pooling", transpose: "Transposed convolution" };
  const FIELDS = [ // attribute, label, symbol in sizes.js, smallest, largest, kinds
    ["input", "Input size", "n", 1, 9999, "conv pool transpose"],
    ["kernel", "Kernel", "k", 1, 999, "conv pool transpose"],
    ["stride", "Stride", "s", 1, 999, "conv pool transpose"],
    ["padding", "Padding", "p", 0, 999, "conv pool transpose"],
    ["dilation", "Dilation", "d", 1, 99, "conv pool transpose"],
    ["output-padding", "Output padding", "outputPadding", 0, 99, "transpose"],
  ];
  const STRIP = 48; // pixels that still can be told apart when drawn

  class OutputSize extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return;
      const linked = cnnGuide.linkedState(this);
      this.initial = (name, otherwise) => linked[name] ?? this.getAttribute(name) ?? otherwise;
      this.out = make("div", { class: "output-size__out", "aria-live": "polite" });
      this.append(this.form(), this.out);
      this.addEventListener("input", () => this.show());
      this.show();
    }

    form() {
      const options = Object.entries(KINDS).map(([value, text]) => make("option", { value }, text));
      this.kind = make("select", {}, ...options);
      this.kind.value = this.initial("kind", "conv");
      this.ceil = make("input", { type: "checkbox" });
      this.ceil.checked = this.initial("ceil", "false") === "true";
      this.inputs = Object.fromEntries(FIELDS.map(([name, , , min, max]) => {
        const value = this.initial(name, { input: 32, kernel: 3, stride: 1, dilation: 1 }[name] ?? 0);
        return [name, make("input", { type: "number", inputmode: "numeric", min, max, step: 1, value })];
      }));
      this.labels = FIELDS.map(([name, text, , , , kinds]) => {
        const label = make("label", {}, make("span", {}, text), this.inputs[name]);
        label.dataset.kinds = kinds;
        return label;
      });
      const rounding = make("label", { class: "output-size__check" }, this.ceil, make("span", {}, "Round up (ceil_mode)"));
      rounding.dataset.kinds = "pool";
      this.labels.push(rounding);
      const form = make("form", {}, make("label", {}, make("span", {}, "Layer"), this.kind), ...this.labels);
      form.addEventListener("submit", (event) => event.preventDefault());
      return form;
    }

    /* The numbers of the fields, or the first field that holds none. */
    setting() {
      const found = { ceil: this.ceil.checked };
      for (const [name, text, symbol, min, max, kinds] of FIELDS) {
        const value = Number(this.inputs[name].value);
        const fine = this.inputs[name].value !== "" && Number.isInteger(value) && value >= min && value <= max;
        this.inputs[name].toggleAttribute("aria-invalid", !fine);
        if (!fine && kinds.includes(this.kind.value)) return { why: `${text} must be a whole number from ${min} to ${max}.`, hint: "" };
        found[symbol] = value;
      }
      return found;
    }

    show() {
      for (const label of this.labels) label.hidden = !label.dataset.kinds.includes(this.kind.value);
      const setting = this.setting();
      const answer = setting.why ? setting : sizes[this.kind.value](setting);
      this.out.replaceChildren(...(setting.why ? refusal(answer) : this.answer(setting, answer)));
    }

    answer(setting, answer) {
      const parts = answer.why ? refusal(answer) : [make("p", { class: "output-size__size" }, "Output size ", make("output", {}, String(answer.size)))];
      if (!answer.why) parts.push(make("p", {}, steps(this.kind.value, setting)));
      if (!answer.why && this.kind.value !== "transpose") {
        parts.push(...strip(setting, answer.size), make("p", {}, unreadText(setting, answer.size)));
      }
      if (this.kind.value !== "transpose") parts.push(others(setting, answer));
      parts.push(make("p", {}, make("code", {}, code(this.kind.value, setting))), make("p", {}, this.link()));
      return parts;
    }

    link() {
      const state = { kind: this.kind.value, ceil: this.ceil.checked };
      for (const [name] of FIELDS) state[name] = this.inputs[name].value;
      return make("a", { href: cnnGuide.permalink(this, state) }, "Link to this setting");
    }
  }

  const refusal = ({ why, hint }) => [make("p", { class: "output-size__why" }, make("strong", {}, "Not possible. "), `${why} ${hint}`)];

  function steps(kind, { n, k, s, p, d, ceil, outputPadding }) {
    if (kind === "transpose") return `(${n} − 1)·${s} − 2·${p} + ${d}·(${k} − 1) + ${outputPadding} + 1`;
    const [open, close] = kind === "pool" && ceil ? ["⌈", "⌉"] : ["⌊", "⌋"];
    return `${open}(${n} + 2·${p} − ${d}·(${k} − 1) − 1) / ${s}${close} + 1`;
  }

  function unreadText(setting, size) {
    const unread = sizes.unread(size, setting);
    if (!unread.length) return "Every pixel is read.";
    const listed = unread.length > 8 ? `${unread.slice(0, 8).join(", ")}, …` : unread.join(", ");
    return `Never read: ${unread.length} of ${setting.n} pixels (${unread.length > 1 ? "numbers" : "number"} ${listed}, counted from 0).`;
  }

  function others(setting, answer) {
    const sides = sizes.tfSamePadding(setting);
    const row = (name, { size }, note) =>
      make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, size === undefined ? "–" : String(size)), make("td", {}, note));
    const body = [
      row("PyTorch", answer, `padding ${setting.p} on both sides`),
      row("TensorFlow SAME", sizes.tfSame(setting), `padding ${sides[0]} before and ${sides[1]} after`),
      row("TensorFlow VALID", sizes.tfValid(setting), "no padding"),
    ];
    const head = make("tr", {}, ...["Library", "Size", "How"].map((text) => make("th", { scope: "col" }, text)));
    return make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
  }

  function code(kind, { k, s, p, d, ceil, outputPadding }) {
    const name = { conv: "nn.Conv2d", pool: "nn.MaxPool2d", transpose: "nn.ConvTranspose2d" }[kind];
    const first = kind === "pool" ? [] : ["in_channels", "out_channels"];
    const rest = [`kernel_size=${k}`];
    if (s !== (kind === "pool" ? k : 1)) rest.push(`stride=${s}`);
    if (p) rest.push(`padding=${p}`);
    if (kind === "transpose" && outputPadding) rest.push(`output_padding=${outputPadding}`);
    if (d !== 1) rest.push(`dilation=${d}`);
    if (kind === "pool" && ceil) rest.push("ceil_mode=True");
    return `${name}(${[...first, ...rest].join(", ")})`;
  }

  /* The padded input as a row of squares, and under it the first two windows and the last. */
  function strip(setting, size) {
    const { n, k, d, p } = setting;
    const last = sizes.taps(size - 1, setting)[k - 1];
    const [first, end] = [-p, Math.max(n + p, last + 1)];
    if (end - first > STRIP) return [];
    const unread = new Set(sizes.unread(size, setting));
    const squares = Array.from({ length: end - first }, (_, at) => {
      const pixel = first + at;
      const sort = pixel < 0 || pixel >= n ? "frame" : unread.has(pixel) ? "unread" : "pixel";
      return make("svg:rect", { x: at * 20 + 1, y: 1, width: 18, height: 18, class: `output-size__${sort}` });
    });
    const shown = [...new Set([0, 1, size - 1])].filter((o) => o >= 0 && o < size);
    const windows = shown.flatMap((o, line) => sizes.taps(o, setting).map((pixel) =>
      make("svg:rect", { x: (pixel - first) * 20 + 4, y: 26 + line * 14, width: 12, height: 9, class: "output-size__window" })));
    const title = `${n} pixels${p ? `, ${p} of padding on each side` : ""}; below, the ${shown.length > 1 ? "first windows and the last" : "only window"}, each of ${k} pixels${d > 1 ? ` that lie ${d} apart` : ""}`;
    const box = `0 0 ${(end - first) * 20} ${26 + shown.length * 14}`;
    return [make("svg:svg", { viewBox: box, role: "img", "aria-label": title, style: `max-width: ${(end - first) * 1.1}rem` }, ...squares, ...windows)];
  }

  customElements.define("output-size", OutputSize);
})();
