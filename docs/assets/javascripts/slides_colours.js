/* The slides' colours: those that the reader chose for the site, or the system's; runs before anything is shown. */
"use strict";

(() => {
  const KEY = "cnn-guide-slides-colours";

  /* A browser may forbid storage, above all for pages from a folder. */
  const stored = (storage, key) => {
    try {
      return globalThis[storage].getItem(key);
    } catch {
      return null;
    }
  };

  function chosen() {
    const here = stored("sessionStorage", KEY);
    if (here) return here;
    try {
      const { media, scheme } = JSON.parse(stored("localStorage", "/.__palette")).color; // where Material keeps it
      if (media !== "(prefers-color-scheme)" && ["default", "slate"].includes(scheme)) return scheme;
    } catch {} // nothing was chosen yet
    return matchMedia("(prefers-color-scheme: dark)").matches ? "slate" : "default";
  }

  const body = document.body;
  body.setAttribute("data-md-color-scheme", chosen());

  globalThis.slideColours = () => {
    const next = body.getAttribute("data-md-color-scheme") === "slate" ? "default" : "slate";
    body.setAttribute("data-md-color-scheme", next);
    try {
      sessionStorage.setItem(KEY, next);
    } catch {} // the choice is then for this page alone
    return next === "slate" ? "dark" : "light";
  };
})();
