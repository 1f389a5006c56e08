/* Lets the site be read from a folder (file://), where browsers forbid fetch and workers: links lead to files, pages are
   loaded whole, and the search, which is a worker, is taken away. Runs before Material's own script. */
"use strict";

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
