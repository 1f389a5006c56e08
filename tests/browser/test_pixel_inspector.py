"""The pixel inspector: choosing a pixel, its numbers on three scales, and where they lie in memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visit import AXE, WINDOWS

pytestmark = pytest.mark.browser
LESSON = "foundations/images_are_tensors/"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
RUN_AXE = """
element => axe.run(element, {rules: {'target-size': {enabled: true}}})
  .then(({violations}) => violations.map(({id, nodes}) => [id, ...nodes.map(node => node.html)].join(' ')))
"""
PUBLISHED = (
    "() => cnnGuide.pixels.read(atob(cnnGuide.files['pictures.bin'])).map(set => ({...set, bytes: [...set.bytes]}))"
)
PAINTED = """
(element, [row, column]) => {
  const canvas = element.querySelector('canvas');
  return [...canvas.getContext('2d').getImageData(column, row, 1, 1).data];
}
"""


def opened(page: Page, address: str) -> Locator:
    page.goto(address)
    page.locator(".widget[data-widget='pixel-inspector']").scroll_into_view_if_needed()
    found = page.locator("pixel-inspector")
    expect(found.locator("canvas")).to_be_visible()
    return found


@pytest.fixture
def inspector(page: Page, home: str) -> Locator:
    return opened(page, home + LESSON)


@pytest.fixture(params=["light", "dark"])
def telephone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(
        viewport=WINDOWS["narrow"], has_touch=True, is_mobile=True, reduced_motion="reduce", color_scheme=request.param
    )
    yield context.new_page()
    context.close()


def barriers(widget: Locator) -> list[str]:
    """What axe finds in the widget; the page around it has tests of its own."""
    widget.page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = widget.evaluate(RUN_AXE)
    return found


def board(widget: Locator) -> Locator:
    return widget.get_by_role("application")


def choose(widget: Locator, **values: str) -> None:
    for name, label in values.items():
        widget.get_by_role("combobox", name=name, exact=True).select_option(label=label)


def pixel(widget: Locator, row: int, column: int) -> None:
    widget.get_by_role("spinbutton", name="Row").fill(str(row))
    widget.get_by_role("spinbutton", name="Column").fill(str(column))


def value_of(widget: Locator) -> Callable[..., int]:
    """The published number of a set at picture, channel, row and column."""
    sets = {one["name"]: one for one in widget.page.evaluate(PUBLISHED)}

    def value(name: str, n: int, c: int, row: int, column: int) -> int:
        shape = sets[name]["shape"]
        found: int = sets[name]["bytes"][((n * shape["c"] + c) * shape["h"] + row) * shape["w"] + column]
        return found

    return value


def test_the_numbers_are_those_of_the_picture(inspector: Locator) -> None:
    """The answer, the table around the pixel and the drawn picture agree with what the page published."""
    value = value_of(inspector)
    pixel(inspector, 20, 50)
    red, green, blue = (value("photographs", 0, c, 20, 50) for c in range(3))
    expect(inspector).to_contain_text(f"Row 20, column 50: red {red}, green {green}, blue {blue}.")
    rows = inspector.locator(".pixel-inspector__numbers tbody tr")
    for row in range(5):
        cells = rows.nth(row).locator("td")
        for column in range(5):
            numbers = [value("photographs", 0, c, 18 + row, 48 + column) for c in range(3)]
            assert [int(text) for text in re.findall(r"\d+", cells.nth(column).inner_text())] == numbers
    assert inspector.evaluate(PAINTED, [20, 50]) == [red, green, blue, 255]


def test_a_pixel_is_chosen_by_keyboard(inspector: Locator, page: Page) -> None:
    """Arrow keys move by one, with Shift by ten, and stop at the border; Tab goes on."""
    pixel(inspector, 20, 50)
    board(inspector).focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    expect(inspector).to_contain_text("Row 22, column 41:")
    for _ in range(9):
        page.keyboard.press("Shift+ArrowUp")
        page.keyboard.press("Shift+ArrowLeft")
    expect(inspector).to_contain_text("Row 0, column 0:")
    outside = inspector.locator(".pixel-inspector__numbers .pixel-inspector__outside")
    expect(outside).to_have_count(25 - 9)  # the window of 5 × 5 hangs over the corner
    assert barriers(inspector) == []
    page.keyboard.press("Tab")
    expect(board(inspector)).not_to_be_focused()


def test_a_pixel_is_chosen_by_mouse(inspector: Locator, page: Page) -> None:
    """A click takes the pixel under it, a drag each on its way, the buttons the next one."""
    face = inspector.locator(".pixel-inspector__face")
    place = face.bounding_box()
    assert place
    page.mouse.click(place["x"] + 1, place["y"] + 1)
    expect(inspector).to_contain_text("Row 0, column 0:")
    page.mouse.move(place["x"] + 1, place["y"] + 1)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(inspector).to_contain_text("Row 35, column 53:")
    page.mouse.move(place["x"] + place["width"] - 1, place["y"] + place["height"] - 1)
    page.mouse.up()
    expect(inspector).to_contain_text("Row 70, column 105:")
    inspector.get_by_role("button", name="One pixel up").click()
    expect(inspector).to_contain_text("Row 69, column 105:")


def test_scales(inspector: Locator) -> None:
    """From 0 to 1, and standardised with the numbers that the note names; the picture looks as before."""
    value = value_of(inspector)
    choose(inspector, Pictures="Digits", Numbers="0 to 1")
    pixel(inspector, 14, 14)
    grey = value("digits", 0, 0, 14, 14)
    expect(inspector).to_contain_text(f"Row 14, column 14: grey {grey / 255:.2f}.")
    drawn = inspector.evaluate(PAINTED, [14, 14])
    choose(inspector, Numbers="Standardised")
    digits = next(one for one in inspector.page.evaluate(PUBLISHED) if one["name"] == "digits")
    (mean,), (std,) = digits["mean"], digits["std"]
    number = f"{(grey / 255 - mean) / std:.2f}".replace("-", "−")
    expect(inspector).to_contain_text(f"grey {number}.")
    expect(inspector).to_contain_text(f"mean {mean:.2f} and the deviation {std:.2f} of all training digits")
    pixel(inspector, 0, 0)
    black = f"{-mean / std:.2f}".replace("-", "−")
    expect(inspector).to_contain_text(f"Row 0, column 0: grey {black}.")
    assert inspector.evaluate(PAINTED, [14, 14]) == drawn == [grey, grey, grey, 255]


def test_colour_planes(inspector: Locator) -> None:
    """A plane is a grey picture of one channel; grey pictures offer none."""
    value = value_of(inspector)
    pixel(inspector, 16, 34)
    choose(inspector, Shown="Green")
    green = value("photographs", 0, 1, 16, 34)
    assert inspector.evaluate(PAINTED, [16, 34]) == [green, green, green, 255]
    expect(inspector.locator("td.pixel-inspector__here")).to_have_text(str(green))
    choose(inspector, Pictures="Digits")
    expect(inspector.get_by_role("combobox", name="Shown")).to_be_disabled()
    choose(inspector, Pictures="Photographs")
    expect(inspector.get_by_role("combobox", name="Shown")).to_be_enabled()


def places(inspector: Locator) -> list[list[str]]:
    rows = inspector.locator(".pixel-inspector__places tbody tr")
    return [[cell.inner_text() for cell in row.locator("td").all()] for row in rows.all()]


def test_places_in_memory(inspector: Locator) -> None:
    """Index, place and sum in both layouts; the neighbours in memory are colours in one and pixels in the other."""
    pixel(inspector, 16, 34)
    inspector.get_by_role("spinbutton", name="Picture").fill("1")
    at = [((3 + c) * 71 + 16) * 106 + 34 for c in range(3)]
    assert places(inspector) == [
        [f"x[1, {c}, 16, 34]", f"{at[c]:,}", f"((1 · 3 + {c}) · 71 + 16) · 106 + 34"] for c in range(3)
    ]
    expect(inspector).to_contain_text("shape (2, 3, 71, 106) and the strides (22578, 7526, 106, 1)")
    beside = inspector.get_by_role("listitem").locator("span:first-of-type")
    expect(beside).to_have_text(["red"] * 7)
    choose(inspector, Layout="NHWC")
    first = ((71 + 16) * 106 + 34) * 3
    assert [row[:2] for row in places(inspector)] == [[f"x[1, 16, 34, {c}]", f"{first + c:,}"] for c in range(3)]
    expect(beside).to_have_text(["red", "green", "blue"] * 2 + ["red"])
    expect(inspector.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile("All 45,156 numbers .* three marks")
    )
    assert barriers(inspector) == []


def test_a_number_out_of_range_changes_nothing(inspector: Locator) -> None:
    """The field is marked, the rest stays, and the arrows mend it."""
    pixel(inspector, 20, 50)
    row = inspector.get_by_role("spinbutton", name="Row")
    for wrong in ("71", "-1", "1.5", ""):
        row.fill(wrong)
        expect(row).to_have_attribute("aria-invalid", "")
        expect(inspector).to_contain_text("Row 20, column 50:")
    inspector.get_by_role("button", name="One pixel down").click()
    expect(row).to_have_value("21")
    expect(row).not_to_have_attribute("aria-invalid", "")


def test_a_pixel_can_be_linked_to(inspector: Locator, page: Page, home: str) -> None:
    """The link opens the same picture at the same pixel, with the same settings."""
    choose(inspector, Pictures="Digits", Numbers="Standardised", Layout="NHWC")
    inspector.get_by_role("spinbutton", name="Picture").fill("3")
    pixel(inspector, 9, 15)
    answer = inspector.locator(".pixel-inspector__answer").inner_text()
    address = inspector.get_by_role("link", name="Link to this pixel").get_attribute("href")
    page.goto("about:blank")
    again = opened(page, str(address))
    expect(again.locator(".pixel-inspector__answer")).to_have_text(answer)
    expect(again).to_contain_text("x[3, 9, 15, 0]")


def test_a_broken_link_does_no_harm(page: Page, home: str) -> None:
    """What cannot be is replaced by what the page says."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    broken = "?pixel-inspector=set:films,n:99,row:-4,column:x,plane:7,scale:loud,layout:CHNW"
    inspector = opened(page, home + LESSON + broken)
    expect(inspector).to_contain_text("Row 16, column 34: red ")
    board(inspector).press("ArrowLeft")
    expect(inspector).to_contain_text("Row 16, column 33: red ")
    expect(inspector.get_by_role("combobox", name="Layout")).to_have_value("NCHW")
    assert faults == []


