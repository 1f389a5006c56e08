"""The pooling widget: windows, numbers that can be changed, and which of them get the gradient."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Locator, Page, expect
from visit import AXE

pytestmark = pytest.mark.browser
PAGE = "foundations/pooling/"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
RUN_AXE = """
element => axe.run(element, {rules: {'target-size': {enabled: true}}})
  .then(({violations}) => violations.map(({id, nodes}) => [id, ...nodes.map(node => node.html)].join(' ')))
"""


def opened(page: Page, address: str) -> Locator:
    page.goto(address)
    page.locator(".widget[data-widget='pooling-window']").scroll_into_view_if_needed()
    found = page.locator("pooling-window")
    expect(found).to_be_visible()
    return found


@pytest.fixture
def widget(page: Page, home: str) -> Locator:
    return opened(page, home + PAGE)


def barriers(widget: Locator) -> list[str]:
    """What axe finds in the widget; the page around it has tests of its own."""
    widget.page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = widget.evaluate(RUN_AXE)
    return found


def grid(widget: Locator, at: int) -> Locator:
    return widget.locator(".pooling-window__grid").nth(at)


def numbers(widget: Locator, at: int) -> list[float]:
    return [float(text) for text in grid(widget, at).locator("span").all_text_contents()]


def field(widget: Locator, name: str) -> Locator:
    return widget.get_by_role("spinbutton", name=name, exact=True)


def said(widget: Locator) -> Locator:
    return widget.get_by_role("status")


def test_both_kinds_forwards_and_backwards_are_those_of_torch(widget: Locator) -> None:
    """With overlap, a frame and a last window that sticks out."""
    for name, value in (("Map side", 7), ("Window", 3), ("Stride", 2), ("Padding", 1)):
        field(widget, name).fill(str(value))
    widget.get_by_role("checkbox", name="ceil_mode").check()
    for kind, function in (("max", F.max_pool2d), ("mean", F.avg_pool2d)):
        widget.get_by_role("combobox", name="Keeps").select_option(kind)
        map_ = torch.tensor(numbers(widget, 0)).reshape(1, 1, 7, 7).requires_grad_()
        pooled = function(map_, 3, stride=2, padding=1, ceil_mode=True)
        pooled.sum().backward()
        assert map_.grad is not None
        assert numbers(widget, 1) == pytest.approx(pooled.flatten().tolist(), abs=0.001)
        assert numbers(widget, 2) == pytest.approx(map_.grad.flatten().tolist(), abs=0.01)
    expect(widget).to_contain_text("nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True)")
    expect(said(widget)).to_contain_text("divided by 9, since 5 zeros of the frame count")
    assert barriers(widget) == []


def test_by_keyboard(widget: Locator, page: Page) -> None:
    """Arrow keys choose an output and a number of the map; a digit changes it, and the winner with it."""
    grid(widget, 1).focus()
    page.keyboard.press("ArrowRight")
    expect(said(widget)).to_have_text(
        "Output (0, 1), of 3 × 3: the largest of 2, 1, 8, 6 is 8. It gets all of the gradient."
    )
    expect(grid(widget, 0).locator(".pooling-window__in")).to_have_count(4)
    grid(widget, 0).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "9"):
        page.keyboard.press(key)
    expect(said(widget)).to_contain_text("the largest of 9, 1, 8, 6 is 9.")
    assert numbers(widget, 2)[2] == 1
    page.keyboard.press("8")
    expect(said(widget)).to_contain_text("2 are equal; the first one gets the gradient.")
    assert (numbers(widget, 2)[2], numbers(widget, 2)[8]) == (1, 0)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(said(widget)).to_contain_text("the largest of 7, 1, 8, 6 is 8.")
    widget.get_by_role("button", name="First numbers again").press("Enter")
    expect(said(widget)).to_contain_text("the largest of 2, 1, 8, 6 is 8.")


def test_by_mouse(widget: Locator, page: Page) -> None:
    """A press chooses the number under it, a drag each on its way."""
    grid(widget, 1).evaluate("element => element.scrollIntoView({block: 'center'})")
    place = grid(widget, 1).bounding_box()
    assert place
    page.mouse.move(place["x"] + 3, place["y"] + 3)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] - 3, place["y"] + place["height"] - 3, steps=4)
    page.mouse.up()
    expect(said(widget)).to_contain_text("Output (2, 2)")
    page.mouse.move(place["x"] + 3, place["y"] + 3)
    expect(said(widget)).to_contain_text("Output (2, 2)")


def test_a_window_that_does_not_fit_is_explained(widget: Locator, page: Page) -> None:
    """The package's reason with a way out; nothing moves, and no fault is thrown."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    before = widget.bounding_box()
    field(widget, "Padding").fill("2")
    expect(widget.get_by_role("alert")).to_contain_text("Pooling allows a padding of at most half its kernel, here 1.")
    field(widget, "Padding").fill("")
    expect(widget.get_by_role("alert")).to_contain_text("A field holds no number that it may.")
    expect(grid(widget, 1)).to_be_hidden()
    assert barriers(widget) == []
    field(widget, "Padding").fill("1")
    expect(widget.get_by_role("alert")).to_be_empty()
    after = widget.bounding_box()
    assert before
    assert after
    assert after["height"] == before["height"]
    assert faults == []


def test_a_setting_can_be_linked_to(widget: Locator, page: Page, home: str) -> None:
    """The link opens the page with the same numbers; a broken one does no harm."""
    widget.get_by_role("combobox", name="Keeps").select_option("mean")
    field(widget, "Window").fill("3")
    grid(widget, 0).press("9")
    pooled = numbers(widget, 1)
    address = widget.get_by_role("link", name="Link to this setting").get_attribute("href")
    assert address
    page.goto("about:blank")
    assert numbers(opened(page, address), 1) == pooled
    page.goto("about:blank")
    broken = opened(page, home + PAGE + "?pooling-window=kind:sum,side:x,window:99,map:12")
    expect(broken.get_by_role("alert")).to_contain_text("A field holds no number that it may.")
    field(broken, "Map side").fill("6")
    field(broken, "Window").fill("2")
    expect(said(broken)).to_contain_text("the largest of 1, 3, 4, 6 is 6.")


def test_a_telephone_shows_and_moves_it(telephone: Page, home: str) -> None:
    """By touch, on a narrow dark screen; nothing sticks out, and axe is content."""
    widget = opened(telephone, home + PAGE)
    grid(widget, 1).locator("span").nth(5).tap()
    expect(said(widget)).to_contain_text("Output (1, 2)")
    grid(widget, 0).locator("span").nth(7).tap()
    widget.get_by_role("button", name="Marked number plus 1").tap()
    assert numbers(widget, 0)[7] == 7
    assert telephone.evaluate(OVERFLOW) == 0
    assert barriers(widget) == []
