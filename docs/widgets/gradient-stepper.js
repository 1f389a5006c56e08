/* needs: gradients.js gradient_boards.js gradient-stepper.css */
/* room: 683 1376 */
/* <gradient-stepper picture="page" kernel="page" relu="false" rate="0.001">: one gradient through a 3×3 convolution, product by
   product: the outputs, the slopes of the weights, the slopes of the pixels; then steps downhill. */
"use strict";

(() => {
  const { make, gradients, gradientBoards: { board, curve, factor, fill, text } } = cnnGuide;
  const zeros = (side) => Array.from({ length: side }, () => new Array(side).fill(0));
  const PICTURES = { // name, picture, target
    page: ["of this page", [[3, 0, 1, 2], [1, 5, 8, 9], [2, 7, 2, 5], [0, 1, 3, 1]], [[-3, 2], [4, 13]]],
    edge: ["an edge", Array.from({ length: 4 }, () => [0, 0, 2, 2]), [[-6, -6], [-6, -6]]],
    pixel: ["one bright pixel", [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 3, 0], [0, 0, 0, 0]], [[1, 2], [3, 4]]],
  };
  const KERNELS = {
    page: ["of this page", [[0, 1, 0], [1, 0, 0], [0, 0, -1]]],
    zeros: ["all zeros", zeros(3)],
    edges: ["edge detector", Array.from({ length: 3 }, () => [1, 0, -1])],
  };
  const RATES = ["0.001", "0.002", "0.003", "0.004"];
  const PASSES = [ // name, the grid that is filled, its side, the terms of one of its numbers
    ["Forwards: the outputs", "outputs", 2, gradients.forOutput],
    ["Back: slopes of the kernel", "ofKernel", 3, gradients.forWeight],
    ["Back: slopes of the picture", "ofPicture", 4, gradients.forPixel],
  ];
  const START = [0, 4, 13]; // where each pass begins
  const LAST = 28;
  const MOST = 60; // steps downhill
  const HUGE = 1e9;

  class GradientStepper extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return;
      const linked = cnnGuide.linkedState(this);
      const from = (name, values) => [linked[name], this.getAttribute(name)].find((value) => values.includes(value)) ?? values[0];
      const number = (name, most) => (/^\d{1,2}$/.test(linked[name]) ? Math.min(Number(linked[name]), most) : 0);
      this.said = make("p", { class: "gradients__said", role: "status", "aria-atomic": "true" });
      this.append(this.choices(from), this.walk(), make("div", { class: "gradients__main" }, this.boards(), this.said, this.descent(from)));
      this.at = number("at", LAST);
      this.restart(number("steps", MOST));
    }

    choices(from) {
      const names = (values) => Object.entries(values).map(([value, [name]]) => [value, name]);
      this.picture = select(names(PICTURES), from("picture", Object.keys(PICTURES)), () => this.restart());
      this.kernel = select(names(KERNELS), from("kernel", Object.keys(KERNELS)), () => this.restart());
      this.relu = make("input", { type: "checkbox" });
      this.relu.checked = from("relu", ["false", "true"]) === "true";
      this.relu.addEventListener("input", () => this.restart());
      return make("div", { class: "gradients__choices" }, label("Picture", this.picture), label("Kernel", this.kernel),
        make("label", { class: "gradients__check" }, this.relu, make("span", {}, "ReLU behind it")));
    }

    walk() {
      this.pass = select(PASSES.map(([name], at) => [String(at), name]), "0", () => this.go(START[Number(this.pass.value)]));
      this.before = button("Back", () => this.go(this.at - 1));
      this.after = button("Next", () => this.go(this.at + 1));
      this.all = button("All", () => this.go(LAST));
      return make("div", { class: "gradients__walk" }, label("Number by number", this.pass), make("div", {}, this.before, this.after, this.all));
    }

    boards() {
      const choose = (pass) => ([row, column]) => this.go(START[pass] + row * PASSES[pass][2] + column);
      this.board = {
        picture: board("Picture x"), kernel: board("Kernel w"), outputs: board("Outputs y", choose(0)), target: board("Target t"),
        ofPicture: board("Slopes of x", choose(2)), ofKernel: board("Slopes of w", choose(1)), delta: board("Slopes of y: δ"),
      };
      const { picture, kernel, outputs, target, ofPicture, ofKernel, delta } = this.board;
      return make("div", { class: "gradients__boards" }, picture.box, kernel.box, make("div", { class: "gradients__pair" }, outputs.box, target.box),
        ofPicture.box, ofKernel.box, make("div", { class: "gradients__pair" }, delta.box));
    }

    descent(from) {
      this.rate = select(RATES.map((rate) => [rate, rate]), from("rate", RATES), () => this.show());
      this.one = button("Step downhill", () => this.descend(1));
      this.ten = button("10 steps", () => this.descend(10));
      const again = button("Start again", () => this.restart());
      this.told = make("p", { role: "status", "aria-atomic": "true", class: "gradients__told" });
      this.curve = curve();
      this.link = make("a", {}, "Link to this setting");
      return make("div", { class: "gradients__descent" },
        make("div", { class: "gradients__walk" }, label("Learning rate", this.rate), make("div", {}, this.one, this.ten, again)),
        this.told, make("figure", {}, make("figcaption", {}, "Loss, step by step"), this.curve.svg), make("p", { class: "gradients__foot" }, this.link));
    }

    restart(steps = 0) {
      const [, picture, target] = PICTURES[this.picture.value];
      this.setting = { picture, target, kernel: KERNELS[this.kernel.value][1], relu: this.relu.checked };
      this.losses = [gradients.run(this.setting).loss];
      this.descend(steps);
    }

    descend(steps) {
      for (let taken = 0; taken < steps && !this.ended(); taken += 1) {
        this.setting.kernel = gradients.step(this.setting, Number(this.rate.value));
        this.losses.push(gradients.run(this.setting).loss);
      }
      this.show();
    }

    ended() {
      return this.losses.length > MOST || this.losses.at(-1) > HUGE;
    }

    go(at) {
      this.at = Math.max(0, Math.min(at, LAST));
      this.show();
    }

    show() {
      const all = { ...this.setting, ...gradients.run(this.setting) };
      const pass = START.findLastIndex((start) => this.at >= start);
      const [, name, side, terms] = PASSES[pass];
      const place = [Math.floor((this.at - START[pass]) / side), (this.at - START[pass]) % side];
      this.pass.value = String(pass);
      this.before.disabled = this.at === 0;
      this.after.disabled = this.all.disabled = this.at === LAST;
      this.one.disabled = this.ten.disabled = this.ended();
      const found = terms(all, place);
      this.draw(all, pass, name, place, found);
      this.said.textContent = this.words(all, pass, place, found);
      this.tell();
    }

    /* What has not been computed yet is unknown. */
    draw(all, pass, name, place, found) {
      const known = (rows, first) => rows.map((row, r) => row.map((value, c) => (this.at >= first + r * row.length + c ? value : undefined)));
      const grids = { ...all, outputs: known(all.outputs, 0), delta: known(all.delta, 0), ofKernel: known(all.ofKernel, START[1]), ofPicture: known(all.ofPicture, START[2]) };
      const [first, second] = [["picture", "kernel"], ["delta", "picture"], ["delta", "kernel"]][pass];
      const marks = { [first]: found.map(({ at, other }) => [at, "in", `×${text(other)}`]), [second]: found.map(({ by }) => [by, "in"]) };
      marks[name] = [...(marks[name] ?? []), [place, "own"]];
      if (pass === 0) marks.delta = marks.target = [[place, "in"]];
      if (all.relu) marks.outputs = [...(marks.outputs ?? []), ...all.sums.flatMap((row, i) => row.flatMap((sum, j) => (sum <= 0 ? [[[i, j], "shut"]] : [])))];
      this.board[name].at = place;
      for (const [key, it] of Object.entries(this.board)) fill(it, grids[key], marks[key], key === name ? `; chosen: row ${place[0]}, column ${place[1]}` : "");
    }

    words(all, pass, [row, column], found) {
      const sum = found.map(({ one, other }) => `${factor(one)}·${factor(other)}`).join(" + ");
      const at = `(${row}, ${column})`;
      if (pass === 1) return `Weight ${at} meets one pixel in each window. δ times these pixels: ${sum} = ${text(all.ofKernel[row][column])}.`;
      if (pass === 2) return `Pixel ${at} was read by ${found.length} of 4 windows. Their δ, times the weight that lay on it: ${sum} = ${text(all.ofPicture[row][column])}.`;
      const [before, wanted, delta] = [all.sums, all.target, all.delta].map((rows) => rows[row][column]);
      const start = `Output ${at}: ${sum} = ${text(before)}.`;
      if (all.relu && before <= 0) return `${start} ReLU makes 0 of it, and lets nothing back: δ = 0.`;
      return `${start} Wanted: ${text(wanted)}, so δ = ${text(before)} − ${factor(wanted)} = ${text(delta)}.`;
    }

    tell() {
      const steps = this.losses.length - 1;
      const [before, now] = [this.losses.at(-2), this.losses.at(-1)];
      const start = `Loss ${text(now)} ${steps ? `after ${steps} step${steps > 1 ? "s" : ""}.` : "before the first step."}`;
      const exploded = now > HUGE && " It explodes: the steps are too long.";
      const rose = steps > 0 && now > before && " It has risen: the step was too long.";
      const level = steps > 0 && now === before && now > 0 && " All slopes are 0.";
      this.told.textContent = start + (exploded || rose || level || "");
      this.curve.draw(this.losses);
      const state = { picture: this.picture.value, kernel: this.kernel.value, relu: this.relu.checked, rate: this.rate.value, at: this.at, steps };
      this.link.href = cnnGuide.permalink(this, state);
    }
  }

  const label = (name, input) => make("label", {}, make("span", {}, name), input);

  function select(options, value, act) {
    const made = make("select", {}, ...options.map(([key, name]) => make("option", { value: key }, name)));
    made.value = value;
    made.addEventListener("input", act);
    return made;
  }

  function button(name, act) {
    const made = make("button", { type: "button" }, name);
    made.addEventListener("click", act);
    return made;
  }

  customElements.define("gradient-stepper", GradientStepper);
})();
