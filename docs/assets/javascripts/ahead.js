/* What has to be settled before Material's own script runs. */
"use strict";

/* The search index weighs as much as all the rest of a page, and few visitors search: it is sent for when the search is
   first opened. (An address with ?h= comes from a search; its words are highlighted with the index.) */
if (!new URLSearchParams(location.search).has("h")) {
  const wanted = new Promise((resolve) => {
    addEventListener("focusin", ({ target }) => target.closest?.("[data-md-component=search]") && resolve());
    addEventListener("change", ({ target }) => target.id === "__search" && resolve());
  });
  const { open, send } = XMLHttpRequest.prototype;
  const later = new WeakSet();
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    if (String(url).endsWith("/search/search_index.json")) later.add(this);
    return open.call(this, method, url, ...rest);
  };
  XMLHttpRequest.prototype.send = function (...body) {
    if (later.delete(this)) wanted.then(() => send.apply(this, body));
    else send.apply(this, body);
  };
}

/* From a folder (file://) browsers forbid fetch and workers: links lead to files, pages are loaded whole, and the search,
   which is a worker, is taken away. */
if (location.protocol === "file:") {
  const config = document.getElementById("__config");
  const settings = JSON.parse(config.textContent);
  settings.features = settings.features.filter((feature) => !/^(navigation\.instant|search)/.test(feature));
  config.textContent = JSON.stringify(settings);
  document.querySelectorAll("[data-md-component^=search], [for=__search]").forEach((element) => element.remove());
  for (const link of document.links) {
    if (link.protocol === "file:" && link.pathname.endsWith("/")) link.pathname += "index.html";
  }
}
