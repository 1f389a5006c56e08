"""What holds for every widget of every page: it takes its picture's place quietly, and survives a change of page."""

from __future__ import annotations

import re
from functools import cache

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from visit import WATCH_SHIFTS, WINDOWS

from site_builder.preview import addresses, site_folder

pytestmark = pytest.mark.browser
MOST_SHIFT = 0.05  # of Google's measure, where a page is called good up to 0.1


@cache
def with_widgets() -> list[str]:
    """The pages that hold widgets."""
    folder = site_folder()
    files = {at: folder / at if at.endswith(".html") else folder / at / "index.html" for at in addresses(folder)}
    return [at for at, file in files.items() if 'data-widget="' in file.read_text("utf-8")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "place" in metafunc.fixturenames:
        metafunc.parametrize("place", with_widgets(), ids=lambda at: at.strip("/") or "home")


def come_near(page: Page) -> int:
    """Scroll to each widget as a reader does, until it lives; return how many there are."""
    boxes = page.locator(".widget")
    for box in boxes.all():
        box.evaluate("box => box.scrollIntoView({block: 'center'})")
        expect(box).to_have_attribute("data-live", "yes")
        page.wait_for_timeout(150)  # the frames in which it lays itself out
    return boxes.count()


def scroll_through(page: Page) -> None:
    """Turn the wheel from the top until the last widget has passed."""
    page.mouse.move(180, 300)
    last = page.locator(".widget").last
    for _ in range(200):
        page.mouse.wheel(0, 300)
        page.wait_for_timeout(50)
        if last.evaluate("box => box.getBoundingClientRect().bottom") < 0:
            break
    assert page.locator(".widget:not([data-live=yes])").count() == 0


@pytest.mark.parametrize("width", tuple(WINDOWS))
def test_nothing_jumps_when_a_widget_takes_its_place(browser: Browser, home: str, place: str, width: str) -> None:
    """The whole page's layout shift, from its first frame to its last widget."""
    context = browser.new_context(viewport=WINDOWS[width], reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(WATCH_SHIFTS)
    page.goto(home + place, wait_until="networkidle")
    scroll_through(page)
    shifts = page.evaluate("shifts")
    context.close()
    assert sum(value for value, _ in shifts) < MOST_SHIFT, shifts


def test_widgets_survive_a_change_of_page(context: BrowserContext, page: Page, home: str, place: str) -> None:
    """Forward by a link of the site, and back: each widget lives once, nothing fails, the page is not loaded anew."""
    errors = list[str]()
    context.on("weberror", lambda error: errors.append(str(error.error)))
    page.goto(home + place, wait_until="networkidle")
    page.evaluate("window.stayed = true")
    first = come_near(page)
    page.locator(".md-footer__link").first.evaluate("link => link.click()")
    expect(page).not_to_have_url(home + place)
    page.go_back()
    expect(page).to_have_url(re.compile(re.escape(home + place)))
    expect(page.locator(".widget")).to_have_count(first)
    assert come_near(page) == first
    for box in page.locator(".widget").all():
        assert box.locator(f":scope > {box.get_attribute('data-widget')}").count() == 1
    assert page.evaluate("window.stayed"), "the page was loaded anew"
    assert errors == []
