"""One look at a page: everything that the tests ask about it, gathered in one load."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = {"wide": {"width": 1280, "height": 800}, "narrow": {"width": 360, "height": 740}}  # CSS pixels
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

# every rule that is on by default, best practices too, and the one of WCAG 2.2 that is not: targets of 24 px
RUN_AXE = """
axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}).then(found => found.violations)
"""

WATCH_POLICY = """
window.refused = [];
addEventListener('securitypolicyviolation', event => refused.push(`${event.effectiveDirective}: ${event.blockedURI}`));
"""

WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) {
    const moved = entry.sources.map(({node}) => (node?.outerHTML ?? node?.textContent ?? '').slice(0, 80));
    if (!entry.hadRecentInput) shifts.push([entry.value, moved]);
  }
}).observe({type: 'layout-shift', buffered: true});
"""

# a figure comes as one picture for each theme: which of them are displayed?
PAIRS = """
() => [...document.querySelectorAll('.md-typeset img')]
  .map(image => [image.src.match(/#only-(light|dark)$/)?.[1], getComputedStyle(image).display !== 'none'])
  .filter(([theme]) => theme)
"""


@dataclass(frozen=True)
class Visit:
    """What was seen: each list is empty on a sound page."""

    violations: list[str]  # of axe's rules, with the elements
    console: list[str]  # errors and warnings
    refused: list[str]  # by the content security policy
    foreign: list[str]  # addresses on another host
    failed: list[str]  # files that did not arrive
    shift: float  # cumulative layout shift; Google calls a page good up to 0.1
    overflow: int  # CSS pixels by which the page is wider than the window
    figures: list[tuple[str, bool]]  # theme of a picture, and whether it is displayed


def visit(browser: Browser, home: str, address: str, scheme: str, window: dict[str, int]) -> Visit:
    """Load a page as a new reader and gather what there is to see."""
    context = browser.new_context(viewport=window, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(WATCH_POLICY + WATCH_SHIFTS)
    asked, console, failed = list[str](), list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: console.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: console.append(str(error)))
    page.on("response", lambda answer: failed.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.goto(home + address, wait_until="networkidle")
    found = Visit(
        violations=axe(page),
        console=console,
        refused=page.evaluate("refused"),
        foreign=[url for url in asked if foreign(url, home)],
        failed=failed,
        shift=page.evaluate("shifts.reduce((sum, [value]) => sum + value, 0)"),
        overflow=page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"),
        figures=[(theme, shown) for theme, shown in page.evaluate(PAIRS)],
    )
    context.close()
    return found


def foreign(url: str, home: str) -> bool:
    """Whether an address leads to another host; `data:` and `blob:` ask nobody."""
    return urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != urlsplit(home).netloc


def axe(page: Page) -> list[str]:
    """Return axe-core's violations: rule, help, and the elements concerned."""
    page.evaluate(_axe_source())  # not a script element, which the policy would rightly refuse
    violations: list[dict[str, Any]] = page.evaluate(RUN_AXE)
    return [
        f"{violation['id']}: {violation['help']}: "
        + "; ".join(f"{node['html'][:150]} ({_measures(node)})" for node in violation["nodes"][:4])
        for violation in violations
    ]


def _measures(node: dict[str, Any]) -> str:
    return " ".join(check["message"] for check in (*node["any"], *node["all"], *node["none"]))[:200]


@cache
def _axe_source() -> str:
    return AXE.read_text("utf-8")
