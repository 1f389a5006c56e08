/* needs: convolution.js convolution_code.js convolution_presets.js convolution_words.js convolution_drawing.js convolution_hands.js convolution_stage.js convolution_settings.js convolution_controls.js convolution-player.css */
/* room: 941 1478 */
/* <convolution-player example="Stride 2" padding="1">: step a kernel over an image, see each sum, change everything. */
"use strict";

(() => {
  const { make, convolution, convolutionCode: code, convolutionPresets: presets, convolutionWords: words } = cnnGuide;
  const { convolutionControls: controls, convolutionDrawing: drawing, convolutionSettings: settings } = cnnGuide;
  const same = (one, other) => one?.side === other?.side && String(one?.at) === String(other?.at);

  class ConvolutionPlayer extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return;
      this.form = settings.form((what, name) => this.changed(what, name));
      this.state = this.begin();
      this.result = make("div", { class: "convolution__result", "aria-live": "polite" });
      this.said = make("div", { class: "convolution__said", "aria-live": "polite", tabindex: 0, role: "group", "aria-label": "The sum" });
      const panels = make("div", { class: "convolution__panels" });
      this.stage = cnnGuide.convolutionStage.stage(panels, this.gestures());
      this.controls();
      const { transport, editing, formula, program, typing } = this;
      this.append(this.form.body, this.result, panels, transport.body, this.said, editing.body, formula.body, program.body, typing.body, this.links());
      this.rebuild();
    }

    disconnectedCallback() {
      this.transport.stop();
    }

    /* The example, then the fence's options, then what a link says. */
    begin() {
      const options = Object.fromEntries(this.getAttributeNames().map((name) => [name, this.getAttribute(name)]));
      const example = presets.examples.includes(options.example) ? options.example : presets.examples[0];
      const given = { ...options, ...cnnGuide.linkedState(this) };
      const state = code.decode(given, presets.example(example));
      if (state && Object.keys(given).some((name) => name !== "example") && convolution.check(state.setting).size) return presets.fit(state);
      this.form.choose("example", example);
      return presets.example(example);
    }

    controls() {
      this.transport = controls.transport({
        go: (at) => this.turn({ side: "output", at: this.place(at) }),
        playing: (on) => {
          this.running = on;
          this.listen(!on);
        },
        pinned: (on) => { this.pinned = on ? this.look : undefined; },
      });
      this.editing = controls.editing({
        put: (value) => this.put(this.edited, value),
        back: () => this.stage.cell(this.edited).focus(),
        drawing: (on) => this.classList.toggle("convolution--drawing", on),
      });
      this.formula = controls.formula();
      this.program = controls.program();
      this.typing = controls.typing({ paste: (side, planes) => this.paste(side, planes) });
    }

    /* What mouse, finger and keyboard do on the panels. */
    gestures() {
      const byHand = (look) => {
        this.transport.stop();
        this.turn(look);
      };
      return {
        state: () => this.state,
        pen: () => this.editing.pen(),
        look: byHand,
        hover: (look) => this.over(look),
        pin: (look) => {
          const again = this.pinned && same(look, this.pinned);
          byHand(look);
          this.transport.pin(!again);
        },
        unpin: () => this.transport.pin(false),
        put: (look, value) => {
          byHand(look);
          this.put(look, value);
        },
        type: (look) => {
          byHand(look);
          this.editing.type();
        },
      };
    }

    links() {
      this.link = make("a", {}, "Link to this setting");
      const picture = () => {
        this.hover = undefined;
        this.show();
        return drawing.picture(this.stage.drawn(), this.said.firstChild.textContent, this);
      };
      return make("p", { class: "convolution__links" }, this.link,
        controls.button("Save SVG", () => drawing.saveSvg(picture())), controls.button("Save PNG", () => drawing.savePng(picture())));
    }

    /* Changes ----------------------------------------------------------------- */

    changed(what, name) {
      if (what !== "example") this.form.choose("example");
      if (what === "setting") this.set();
      else this[what](name);
    }

    example(name) {
      this.form.choose("picture");
      this.form.choose("kernel");
      this.become(presets.example(name));
    }

    picture(name) {
      const { setting, input } = this.state;
      this.become({ ...this.state, input: [presets.paint(name, setting.n), ...input.slice(1)] });
    }

    kernel(name) {
      const weights = presets.kernels[name].map((row) => [...row]);
      const size = [weights.length, weights[0].length];
      this.attempt({ ...this.state.setting, k: size }, { kernel: [weights, ...this.state.kernel.slice(1)] });
    }

    set() {
      const { why, setting, planes } = this.form.read();
      if (why) this.refuse([why]);
      else this.attempt(setting, {}, planes);
    }

    paste(side, planes) {
      const { setting } = this.state;
      const size = { [side === "input" ? "n" : "k"]: [planes[0].length, planes[0][0].length] };
      this.attempt({ ...setting, ...size, groups: planes.length > 1 ? setting.groups : 1 }, { [side]: planes }, planes.length);
    }

    /* Take a setting and new planes over, or say why not and what would be possible. */
    attempt(setting, planes = {}, count = this.state.input.length) {
      const { why } = convolution.check(setting);
      if (!why) return this.become(presets.fit({ ...this.state, ...planes, setting }, count));
      const { setting: possible, names } = convolution.nearest(setting);
      const value = (name) => [].concat(possible[name]).filter((one, at, all) => one !== all[at - 1]).join(" × ");
      const say = (name) => `${(settings.LABELS[name] ?? "padding mode").toLowerCase()} ${value(name)}`;
      const offer = controls.button(`Use ${names.map(say).join(" and ")}`, () => {
        this.attempt(possible, planes, count);
        this.form.body.querySelector("select").focus(); // the button is gone
      });
      return this.refuse([`${why} The nearest possible setting: `, offer]);
    }

    refuse(parts) {
      this.transport.stop();
      this.classList.add("convolution--stale");
      this.result.replaceChildren(make("p", { class: "convolution__why" }, make("strong", {}, "Not possible. "), ...parts));
    }

    become(state) {
      this.transport.stop();
      this.state = state;
      this.rebuild();
    }

    put({ side, at: [plane, row, column] }, value) {
      if (!Number.isFinite(value) || Math.abs(value) > 1e6) return;
      this.state[side][plane][row][column] = value;
      this.form.choose("example");
      this.form.choose(side === "input" ? "picture" : "kernel");
      this.refresh();
    }

    /* Looking ----------------------------------------------------------------- */

    /* The place of output number `at`: row by row, one channel after the other. */
    place(at) {
      const [rows, columns] = this.size;
      return [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
    }

    turn(look) {
      this.look = look;
      this.hover = undefined;
      if (look.side === "output") this.state.at = (look.at[0] * this.size[0] + look.at[1]) * this.size[1] + look.at[2];
      else this.edited = look;
      this.show();
    }

    over(look) {
      if (this.pinned || this.running || same(this.hover, look)) return;
      this.hover = look;
      this.listen(!look);
      this.show();
    }

    /* Nobody wants to hear every step of the player or the mouse. */
    listen(on) {
      this.said.setAttribute("aria-live", on ? "polite" : "off");
    }

    /* Showing ----------------------------------------------------------------- */

    /* Kernels as PyTorch lays them out: the planes of one, or one plane for each channel. */
    get weights() {
      const { setting, kernel } = this.state;
      return setting.transposed || setting.groups > 1 ? kernel.map((plane) => [plane]) : [kernel];
    }

    rebuild() {
      const { setting, input } = this.state;
      this.classList.remove("convolution--stale");
      this.size = convolution.outputSize(setting).size;
      const count = setting.groups * this.size[0] * this.size[1];
      this.state.at = Math.min(this.state.at, count - 1);
      this.transport.resize(count);
      this.look = { side: "output", at: this.place(this.state.at) };
      this.edited = { side: "input", at: [0, 0, 0] };
      this.hover = undefined;
      this.form.write(setting, input.length);
      const steps = code.sizeSteps(setting, this.size).map((line) => make("span", {}, line));
      this.result.replaceChildren(make("p", {}, "Output ", make("strong", {}, this.size.join(" × ")), ...steps));
      this.stage.build(this.state, setting.groups, this.size);
      this.refresh();
    }

    /* Values have changed, sizes have not. */
    refresh() {
      const { setting, input, kernel } = this.state;
      this.output = convolution.apply(setting, input, this.weights);
      this.stage.paint(this.state, this.output);
      this.program.show(code.python(setting, input, kernel));
      this.typing.show(this.state);
      this.show();
    }

    show() {
      const look = this.hover ?? this.look;
      const { setting, input, at } = this.state;
      const facts = { state: this.state, setting, planes: input.length, outputs: setting.groups, output: this.place(at) };
      facts.terms = convolution.terms(setting, input, this.weights, look.side === "output" ? look.at : facts.output);
      if (look.side === "input") facts.uses = convolution.uses(setting, input, this.weights, look.at);
      if (look.side === "kernel") facts.terms = facts.terms.filter((term) => [this.stage.planeOf(term), ...term.tap].join() === look.at.join());
      this.stage.point(look, facts);
      if (!this.hover) this.stage.follow();
      this.say(look, facts);
      this.update(facts);
    }

    value({ side, at: [plane, row, column] }) {
      return (side === "output" ? this.output : this.state[side])[plane][row][column];
    }

    say(look, facts) {
      this.said.replaceChildren(...{
        output: () => words.sum(facts, look.at, facts.terms),
        input: () => words.used(facts, look.at, this.value(look), facts.uses),
        kernel: () => words.weighed(facts, look.at, this.value(look), facts.output, facts.terms),
      }[look.side]());
    }

    update({ setting, planes, outputs, output }) {
      this.editing.show(words.name(this.edited.side === "input" ? "x" : "w", planes, this.edited.at), this.value(this.edited));
      this.transport.show(this.state.at, `${words.name("y", outputs, output)} = ${code.text(this.value({ side: "output", at: output }))}`);
      this.formula.show(code.general(setting, planes), code.withNumbers(setting, planes, output));
      this.link.href = cnnGuide.permalink(this, code.encode(this.state));
    }
  }

  customElements.define("convolution-player", ConvolutionPlayer);
})();