def test_pictures_that_do_not_come_are_missed_in_words(page: Page, home: str) -> None:
    """Without the published file there is a sentence, and no error."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.route(re.compile(r"/figures/\w+\.js$"), lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto(home + LESSON)
    page.locator(".widget[data-widget='pixel-inspector']").scroll_into_view_if_needed()
    expect(page.locator("pixel-inspector")).to_have_text("The pictures of this widget did not load.")
    assert faults == []


def test_nothing_moves_when_settings_change(page: Page, home: str, window: str) -> None:
    """The widget keeps its height, whatever is shown, on whatever scale, in whatever layout."""
    page.set_viewport_size(WINDOWS[window])
    inspector = opened(page, home + LESSON)
    heights = set()
    for pictures in ("Photographs", "Digits"):
        for numbers, layout in (("0 to 255", "NCHW"), ("Standardised", "NCHW"), ("Standardised", "NHWC")):
            choose(inspector, Pictures=pictures, Numbers=numbers, Layout=layout)
            heights.add(round(inspector.evaluate("element => element.offsetHeight")))
    assert len(heights) == 1, heights


def test_a_telephone_shows_and_moves_it(telephone: Page, home: str) -> None:
    """By touch, on a narrow screen, in both themes; nothing sticks out, and axe is content."""
    inspector = opened(telephone, home + LESSON)
    face = inspector.locator(".pixel-inspector__face")
    face.evaluate("element => element.scrollIntoView({block: 'center'})")
    place = face.bounding_box()
    assert place
    telephone.touchscreen.tap(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(inspector).to_contain_text("Row 35, column 53:")
    inspector.get_by_role("button", name="One pixel to the right").tap()
    expect(inspector).to_contain_text("Row 35, column 54:")
    choose(inspector, Numbers="Standardised", Layout="NHWC")
    assert telephone.evaluate(OVERFLOW) == 0
    assert barriers(inspector) == []


def test_a_step_does_not_paint_the_picture_anew(inspector: Locator) -> None:
    """Moving by a pixel changes marks and small tables only; another plane is another picture."""
    inspector.evaluate("""element => {
      window.paints = 0;
      const context = element.querySelector('canvas').getContext('2d');
      const put = context.putImageData.bind(context);
      context.putImageData = (...of) => { window.paints += 1; put(...of); };
    }""")
    for key in ("ArrowLeft", "ArrowDown", "Shift+ArrowRight"):
        board(inspector).press(key)
    assert inspector.page.evaluate("paints") == 0
    choose(inspector, Shown="Red")
    assert inspector.page.evaluate("paints") == 1
