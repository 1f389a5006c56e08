"""Dragging an object over a field: by keyboard, mouse and finger; what stays, what moves along, and what does neither."""

from __future__ import annotations

from itertools import product

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visit import AXE, WINDOWS

pytestmark = pytest.mark.browser
LESSON = "foundations/weight_sharing/"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
RUN_AXE = """
element => axe.run(element, {rules: {'target-size': {enabled: true}}})
  .then(({violations}) => violations.map(({id, nodes}) => [id, ...nodes.map(node => node.html)].join(' ')))
"""
# where the light pixels of a canvas lie: first and last row, first and last column
INK = """
canvas => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const lit = [...Array(data.length / 4).keys()].filter(at => data[4 * at] > 20);
  const rows = lit.map(at => Math.floor(at / canvas.width)), columns = lit.map(at => at % canvas.width);
  return [Math.min(...rows), Math.max(...rows), Math.min(...columns), Math.max(...columns)];
}
"""
SAME, DIFFER, UNASKED = "The same", "differ", "–"


@pytest.fixture
def widget(page: Page, home: str) -> Locator:
    return opened(page, home + LESSON)


def opened(page: Page, address: str) -> Locator:
    page.goto(address)
    page.locator(".widget[data-widget='drag-object']").scroll_into_view_if_needed()
    found = page.locator("drag-object")
    expect(found).to_be_visible(timeout=20_000)  # its files come first
    return found


def field(widget: Locator) -> Locator:
    return widget.get_by_role("application")


def ink(canvas: Locator) -> list[int]:
    found: list[int] = canvas.evaluate(INK)
    return found


def middle(canvas: Locator) -> tuple[float, float, float]:
    """Where its middle is on the screen, and how wide one of its pixels is there."""
    canvas.evaluate("element => element.scrollIntoView({block: 'center'})")
    box = canvas.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"] / 32


def answers(widget: Locator, name: str) -> Locator:
    """The two cells of a row."""
    return widget.get_by_role("row").filter(has=widget.page.get_by_role("rowheader", name=name)).get_by_role("cell")


def expect_answers(widget: Locator, **rows: tuple[str, str]) -> None:
    for name, texts in rows.items():
        expect(answers(widget, name.replace("Max_", "Max-").replace("_", " "))).to_contain_text(list(texts))


def chosen(widget: Locator, name: str) -> Locator:
    return widget.get_by_role("combobox", name=name)


def choose(widget: Locator, **choices: str) -> None:
    for name, value in choices.items():
        chosen(widget, name.replace("_", " ")).select_option(value)


def barriers(widget: Locator) -> list[str]:
    """What axe finds in the widget; the page around it has tests of its own."""
    widget.page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = widget.evaluate(RUN_AXE)
    return found


def test_nothing_has_changed_before_a_move(widget: Locator) -> None:
    """The page's digit lies in the middle, and everything is the same."""
    expect_answers(widget, Map=(SAME, SAME), Max_pooled=(SAME, SAME), Global_mean=(SAME, UNASKED))
    expect(chosen(widget, "Object")).to_have_value("digit")
    expect(widget.get_by_role("status")).to_have_text("In the middle. Drag it, or use the arrow keys.")


def test_one_pixel_by_keyboard_breaks_max_pooling_alone(widget: Locator, page: Page) -> None:
    """The map moves along, the pooled one does not follow; a second pixel, and it does."""
    before = ink(field(widget))
    field(widget).focus()
    page.keyboard.press("ArrowRight")
    top, bottom, first, last = before
    assert ink(field(widget)) == [top, bottom, first + 1, last + 1]
    stays = {"Global_mean": (SAME, UNASKED), "Global_maximum": (SAME, UNASKED)}
    expect_answers(widget, Map=(DIFFER, SAME), Max_pooled=(DIFFER, "2 does not divide the move"), **stays)
    expect(widget.get_by_role("status")).to_have_text(
        "Moved 1 right. The map moved along; the max-pooled map is another one."
    )
    page.keyboard.press("ArrowRight")
    expect_answers(widget, Map=(DIFFER, SAME), Max_pooled=(DIFFER, SAME), **stays)
    expect(widget.get_by_role("status")).to_have_text("Moved 2 right. Both maps moved along; the global values stayed.")
    for key in ("ArrowUp", "ArrowLeft", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    expect(widget.get_by_role("status")).to_contain_text("Moved 1 right and 1 down.")
    page.keyboard.press("Home")
    expect_answers(widget, Map=(SAME, SAME), Max_pooled=(SAME, SAME), **stays)
    assert ink(field(widget)) == before


def test_the_keyboard_reaches_everything_and_leaves_again(widget: Locator, page: Page) -> None:
    """Selects, field, steps, link, in this order, and no trap."""
    chosen(widget, "Object").focus()
    reached = []
    for _ in range(11):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")
        )
    assert [name.partition(":")[0] for name in reached[3:10]] == [
        "Picture", "Left", "Up", "Down", "Right", "Back to the middle", "Link to this setting",
    ]  # fmt: skip
    assert not widget.evaluate("element => element.contains(document.activeElement)")


