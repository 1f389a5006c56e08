/* needs: parameters.js parameters-live.css */
/* room: 593 737 */
/* <parameters-live pooling="true" padding="false" mean="false">: where the parameters of a small network are, with
   switches for what changes the size of its maps. */
"use strict";

(() => {
  const { make, parameters } = cnnGuide;
  const SWITCHES = [
    ["pooling", "Max pooling", "true"],
    ["padding", "Padding 1", "false"],
    ["mean", "Global average pooling", "false"],
  ];
  const NAMES = {
    conv: "Convolution 3×3, 16 filters",
    pool: "Max pooling 2×2",
    mean: "Global average pooling",
    first: "Dense, 128 units",
    last: "Dense, 10 units",
  };
  const WEIGHTED = ["conv", "first", "last"];
  const START = { pooling: true, padding: false, mean: false };
  const BEFORE = parameters.total(parameters.network(START)); // CNN 1 of the lessons
  const MOST = parameters.total(parameters.network({ padding: true }));

  const number = (value) => value.toLocaleString("en");
  const percent = (part) => (part ? `${(100 * part).toFixed(part < 0.001 ? 2 : 1)}%` : "–");

  class ParametersLive extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return;
      const linked = cnnGuide.linkedState(this);
      this.switches = Object.fromEntries(SWITCHES.map(([name, , otherwise]) => {
        const input = make("input", { type: "checkbox" });
        input.checked = (linked[name] ?? this.getAttribute(name) ?? otherwise) === "true";
        return [name, input];
      }));
      const labels = SWITCHES.map(([name, text]) => make("label", {}, this.switches[name], make("span", {}, text)));
      this.answer = make("p", { class: "parameters-live__answer", "aria-live": "polite", "aria-atomic": "true" });
      this.total = stack("All parameters, on one scale for all settings");
      this.shares = stack("Their shares");
      this.rows = Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, line(key, name)]));
      this.link = make("a", {}, "Link to this setting");
      const legend = make("legend", {}, "Change the network");
      this.append(make("fieldset", {}, legend, ...labels), this.answer, this.total.box, mark(), this.shares.box,
        table(Object.values(this.rows)), make("p", {}, this.link));
      this.addEventListener("input", () => this.show());
      this.show();
    }

    show() {
      const setting = Object.fromEntries(SWITCHES.map(([name]) => [name, this.switches[name].checked]));
      const layers = parameters.network(setting);
      const total = parameters.total(layers);
      for (const layer of layers) this.rows[layer.key].fill(layer, total);
      this.total.draw(layers, MOST);
      this.shares.draw(layers, total);
      this.answer.replaceChildren(make("output", {}, number(total)), " parameters", make("br"), `${change(total)}; ${home(layers, total)}.`);
      this.link.href = cnnGuide.permalink(this, setting);
    }
  }

  function change(total) {
    if (total === BEFORE) return "As in CNN 1";
    const part = total / BEFORE - 1;
    return `${percent(Math.abs(part))} ${part > 0 ? "more" : "fewer"} than in CNN 1`;
  }

  /* Where most of them are. */
  function home(layers, total) {
    const most = layers.reduce((one, other) => (other.parameters > one.parameters ? other : one));
    const name = { conv: "the convolution", first: "the first dense layer", last: "the last layer" }[most.key];
    return `${percent(most.parameters / total)} of them in ${name}`;
  }

  /* A bar with one part a layer; the numbers stand in the table. */
  function stack(title) {
    const parts = WEIGHTED.map((key) => make("div", { class: `parameters-live__part parameters-live__${key}` }));
    const box = make("div", {}, make("p", { class: "parameters-live__title" }, title),
      make("div", { class: "parameters-live__stack", "aria-hidden": "true" }, ...parts));
    const draw = (layers, whole) => parts.forEach((part, at) => {
      const { parameters: count } = layers.find(({ key }) => key === WEIGHTED[at]);
      part.style.width = `${(100 * count) / whole}%`;
    });
    return { box, draw };
  }

  /* Where CNN 1 ends on the common scale. */
  function mark() {
    const text = make("span", {}, "CNN 1");
    text.style.left = `${(100 * BEFORE) / MOST}%`;
    return make("div", { class: "parameters-live__mark", "aria-hidden": "true" }, text);
  }

  function line(key, name) {
    const cells = [1, 2, 3].map(() => make("td"));
    const swatch = make("span", { class: `parameters-live__swatch parameters-live__${key}`, "aria-hidden": "true" });
    const row = make("tr", {}, make("th", { scope: "row" }, swatch, name), ...cells);
    const fill = ({ shape, parameters: count, there }, total) => {
      row.classList.toggle("parameters-live__off", !there);
      const texts = there ? [shape.join("×"), number(count), percent(count / total)] : ["left out", "", ""];
      cells.forEach((cell, at) => { cell.textContent = texts[at]; });
    };
    return { row, fill };
  }

  function table(lines) {
    const head = make("tr", {}, ...["Layer", "Output", "Parameters", "Share"].map((text) => make("th", { scope: "col" }, text)));
    return make("table", {}, make("thead", {}, head), make("tbody", {}, ...lines.map(({ row }) => row)));
  }

  customElements.define("parameters-live", ParametersLive);
})();
