/* needs: digit.js digit_ink.js digit_pad.js digit_maps.js digit_unit.js digit_answer.js digit-network.css */
/* room: 830 2850 */
/* <digit-network>: draw a digit, and see what each layer of a trained network makes of it. The cell that it stands in publishes
   digit-network.json and .bin, the network in its compact form, and digit-samples.json, pictures to begin with. */
"use strict";

(() => {
  const { make, digit, digitInk, digitPad, digitMaps, digitUnit, digitAnswer } = cnnGuide;
  const HELP = "Draw with mouse, finger or pen. With keys: arrows move the pen, Space sets it down and lifts it.";

  const LEGEND = `Teal is above zero, amber below; each layer has a scale of its own. Choose any unit of a map: it is framed in red, the window
    that it looks through in the layer before is framed with dashes, as is all that it sees of the picture. Below, its sum is worked out.`;

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const json = (name) => JSON.parse(new TextDecoder().decode(bytes(cnnGuide.files[name])));
  const columns = ([channels, rows]) => (rows === 1 ? channels / 2 : channels > 8 ? 8 : 4);

  class DigitNetwork extends HTMLElement {
    connectedCallback() {
      if (!this.firstChild) this.build();
      this.theme = new MutationObserver(() => { // canvases do not follow the theme by themselves
        this.tones = undefined;
        this.later();
      });
      this.theme.observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
    }

    disconnectedCallback() {
      this.theme.disconnect();
    }

    build() {
      this.layers = digit.unpack(json("digit-network.json"), bytes(cnnGuide.files["digit-network.bin"]));
      this.samples = json("digit-samples.json").map(({ label, pixels }) => ({ label, pixels: Float64Array.from(bytes(pixels), (value) => value / 255) }));
      const id = this.closest(".widget")?.id ?? this.localName;
      this.answer = digitAnswer.create(this.layers, id, (chosen) => this.look(this.layers.length - 1, chosen));
      this.unit = digitUnit.create(this.layers, (i, at) => {
        this.look(i, at);
        this.maps[i + 1]?.element.scrollIntoView({ block: "nearest" });
      });
      this.append(this.drawing(id), this.stages(), this.answer.element, this.unit.element);
      this.frames = 0;
      this.take(2);
      this.render();
    }

    drawing(id) {
      const heard = make("span", { class: "digit-network__heard", role: "status" });
      this.pad = digitPad.create(`${id}-help`, { ink: () => this.ink(), say: (words) => { heard.textContent = words; } });
      const button = (text, act, name) => {
        const made = make("button", { type: "button", "aria-label": name }, text);
        made.addEventListener("click", act);
        return made;
      };
      const next = this.samples.map(({ label }, at) => button(label, () => this.take(at), `Test digit ${label}`));
      const right = next.splice(0, 10);
      const wrong = this.samples.length > 10 ? [button("a hard one", () => this.take(10 + (this.hard = ((this.hard ?? -1) + 1) % (this.samples.length - 10))))] : [];
      return make("div", { class: "digit-network__drawing" },
        this.pad.element,
        this.answer.said,
        make("div", { class: "digit-network__buttons" }, button("Undo", () => this.pad.undo()), button("Clear", () => this.pad.clear())),
        make("div", { class: "digit-network__samples", role: "group", "aria-label": "Digits of the test set" }, make("span", {}, "Or take a digit of the test set:"), ...right, ...wrong),
        make("p", { id: `${id}-help`, class: "digit-network__help" }, HELP, heard));
    }

    stages() {
      const names = digitUnit.names(this.layers);
      const picture = digitMaps.create("The picture: 28 × 28 pixels. Arrow keys choose one.", this.layers[0].from, 1, (at) => this.look(-1, at));
      this.caption = make("span");
      this.maps = [picture];
      const stages = make("div", { class: "digit-network__stages" });
      this.layers.slice(0, -1).forEach(({ type, size }, i) => {
        if (type === "conv") stages.append(make("div", { class: "digit-network__stage" }));
        const words = size[1] > 1 ? `${size[0]} maps of ${size[1]} × ${size[2]}` : `${size[0]} numbers`;
        const title = size[1] > 1 ? names[i] : "Mean of each map";
        const map = digitMaps.create(`${title}: ${words}. Arrow keys choose a unit, Page Up and Page Down a map.`, size, columns(size), (at) => this.look(i, at));
        this.maps.push(map);
        stages.lastChild.append(make("figure", {}, make("figcaption", {}, make("b", {}, title), ` ${words}`), map.element));
      });
      stages.firstChild.prepend(make("figure", { class: "digit-network__picture" }, picture.element, make("figcaption", {}, make("b", {}, "Picture"), this.caption)));
      stages.append(make("p", { class: "digit-network__legend" }, LEGEND));
      return stages;
    }

    take(at) {
      this.pad.put(this.samples[at].pixels, digitInk.SIDE);
      this.sample = this.samples[at];
      this.later();
    }

    ink() {
      this.sample = undefined;
      this.later();
    }

    /* Strokes come faster than frames: one run for all that were drawn since the last. */
    later() {
      this.waiting ??= requestAnimationFrame(() => {
        this.waiting = undefined;
        this.render();
      });
    }

    render() {
      this.tones ??= digitMaps.colours(this); // asking for them lays the page out: not with every stroke
      const { tones } = this;
      const picture = this.sample?.pixels ?? digitInk.picture(this.pad.strokes);
      this.values = digit.run(this.layers, picture);
      this.maps.forEach((map, i) => map.paint(this.values[i], i ? tones : [tones[2], tones[2]], i ? undefined : 1));
      this.caption.textContent = this.sample ? ` 28 × 28 pixels: a ${this.sample.label} of the test set` : " 28 × 28 pixels: your strokes, scaled and centred as MNIST's were";
      this.answer.show(this.values, tones, picture.some(Boolean));
      if (!this.chosen) this.look(3, this.values[4].indexOf(Math.max(...this.values[4]))); // the strongest of the second convolution
      else this.unit.show(this.values, ...this.chosen);
      this.frames += 1;
    }

    /* A unit, its window in the layer before, and what it sees of the picture. */
    look(i, at) {
      this.chosen = [i, at];
      this.unit.show(this.values, i, at);
      for (const map of this.maps) map.clear();
      if (i < 0) {
        const [, row, column] = digit.place(this.layers[0].from, at);
        this.maps[0].frame(0, [row, column, row, column], "unit");
        this.maps[0].stay(at);
        return;
      }
      const trail = digit.trail(this.layers, i, at);
      const [channel] = digit.place(this.layers[i].size, at);
      this.maps[i + 1]?.frame(channel, trail[0], "unit");
      this.maps[i + 1]?.stay(at);
      const before = this.maps[i];
      const joins = ["conv", "linear"].includes(this.layers[i].type);
      if (i) for (let c = 0; c < before.channels; c += 1) if (joins || c === channel) before.frame(c, trail[1], "window");
      this.maps[0].frame(0, trail.at(-1), "window");
    }
  }

  customElements.define("digit-network", DigitNetwork);
})();
