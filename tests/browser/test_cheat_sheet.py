"""The cheat sheet fits on one sheet of paper, all of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
ADDRESS = "reference/cheat_sheet/"
PRINTED = {"width": 733, "height": 1062}  # CSS pixels of A4 within margins of 8 mm
OUTSIDE = """
() => [...document.querySelectorAll('.sheet :is(p, li, td, th, code, .katex)')].map(element => [element, element.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.right > innerWidth + 1 || box.bottom > innerHeight))
  .map(([element]) => element.outerHTML.slice(0, 80))
"""


def test_it_prints_on_one_page(page: Page, home: str) -> None:
    """Counted in the PDF that the browser makes, on A4 and on American paper."""
    page.goto(home + ADDRESS, wait_until="networkidle")
    for settings in ({"prefer_css_page_size": True}, {"format": "Letter", "margin": {"top": "8mm", "bottom": "8mm"}}):
        printed = page.pdf(**settings)  # type: ignore[arg-type]
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1, settings


def test_nothing_is_cut_off(page: Page, home: str) -> None:
    """Each formula, table and line of code lies on the paper."""
    page.set_viewport_size(PRINTED)  # type: ignore[arg-type]
    page.emulate_media(media="print")
    page.goto(home + ADDRESS, wait_until="networkidle")
    assert page.locator(".sheet h2").count() >= 7
    assert page.evaluate(OUTSIDE) == []
