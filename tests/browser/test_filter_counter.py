"""The filters of a convolution: which channels they read and what they cost, by keyboard, mouse and finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visit import AXE, WINDOWS

from cnn_guide import layers

pytestmark = pytest.mark.browser
LESSON = "foundations/channels_and_filters/"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
RUN_AXE = """
element => axe.run(element, {rules: {'target-size': {enabled: true}}})
  .then(({violations}) => violations.map(({id, nodes}) => [id, ...nodes.map(node => node.html)].join(' ')))
"""


@pytest.fixture
def widget(page: Page, home: str) -> Locator:
    return opened(page, home + LESSON)


def opened(page: Page, address: str) -> Locator:
    page.goto(address)
    page.locator(".widget[data-widget='filter-counter']").scroll_into_view_if_needed()
    found = page.locator("filter-counter")
    expect(found).to_be_visible(timeout=20_000)  # its files come first
    return found


def fill(widget: Locator, **values: int) -> None:
    for name, value in values.items():
        widget.get_by_role("spinbutton", name=name.replace("_", " "), exact=True).fill(str(value))


def fields(widget: Locator) -> list[int]:
    return [int(field.input_value()) for field in widget.get_by_role("spinbutton").all()]


def total(widget: Locator) -> Locator:
    return widget.locator("output")


def slider(widget: Locator) -> Locator:
    return widget.get_by_role("slider", name="Look at filter")


def column(widget: Locator, filter_: int, filters: int) -> dict[str, float]:
    """The middle of a filter's column on the screen."""
    picture = widget.get_by_role("img")
    picture.evaluate("element => element.scrollIntoView({block: 'center'})")
    box = picture.bounding_box()
    assert box
    return {"x": box["x"] + (filter_ + 0.5) * box["width"] / filters, "y": box["y"] + box["height"] / 2}


def barriers(widget: Locator) -> list[str]:
    """What axe finds in the widget; the page around it has tests of its own."""
    widget.page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = widget.evaluate(RUN_AXE)
    return found


def test_it_begins_with_the_lessons_groups(widget: Locator) -> None:
    """The layer of the page, and the answer to its question."""
    expect(total(widget)).to_have_text(f"{layers.Conv2d(16, 32, 3, groups=4).parameters:,}")
    slider(widget).fill("8")
    expect(widget).to_contain_text("Filter 8 reads channels 4 to 7: 4 kernels of 3×3, together 36 weights and a bias.")
    cells = widget.get_by_role("cell").all_text_contents()
    assert cells == ["4,640", "1,184", "704"]


def test_the_keyboard_does_everything(widget: Locator, page: Page) -> None:
    """The slider steps through the filters, a button makes the layer depthwise, the bias goes; Tab leaves again."""
    slider(widget).focus()
    page.keyboard.press("End")
    expect(widget).to_contain_text("Filter 31 reads channels 12 to 15")
    page.keyboard.press("ArrowLeft")
    expect(slider(widget)).to_have_attribute("aria-valuetext", "Filter 30")
    widget.get_by_role("button", name="depthwise").focus()
    page.keyboard.press("Enter")
    expect(widget).to_contain_text("Filter 30 reads channel 15: 1 kernel of 3×3, together 9 weights and a bias.")
    expect(widget).to_contain_text("nn.Conv2d(16, 32, kernel_size=3, groups=16)")
    widget.get_by_role("checkbox", name="Biases").focus()
    page.keyboard.press("Space")
    expect(total(widget)).to_have_text(f"{layers.Conv2d(16, 32, 3, groups=16, bias=False).parameters:,}")
    widget.get_by_role("link", name="Link to this setting").focus()
    page.keyboard.press("Tab")
    assert not widget.evaluate("element => element.contains(document.activeElement)")


def test_buttons_make_what_they_say(widget: Locator) -> None:
    """1×1, depthwise, where the filters are no multiple of the channels, and the ordinary layer again."""
    fill(widget, Filters=20)
    widget.get_by_role("button", name="1×1").click()
    assert fields(widget) == [16, 20, 1, 1]
    widget.get_by_role("button", name="depthwise").click()
    assert fields(widget) == [16, 16, 3, 16]
    widget.get_by_role("button", name="All channels").click()
    assert fields(widget) == [16, 16, 3, 1]
    expect(widget).to_contain_text("reads all 16 channels")


