"""The built site, served on the loopback interface, and Debian's chromium to look at it with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from visit import WINDOWS, Visit, visit

from site_builder.preview import Preview, addresses, served, site_folder

FLAGS = [
    "--no-sandbox",  # chromium refuses to run as root with it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCHEMES = ("light", "dark")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`address` is every page of the built site; `scheme` and `window` are what it is looked at with."""
    if "address" in metafunc.fixturenames:
        pages = addresses(site_folder())
        metafunc.parametrize("address", pages, ids=[page.strip("/") or "home" for page in pages], scope="session")
    for name, values in (("scheme", SCHEMES), ("window", tuple(WINDOWS))):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, values, scope="session")


@pytest.fixture(scope="session")
def preview() -> Iterator[Preview]:
    with served(site_folder()) as preview:
        yield preview


@pytest.fixture(scope="session")
def home(preview: Preview) -> str:
    return preview.home


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("CNN_GUIDE_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        pytest.fail("no chromium found: install it, or name it in CNN_GUIDE_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A reader who has never been here."""
    context = browser.new_context(viewport=WINDOWS["wide"], reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def telephone(browser: Browser) -> Iterator[Page]:
    """A small screen that is touched, in dark colours."""
    context = browser.new_context(
        viewport=WINDOWS["narrow"], has_touch=True, is_mobile=True, reduced_motion="reduce", color_scheme="dark"
    )
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def seen(browser: Browser, home: str) -> Callable[[str, str, str], Visit]:
    """What one look at a page shows; each page is loaded once for each theme and width, whatever is asked about it."""
    visits: dict[tuple[str, str, str], Visit] = {}

    def look(address: str, scheme: str, window: str) -> Visit:
        key = (address, scheme, window)
        if key not in visits:
            visits[key] = visit(browser, home, address, scheme, WINDOWS[window])
        return visits[key]

    return look
