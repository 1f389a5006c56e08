/* needs: bends.js relu-switch.css */
/* room: 790 1060 */
/* <relu-switch picture="digit" first="vertical" second="blur" between="none" bias="0">: two 3×3 kernels with or without a
   bend between them, beside the best single 5×5 kernel. The page's cell publishes "switch.bin": for each picture a byte
   for its side, then one for each pixel. */
"use strict";

(() => {
  const { make, bends } = cnnGuide;
  const PICTURES = { digit: "Digit", photo: "Photograph" };
  const KERNELS = {
    vertical: ["Vertical edges", [1, 0, -1, 2, 0, -2, 1, 0, -1]],
    horizontal: ["Horizontal edges", [1, 2, 1, 0, 0, 0, -1, -2, -1]],
    outline: ["Outline", [-1, -1, -1, -1, 8, -1, -1, -1, -1]],
    blur: ["Blur", [1, 2, 1, 2, 4, 2, 1, 2, 1].map((weight) => weight / 16)],
    sharpen: ["Sharpen", [0, -1, 0, -1, 5, -1, 0, -1, 0]],
  };
  const BETWEEN = { none: "Nothing", relu: "ReLU", leaky: "Leaky ReLU", tanh: "tanh", sigmoid: "Sigmoid" };
  const MOST = 8; // of the bias, on either side
  const COLOURS = [[168, 75, 6], [243, 243, 241], [26, 101, 166]]; // negative, zero, positive, as in the figures
  let made = 0;

  class ReluSwitch extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return;
      this.pictures = published();
      if (!this.pictures) {
        this.append("The pictures of this widget did not load.");
        return;
      }
      this.start();
      this.append(this.controls(), this.between(), this.panels(), this.words());
      this.show();
    }

    /* What a link says, or else the attributes, or else the first. */
    start() {
      const linked = cnnGuide.linkedState(this);
      const chosen = (name, values) => [linked[name], this.getAttribute(name), Object.keys(values)[0]].find((value) => Object.hasOwn(values, value ?? ""));
      const choices = { picture: PICTURES, first: KERNELS, second: KERNELS, between: BETWEEN };
      this.state = Object.fromEntries(Object.entries(choices).map(([name, values]) => [name, chosen(name, values)]));
      const bias = Number(linked.bias ?? this.getAttribute("bias") ?? 0);
      this.state.bias = Math.abs(bias) <= MOST ? Math.round(2 * bias) / 2 : 0;
    }

    controls() {
      const select = (name, title, options) => {
        const list = make("select", {}, ...Object.entries(options).map(([value, text]) => make("option", { value }, [text].flat()[0])));
        list.value = this.state[name];
        list.addEventListener("input", () => this.change(name, list.value));
        return make("label", {}, make("span", {}, title), list);
      };
      this.slider = make("input", { type: "range", min: -MOST, max: MOST, step: 0.5, value: this.state.bias });
      this.slider.addEventListener("input", () => this.change("bias", Number(this.slider.value)));
      this.biased = make("span");
      const bias = make("label", {}, make("span", {}, "Bias of the first layer: ", this.biased), this.slider);
      return make("div", { class: "relu-switch__choices" }, select("picture", "Picture", PICTURES), select("first", "First kernel", KERNELS), select("second", "Second kernel", KERNELS), bias);
    }

    between() {
      const name = `relu-switch-${(made += 1)}`;
      const radios = Object.entries(BETWEEN).map(([value, text]) => {
        const radio = make("input", { type: "radio", name, value });
        radio.checked = value === this.state.between;
        radio.addEventListener("input", () => this.change("between", value));
        return make("label", {}, radio, text);
      });
      return make("fieldset", {}, make("legend", {}, "Between the two layers"), make("div", {}, ...radios));
    }

    panels() {
      const drawn = (name) => (this[name] = make("canvas", { role: "img" }));
      const figure = (title, body) => make("figure", {}, make("figcaption", {}, title), body);
      this.bent = make("span");
      this.weights = make("div", { class: "relu-switch__weights", role: "img" });
      return make("div", { class: "relu-switch__panels" }, figure("Picture", drawn("picture")), figure(this.bent, drawn("first")), figure("Second map", drawn("second")),
        figure("Best 5×5 kernel", this.weights), figure("Its map", drawn("single")), figure("Difference", drawn("off")));
    }

    words() {
      this.said = make("p", { class: "relu-switch__said", role: "status", "aria-atomic": "true" });
      this.link = make("a", {}, "Link to this setting");
      return make("div", {}, this.said, make("p", { class: "relu-switch__note" }, "Blue is positive, orange negative; the last three maps have one scale. ", this.link));
    }

    change(name, value) {
      this.state[name] = value;
      this.show();
    }

    show() {
      const { picture, first, second, between, bias } = this.state;
      const { side, grid } = this.pictures[picture];
      const found = bends.compare({ grid, side, first: KERNELS[first][1], second: KERNELS[second][1], bias, between });
      const most = (values) => Math.max(...values.map(Math.abs)) || 1;
      const scale = most(found.second);
      paint(this.picture, grid, grey, PICTURES[picture]);
      paint(this.first, found.first, signed(most(found.first)), "First map");
      paint(this.second, found.second, signed(scale), "Second map");
      paint(this.single, found.single, signed(scale), "Map of the single kernel");
      paint(this.off, found.off, signed(scale), "Difference of the two maps");
      this.weigh(found.kernel);
      this.biased.textContent = signedText(bias);
      this.bent.textContent = between === "none" ? "First map" : `First map, ${BETWEEN[between]}`;
      this.said.textContent = `${counted(found, between)} ${verdict(found)}`;
      this.link.href = cnnGuide.permalink(this, this.state);
    }

    weigh(kernel) {
      const most = Math.max(...kernel.map(Math.abs)) || 1;
      const places = most >= 9.95 ? 0 : most >= 1 ? 1 : 2;
      this.weights.setAttribute("aria-label", `25 weights, the largest ${most.toFixed(2)}`);
      this.weights.replaceChildren(...kernel.map((weight) => {
        const text = weight.toFixed(places).replace(/^-(?=[0.]*$)/, "").replace("-", "−");
        const cell = make("span", {}, text);
        cell.style.background = `rgb(${(weight > 0 ? COLOURS[2] : COLOURS[0]).join(" ")} / ${(0.4 * Math.abs(weight)) / most})`;
        return cell;
      }));
    }
  }

  function published() {
    const text = cnnGuide.files?.["switch.bin"];
    if (!text) return undefined;
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    const found = {};
    let at = 0;
    for (const name of Object.keys(PICTURES)) {
      const side = bytes[at];
      found[name] = { side, grid: Array.from(bytes.subarray(at + 1, at + 1 + side * side), (value) => value / 255) };
      at += 1 + side * side;
    }
    return found;
  }

  const grey = (value) => [255 * value, 255 * value, 255 * value];
  const signed = (limit) => (value) => {
    const share = Math.min(1, Math.abs(value) / limit);
    return COLOURS[1].map((zero, at) => zero + share * (COLOURS[value > 0 ? 2 : 0][at] - zero));
  };
  const signedText = (value) => (value > 0 ? `+${value}` : String(value)).replace("-", "−");

  function paint(canvas, grid, colour, name) {
    const side = Math.sqrt(grid.length);
    [canvas.width, canvas.height] = [side, side];
    const image = new ImageData(side, side);
    grid.forEach((value, at) => image.data.set([...colour(value), 255], 4 * at));
    canvas.getContext("2d").putImageData(image, 0, 0);
    const [low, high] = [Math.min(...grid), Math.max(...grid)].map((value) => value.toFixed(2).replace("-", "−"));
    canvas.setAttribute("aria-label", `${name}: ${side} × ${side} numbers from ${low} to ${high}`);
  }

  /* What the bend meets. */
  function counted({ sums, positive }, between) {
    const share = `${positive} of the first layer’s ${sums.length.toLocaleString("en")} sums are positive.`;
    if (between !== "relu") return share;
    if (!positive) return "Dead on this picture: no sum of the first layer is positive, so every answer and every gradient is 0.";
    return sums.every((sum) => sum >= 0) ? "No sum of the first layer is negative, so ReLU has nothing to cut off." : share;
  }

  function verdict({ straight, missed, largest, second }) {
    if (straight) return `One 5×5 kernel gives the same map: the largest difference is ${tiny(largest)}.`;
    if (second.every((value) => value === 0)) return "A kernel of zeros does the same.";
    const share = 100 * missed;
    return `No 5×5 kernel gives this map: even the best one misses ${share < 1 ? "less than 1" : Math.round(share)} % of its spread; the largest difference is ${largest.toFixed(2)}.`;
  }

  const tiny = (value) => (value ? `${value.toExponential(0).replace("e-", " · 10⁻").replace(/\d+$/, (power) => [...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join(""))}, which is rounding` : "0");

  customElements.define("relu-switch", ReluSwitch);
})();
