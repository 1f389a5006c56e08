/* Small services to the reader that HTML and CSS alone do not give. The pages are complete without them. */
"use strict";

const SCROLLABLE = ".md-typeset pre > code, .md-typeset__scrollwrap, .md-typeset .output, .md-typeset .katex-display";

/* What scrolls sideways must be reachable by keyboard, and only what scrolls. */
function markScrollable(element) {
  const scrolls = element.scrollWidth > element.clientWidth + 1;
  if (scrolls) element.setAttribute("tabindex", "0");
  else element.removeAttribute("tabindex");
  if (scrolls && !element.matches("code")) {
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", "Scrolls sideways");
  }
}

const sizes = new ResizeObserver((entries) => entries.forEach((entry) => markScrollable(entry.target)));

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

/* Material puts each copy button into a `nav` of its own; a page of forty landmarks helps nobody. */
function quietCopyButtons() {
  document.querySelectorAll(".md-code__nav").forEach((nav) => nav.setAttribute("role", "presentation"));
}

/* `document$` is Material's: it emits at the start and after every instant change of page. */
document$.subscribe(() => {
  sizes.disconnect();
  document.querySelectorAll(SCROLLABLE).forEach((element) => sizes.observe(element));
  quietCopyButtons();
});
