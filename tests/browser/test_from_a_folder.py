"""The site opened from a folder, file://, where browsers forbid fetch and workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from site_builder.preview import site_folder

pytestmark = pytest.mark.browser
LESSON = "foundations/padding_stride_and_size"


@pytest.fixture
def folder() -> str:
    return site_folder().resolve().as_uri()


@pytest.fixture
def faults(context: BrowserContext) -> Iterator[list[str]]:
    """What goes wrong on any page: it must stay empty."""
    found = list[str]()
    context.on("weberror", lambda error: found.append(str(error.error)))
    context.on("requestfailed", lambda request: found.append(f"failed: {request.url}"))
    context.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    yield found
    # type cannot be loaded ahead from a folder: the style sheet brings it a little later
    assert [fault for fault in found if "figtree-latin" not in fault and "ERR_FAILED" not in fault] == []


def test_links_lead_to_pages(page: Page, folder: str, faults: list[str]) -> None:
    """From the home page to the first lesson and on, though there is no server to add index.html."""
    page.goto(f"{folder}/index.html")
    page.get_by_role("link", name="Start with the first lesson").click()
    expect(page).to_have_url(f"{folder}/foundations/images_are_tensors/index.html")
    page.locator(".md-footer__link--next").click()
    expect(page.locator("h1")).to_have_count(1)
    assert page.url.endswith("/index.html")


def test_widgets_and_quizzes_work(page: Page, folder: str, faults: list[str]) -> None:
    """A calculator answers, a quiz is judged."""
    page.goto(f"{folder}/{LESSON}/index.html")
    box = page.locator(".widget").first
    box.evaluate("box => box.scrollIntoView({block: 'center'})")
    expect(box).to_have_attribute("data-live", "yes")
    quiz = page.locator(".quiz").first
    quiz.get_by_role("button", name="Check").click()
    expect(quiz.get_by_role("status")).to_have_text("Choose or type an answer first.")


def test_the_search_is_not_offered(page: Page, folder: str, faults: list[str]) -> None:
    """It is a worker, which no browser starts from a folder; a field that finds nothing would only mislead."""
    page.goto(f"{folder}/index.html")
    expect(page.locator("[data-md-component=search], [for=__search]")).to_have_count(0)


def test_colours_can_be_chosen(page: Page, folder: str, faults: list[str]) -> None:
    """Material's own buttons work."""
    page.emulate_media(color_scheme="light")
    page.goto(f"{folder}/index.html")
    page.locator("#__palette_0").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
