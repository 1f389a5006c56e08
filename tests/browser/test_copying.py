"""A reader takes code along: a cell with what it needs, or the cell alone; and the page as a notebook."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visit import WINDOWS, axe

from site_builder import notebook, snippets
from site_builder.cache import ROOT

pytestmark = pytest.mark.browser
LESSON = "foundations/convolution_by_hand/"
SOURCE = notebook.read_page(ROOT / "docs/foundations/convolution_by_hand.md", ROOT)
PARTS = snippets.parts(SOURCE)
NUMBER, OWN = max(PARTS.items(), key=lambda item: len(item[1]))
ALONE = next(number for number, own in PARTS.items() if len(own) == 1)


@pytest.fixture
def lesson(page: Page, home: str) -> Page:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(home + LESSON, wait_until="networkidle")
    return page


def buttons(page: Page, number: int) -> Locator:
    page.locator(f"#cell-{number}").scroll_into_view_if_needed()
    found = page.locator(f"#cell-{number} .md-code__button")
    expect(found.first).to_be_visible()
    return found


def clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def said(page: Page) -> Locator:
    return page.locator(".md-dialog")


def test_a_program_is_copied_by_mouse(lesson: Page) -> None:
    """The earlier cells, what they import, and the cell: the very program that the tests run."""
    buttons(lesson, NUMBER).first.click()
    expect(said(lesson)).to_contain_text(f"the {len(OWN) - 1} earlier cells that it needs")
    assert clipboard(lesson) == snippets.program(OWN).rstrip()


def test_a_cell_alone_is_copied_by_keyboard(lesson: Page) -> None:
    """The second button is one step further, and says what it does."""
    first = buttons(lesson, NUMBER).first
    first.focus()
    assert "program that runs" in (first.get_attribute("title") or "")
    lesson.keyboard.press("Tab")
    expect(buttons(lesson, NUMBER).nth(1)).to_be_focused()
    expect(buttons(lesson, NUMBER).nth(1)).to_have_attribute("title", "Copy this cell alone")
    lesson.keyboard.press("Enter")
    expect(said(lesson)).to_contain_text("Copied this cell alone")
    assert clipboard(lesson) == OWN[-1].code


def test_a_program_is_copied_by_keyboard(lesson: Page) -> None:
    """As by mouse."""
    buttons(lesson, NUMBER).first.focus()
    lesson.keyboard.press("Enter")
    expect(said(lesson)).to_contain_text("that it needs")
    assert clipboard(lesson) == snippets.program(OWN).rstrip()


def test_a_program_is_copied_by_touch(browser: Browser, home: str) -> None:
    """A finger comes without warning: the code is fetched when it does. Both targets are large enough."""
    context = browser.new_context(viewport=WINDOWS["narrow"], has_touch=True, is_mobile=True, reduced_motion="reduce")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(home + LESSON, wait_until="networkidle")
    found = buttons(page, NUMBER)
    sizes = [box for button in found.all() if (box := button.bounding_box())]
    assert [min(size["width"], size["height"]) >= 24 for size in sizes] == [True, True]
    found.first.tap()
    expect(said(page)).to_contain_text("that it needs")
    assert clipboard(page) == snippets.program(OWN).rstrip()
    context.close()


def test_a_cell_that_needs_nothing_has_one_button(lesson: Page) -> None:
    """Two that do the same would only raise a question."""
    found = buttons(lesson, ALONE)
    expect(found).to_have_count(1)
    found.click()
    expect(said(lesson)).to_contain_text("Copied to clipboard")
    assert clipboard(lesson) == PARTS[ALONE][-1].code


def test_the_code_is_fetched_only_when_it_is_asked_for(page: Page, home: str) -> None:
    """Most readers copy nothing."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(home + LESSON, wait_until="networkidle")
    assert not [url for url in asked if url.endswith("page.js")]
    with page.expect_request("**/page.js"):
        buttons(page, NUMBER).first.focus()


def test_without_the_network_the_cell_is_copied_and_it_is_said(lesson: Page) -> None:
    """What the earlier cells hold is not there: the reader is not told otherwise."""
    found = buttons(lesson, NUMBER).first
    lesson.context.set_offline(True)
    found.click()
    expect(said(lesson)).to_contain_text("Copied this cell alone")
    lesson.context.set_offline(False)
    assert clipboard(lesson) == OWN[-1].code


def test_each_page_has_its_own_code(lesson: Page, home: str) -> None:
    """After an instant change of page, the data are those of the new one."""
    data = "cnnGuide.pageData().then(({ path, cells }) => [path, Object.keys(cells).length])"
    assert lesson.evaluate(data) == ["foundations/convolution_by_hand", len(PARTS)]
    lesson.evaluate("window.still = true")
    lesson.locator(".md-nav--primary").get_by_role("link", name="Padding, stride and output size").first.click()
    lesson.wait_for_url("**/padding_stride_and_size/")
    expect(lesson.locator("h1")).to_contain_text("Padding")
    assert lesson.evaluate("window.still")
    assert lesson.evaluate(data)[0] == "foundations/padding_stride_and_size"


def test_every_snippet_is_the_program_that_was_tested(lesson: Page) -> None:
    """The browser joins the parts as Python does."""
    made = lesson.evaluate("cnnGuide.pageData().then(({ cells }) => cells)")
    assert {int(number): cell["snippet"] for number, cell in made.items()} == {
        number: snippets.program(own) for number, own in PARTS.items()
    }


def test_the_notebook_is_downloaded(lesson: Page) -> None:
    """As exercises and solved; Colab opens the first from the repository."""
    line = lesson.get_by_role("list", name="This page as")
    for name, file in [
        ("Notebook", "convolution_by_hand"),
        ("Notebook with solutions", "convolution_by_hand_solutions"),
    ]:
        with lesson.expect_download() as waiting:
            line.get_by_role("link", name=name, exact=True).click()
        assert waiting.value.suggested_filename == f"{file}.ipynb"
        made = json.loads(waiting.value.path().read_text("utf-8"))
        assert made["cells"][0]["source"][0] == "# Convolution by hand\n"
    address = line.get_by_role("link", name="Open in Colab").get_attribute("href") or ""
    assert address.endswith(f"/blob/notebooks/{LESSON}convolution_by_hand.ipynb")


def test_accessible(browser: Browser, home: str, scheme: str) -> None:
    """With the buttons there and one of them used; what was copied is announced."""
    context = browser.new_context(viewport=WINDOWS["narrow"], color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(home + LESSON, wait_until="networkidle")
    buttons(page, NUMBER).first.click()
    expect(page.get_by_role("status").filter(has_text="Copied, with")).to_be_visible()
    assert axe(page) == []
    context.close()
