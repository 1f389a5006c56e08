"""One gradient, number by number: forwards, back to the kernel, back to the picture, and downhill."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visit import AXE, WINDOWS

pytestmark = pytest.mark.browser
LESSON = "foundations/backpropagation/"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
RUN_AXE = """
element => axe.run(element, {rules: {'target-size': {enabled: true}}})
  .then(({violations}) => violations.map(({id, nodes}) => [id, ...nodes.map(node => node.html)].join(' ')))
"""
NUMBERS = "grid => [...grid.children].map(cell => cell.firstChild.data)"


@pytest.fixture
def widget(page: Page, home: str) -> Locator:
    return opened(page, home + LESSON)


def opened(page: Page, address: str) -> Locator:
    page.goto(address)
    page.locator(".widget[data-widget='gradient-stepper']").scroll_into_view_if_needed()
    found = page.locator("gradient-stepper")
    expect(found).to_be_visible(timeout=20_000)  # its files come first
    return found


def board(widget: Locator, title: str) -> Locator:
    return widget.locator(f"[aria-label^='{title}:']")


def numbers(widget: Locator, title: str) -> list[str]:
    found: list[str] = board(widget, title).evaluate(NUMBERS)
    return found


def listed(widget: Locator, title: str) -> str:
    return " ".join(numbers(widget, title))


def press(widget: Locator, name: str) -> None:
    widget.get_by_role("button", name=name, exact=True).click()


def said(widget: Locator) -> Locator:
    return widget.get_by_role("status").first


def told(widget: Locator) -> Locator:
    return widget.get_by_role("status").last


def barriers(widget: Locator) -> list[str]:
    """What axe finds in the widget; the page around it has tests of its own."""
    widget.page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = widget.evaluate(RUN_AXE)
    return found


def test_the_numbers_come_one_by_one(widget: Locator) -> None:
    """Nothing is known before it is computed; the sentence lists its products; the last step shows the lesson's numbers."""
    assert numbers(widget, "Outputs y") == ["−1", "?", "?", "?"]
    expect(said(widget)).to_contain_text("2·(−1) = −1. Wanted: −3, so δ = −1 − (−3) = 2.")
    for _ in range(4):
        press(widget, "Next")
    assert numbers(widget, "Slopes of y: δ") == ["2", "−1", "0", "1"]
    assert numbers(widget, "Slopes of w") == ["11", *8 * ["?"]]
    expect(said(widget)).to_contain_text("2·3 + (−1)·0 + 0·1 + 1·5 = 11.")
    press(widget, "All")
    assert listed(widget, "Slopes of w") == "11 7 9 4 4 12 −2 15 0"
    assert listed(widget, "Slopes of x") == "0 2 −1 0 2 −1 1 0 0 1 −2 1 0 0 0 −1"
    expect(widget.get_by_role("button", name="Next")).to_be_disabled()
    press(widget, "Back")
    assert numbers(widget, "Slopes of x")[-1] == "?"


