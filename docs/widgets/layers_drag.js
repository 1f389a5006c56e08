/* needs: layers.js */
/* Dragging the lines of a list by their handles, with mouse, pen or finger; the list's order changes at the drop only. */
"use strict";

cnnGuide.sortable = (() => {
  const EDGE = 60; // pixels from the edge of the window where it begins to scroll

  /* Where a line held at this height would go: before which of the others. */
  function gap(list, y) {
    const middles = [...list.children].map((line) => line.getBoundingClientRect()).map(({ top, height }) => top + height / 2);
    return middles.filter((middle) => middle < y).length;
  }

  class Drag {
    constructor(list, line, event, drop) {
      Object.assign(this, { list, line, drop, handle: event.target.closest("button"), y: event.clientY, start: event.clientY + scrollY });
      this.from = [...list.children].indexOf(line);
      this.handle.setPointerCapture(event.pointerId);
      this.stop = new AbortController();
      const { signal } = this.stop;
      this.handle.addEventListener("pointermove", ({ clientY }) => (this.y = clientY), { signal });
      this.handle.addEventListener("pointerup", () => this.end(true), { signal });
      this.handle.addEventListener("pointercancel", () => this.end(false), { signal });
      addEventListener("keydown", ({ key }) => key === "Escape" && this.end(false), { signal });
      line.classList.add("layer-stack__row--held");
      this.follow();
    }

    follow() {
      this.frame = requestAnimationFrame(() => this.follow());
      const push = this.y < EDGE ? this.y - EDGE : Math.max(0, this.y - innerHeight + EDGE);
      if (push && this.moved) scrollBy({ top: push / 5, behavior: "instant" });
      const by = this.y + scrollY - this.start;
      this.moved ||= Math.abs(by) > 4;
      if (!this.moved) return;
      this.line.style.transform = "";
      this.to = gap(this.list, this.y);
      this.line.style.transform = `translateY(${by}px)`;
      this.mark();
    }

    mark() {
      const lines = [...this.list.children];
      lines.forEach((line, index) => {
        line.classList.toggle("layer-stack__row--before", index === this.to);
        line.classList.toggle("layer-stack__row--after", this.to === lines.length && index === lines.length - 1);
      });
    }

    end(dropped) {
      cancelAnimationFrame(this.frame);
      this.stop.abort();
      this.line.style.transform = "";
      this.to ??= this.from;
      const to = this.to > this.from ? this.to - 1 : this.to; // without the line itself
      for (const line of this.list.children) line.classList.remove("layer-stack__row--before", "layer-stack__row--after", "layer-stack__row--held");
      if (dropped && this.moved && to !== this.from) this.drop(this.from, to);
    }
  }

  return (list, handle, drop) => {
    list.addEventListener("pointerdown", (event) => {
      const held = event.target.closest?.(handle);
      if (held && event.button === 0) new Drag(list, held.closest("li"), event, drop);
    });
  };
})();
