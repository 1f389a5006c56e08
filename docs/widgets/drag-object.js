/* needs: sharing.js sharing_parts.js drag-object.css */
/* room: 760 1205 */
/* <drag-object object="digit" kernel="left" window="2" border="black">: drag an object over a field. What the kernel, max
   pooling and the global mean make of it is compared, number by number, with what they made of it in the middle.
   The page's cell may publish "object.bin": rows, columns, and a byte for each pixel. */
"use strict";

(() => {
  const { make, sharing, sharingParts: { objects, paint, same, verdict, where } } = cnnGuide;
  const SIDE = 32; // divided by all windows
  const OUT = 12; // pixels that an object may stick out
  const KERNELS = {
    left: ["Left edges", [-1, 0, 1, -1, 0, 1, -1, 0, 1]],
    top: ["Top edges", [-1, -1, -1, 0, 0, 0, 1, 1, 1]],
    outline: ["Outline", [-1, -1, -1, -1, 8, -1, -1, -1, -1]],
    blur: ["Blur", [1, 2, 1, 2, 4, 2, 1, 2, 1]],
  };
  const CHOICES = { window: { 2: "2 × 2", 4: "4 × 4" }, border: { black: "Black", wrap: "Joined up" } };
  const STEPS = [["←", "Left", 0, -1], ["↑", "Up", -1, 0], ["↓", "Down", 1, 0], ["→", "Right", 0, 1]];
  const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  class DragObject extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return;
      this.objects = objects();
      const linked = cnnGuide.linkedState(this);
      const chosen = (name, values) => [linked[name], this.getAttribute(name), Object.keys(values)[0]].find((value) => value in values);
      const names = (values) => Object.fromEntries(Object.entries(values).map(([value, [name]]) => [value, name]));
      const choices = { object: names(this.objects), kernel: names(KERNELS), ...CHOICES };
      this.state = Object.fromEntries(Object.entries(choices).map(([name, values]) => [name, chosen(name, values)]));
      const moved = (name) => (/^-?\d{1,2}$/.test(linked[name]) ? Number(linked[name]) : 0);
      this.at = [moved("down"), moved("right")];
      this.append(this.controls(choices), this.pictures(), this.answers());
      this.restart();
    }

    controls(choices) {
      const titles = { object: "Object", kernel: "Kernel", window: "Max pooling", border: "Border" };
      const selects = Object.entries(choices).map(([name, values]) => {
        const options = Object.entries(values).map(([value, text]) => make("option", { value }, text));
        const select = make("select", {}, ...options);
        select.value = this.state[name];
        select.addEventListener("input", () => {
          this.state[name] = select.value;
          this.restart();
        });
        return make("label", {}, make("span", {}, titles[name]), select);
      });
      return make("div", { class: "drag-object__choices" }, ...selects);
    }

    pictures() {
      const canvas = (attributes) => make("canvas", { role: "img", ...attributes });
      this.field = canvas({ role: "application", tabindex: 0, "aria-roledescription": "field to drag in", "aria-label": "Picture: arrow keys move the object, Home puts it back" });
      [this.map, this.pooled] = [canvas({}), canvas({})];
      this.listen();
      this.named = [make("span"), make("span")];
      const steps = STEPS.map(([sign, name, down, right]) => button(sign, () => this.step(down, right), name));
      const back = button("Back", () => this.go(0, 0), "Back to the middle");
      const figure = (canvas_, ...words) => make("figure", {}, make("figcaption", {}, ...words), canvas_);
      return make("div", { class: "drag-object__pictures" },
        make("div", {}, figure(this.field, "Picture: drag it"), make("div", { class: "drag-object__steps" }, ...steps, back)),
        figure(this.map, this.named[0]), figure(this.pooled, this.named[1]));
    }

    answers() {
      const head = make("tr", {}, ...["Output", "The same as in the middle?", "The same, moved along?"].map((text) => make("th", { scope: "col" }, text)));
      this.rows = ["Map", "Max-pooled", "Global mean", "Global maximum"].map((name) => make("tr", {}, make("th", { scope: "row" }, name), make("td"), make("td")));
      this.said = make("p", { class: "drag-object__said", role: "status", "aria-atomic": "true" });
      this.link = make("a", {}, "Link to this setting");
      return make("div", {}, this.said, make("table", {}, make("thead", {}, head), make("tbody", {}, ...this.rows)),
        make("p", { class: "drag-object__note" }, make("span", { class: "drag-object__key" }), " not the number of the middle, moved along. ", this.link));
    }

    listen() {
      const { field } = this;
      let from;
      const place = ({ clientX, clientY }) => {
        const { left, top, width } = field.getBoundingClientRect();
        return [clientY - top, clientX - left].map((length) => Math.round((length * SIDE) / width));
      };
      field.addEventListener("pointerdown", (event) => {
        field.setPointerCapture(event.pointerId);
        from = place(event).map((one, axis) => one - this.at[axis]);
      });
      field.addEventListener("pointermove", (event) => {
        if (!from) return;
        const [down, right] = place(event).map((one, axis) => one - from[axis]);
        if (down !== this.at[0] || right !== this.at[1]) this.go(down, right);
      });
      for (const end of ["pointerup", "pointercancel"]) field.addEventListener(end, () => { from = undefined; });
      field.addEventListener("keydown", (event) => {
        if (event.key === "Home") this.go(0, 0);
        else if (event.key in KEYS) this.step(...KEYS[event.key]);
        else return;
        event.preventDefault();
      });
    }

    step(down, right) {
      this.go(this.at[0] + down, this.at[1] + right);
    }

    go(down, right) {
      this.at = [down, right];
      this.show();
    }

    /* All that follows from the object lying at some place. */
    seen([down, right]) {
      const { object, kernel, window: size, border } = this.state;
      const it = this.objects[object][1];
      const wrap = border === "wrap";
      const field = sharing.place(it, SIDE, middle(it.rows) + down, middle(it.columns) + right, wrap);
      const map = sharing.respond(field, SIDE, KERNELS[kernel][1], wrap);
      return { field, map, pooled: sharing.pool(map, SIDE, Number(size)) };
    }

    restart() {
      this.before = this.seen([0, 0]);
      this.show();
    }

    show() {
      const { object, kernel, window: size, border } = this.state;
      const { rows, columns } = this.objects[object][1];
      const wrap = border === "wrap";
      const limit = (length) => (wrap ? SIDE : middle(length) + Math.min(OUT, length - 1));
      this.at = this.at.map((one, axis) => clamp(one, limit([rows, columns][axis])));
      const now = this.seen(this.at);
      const steps = this.at.map((one) => Math.round(one / size));
      const along = {
        map: sharing.differing(now.map, sharing.move(this.before.map, SIDE, ...this.at, wrap)),
        pooled: sharing.differing(now.pooled, sharing.move(this.before.pooled, SIDE / size, ...steps, wrap)),
      };
      paint(this.field, now.field, 255);
      paint(this.map, now.map, Math.max(...this.before.map), along.map);
      paint(this.pooled, now.pooled, Math.max(...this.before.map), along.pooled);
      this.named[0].textContent = `Map: ${KERNELS[kernel][0].toLowerCase()}`;
      this.named[1].textContent = `Max-pooled, ${size} × ${size}`;
      this.tell(now, along, Number(size));
      this.link.href = cnnGuide.permalink(this, { ...this.state, down: this.at[0], right: this.at[1] });
    }

    tell(now, along, size) {
      const grids = ["map", "pooled"];
      const stay = grids.map((name) => verdict(sharing.differing(now[name], this.before[name])));
      const follow = grids.map((name) => verdict(along[name]));
      const whole = this.at.every((one) => one % size === 0);
      if (!whole) follow[1][0] += `; ${size} does not divide the move`;
      const means = [now, this.before].map(({ map }) => sharing.sum(map));
      const tops = [now, this.before].map(({ map }) => Math.max(...map));
      const mean = (total) => (total / SIDE ** 2).toFixed(1);
      const cells = [[stay[0], follow[0]], [stay[1], follow[1]], [same(means, mean), ["–"]], [same(tops, String), ["–"]]];
      this.rows.forEach((row, at) => [...row.querySelectorAll("td")].forEach((cell, column) => {
        const [text, good] = cells[at][column];
        cell.textContent = text;
        cell.className = good === undefined ? "" : good ? "drag-object__yes" : "drag-object__no";
      }));
      this.said.textContent = `${where(this.at)} ${this.fate(now, along)}`;
    }

    /* Whether the object, and what the kernel makes of it, is still whole. */
    fate(now, along) {
      if (sharing.sum(now.field) !== sharing.sum(this.before.field)) return "The border cuts the object, and what is lost can be seen in all of them.";
      if (sharing.sum(now.map) !== sharing.sum(this.before.map)) return "The object is whole, but a part of its map falls outside.";
      if (!this.at.some(Boolean)) return "Drag it, or use the arrow keys.";
      return sharing.count(along.pooled) ? "The map moved along; the max-pooled map is another one." : "Both maps moved along; the global values stayed.";
    }
  }

  const middle = (length) => Math.floor((SIDE - length) / 2);
  const clamp = (value, most) => Math.max(-most, Math.min(value, most));

  function button(text, act, label) {
    const made = make("button", { type: "button", "aria-label": label }, text);
    made.addEventListener("click", act);
    return made;
  }

  customElements.define("drag-object", DragObject);
})();
