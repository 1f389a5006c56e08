/* needs: parameters.js parameter-counter.css */
/* room: 607 688 */
/* <parameter-counter side="100" channels="3" units="1000" filters="64" kernel="3">: the parameters of a dense layer on
   a square picture, beside those of a convolution on the same picture, as bars on a logarithmic scale. */
"use strict";

(() => {
  const { make, parameters } = cnnGuide;
  const FIELDS = [ // attribute, label, largest, otherwise
    ["side", "Image side", 4096, 100],
    ["channels", "Channels", 512, 3],
    ["units", "Dense units", 100_000, 1000],
    ["filters", "Filters", 100_000, 64],
    ["kernel", "Kernel", 99, 3],
    ["groups", "Groups", 512, 1],
  ];
  const SIDES = [8, 16, 28, 32, 48, 64, 100, 128, 160, 200, 224, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096];
  const DECADES = 16; // of the scale: 4096² pixels × 512 channels × 100,000 units are below 10¹⁶
  const TICKS = [[0, "1"], [3, "thousand"], [6, "million"], [9, "billion"], [12, "trillion"]];

  const number = (value) => value.toLocaleString("en");

  class ParameterCounter extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return;
      const linked = cnnGuide.linkedState(this);
      this.initial = (name, otherwise) => linked[name] ?? this.getAttribute(name) ?? otherwise;
      this.rows = { dense: bar("dense", "Dense layer"), conv: bar("conv", "Convolution") };
      this.answer = make("p", { class: "parameter-counter__answer", "aria-live": "polite", "aria-atomic": "true" });
      this.details = make("div");
      this.append(this.form(), this.rows.dense.row, this.rows.conv.row, scale(), this.answer, this.details);
      this.show();
    }

    form() {
      this.inputs = Object.fromEntries(FIELDS.map(([name, , max, otherwise]) => [name, make("input", {
        type: "number", inputmode: "numeric", min: 1, max, step: 1, value: this.initial(name, otherwise),
      })]));
      this.bias = make("input", { type: "checkbox" });
      this.bias.checked = this.initial("bias", "true") === "true";
      this.slider = make("input", { type: "range", min: 0, max: SIDES.length - 1, step: 1, "aria-label": "Image side, from small to large" });
      const [side, ...labels] = FIELDS.map(([name, text]) => make("label", {}, make("span", {}, text), this.inputs[name]));
      const check = make("label", { class: "parameter-counter__check" }, this.bias, make("span", {}, "Biases"));
      const form = make("form", {}, side, this.slider, ...labels, check);
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("input", ({ target }) => {
        if (target === this.slider) this.inputs.side.value = SIDES[this.slider.value];
        this.show();
      });
      return form;
    }

    /* The numbers of the fields, or the first field that holds none. */
    setting() {
      const found = { bias: this.bias.checked };
      let fault;
      for (const [name, text, max] of FIELDS) {
        const value = Number(this.inputs[name].value);
        const fine = this.inputs[name].value !== "" && Number.isInteger(value) && value >= 1 && value <= max;
        this.inputs[name].toggleAttribute("aria-invalid", !fine);
        if (!fine) fault ??= { why: `${text} must be a whole number from 1 to ${number(max)}.`, hint: "" };
        found[name] = value;
      }
      return fault ?? found;
    }

    show() {
      const setting = this.setting();
      if (setting.why) {
        this.refuse(setting, "dense", "conv");
        return;
      }
      const { side, channels, units, filters, kernel, groups, bias } = setting;
      this.slider.value = nearest(side);
      this.slider.setAttribute("aria-valuetext", `${side} pixels`);
      const dense = parameters.dense({ inputs: side * side * channels, units, bias });
      const conv = parameters.conv({ inChannels: channels, outChannels: filters, k: kernel, groups, bias });
      this.rows.dense.draw(dense);
      if (conv.why) {
        this.refuse(conv, "conv");
        return;
      }
      this.rows.conv.draw(conv.total);
      this.answer.replaceChildren(...comparison(dense, conv.total));
      this.details.classList.remove("parameter-counter__stale");
      this.details.replaceChildren(...formulas(setting, dense, conv.total), ...code(setting), make("p", {}, this.link()));
    }

    refuse({ why, hint }, ...rows) {
      rows.forEach((row) => this.rows[row].draw());
      this.answer.replaceChildren(make("strong", { class: "parameter-counter__why" }, "Not possible. "), `${why} ${hint}`);
      this.details.classList.add("parameter-counter__stale"); // keeps its height, so that nothing below moves
    }

    link() {
      const state = { bias: this.bias.checked };
      for (const [name] of FIELDS) state[name] = this.inputs[name].value;
      return make("a", { href: cnnGuide.permalink(this, state) }, "Link to this setting");
    }
  }

  const nearest = (side) => {
    const distances = SIDES.map((one) => Math.abs(Math.log(one / side)));
    return distances.indexOf(Math.min(...distances));
  };

  const place = (value) => `${(100 * Math.log10(value)) / DECADES}%`;

  /* A name, a number and a bar as long as the number's logarithm. */
  function bar(sort, name) {
    const shown = make("output", {}, "–");
    const length = make("div", { class: `parameter-counter__length parameter-counter__${sort}` });
    const row = make("div", { class: "parameter-counter__row" },
      make("div", { class: "parameter-counter__name" }, make("span", {}, name), shown), make("div", { class: "parameter-counter__track" }, length));
    const draw = (value) => {
      shown.textContent = value ? number(value) : "–";
      length.hidden = !value;
      if (value) length.style.width = place(value);
    };
    return { row, draw };
  }

  function scale() {
    const ticks = TICKS.map(([power, text]) => {
      const tick = make("span", {}, text);
      tick.style.left = place(10 ** power);
      return tick;
    });
    return make("div", {}, make("div", { class: "parameter-counter__scale", "aria-hidden": "true" }, ...ticks),
      make("p", { class: "parameter-counter__note" }, "The scale is logarithmic: each mark stands for a thousand times the one before."));
  }

  /* As many digits as a reader can use. */
  const times = (ratio) => number(ratio < 100 ? Number(ratio.toPrecision(2)) : Math.round(ratio));

  function comparison(dense, conv) {
    if (dense === conv) return ["Both have the same number of parameters."];
    const [more, less, ratio] = dense > conv ? ["dense layer", "convolution", dense / conv] : ["convolution", "dense layer", conv / dense];
    return [`The ${more} has `, make("strong", {}, times(ratio)), ` times the parameters of the ${less}.`];
  }

  function formulas({ side, channels, units, filters, kernel, groups, bias }, dense, conv) {
    const each = groups > 1 ? `(${channels} / ${groups})` : String(channels);
    return [
      make("p", { class: "parameter-counter__formula" }, "Dense: ",
        `${side} · ${side} · ${channels} inputs · ${number(units)} units${bias ? ` + ${number(units)} biases` : ""} = ${number(dense)}`),
      make("p", { class: "parameter-counter__formula" }, "Convolution: ",
        `${each} · ${kernel} · ${kernel} weights · ${number(filters)} filters${bias ? ` + ${number(filters)} biases` : ""} = ${number(conv)}; the side does not occur`),
    ];
  }

  function code({ side, channels, units, filters, kernel, groups, bias }) {
    const rest = `${groups > 1 ? `, groups=${groups}` : ""}${bias ? "" : ", bias=False"}`;
    const lines = [`nn.Linear(${side * side * channels}, ${units}${bias ? "" : ", bias=False"})`, `nn.Conv2d(${channels}, ${filters}, kernel_size=${kernel}${rest})`];
    return [make("p", {}, make("code", {}, lines[0]), make("br"), make("code", {}, lines[1]))];
  }

  customElements.define("parameter-counter", ParameterCounter);
})();
