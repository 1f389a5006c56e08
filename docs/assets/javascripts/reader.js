/* Small services to the reader that HTML and CSS alone do not give. The pages are complete without them. */
"use strict";

const SCROLLABLE = ".md-typeset pre > code, .md-typeset__scrollwrap, .md-typeset .output, .md-typeset .katex-display";

/* What scrolls sideways must be reachable by keyboard, and only what scrolls. */
function markScrollable([element, scrolls]) {
  if (element.ariaHidden === "true") return; // an editor lies on it, which can be reached
  if (scrolls) element.setAttribute("tabindex", "0");
  else element.removeAttribute("tabindex");
  if (scrolls && !element.matches("code")) {
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", "Scrolls sideways");
  }
}

/* All are measured before the first is marked: a mark between two measurements would lay the page out again. */
const sizes = new ResizeObserver((entries) => {
  const laidOut = entries.filter(({ target }) => target.checkVisibility?.({ contentVisibilityAuto: true }) ?? true);
  const measured = laidOut.map(({ target }) => [target, target.scrollWidth > target.clientWidth + 1]);
  measured.forEach(markScrollable);
});

/* Folded answers are printed open, and folded again afterwards. */
function unfold() {
  for (const details of document.querySelectorAll(".md-typeset details:not([open])")) {
    details.open = true;
    details.dataset.printed = "";
  }
}

function fold() {
  for (const details of document.querySelectorAll("details[data-printed]")) {
    details.open = false;
    delete details.dataset.printed;
  }
}

addEventListener("beforeprint", unfold);
addEventListener("afterprint", fold);

/* What Material adds later, when a cell or a table comes near the screen: each copy button is in a `nav` of its own, and
   a page of forty landmarks helps nobody; each table is put into a box that may scroll. */
const additions = new MutationObserver((records) => {
  for (const node of records.flatMap((record) => [...record.addedNodes])) {
    if (node.matches?.(".md-code__nav")) node.setAttribute("role", "presentation");
    if (node.matches?.(".md-typeset__scrollwrap")) sizes.observe(node);
  }
  /* Material takes code out of the keyboard's way where there is no mouse; a telephone may have a keyboard too. And it
     brings code back that an editor lies on. */
  for (const { target } of records.filter(({ type }) => type === "attributes")) {
    if (target.ariaHidden === "true") target.removeAttribute("tabindex");
    else if (target.matches("pre > code:not([tabindex])") && target.scrollWidth > target.clientWidth + 1) markScrollable([target, true]);
  }
});
additions.observe(document.body, { childList: true, subtree: true, attributeFilter: ["tabindex"] });

/* `document$` is Material's: it emits at the start and after every instant change of page. */
function measure() {
  sizes.disconnect();
  document.querySelectorAll(SCROLLABLE).forEach((element) => sizes.observe(element));
}
document$.subscribe(measure);
document.fonts.addEventListener("loadingdone", measure); /* letters of another width */
