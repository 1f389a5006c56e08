"""The output-size calculator, and how widgets come into a page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visit import WINDOWS, axe

from cnn_guide import conv_output_size, conv_transpose_output_size, pool_output_size

pytestmark = pytest.mark.browser
LESSON = "foundations/padding_stride_and_size/"


@pytest.fixture
def widget(page: Page, home: str) -> Locator:
    return opened(page, home + LESSON)


def opened(page: Page, address: str) -> Locator:
    page.goto(address, wait_until="networkidle")
    page.locator(".widget[data-widget='output-size']").scroll_into_view_if_needed()
    found = page.locator("output-size")
    expect(found).to_be_visible()
    return found


def fill(widget: Locator, **values: int) -> None:
    for name, value in values.items():
        widget.get_by_role("spinbutton", name=name.replace("_", " "), exact=True).fill(str(value))


def test_a_widget_is_loaded_when_the_reader_comes_near(page: Page, home: str) -> None:
    """Its files are not part of the first visit; then it takes the picture's place."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    page.goto(home + LESSON, wait_until="networkidle")
    assert "output-size.js" not in asked
    box = page.locator(".widget[data-widget='output-size']")
    box.scroll_into_view_if_needed()
    expect(page.locator("output-size")).to_be_visible()
    expect(box.locator("img").first).to_be_hidden()
    assert asked.index("sizes.js") < asked.index("output-size.js")


def test_without_scripts_the_picture_stays(browser: Browser, home: str) -> None:
    """The cell's figure, with its description."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(home + LESSON)
    picture = page.locator(".widget[data-widget='output-size'] img:visible").first
    expect(picture).to_be_visible()
    assert "Ten pixels" in str(picture.get_attribute("alt"))
    context.close()


def test_on_paper_the_picture_stands(widget: Locator, page: Page) -> None:
    """Buttons and fields are of no use there."""
    page.emulate_media(media="print")
    expect(widget).to_be_hidden()
    expect(page.locator(".widget[data-widget='output-size'] img:visible")).to_have_count(1)


def test_sizes_are_those_of_the_package(widget: Locator) -> None:
    """By keyboard: each layer's size, as the package computes it."""
    shown = widget.locator("output")
    fill(widget, Input_size=32, Kernel=8, Stride=2, Padding=1)
    expect(shown).to_have_text(str(conv_output_size(32, 8, 2, 1)))
    widget.get_by_role("combobox").select_option("pool")
    fill(widget, Input_size=11, Kernel=2, Padding=0)
    expect(shown).to_have_text(str(pool_output_size(11, 2)))
    widget.get_by_role("checkbox").check()
    expect(shown).to_have_text(str(pool_output_size(11, 2, ceil_mode=True)))
    widget.get_by_role("combobox").select_option("transpose")
    fill(widget, Input_size=14, Kernel=4, Padding=1, Output_padding=1)
    expect(shown).to_have_text(str(conv_transpose_output_size(14, 4, 2, 1, output_padding=1)))


def test_what_is_never_read_is_named(widget: Locator) -> None:
    """The example of the page: the last of ten pixels."""
    expect(widget).to_contain_text("Never read: 1 of 10 pixels (number 9, counted from 0).")
    fill(widget, Stride=1)
    expect(widget).to_contain_text("Every pixel is read.")


def test_the_impossible_is_explained(widget: Locator, page: Page) -> None:
    """With the numbers, a way out, and no barrier for anybody."""
    fill(widget, Kernel=40)
    expect(widget).to_contain_text("Not possible. The window spans 40, but the padded input has 10")
    expect(widget).to_contain_text("padding 15 or more")
    fill(widget, Padding=15)
    expect(widget.locator("output")).to_have_text("1")
    widget.get_by_role("spinbutton", name="Kernel", exact=True).fill("")
    expect(widget).to_contain_text("Kernel must be a whole number from 1 to 999.")
    assert axe(page) == []


def test_a_setting_can_be_linked_to(widget: Locator, page: Page) -> None:
    """The link opens the same page with the same numbers."""
    fill(widget, Input_size=224, Kernel=7, Stride=2, Padding=3)
    address = widget.get_by_role("link", name="Link to this setting").get_attribute("href")
    assert address
    page.goto("about:blank")
    again = opened(page, address)
    expect(again.locator("output")).to_have_text(str(conv_output_size(224, 7, 2, 3)))
    expect(again.get_by_role("spinbutton", name="Kernel", exact=True)).to_have_value("7")


def test_a_telephone_shows_all_of_it(browser: Browser, home: str) -> None:
    """Nothing sticks out on a narrow screen."""
    context = browser.new_context(viewport=WINDOWS["narrow"], has_touch=True, is_mobile=True, reduced_motion="reduce")
    page = context.new_page()
    widget = opened(page, home + LESSON)
    fill(widget, Input_size=40, Padding=3)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    context.close()
