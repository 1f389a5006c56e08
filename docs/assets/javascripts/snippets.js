/* The code of a page's cells, for those who copy or run it. It lies in page.js beside the page, which
   site_builder/snippets.py writes, and is loaded when it is asked for. */
"use strict";

globalThis.cnnGuide ??= {};

(() => {
  let here = location.href; // not the address while Material is on its way to another page

  /* What a cell needs, then the cell itself: a whole program. */
  function complete(data) {
    const codes = { ...data.hidden };
    for (const [number, cell] of Object.entries(data.cells)) codes[number] = cell.code;
    for (const cell of Object.values(data.cells)) {
      cell.before = cell.needs.map((need) => `${codes[need]}\n\n`).join("");
      cell.snippet = `${cell.before}${cell.code}\n`;
    }
    data.complete = true;
  }

  /* A promise of { path, cells: { "3": { code, needs, before, snippet } }, hidden: { "2": code }, exercises }. */
  cnnGuide.pageData = async () => {
    const { href } = new URL("page.js", here);
    await cnnGuide.load(href);
    const data = cnnGuide.pages[href];
    if (!data.complete) complete(data);
    return data;
  };

  /* What Material says when something was copied, said more exactly. */
  let copied = "";
  alert$.subscribe(() => {
    const text = copied;
    copied = "";
    if (text) queueMicrotask(() => alert$.next(text));
  });
  const withOthers = ({ needs }) => {
    const cells = needs.filter((need) => need > 0).length;
    if (!cells) return "Copied, with its imports";
    return `Copied, with ${cells > 1 ? `the ${cells} earlier cells` : "the earlier cell"} that it needs`;
  };

  /* Material's button copies the code that it stands on. It gives a whole program where the cell needs others; a second
     one then gives the cell alone. */
  function addButton(nav) {
    const cell = nav.closest(".cell.needs");
    const button = nav.querySelector("[data-md-type=copy]");
    if (!cell || !button || nav.childElementCount > 1) return;
    const single = button.cloneNode();
    single.title = "Copy this cell alone";
    single.dataset.mdType = "copy-cell";
    button.title = "Copy a program that runs: this cell, with the earlier ones that it needs";
    nav.append(single);
    single.addEventListener("click", () => { copied = "Copied this cell alone"; });
    let data; // of the cell
    const ask = async () => {
      try {
        data = (await cnnGuide.pageData()).cells[cell.id.slice("cell-".length)];
      } catch {
        data = { before: "", needs: [] };
        button.title = "Copy this cell alone: the earlier ones did not load";
      }
    };
    nav.addEventListener("pointerenter", ask, { once: true });
    nav.addEventListener("focusin", ask, { once: true });
    button.addEventListener("click", async (event) => {
      if (!data) { // a finger is quicker than the network: once more, when the code is there
        event.stopPropagation();
        await ask();
        button.click();
        return;
      }
      button.dataset.clipboardText = data.before + cell.querySelector("code").innerText.trimEnd(); // edited, perhaps
      copied = data.before ? withOthers(data) : "Copied this cell alone";
    });
  }

  /* Material adds its buttons when a cell comes near the screen. */
  const additions = new MutationObserver((records) => {
    for (const node of records.flatMap((record) => [...record.addedNodes])) {
      if (node.matches?.(".md-code__nav")) addButton(node);
    }
  });
  additions.observe(document.body, { childList: true, subtree: true });

  /* `document$` is Material's: it emits at the start and after every instant change of page. */
  document$.subscribe(() => {
    here = location.href;
    document.querySelector(".md-dialog")?.setAttribute("role", "status"); // what Material says there is read out, too
    document.querySelectorAll(".cell.needs .md-code__nav").forEach(addButton);
  });
})();
