"""Every page of the built site, in both themes, on a telephone and on a desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser
from visit import WINDOWS, Visit

from site_builder.preview import Preview, site_folder

pytestmark = pytest.mark.browser
Look = Callable[[str, str, str], Visit]


def test_accessible(seen: Look, address: str, scheme: str, window: str) -> None:
    """axe-core finds nothing to complain about."""
    assert seen(address, scheme, window).violations == []


def test_fits_its_window(seen: Look, address: str, scheme: str, window: str) -> None:
    """Code, tables and formulas may scroll; the page does not."""
    assert seen(address, scheme, window).overflow == 0


def test_stands_still(seen: Look, address: str, scheme: str, window: str) -> None:
    """What has been shown does not move while the page loads."""
    assert seen(address, scheme, window).shift < 0.05


def test_quiet_console(seen: Look, address: str, scheme: str, window: str) -> None:
    """The browser reports no error, no warning, and no file that is missing."""
    visit = seen(address, scheme, window)
    assert visit.console == []
    assert visit.failed == []


def test_within_its_policy(seen: Look, address: str, scheme: str, window: str) -> None:
    """The content security policy refuses nothing that the page needs."""
    assert seen(address, scheme, window).refused == []


def test_asks_no_other_host(seen: Look, address: str, scheme: str, window: str) -> None:
    """A reader is known to this site alone."""
    assert seen(address, scheme, window).foreign == []


def test_one_figure_of_each_pair(seen: Look, address: str, scheme: str, window: str) -> None:
    """Of a light and a dark picture the one of the theme is displayed, and the other is not."""
    assert all(shown == (theme == scheme) for theme, shown in seen(address, scheme, window).figures)


def test_light_enough(browser: Browser, preview: Preview, address: str) -> None:
    """A first visit, with styles, scripts, fonts, the search index and the pictures in view, is below 300 kB."""
    context = browser.new_context(viewport=WINDOWS["wide"])
    before = len(preview.sent)
    context.new_page().goto(preview.home + address, wait_until="networkidle")
    sent = preview.sent[before:]
    context.close()
    assert sum(size for _, size in sent) < 300_000, sorted(sent, key=lambda answer: -answer[1])[:8]


def test_short_enough(address: str) -> None:
    """The HTML of a page is below 100 kB before compression."""
    page = site_folder() / address
    assert (page / "index.html" if page.is_dir() else page).stat().st_size < 100_000


def test_readable_without_scripts(browser: Browser, home: str, address: str) -> None:
    """The title and the text are there where JavaScript is not, and the page still fits a telephone."""
    context = browser.new_context(viewport=WINDOWS["narrow"], java_script_enabled=False)
    page = context.new_page()
    page.goto(home + address)
    assert page.locator("article h1").is_visible()
    assert len(page.locator("article").inner_text()) > 200
    assert page.evaluate("document.documentElement.scrollWidth") == WINDOWS["narrow"]["width"]
    context.close()


def test_on_paper(browser: Browser, home: str, address: str) -> None:
    """Paper shows the text in light colours, with the light figures, and no navigation."""
    context = browser.new_context(viewport=WINDOWS["wide"], color_scheme="dark")
    page = context.new_page()
    page.goto(home + address, wait_until="networkidle")
    page.emulate_media(media="print")
    assert page.locator("article h1").is_visible()
    for part in (".md-header", ".md-sidebar", ".md-footer", ".md-content__button", ".md-clipboard"):
        assert not any(element.is_visible() for element in page.locator(part).all()), part
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(27, 32, 39)"
    dark = page.locator(".md-typeset img[src$='#only-dark']")
    assert not any(image.is_visible() for image in dark.all())
    context.close()
