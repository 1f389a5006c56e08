"""The live digit network on the home page: drawing by mouse, finger and keys, following units back, and the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visit import AXE, WINDOWS

pytestmark = pytest.mark.browser
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
RUN_AXE = """
element => axe.run(element, {rules: {'target-size': {enabled: true}}})
  .then(({violations}) => violations.map(({id, nodes}) => [id, ...nodes.map(node => node.html)].join(' ')))
"""
SEVEN = ((25, 20), (75, 20), (45, 85))  # hundredths of the pad
FRAME = "() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))"


def opened(page: Page, home: str) -> Locator:
    page.goto(home)
    found = page.locator("digit-network")
    expect(found).to_be_visible()
    return found


@pytest.fixture
def widget(page: Page, home: str) -> Locator:
    return opened(page, home)


@pytest.fixture
def telephone(browser: Browser, home: str) -> Iterator[Locator]:
    context = browser.new_context(
        viewport=WINDOWS["narrow"], has_touch=True, is_mobile=True, reduced_motion="reduce", color_scheme="dark"
    )
    yield opened(context.new_page(), home)
    context.close()


def pad(widget: Locator) -> Locator:
    return widget.get_by_role("application", name="Drawing pad")


def maps(widget: Locator, name: str) -> Locator:
    return widget.get_by_role("application", name=re.compile(f"^{name}:"))


def said(widget: Locator) -> Locator:
    return widget.locator(".digit-answer__said")


def reads(widget: Locator, digit: int | None = None) -> None:
    """The answer is told; which it is can be foreseen only where the network learned from MNIST, not from blurred digits."""
    on_mnist = "trained on MNIST" in widget.page.locator("article").inner_text()
    expect(said(widget)).to_contain_text(f"It reads {digit}" if on_mnist and digit is not None else "It reads")


def where(widget: Locator) -> Locator:
    return widget.locator(".digit-unit [role=status]")


def draw(widget: Locator, points: tuple[tuple[int, int], ...] = SEVEN) -> None:
    """One stroke with the mouse."""
    box = pad(widget).bounding_box()
    assert box
    mouse = widget.page.mouse
    for at, (x, y) in enumerate(points):
        mouse.move(box["x"] + x * box["width"] / 100, box["y"] + y * box["height"] / 100, steps=6)
        if at == 0:
            mouse.down()
    mouse.up()


def picture(widget: Locator) -> list[float]:
    """What the network has seen, once the frame has come in which it looks."""
    widget.page.evaluate(FRAME)
    found: list[float] = widget.evaluate("widget => Array.from(widget.values[0])")
    return found


def barriers(widget: Locator) -> list[str]:
    widget.page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = widget.evaluate(RUN_AXE)
    return found


def press(page: Page, *keys: str) -> None:
    for key in keys:
        name, _, times = key.partition("*")
        for _ in range(int(times or 1)):
            page.keyboard.press(name)


def test_begins_with_a_digit_of_the_test_set(widget: Locator) -> None:
    """All is filled before anything is drawn: the answer, the maps, and one unit with its sum."""
    reads(widget, 2)
    expect(where(widget)).to_contain_text("Convolution 2, map")
    assert widget.locator(".digit-maps").count() == 10  # the picture, three layers a stage, the means among them
    assert max(picture(widget)) == 1


def test_a_drawing_takes_the_place_of_the_sample(widget: Locator) -> None:
    """By mouse: what is drawn is read; undo and clear take it back."""
    expect(said(widget)).to_contain_text("It reads")
    draw(widget)
    reads(widget, 7)
    assert sum(picture(widget)) > 30
    widget.get_by_role("button", name="Undo").click()
    expect(said(widget)).to_contain_text("Draw a digit")
    assert sum(picture(widget)) == 0
    draw(widget, ((50, 15), (48, 85)))
    reads(widget, 1)
    widget.get_by_role("button", name="Clear").click()
    expect(said(widget)).to_contain_text("Draw a digit")


def test_a_digit_is_drawn_by_keys_alone(widget: Locator, page: Page) -> None:
    """Arrows move the pen, Space sets it down; the same digit is read, and Escape, Backspace and Delete do what is said."""
    pad(widget).focus()
    press(page, "Space", "ArrowRight*10", "End*6", "ArrowDown*7")
    reads(widget, 7)
    expect(widget.locator(".digit-network__heard")).to_contain_text("Pen down")
    before = picture(widget)
    press(page, "Escape", "ArrowLeft*3")
    expect(widget.locator(".digit-network__heard")).to_have_text("Pen up.")
    assert picture(widget) == before
    press(page, "Backspace")
    expect(said(widget)).to_contain_text("Draw a digit")
    press(page, "Space", "ArrowDown*5", "Delete")
    expect(widget.locator(".digit-network__heard")).to_have_text("The pad is empty.")
    assert sum(picture(widget)) == 0


def test_the_keyboard_is_no_trap(widget: Locator, page: Page) -> None:
    """Tab goes through the pad, the buttons, every layer and the classes, and out again."""
    pad(widget).focus()
    seen = []
    for _ in range(40):
        seen.append(
            page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")
        )
        if not widget.evaluate("widget => widget.contains(document.activeElement)"):
            break
        press(page, "Tab")
    else:
        pytest.fail(f"never left the widget: {seen}")
    assert sum("Arrow keys choose" in text for text in seen) == 10


def test_a_finger_draws_and_the_page_stays(telephone: Locator) -> None:
    """By touch, on a telephone: the stroke arrives, nothing scrolls, and a tap chooses a unit."""
    page = telephone.page
    expect(said(telephone)).to_contain_text("It reads")
    pad(telephone).scroll_into_view_if_needed()
    box = pad(telephone).bounding_box()
    assert box
    session = page.context.new_cdp_session(page)
    before = page.evaluate("scrollY")

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": box["x"] + x * box["width"] / 100, "y": box["y"] + y * box["height"] / 100} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", SEVEN[0])
    for (ax, ay), (bx, by) in pairwise(SEVEN):
        for step in range(1, 9):
            touch("touchMove", (ax + (bx - ax) * step / 8, ay + (by - ay) * step / 8))
    touch("touchEnd")
    reads(telephone, 7)
    assert page.evaluate("scrollY") == before
    maps(telephone, "ReLU 1").tap()
    expect(where(telephone)).to_contain_text("ReLU 1, map")
    assert page.evaluate(OVERFLOW) <= 0
    assert barriers(telephone) == []


def test_a_unit_is_followed_back_to_the_picture(widget: Locator, page: Page) -> None:
    """From the last maps, step by step: each step is one layer, the sum is told, and the way ends at a pixel."""
    expect(where(widget)).to_contain_text("Convolution 2")
    maps(widget, "Mean of each map").focus()
    press(page, "End")
    expect(where(widget)).to_have_text("Mean of the map 32.")
    way = []
    back = widget.get_by_role("button", name="Follow it back")
    while back.is_enabled():
        way.append(where(widget).text_content())
        back.click()
    assert [re.match(r"\D+(?: \d)?(?=[ ,])", step or "")[0].strip() for step in way] == [  # type: ignore[index]
        "Mean of the map",
        *("ReLU 3", "Convolution 3"),
        *("Max pooling 2", "ReLU 2", "Convolution 2"),
        *("Max pooling 1", "ReLU 1", "Convolution 1"),
    ]
    expect(where(widget)).to_contain_text("Pixel in row")


def test_keys_move_over_a_map_and_over_the_maps(widget: Locator, page: Page) -> None:
    """Arrows choose the neighbour, Page Down the same place of the next map, and the border holds."""
    grid = maps(widget, "Max pooling 2")
    grid.focus()
    press(page, "Home", "ArrowUp*9", "ArrowLeft*9")
    expect(where(widget)).to_have_text("Max pooling 2, map 1, row 1, column 1.")
    press(page, "ArrowDown*2", "ArrowRight*3", "PageDown*4")
    expect(where(widget)).to_have_text("Max pooling 2, map 5, row 3, column 4.")
    framed = maps(widget, "ReLU 2").locator(".digit-maps__window")
    assert [framed.get_attribute(name) for name in ("width", "height")] == ["2", "2"]
    press(page, "PageDown*40", "ArrowDown*40", "ArrowRight*40")
    expect(where(widget)).to_have_text("Max pooling 2, map 16, row 7, column 7.")


def test_the_sum_is_told_with_its_numbers(widget: Locator, page: Page) -> None:
    """A convolution's unit: what each map adds, and the window times the weights of the map that is chosen."""
    maps(widget, "Convolution 2").focus()
    press(page, "Enter")
    group = widget.get_by_role("group", name="What each map before adds")
    buttons = group.get_by_role("button")
    assert buttons.count() == 8
    buttons.nth(3).focus()
    press(page, "Enter")
    expect(buttons.nth(3)).to_be_focused()
    expect(buttons.nth(3)).to_have_attribute("aria-pressed", "true")
    window, weights = (
        [float(cell.replace("−", "-")) for cell in table.locator("td").all_text_contents()]
        for table in widget.locator(".digit-unit__table").all()
    )
    assert len(window) == len(weights) == 25
    told = float(widget.locator(".digit-unit__sign").last.inner_text().removeprefix("= ").replace("−", "-"))
    assert abs(sum(a * b for a, b in zip(window, weights, strict=True)) - told) < 0.3  # all are rounded to hundredths
    framed = maps(widget, "Max pooling 1").locator(".digit-maps__window")
    assert framed.count() == 8