def test_a_number_is_chosen_by_mouse_and_by_keys(widget: Locator, page: Page) -> None:
    """A click on a slope shows its sum; arrow keys go on from there and stop at the border."""
    grid = board(widget, "Slopes of x")
    box = grid.bounding_box()
    assert box
    grid.click(position={"x": 0.375 * box["width"], "y": 0.375 * box["height"]})
    expect(said(widget)).to_contain_text("Pixel (1, 1) was read by 4 of 4 windows.")
    expect(widget.get_by_label("Number by number")).to_have_value("2")
    for key in ("ArrowLeft", "ArrowLeft", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    expect(said(widget)).to_contain_text("Pixel (0, 0) was read by 1 of 4 windows.")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    expect(board(widget, "Outputs y")).to_be_focused()
    expect(said(widget)).to_contain_text("Output (1, 0):")


def test_relu_shuts_the_way_back(widget: Locator) -> None:
    """The negative output becomes 0 and its δ too, although the target is missed there."""
    widget.get_by_label("ReLU behind it").check()
    expect(said(widget)).to_contain_text("ReLU makes 0 of it, and lets nothing back: δ = 0.")
    press(widget, "All")
    assert numbers(widget, "Outputs y") == ["0", "1", "4", "14"]
    assert numbers(widget, "Slopes of y: δ") == ["0", "−1", "0", "1"]


def test_steps_go_downhill_unless_they_are_too_long(widget: Locator) -> None:
    """The losses of the lesson's table; the largest rate explodes and the widget says so and stops."""
    expect(told(widget)).to_have_text("Loss 3 before the first step.")
    press(widget, "Step downhill")
    expect(told(widget)).to_have_text("Loss 2.47 after 1 step.")
    press(widget, "10 steps")
    expect(told(widget)).to_contain_text("after 11 steps.")
    press(widget, "Start again")
    widget.get_by_label("Learning rate").select_option("0.004")
    for _ in range(3):
        press(widget, "Step downhill")
    expect(told(widget)).to_have_text("Loss 3.35 after 3 steps. It has risen: the step was too long.")
    for _ in range(4):
        if widget.get_by_role("button", name="10 steps").is_enabled():
            press(widget, "10 steps")
    expect(told(widget)).to_contain_text("It explodes")
    expect(widget.get_by_role("button", name="Step downhill")).to_be_disabled()


def test_a_right_kernel_has_no_slopes(widget: Locator) -> None:
    """No error, no gradient; and a kernel of zeros hands nothing on to the picture."""
    widget.get_by_role("combobox", name="Picture").select_option("edge")
    widget.get_by_role("combobox", name="Kernel").select_option("edges")
    press(widget, "All")
    assert set(numbers(widget, "Slopes of w")) == {"0"}
    press(widget, "Step downhill")
    expect(told(widget)).to_contain_text("Loss 0 after 1 step.")
    widget.get_by_role("combobox", name="Kernel").select_option("zeros")
    assert set(numbers(widget, "Slopes of x")) == {"0"}
    assert set(numbers(widget, "Slopes of w")) != {"0"}


def test_a_link_opens_the_same_setting(widget: Locator, page: Page) -> None:
    """Place, choices and steps; nonsense in a link is left out."""
    widget.get_by_role("combobox", name="Picture").select_option("pixel")
    press(widget, "All")
    press(widget, "10 steps")
    address = widget.get_by_role("link", name="Link to this setting").get_attribute("href")
    assert address
    before = said(widget).inner_text(), told(widget).inner_text()
    again = opened(page, address)
    assert (said(again).inner_text(), told(again).inner_text()) == before
    again = opened(page, address.replace("pixel", "x").replace("at%3A28", "at%3Aa"))
    expect(again.get_by_role("combobox", name="Picture")).to_have_value("page")
    expect(said(again)).to_contain_text("Output (0, 0)")


def test_it_works_by_touch_on_a_telephone(telephone: Page, home: str) -> None:
    """Cells and buttons can be tapped, nothing is wider than the screen, axe is content."""
    widget = opened(telephone, home + LESSON)
    widget.get_by_role("button", name="All").tap()
    board(widget, "Slopes of w").tap(position={"x": 5, "y": 5})
    expect(said(widget)).to_contain_text("Weight (0, 0)")
    widget.get_by_role("button", name="Step downhill").tap()
    expect(told(widget)).to_contain_text("after 1 step.")
    assert telephone.evaluate(OVERFLOW) <= 0
    assert barriers(widget) == []


@pytest.mark.parametrize("width", WINDOWS)
def test_there_are_no_barriers_and_nothing_jumps(browser: Browser, home: str, width: str) -> None:
    """In each pass, and after an explosion; whatever it says, the widget keeps its height."""
    context = browser.new_context(viewport=WINDOWS[width], reduced_motion="reduce")
    widget = opened(context.new_page(), home + LESSON)
    widget.get_by_label("Learning rate").select_option("0.004")
    heights, found = [], []
    for name in ("Back: slopes of the kernel", "All", "10 steps", "Forwards: the outputs", "10 steps"):
        if name.endswith("steps"):
            press(widget, name)
            press(widget, name)
        elif name == "All":
            press(widget, name)
        else:
            widget.get_by_label("Number by number").select_option(label=name)
        heights.append(widget.evaluate("element => element.offsetHeight"))
        found += barriers(widget)
    context.close()
    assert found == []
    assert max(heights) - min(heights) <= 1, heights  # parts of a pixel are rounded
