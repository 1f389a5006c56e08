/* needs: pooling.js pooling_boards.js pooling-window.css */
/* room: 502 1196 */
/* <pooling-window kind="max" side="6" window="2" stride="2">: pool a map of numbers that can be changed, see each window, and
   which of its numbers get the gradient. */
"use strict";

(() => {
  const { make, pooling, poolingBoards: { board, choose, clamp, fill } } = cnnGuide;
  const FIELDS = [ // name, label, smallest, largest, first
    ["side", "Map side", 3, 8, 6],
    ["window", "Window", 1, 6, 2],
    ["stride", "Stride", 1, 6, 2],
    ["padding", "Padding", 0, 3, 0],
  ];
  const KINDS = { max: "Max", mean: "Mean" };
  const MODULES = { max: "nn.MaxPool2d", mean: "nn.AvgPool2d" };
  const MOST = 8; // the larger maps show more of the same numbers
  const START = ("13210290" + "46861534" + "31027712" + "12147306" + "05221048" + "91324650" + "20413817" + "75063129").split("").map(Number);

  const text = (value) => String(Math.round(1000 * value) / 1000);

  class PoolingWindow extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return;
      const linked = cnnGuide.linkedState(this);
      this.numbers = /^\d{64}$/.test(linked.map) ? linked.map.split("").map(Number) : [...START];
      [this.output, this.input] = [[0, 0], [0, 0]];
      const from = (name, otherwise) => linked[name] ?? this.getAttribute(name) ?? otherwise;
      this.append(this.form(from), this.fault = make("p", { class: "pooling-window__fault", role: "alert" }),
        this.body = make("div", {}, this.boards(), this.said = make("p", { class: "pooling-window__said", role: "status", "aria-atomic": "true" })), this.foot());
      this.show();
    }

    form(from) {
      const options = Object.entries(KINDS).map(([value, name]) => make("option", { value }, name));
      this.kind = make("select", {}, ...options);
      this.kind.value = from("kind", "max") in KINDS ? from("kind", "max") : "max";
      this.fields = Object.fromEntries(FIELDS.map(([name, , min, max, value]) => {
        const input = make("input", { type: "number", min, max, required: "" });
        input.value = from(name, value);
        return [name, input];
      }));
      this.ceil = make("input", { type: "checkbox" });
      this.ceil.checked = from("ceil", "false") === "true";
      const label = (name, input) => make("label", {}, make("span", {}, name), input);
      const form = make("form", {}, label("Keeps", this.kind), ...FIELDS.map(([name, title]) => label(title, this.fields[name])),
        make("label", { class: "pooling-window__check" }, this.ceil, make("span", {}, "ceil_mode")));
      form.addEventListener("input", () => this.show());
      form.addEventListener("submit", (event) => event.preventDefault());
      return form;
    }

    boards() {
      this.map = board("Map", "map: arrow keys move, digits change the number", "application");
      this.pooled = board("Pooled", "pooled map: arrow keys choose a number", "application");
      this.gradient = board("Gradient");
      choose(this.pooled.grid, (at, step) => this.choose("output", this.found.size, at, step));
      choose(this.map.grid, (at, step) => this.choose("input", this.setting.side, at, step));
      this.map.grid.addEventListener("keydown", (event) => {
        if (/^\d$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) this.put(Number(event.key));
      });
      const change = (by, name) => {
        const button = make("button", { type: "button", "aria-label": name }, by > 0 ? "+" : "−");
        button.addEventListener("click", () => this.put((this.numbers[this.place()] + by + 10) % 10));
        return button;
      };
      const hand = make("div", { class: "pooling-window__hand" }, make("span", {}, "Marked number"), change(-1, "Marked number less 1"), change(1, "Marked number plus 1"));
      return make("div", { class: "pooling-window__boards" }, make("div", {}, this.map.box, hand), this.pooled.box, this.gradient.box);
    }

    foot() {
      this.code = make("code");
      this.link = make("a", {}, "Link to this setting");
      const reset = make("button", { type: "button" }, "First numbers again");
      reset.addEventListener("click", () => {
        this.numbers = [...START];
        this.show();
      });
      return make("p", { class: "pooling-window__foot" }, this.code, " ", reset, " ", this.link);
    }

    place() {
      return this.input[0] * MOST + this.input[1];
    }

    /* A place of a board, or a step from the chosen one. */
    choose(which, side, at, step) {
      if (!side) return;
      this[which] = (at ?? this[which].map((one, axis) => one + step[axis])).map((one) => clamp(one, side - 1));
      this.show();
    }

    put(number) {
      this.numbers[this.place()] = number;
      this.show();
    }

    /* The fields as a setting, or nothing where one of them holds no number that it may. */
    read() {
      let fine = true;
      for (const input of Object.values(this.fields)) {
        input.toggleAttribute("aria-invalid", !input.checkValidity() || input.value === "");
        if (input.hasAttribute("aria-invalid")) fine = false;
      }
      const { side, window: k, stride: s, padding: p } = Object.fromEntries(Object.entries(this.fields).map(([name, { value }]) => [name, Number(value)]));
      return fine ? { kind: this.kind.value, side, k, s, p, ceil: this.ceil.checked } : undefined;
    }

    show() {
      const setting = this.read();
      const seen = setting && Array.from({ length: setting.side ** 2 }, (_, at) => this.numbers[Math.floor(at / setting.side) * MOST + (at % setting.side)]);
      const found = setting ? pooling.pool(setting, seen) : { why: "A field holds no number that it may.", hint: `Use ${FIELDS.map(([, title, min, max]) => `${min} to ${max} for “${title}”`).join(", ")}.` };
      this.fault.textContent = found.why ? `${found.why} ${found.hint}` : "";
      this.body.classList.toggle("pooling-window__off", Boolean(found.why));
      this.code.textContent = found.why ? "–" : code(setting);
      if (found.why) return;
      Object.assign(this, { setting, found, seen });
      this.output = this.output.map((one) => clamp(one, found.size - 1));
      this.input = this.input.map((one) => clamp(one, setting.side - 1));
      const it = found.windows[this.output[0] * found.size + this.output[1]];
      this.draw(it);
      this.said.textContent = this.words(it);
      const { kind, side, k, s, p, ceil } = setting;
      this.link.href = cnnGuide.permalink(this, { kind, side, window: k, stride: s, padding: p, ceil, map: this.numbers.join("") });
    }

    draw(it) {
      const { setting, found, seen } = this;
      const won = setting.kind === "max" ? pooling.winner(seen, it.places) : undefined;
      const inside = new Set(it.places);
      const own = this.input[0] * setting.side + this.input[1];
      const chosen = this.output[0] * found.size + this.output[1];
      const shade = (at) => [inside.has(at) && "in", at === won && "won"];
      fill(this.map, seen.map(text), setting.side, (at) => [...shade(at), at === own && "own"]);
      fill(this.pooled, found.outputs.map(text), found.size, (at) => [at === chosen && "in"], setting.side);
      fill(this.gradient, found.gradient.map((value) => text(Math.round(100 * value) / 100)), setting.side, (at) => [...shade(at), !found.gradient[at] && "none"]);
    }

    words({ places, divisor }) {
      const { setting, found, seen, output } = this;
      const numbers = places.map((at) => seen[at]);
      const listed = numbers.length > 12 ? `${numbers.length} numbers` : numbers.join(", ");
      const start = `Output (${output.join(", ")}), of ${found.size} × ${found.size}:`;
      const result = text(found.outputs[output[0] * found.size + output[1]]);
      const frame = divisor - places.length;
      if (setting.kind === "max") {
        const ties = numbers.filter((number) => text(number) === result).length;
        return `${start} the largest of ${listed} is ${result}.${ties > 1 ? ` ${ties} are equal; the first one gets the gradient.` : " It gets all of the gradient."}`;
      }
      const sum = numbers.reduce((one, other) => one + other, 0);
      return `${start} the sum of ${listed} is ${sum}, divided by ${divisor}${frame ? `, since ${frame} zeros of the frame count` : ""}: ${result}. Each gets 1/${divisor} of the gradient.`;
    }
  }

  function code({ kind, k, s, p, ceil }) {
    const rest = [[s !== k, `stride=${s}`], [p, `padding=${p}`], [ceil, "ceil_mode=True"]].filter(([there]) => there).map(([, part]) => part);
    return `${MODULES[kind]}(${[k, ...rest].join(", ")})`;
  }

  customElements.define("pooling-window", PoolingWindow);
})();