def test_the_mouse_chooses_a_filter(widget: Locator, page: Page) -> None:
    """A click takes the column below it, a drag each on its way; beyond the edge it is the last."""
    place = column(widget, 20, 32)
    page.mouse.click(**place)
    expect(widget).to_contain_text("Filter 20 reads channels 8 to 11")
    expect(widget.get_by_role("img")).to_have_attribute(
        "aria-label",
        "32 filters from left to right, 16 channels from top to bottom; filter 20 reads channels 8 to 11",
    )
    page.mouse.move(**place)
    page.mouse.down()
    page.mouse.move(**column(widget, 9, 32))
    expect(widget).to_contain_text("Filter 9 reads channels 4 to 7")
    page.mouse.move(place["x"] + 2000, place["y"])
    expect(widget).to_contain_text("Filter 31 reads")
    page.mouse.up()
    page.mouse.move(**place)
    expect(widget).to_contain_text("Filter 31 reads")


def test_the_impossible_is_explained(widget: Locator) -> None:
    """Groups that do not come out even, and a field without a number; nothing moves, and the way out works."""
    height = widget.evaluate("element => element.offsetHeight")
    fill(widget, Groups=6)
    expect(widget).to_contain_text("6 groups must divide both the 16 channels and the 32 filters. Use 4.")
    assert widget.evaluate("element => element.offsetHeight") == height
    assert barriers(widget) == []
    fill(widget, Groups=4, Kernel=99)
    expect(widget).to_contain_text("Kernel must be a whole number from 1 to 11.")
    fill(widget, Kernel=5)
    expect(total(widget)).to_have_text(f"{layers.Conv2d(16, 32, 5, groups=4).parameters:,}")


def test_the_largest_layer_is_drawn(widget: Locator) -> None:
    """Blocks without single cells; the chosen filter stays within the layer."""
    slider(widget).fill("31")
    fill(widget, Input_channels=512, Filters=512, Groups=512, Kernel=11)
    expect(widget).to_contain_text("Filter 31 reads channel 31")
    assert widget.locator(".filter-counter__block").count() == 512
    fill(widget, Groups=1, Filters=8)
    expect(widget).to_contain_text("Filter 7 reads all 512 channels: 512 kernels of 11×11, together 61,952 weights")


def test_a_setting_can_be_linked_to(widget: Locator, page: Page) -> None:
    """Fields, bias and filter; nonsense in a link is a fault that the fields mend."""
    fill(widget, Input_channels=6, Filters=12, Groups=3)
    widget.get_by_role("checkbox").uncheck()
    slider(widget).fill("9")
    said = "Filter 9 reads channels 4 to 5: 2 kernels of 3×3, together 18 weights. It makes map 9."
    expect(widget).to_contain_text(said)
    address = widget.get_by_role("link", name="Link to this setting").get_attribute("href")
    assert address
    page.goto("about:blank")
    again = opened(page, address)
    expect(again).to_contain_text(said)
    expect(again.get_by_role("checkbox")).not_to_be_checked()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    again = opened(page, address.replace("groups%3A3", "groups%3Ax").replace("filter%3A9", "filter%3A-z"))
    expect(again).to_contain_text("Groups must be a whole number")
    fill(again, Groups=3)
    expect(again).to_contain_text("nn.Conv2d(6, 12, kernel_size=3, groups=3, bias=False)")
    assert faults == []


def test_a_finger_chooses_on_a_telephone(telephone: Page, home: str) -> None:
    """Tap a column, tap a button; nothing is wider than the screen, and axe is content."""
    widget = opened(telephone, home + LESSON)
    place = column(widget, 16, 32)
    telephone.touchscreen.tap(**place)
    expect(widget).to_contain_text("Filter 16 reads channels 8 to 11")
    widget.get_by_role("button", name="depthwise").tap()
    expect(widget).to_contain_text("Filter 16 reads channel 8")
    assert telephone.evaluate(OVERFLOW) <= 0
    assert barriers(widget) == []


@pytest.mark.parametrize("width", WINDOWS)
def test_there_are_no_barriers_and_nothing_jumps(browser: Browser, home: str, width: str, scheme: str) -> None:
    """Whatever is chosen, the widget keeps its height."""
    context = browser.new_context(viewport=WINDOWS[width], reduced_motion="reduce", color_scheme=scheme)
    widget = opened(context.new_page(), home + LESSON)
    heights, found = [], []
    for name in ("All channels", "1×1", "depthwise"):
        widget.get_by_role("button", name=name).click()
        heights.append(widget.evaluate("element => element.offsetHeight"))
        found += barriers(widget)
    context.close()
    assert found == []
    assert len(set(heights)) == 1, heights


def test_it_works_after_an_instant_change_of_page(page: Page, home: str) -> None:
    """Material replaces the page without loading it anew."""
    page.goto(home, wait_until="networkidle")
    page.locator(f"article a[href$='{LESSON}']").first.click()
    page.locator(".widget[data-widget='filter-counter']").scroll_into_view_if_needed()
    widget = page.locator("filter-counter")
    expect(total(widget)).to_have_text("1,184", timeout=20_000)
