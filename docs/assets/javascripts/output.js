/* Shows what Python has sent: text, errors, and HTML such as tables. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.output ??= (() => {
  const ALLOWED = new Set(("a abbr b br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 " +
    "hr i ins kbd li mark ol p pre s small span strong style sub summary sup table tbody td tfoot th thead tr u ul var").split(" "));
  const ATTRIBUTES = /^(?:class|style|title|colspan|rowspan|scope|headers|lang|dir|role|tabindex|open|start|aria-[a-z]+)$/;
  const NAMES = { text: "output", error: "output error", traceback: "output error" };

  /* Keeps elements that only lay out text. What readers run is their own, but it may come from anybody. */
  function clean(node) {
    for (const child of [...node.children]) {
      if (!ALLOWED.has(child.localName)) {
        child.replaceWith(child.matches("script, template, noscript, svg, math") ? "" : child.textContent);
        continue;
      }
      for (const { name } of [...child.attributes]) if (!ATTRIBUTES.test(name)) child.removeAttribute(name);
      clean(child);
    }
  }

  function html(data) {
    const parsed = new DOMParser().parseFromString(data, "text/html"); // inert: nothing in it runs or loads
    const body = parsed.body;
    body.prepend(...parsed.head.querySelectorAll("style"));
    clean(body);
    const box = cnnGuide.make("div", { class: "output" }, ...body.childNodes);
    for (const corner of box.querySelectorAll("th:empty")) corner.replaceWith(document.createElement("td"));
    return box;
  }

  function text(kind, data) {
    const code = cnnGuide.make("code", {}, data);
    return cnnGuide.make("div", { class: `highlight ${NAMES[kind]}`, "data-kind": kind }, cnnGuide.make("pre", {}, code));
  }

  /* Text joins the text before it, as in a terminal. */
  function show(box, kind, data) {
    const last = box.lastElementChild;
    if (kind === "html") box.append(html(data));
    else if (kind === "cut" || kind === "note") box.append(cnnGuide.make("p", { class: "output live__note" }, data));
    else if (last?.dataset.kind === kind && kind !== "traceback") last.querySelector("code").append(data);
    else box.append(text(kind, data));
  }

  /* What scrolls must be reachable by keyboard. */
  function reach(box) {
    for (const element of box.querySelectorAll(".output, pre > code")) {
      const scrolls = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
      if (!scrolls || element.querySelector("[tabindex], pre")) continue;
      for (const [name, value] of [["tabindex", 0], ["role", "group"], ["aria-label", "Output, scrolls"]]) element.setAttribute(name, value);
    }
  }

  return { show, reach };
})();