def test_the_mouse_drags_it_over_the_border(widget: Locator, page: Page) -> None:
    """It follows the pointer, sticks out, and what is cut is lost in all answers."""
    x, y, pixel = middle(field(widget))
    before = ink(field(widget))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 4 * pixel, y - 2 * pixel, steps=3)
    top, bottom, first, last = before
    assert ink(field(widget)) == [top - 2, bottom - 2, first + 4, last + 4]
    page.mouse.move(x + 14 * pixel, y, steps=3)
    expect(widget.get_by_role("status")).to_contain_text("The border cuts the object")
    expect_answers(widget, Map=(DIFFER, DIFFER), Global_mean=(", not ", UNASKED))
    page.mouse.move(x + 500, y)
    assert ink(field(widget))[3] == 31  # it cannot be lost altogether
    page.mouse.up()
    stays = ink(field(widget))
    page.mouse.move(x, y)
    assert ink(field(widget)) == stays
    widget.get_by_role("button", name="Back to the middle").click()
    assert ink(field(widget)) == before


def test_a_joined_border_cuts_nothing(widget: Locator, page: Page) -> None:
    """What leaves on one side comes in on the other, and both maps follow as far as you like."""
    choose(widget, Border="wrap", Kernel="outline", Max_pooling="4")
    field(widget).focus()
    for _ in range(16):
        page.keyboard.press("ArrowDown")
    assert ink(field(widget))[:2] == [0, 31]  # in two parts
    expect_answers(widget, Map=(DIFFER, SAME), Max_pooled=(DIFFER, SAME), Global_mean=(SAME, UNASKED))
    page.keyboard.press("ArrowDown")
    expect_answers(widget, Map=(DIFFER, SAME), Max_pooled=(DIFFER, "4 does not divide the move"))


def test_each_kernel_sees_each_object(widget: Locator) -> None:
    """No choice leads to an empty map, and each map moves along."""
    for thing, kernel in product(("digit", "ring", "cross", "dot"), ("left", "top", "outline", "blur")):
        choose(widget, Object=thing, Kernel=kernel)
        widget.get_by_role("button", name="Right").click()
        assert not answers(widget, "Global maximum").first.inner_text().endswith(": 0"), (thing, kernel)
        assert answers(widget, "Map").last.inner_text() == SAME, (thing, kernel)
        widget.get_by_role("button", name="Left").click()


def test_a_link_opens_the_same_setting(widget: Locator, page: Page) -> None:
    """Choices and place; nonsense in a link is left out."""
    choose(widget, Object="cross", Kernel="blur", Max_pooling="4")
    widget.get_by_role("button", name="Down", exact=True).click()
    address = widget.get_by_role("link", name="Link to this setting").get_attribute("href")
    assert address
    told = widget.get_by_role("status").inner_text()
    again = opened(page, address)
    expect(again.get_by_role("status")).to_have_text(told)
    expect(chosen(again, "Kernel")).to_have_value("blur")
    again = opened(page, address.replace("down%3A1", "down%3Aa").replace("blur", "x"))
    expect(chosen(again, "Kernel")).to_have_value("left")
    expect(again.get_by_role("status")).to_contain_text("In the middle.")


def test_a_finger_drags_it_on_a_telephone(telephone: Page, home: str) -> None:
    """The page does not scroll meanwhile, buttons can be tapped, and nothing is wider than the screen."""
    widget = opened(telephone, home + LESSON)
    x, y, pixel = middle(field(widget))
    before, scrolled = ink(field(widget)), telephone.evaluate("scrollY")
    session = telephone.context.new_cdp_session(telephone)
    for kind, at in (("touchStart", 0), ("touchMove", 2), ("touchMove", 3), ("touchEnd", None)):
        points = [] if at is None else [{"x": x, "y": y - at * pixel}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    top, bottom, first, last = before
    assert ink(field(widget)) == [top - 3, bottom - 3, first, last]
    assert telephone.evaluate("scrollY") == scrolled
    widget.get_by_role("button", name="Down", exact=True).tap()
    assert ink(field(widget)) == [top - 2, bottom - 2, first, last]
    assert telephone.evaluate(OVERFLOW) <= 0
    assert barriers(widget) == []


@pytest.mark.parametrize("width", WINDOWS)
def test_there_are_no_barriers_and_nothing_jumps(browser: Browser, home: str, width: str) -> None:
    """As it comes, moved, and cut; whatever it says, the widget keeps its height."""
    context = browser.new_context(viewport=WINDOWS[width], reduced_motion="reduce")
    widget = opened(context.new_page(), home + LESSON)
    heights, found = [], []
    for clicks in (0, 1, 1, 10, 3):
        for _ in range(clicks):
            widget.get_by_role("button", name="Left").click()
        heights.append(widget.evaluate("element => element.offsetHeight"))
        found += barriers(widget)
    context.close()
    assert found == []
    assert len(set(heights)) == 1, heights


def test_it_works_after_an_instant_change_of_page(page: Page, home: str) -> None:
    """Material replaces the page without loading it anew; the published digit comes with it."""
    page.goto(home, wait_until="networkidle")
    page.locator(f"article a[href$='{LESSON}']").first.click()
    page.locator(".widget[data-widget='drag-object']").scroll_into_view_if_needed()
    widget = page.locator("drag-object")
    expect(chosen(widget, "Object")).to_have_value("digit", timeout=20_000)
    widget.get_by_role("button", name="Right").click()
    expect_answers(widget, Map=(DIFFER, SAME))
