/* needs: filters.js filter-counter.css */
/* room: 864 1006 */
/* <filter-counter in="16" out="32" kernel="3" groups="4" bias="true">: the parameters of a convolution, with a picture of
   which channels each of its filters reads. */
"use strict";

(() => {
  const { make, filters } = cnnGuide;
  const FIELDS = [ // attribute, name in the arithmetic, label, largest, otherwise
    ["in", "inChannels", "Input channels", 512, 16],
    ["out", "outChannels", "Filters", 512, 32],
    ["kernel", "k", "Kernel", 11, 3],
    ["groups", "groups", "Groups", 512, 1],
  ];
  const BUTTONS = [["ordinary", "All channels"], ["depthwise", "One channel each (depthwise)"], ["pointwise", "1×1"]];
  const WIDE = 640; // units of the drawing
  const HIGH = 300;
  const MOST = 64; // channels or filters that are drawn one by one; of more, only the blocks are

  const number = (value) => value.toLocaleString("en");
  const many = (count, one, more = `${one}s`) => `${number(count)} ${count === 1 ? one : more}`;

  class FilterCounter extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return;
      const linked = cnnGuide.linkedState(this);
      this.initial = (name, otherwise) => linked[name] ?? this.getAttribute(name) ?? otherwise;
      this.picture = make("div", { class: "filter-counter__picture" });
      this.slider = make("input", { type: "range", min: 0, step: 1, value: this.initial("filter", 0) });
      this.said = make("p", { class: "filter-counter__said", "aria-live": "polite", "aria-atomic": "true" });
      this.details = make("div", { class: "filter-counter__details" });
      const choice = make("label", { class: "filter-counter__choice" }, make("span", {}, "Look at filter"), this.slider);
      this.append(this.form(), this.picture, choice, this.said, this.details);
      this.slider.addEventListener("input", () => this.show());
      this.point();
      this.show();
    }

    form() {
      this.inputs = Object.fromEntries(FIELDS.map(([name, , , max, otherwise]) => [name, make("input", {
        type: "number", inputmode: "numeric", min: 1, max, step: 1, value: this.initial(name, otherwise),
      })]));
      this.bias = make("input", { type: "checkbox" });
      this.bias.checked = this.initial("bias", "true") === "true";
      const labels = FIELDS.map(([name, , text]) => make("label", {}, make("span", {}, text), this.inputs[name]));
      const check = make("label", { class: "filter-counter__check" }, this.bias, make("span", {}, "Biases"));
      const buttons = BUTTONS.map(([name, text]) => {
        const button = make("button", { type: "button" }, text);
        button.addEventListener("click", () => this.preset(name));
        return button;
      });
      const form = make("form", {}, ...labels, check, make("div", { class: "filter-counter__buttons" }, ...buttons));
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("input", () => this.show());
      return form;
    }

    preset(name) {
      const setting = this.setting();
      if (setting.why) return;
      const wanted = filters.PRESETS[name](setting);
      for (const [field, key] of FIELDS) this.inputs[field].value = wanted[key];
      this.show();
    }

    /* A tap or a drag on the picture chooses the filter below the finger. */
    point() {
      const choose = (event) => {
        const box = this.picture.getBoundingClientRect();
        const filters_ = Number(this.slider.max) + 1;
        const at = Math.floor(((event.clientX - box.left) / box.width) * filters_);
        this.slider.value = Math.min(Math.max(at, 0), filters_ - 1);
        this.show();
      };
      this.picture.addEventListener("pointerdown", (event) => {
        this.picture.setPointerCapture(event.pointerId);
        choose(event);
      });
      this.picture.addEventListener("pointermove", (event) => {
        if (this.picture.hasPointerCapture(event.pointerId)) choose(event);
      });
    }

    /* The numbers of the fields, or the first field that holds none. */
    setting() {
      const found = { bias: this.bias.checked };
      let fault;
      for (const [name, key, text, max] of FIELDS) {
        const value = Number(this.inputs[name].value);
        const fine = this.inputs[name].value !== "" && Number.isInteger(value) && value >= 1 && value <= max;
        this.inputs[name].toggleAttribute("aria-invalid", !fine);
        if (!fine) fault ??= { why: `${text} must be a whole number from 1 to ${number(max)}.`, hint: "" };
        found[key] = value;
      }
      return fault ?? found;
    }

    show() {
      const setting = this.setting();
      const cost = setting.why ? setting : filters.cost(setting);
      this.classList.toggle("filter-counter--stale", Boolean(cost.why)); // keeps its height, so that nothing moves
      if (cost.why) {
        this.said.replaceChildren(make("strong", { class: "filter-counter__why" }, "Not possible. "), `${cost.why} ${cost.hint}`);
        return;
      }
      const wanted = Number(this.slider.value);
      this.slider.max = setting.outChannels - 1;
      const chosen = Math.min(Math.max(Number.isInteger(wanted) ? wanted : 0, 0), setting.outChannels - 1);
      this.slider.value = chosen;
      const reading = describe(chosen, setting, cost);
      this.slider.setAttribute("aria-valuetext", `Filter ${chosen}`);
      this.picture.replaceChildren(draw(chosen, setting));
      this.said.replaceChildren(...reading);
      this.details.replaceChildren(formula(setting, cost), table(setting), code(setting), make("p", {}, this.link(chosen)));
    }

    link(filter) {
      const state = { bias: this.bias.checked, filter };
      for (const [name] of FIELDS) state[name] = this.inputs[name].value;
      return make("a", { href: cnnGuide.permalink(this, state) }, "Link to this setting");
    }
  }

  const range = (first, end) => (end - first === 1 ? `channel ${first}` : `channels ${first} to ${end - 1}`);

  function describe(filter, setting, { kernels, weights }) {
    const { k, bias, inChannels } = setting;
    const [first, end] = filters.reads(filter, setting);
    const which = end - first === inChannels && inChannels > 1 ? `all ${inChannels} channels` : range(first, end);
    const strong = make("strong", {}, `Filter ${filter} reads ${which}`);
    return [strong, `: ${many(kernels, "kernel")} of ${k}×${k}, together ${many(weights, "weight")}${bias ? " and a bias" : ""}. It makes map ${filter}.`];
  }

  /* A column for each filter, a row for each channel; filled where the filter reads the channel. */
  function draw(chosen, setting) {
    const { inChannels, outChannels, groups, k } = setting;
    const [wide, high] = [WIDE / outChannels, HIGH / inChannels];
    const single = Math.max(inChannels, outChannels) <= MOST;
    const parts = [make("svg:rect", { class: "filter-counter__ground", width: WIDE, height: HIGH })];
    for (let group = 0; group < groups; group += 1) {
      const [first, end] = filters.reads((group * outChannels) / groups, setting);
      const block = { x: (group * WIDE) / groups, y: first * high, width: WIDE / groups, height: (end - first) * high };
      parts.push(make("svg:rect", { ...block, class: "filter-counter__block" }));
    }
    if (single) parts.push(lines(inChannels, outChannels, wide, high));
    const [first, end] = filters.reads(chosen, setting);
    const mark = { x: chosen * wide, y: first * high, width: wide, height: (end - first) * high };
    parts.push(make("svg:rect", { x: mark.x, y: 0, width: wide, height: HIGH, class: "filter-counter__column" }),
      make("svg:rect", { ...mark, class: "filter-counter__read" }));
    if (single && wide >= 18 && high >= 16) parts.push(weights(mark, end - first, k));
    const label = `${many(outChannels, "filter")} from left to right, ${many(inChannels, "channel")} from top to bottom; filter ${chosen} reads ${range(first, end)}`;
    return make("div", { class: "filter-counter__frame" },
      make("span", { "aria-hidden": "true" }, "Input channels ↓"), make("span", { "aria-hidden": "true" }, "Filters, one output map each →"),
      make("svg:svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img", "aria-label": label }, ...parts));
  }

  function lines(rows, columns, wide, high) {
    const across = Array.from({ length: rows - 1 }, (_, at) => `M0 ${(at + 1) * high}H${WIDE}`);
    const down = Array.from({ length: columns - 1 }, (_, at) => `M${(at + 1) * wide} 0V${HIGH}`);
    return make("svg:path", { d: [...across, ...down].join(""), class: "filter-counter__lines" });
  }

  /* The k·k weights of each kernel of the chosen filter, as dots. */
  function weights({ x, y, width, height }, kernels, k) {
    const each = height / kernels;
    const dots = [];
    for (let at = 0; at < kernels * k * k; at += 1) {
      const [kernel, row, column] = [Math.floor(at / (k * k)), Math.floor((at % (k * k)) / k), at % k];
      const [step, down] = [width / (k + 1), each / (k + 1)];
      dots.push(`M${x + (column + 1) * step} ${y + kernel * each + (row + 1) * down}h0.01`);
    }
    return make("svg:path", { d: dots.join(""), class: "filter-counter__weights" });
  }

  function formula({ inChannels, outChannels, k, groups, bias }, { total }) {
    const each = groups > 1 ? `${inChannels} / ${groups}` : String(inChannels);
    const one = `${each} · ${k} · ${k}`;
    return make("p", { class: "filter-counter__formula" }, `${outChannels} · ${bias ? `(${one} + 1)` : one} = `, make("output", {}, number(total)), " parameters");
  }

  /* Bars on one scale for three layers with the same channels. */
  function table(setting) {
    const ways = filters.ways(setting);
    const most = Math.max(...Object.values(ways));
    const names = { ordinary: "Every filter reads all channels", this: "This layer", separable: "Depthwise, then 1×1 (separable)" };
    const rows = Object.entries(names).map(([key, name]) => {
      const bar = make("div", { class: `filter-counter__bar filter-counter__${key}` });
      bar.style.width = `${(100 * ways[key]) / most}%`;
      const track = make("div", { class: "filter-counter__track", "aria-hidden": "true" }, bar);
      return make("tr", {}, make("th", { scope: "row" }, name, track), make("td", {}, number(ways[key])));
    });
    const head = make("tr", {}, ...[`From ${many(setting.inChannels, "channel")} to ${setting.outChannels}`, "Parameters"].map((text) => make("th", { scope: "col" }, text)));
    return make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
  }

  function code({ inChannels, outChannels, k, groups, bias }) {
    const rest = `${groups > 1 ? `, groups=${groups}` : ""}${bias ? "" : ", bias=False"}`;
    return make("p", { class: "filter-counter__code" }, make("code", {}, `nn.Conv2d(${inChannels}, ${outChannels}, kernel_size=${k}${rest})`));
  }

  customElements.define("filter-counter", FilterCounter);
})();
