/* The code of a page's cells, for those who copy or run it. It lies in page.js beside the page, which
   site_builder/snippets.py writes, and is loaded when it is asked for. */
"use strict";

globalThis.cnnGuide ??= {};

(() => {
  let here = location.href; // not the address while Material is on its way to another page

  /* What a cell needs, then the cell itself: a whole program. */
  const program = (cell, codes) => [...cell.needs.map((need) => codes[need]), cell.code].join("\n\n") + "\n";

  function complete(data) {
    const codes = { ...data.hidden };
    for (const [number, cell] of Object.entries(data.cells)) codes[number] = cell.code;
    for (const cell of Object.values(data.cells)) cell.snippet = program(cell, codes);
  }

  /* A promise of { path, cells: { "3": { code, needs, snippet } }, hidden: { "2": code }, exercises } of this page. */
  cnnGuide.pageData = async () => {
    const { href } = new URL("page.js", here);
    await cnnGuide.load(href);
    const data = cnnGuide.pages[href];
    if (!data.complete) complete(data);
    data.complete = true;
    return data;
  };

  /* `document$` is Material's: it emits at the start and after every instant change of page. */
  document$.subscribe(() => { here = location.href; });
})();