def test_evidence_for_a_class(widget: Locator, page: Page) -> None:
    """By keys: another class shows other evidence and its score; Grad-CAM leaves out what speaks against it."""
    canvas = widget.get_by_role("img", name="Where the evidence lies")
    image = "canvas => canvas.toDataURL()"
    first = canvas.evaluate(image)
    widget.get_by_role("radio", name="the most likely").focus()
    press(page, "ArrowDown*4")
    expect(widget.get_by_role("radio", name=re.compile("^3"))).to_be_checked()
    expect(where(widget)).to_have_text("Score of class 3.")
    expect(widget.locator(".digit-answer__evidence")).to_contain_text("Teal speaks for 3, amber against it.")
    second = canvas.evaluate(image)
    widget.get_by_role("checkbox", name=re.compile("Grad-CAM")).focus()
    press(page, "Space")
    expect(widget.locator(".digit-answer__evidence")).to_contain_text("Teal: what speaks for 3.")
    assert len({first, second, canvas.evaluate(image)}) == 3


def test_hard_digits_are_taken_one_after_the_other(widget: Locator) -> None:
    """The network is wrong about them, and the page does not hide it."""
    button = widget.get_by_role("button", name="a hard one")
    shown = []
    hard = widget.evaluate("widget => widget.samples.length") - 10
    for _ in range(min(hard, 2)):
        button.click()
        expect(widget.locator(".digit-network__picture")).to_contain_text("of the test set")
        shown.append(picture(widget))
        label = int(widget.evaluate("widget => widget.sample.label"))
        scores = widget.evaluate("widget => Array.from(widget.values.at(-1))")
        assert scores.index(max(scores)) != label
    assert len(shown) < 2 or shown[0] != shown[1]


