/* Puts each widget of a page in place of its still picture when a reader comes near it. Classic scripts, not modules,
   so that they load from a folder (file://) too. site_builder/widgets.py writes the boxes. */
"use strict";

globalThis.cnnGuide ??= {};

(() => {
  const root = new URL(".", document.currentScript.src);
  const loading = new Map();

  /* Loads a script or a style sheet once; its address is relative to `base`, or else to this folder. */
  cnnGuide.load = (file, base = root) => {
    const { href } = new URL(file, base);
    if (!loading.has(href)) {
      const loaded = new Promise((resolve, reject) => {
        const style = href.endsWith(".css");
        const element = document.createElement(style ? "link" : "script");
        Object.assign(element, style ? { rel: "stylesheet", href } : { src: href, async: false });
        element.onload = resolve;
        element.onerror = () => reject(new Error(`${file} did not load`));
        document.head.append(element);
      });
      loading.set(href, loaded);
      loaded.catch(() => loading.delete(href)); // the next call tries again
    }
    return loading.get(href);
  };

  async function enhance(box) {
    if (box.dataset.live) return;
    box.dataset.live = "loading";
    try {
      await Promise.all(JSON.parse(box.dataset.files).map((file) => cnnGuide.load(file)));
    } catch {
      delete box.dataset.live; // the picture stays, and the next visit tries again
      return;
    }
    const widget = document.createElement(box.dataset.widget);
    for (const [name, value] of Object.entries(JSON.parse(box.dataset.options))) widget.setAttribute(name, value);
    box.append(widget);
    box.dataset.live = "yes";
  }

  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      enhance(target);
    }
  }, { rootMargin: "50% 0px" });

  /* `document$` is Material's: it emits at the start and after every instant change of page. */
  document$.subscribe(() => document.querySelectorAll(".widget:not([data-live])").forEach((box) => near.observe(box)));

  /* What widgets share: elements in one line, and settings that can be linked to. */

  const SVG = "http://www.w3.org/2000/svg";
  cnnGuide.make = (tag, attributes = {}, ...children) => {
    const [name, space] = tag.startsWith("svg:") ? [tag.slice(4), SVG] : [tag, "http://www.w3.org/1999/xhtml"];
    const element = document.createElementNS(space, name);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  /* A link that opens this page with the widget in this state: `?conv=kernel:3,stride:2#widget`. */
  cnnGuide.permalink = (widget, state) => {
    const link = new URL(location.href);
    link.searchParams.set(widget.localName, Object.entries(state).map((pair) => pair.join(":")).join(","));
    link.hash = widget.closest(".widget")?.id ?? "";
    return link.href;
  };
  cnnGuide.linkedState = (widget) => {
    const text = new URL(location.href).searchParams.get(widget.localName) ?? "";
    return Object.fromEntries(text.split(",").filter(Boolean).map((pair) => pair.split(":")));
  };
})();
