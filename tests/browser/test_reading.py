"""What a reader does on the site: search, copy, choose colours, move by keyboard, get lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect
from visit import WATCH_POLICY, WINDOWS

pytestmark = pytest.mark.browser
LESSON = "foundations/padding_stride_and_size/"
# what is far from the screen is not laid out yet
COME_BY = """
async seen => {
  for (const element of document.querySelectorAll(seen)) {
    element.scrollIntoView({block: 'center'});
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
  }
}
"""
OUTLINE = """
() => {
  const focused = document.activeElement;
  const shown = focused.matches('.md-option') ? focused.nextElementSibling : focused;
  const style = getComputedStyle(shown);
  return [shown.outerHTML.slice(0, 120), style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth)];
}
"""


def scheme(page: Page) -> str | None:
    return page.locator("body").get_attribute("data-md-color-scheme")


def tab_to(page: Page, target: Locator, most: int = 40) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{target} cannot be reached by keyboard")


def test_colours_by_keyboard(page: Page, home: str) -> None:
    """The button steps through system, light and dark by keyboard, and the choice lasts."""
    page.emulate_media(color_scheme="light")
    page.goto(home, wait_until="networkidle")
    tab_to(page, page.locator("#__palette_0"))
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert scheme(page) == "slate"
    page.goto(home + LESSON, wait_until="networkidle")
    assert scheme(page) == "slate"


def test_colours_of_the_system(page: Page, home: str) -> None:
    """A reader who has chosen nothing gets the system's colours, and follows their change."""
    page.emulate_media(color_scheme="dark")
    page.goto(home, wait_until="networkidle")
    assert scheme(page) == "slate"
    page.emulate_media(color_scheme="light")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "default")


def test_search(page: Page, home: str) -> None:
    """The slash key opens the search, which finds the lesson on stride."""
    page.goto(home, wait_until="networkidle")
    page.keyboard.press("/")
    page.keyboard.type("stride")
    results = page.locator(".md-search-result__link")
    expect(results.first).to_be_visible()
    assert any(LESSON in (link.get_attribute("href") or "") for link in results.all())


def test_the_search_index_is_sent_for_when_it_is_wanted(page: Page, home: str) -> None:
    """It weighs as much as a page; an address that comes from a search loads it at once, to highlight the words."""
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(home, wait_until="networkidle")
    assert not any("search_index" in url for url in asked)
    page.goto(f"{home}{LESSON}?h=stride", wait_until="networkidle")
    assert any("search_index" in url for url in asked)
    expect(page.locator("mark").first).to_be_visible()


def test_outputs_have_no_copy_button(page: Page, home: str) -> None:
    """What a cell printed is to be read, not pasted."""
    page.goto(home + LESSON, wait_until="networkidle")
    assert not any(button.is_visible() for button in page.locator(".output .md-clipboard, .output .md-code__nav").all())


def test_focus_is_seen(page: Page, home: str) -> None:
    """Whatever the Tab key reaches has an outline of two pixels or more."""
    page.goto(home + LESSON, wait_until="networkidle")
    for _ in range(30):
        page.keyboard.press("Tab")
        element, width = page.evaluate(OUTLINE)
        assert width >= 2, element


def test_skip_link(page: Page, home: str) -> None:
    """The first Tab stop leads past the navigation, to the title."""
    page.goto(home + LESSON, wait_until="networkidle")
    page.keyboard.press("Tab")
    link = page.locator(".md-skip")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    target = str(link.get_attribute("href"))
    assert page.locator(f"h1[id='{target.partition('#')[2]}']").count() == 1


def test_scrolling_parts_by_keyboard(page: Page, home: str) -> None:
    """On a telephone, code that is wider than the screen can be reached with the Tab key; short code is no stop."""
    page.set_viewport_size(WINDOWS["narrow"])
    page.goto(home + LESSON, wait_until="networkidle")
    seen = "pre > code:not([aria-hidden=true])"  # what lies below an editor is reached through it
    page.evaluate(COME_BY, seen)
    stops = page.evaluate(
        "seen => [...document.querySelectorAll(seen)].filter(code => code.checkVisibility())"
        ".map(code => [code.scrollWidth > code.clientWidth + 1, code.tabIndex])",
        seen,
    )
    assert any(scrolls for scrolls, _ in stops)
    assert all(tab == (0 if scrolls else -1) for scrolls, tab in stops)


def test_next_page_without_a_reload(page: Page, home: str) -> None:
    """Moving to another page keeps the script alive, brings that page's styles, and stays within the policy."""
    page.add_init_script(WATCH_POLICY)
    page.goto(home, wait_until="networkidle")
    page.evaluate("window.stayed = true")
    page.locator(f"article a[href$='{LESSON}']").first.click()
    expect(page.locator("article h1")).to_contain_text("Padding")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.stayed") is True
    assert page.evaluate("refused") == []
    fonts = page.evaluate("getComputedStyle(document.querySelector('.katex')).fontFamily")
    assert "KaTeX_Main" in fonts


def test_first_result_on_the_first_screen(page: Page, home: str, window: str) -> None:
    """The home page shows what its network reads before anything is scrolled."""
    page.set_viewport_size(WINDOWS[window])
    page.goto(home, wait_until="networkidle")
    answer = page.locator(".digit-answer__said")
    expect(answer).to_contain_text("It reads")
    box = answer.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= page.viewport_size["height"]  # type: ignore[index]


@pytest.mark.parametrize("missing", ["nothing", "foundations/nothing/at/all/", "assets/nothing.html"])
def test_missing_address(page: Page, home: str, missing: str) -> None:
    """The page for a missing address has its styles, its search and links that work, however deep the address is."""
    answer = page.goto(home + missing, wait_until="networkidle")
    assert answer is not None
    assert answer.status == 404
    assert page.evaluate("getComputedStyle(document.body).getPropertyValue('--paper')").strip() == "#ffffff"
    links = [link.get_attribute("href") for link in page.locator(".lesson-map a").all()]
    assert len(links) >= 4
    assert all(page.request.get(page.evaluate("href => new URL(href, location).href", link)).ok for link in links)
    page.keyboard.press("/")
    page.keyboard.type("stride")
    expect(page.locator(".md-search-result__link").first).to_be_visible()