def test_a_burst_of_strokes_costs_one_run_a_frame(widget: Locator) -> None:
    """Two hundred movements within a frame: the network runs once."""
    burst = """
    widget => new Promise(resolve => {
      const svg = widget.querySelector('svg');
      const { left, top, width } = svg.getBoundingClientRect();
      const send = (type, at) => svg.dispatchEvent(new PointerEvent(type, {
        pointerId: 1, bubbles: true, clientX: left + width * (0.2 + 0.003 * at), clientY: top + width * (0.3 + 0.002 * at)}));
      svg.setPointerCapture = () => {};
      requestAnimationFrame(() => requestAnimationFrame(() => {
        const before = widget.frames;
        send('pointerdown', 0);
        for (let at = 1; at < 200; at += 1) send('pointermove', at);
        send('pointerup', 200);
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(widget.frames - before)));
      }));
    })
    """
    assert widget.evaluate(burst) == 1
    points = widget.evaluate("widget => widget.pad.strokes.at(-1).length")
    assert points > 50  # those nearer than a hundredth of the pad are one


def test_no_barriers_in_any_state(browser: Browser, home: str, scheme: str) -> None:
    """As it comes with a unit of a convolution, drawn into with one of a pooling, and empty with the score of a class."""
    context = browser.new_context(viewport=WINDOWS["wide"], reduced_motion="reduce", color_scheme=scheme)
    widget = opened(context.new_page(), home)
    expect(said(widget)).to_contain_text("It reads")
    found = barriers(widget)
    draw(widget)
    maps(widget, "Max pooling 1").focus()
    press(widget.page, "Enter")
    found += barriers(widget)
    widget.get_by_role("radio", name=re.compile("^5")).check()
    widget.get_by_role("button", name="Clear").click()
    expect(said(widget)).to_contain_text("Draw a digit")
    found += barriers(widget)
    context.close()
    assert found == []


def test_colours_follow_the_theme(widget: Locator, page: Page) -> None:
    """Canvases are painted anew when the reader changes the colours."""
    layer = widget.locator(".digit-maps canvas").nth(1)
    before = layer.evaluate("canvas => canvas.toDataURL()")
    page.evaluate("document.body.setAttribute('data-md-color-scheme', 'slate')")
    page.evaluate(FRAME)
    assert layer.evaluate("canvas => canvas.toDataURL()") != before
