"""The convolution player: stepped, drawn into and changed by mouse, keyboard and finger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visit import AXE, RUN_AXE, WINDOWS

from cnn_guide import conv_output_size

pytestmark = pytest.mark.browser
LESSON = "foundations/convolution_by_hand/"
LARGE = "?convolution-player=input:16x16,kernel:5x5,padding:2"
CLEAR_OF_THE_HEADER = """
document.querySelector("convolution-player").scrollIntoView();
scrollBy(0, -100);
"""


@pytest.fixture
def player(page: Page, home: str) -> Locator:
    return opened(page, home + LESSON)


@pytest.fixture
def telephone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=WINDOWS["narrow"], has_touch=True, is_mobile=True, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def opened(page: Page, address: str) -> Locator:
    page.goto(address, wait_until="networkidle")
    page.locator(".widget[data-widget='convolution-player']").scroll_into_view_if_needed()
    found = page.locator("convolution-player")
    expect(found).to_be_visible(timeout=20_000)  # its files come first
    found.get_by_role("button", name="Step").scroll_into_view_if_needed()
    return found


def grid(player: Locator, name: str) -> Locator:
    return player.get_by_role("grid", name=re.compile(name))


def cell(player: Locator, name: str, row: int, column: int) -> Locator:
    return grid(player, name).locator(f"[data-at='{row} {column}']")


def said(player: Locator) -> Locator:
    return player.get_by_role("group", name="The sum")


def button(player: Locator, name: str) -> Locator:
    return player.get_by_role("button", name=name, exact=True)


def field(player: Locator, name: str) -> Locator:
    return player.get_by_role("spinbutton", name=name, exact=True)


def outputs(player: Locator) -> list[str]:
    return [
        str(one.get_attribute("aria-label")).split(" = ")[1]
        for one in grid(player, "Output").get_by_role("gridcell").all()
    ]


def barriers(page: Page) -> list[str]:
    """What axe-core finds in the player."""
    page.evaluate(AXE.read_text("utf-8"))
    page.evaluate(CLEAR_OF_THE_HEADER)
    found = page.evaluate(RUN_AXE.replace("axe.run(document", "axe.run('convolution-player'"))
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def test_it_begins_with_the_lessons_sum(player: Locator, page: Page) -> None:
    """The −5 of the page, written out, and nobody is kept from it."""
    expect(said(player)).to_have_text("y[0, 0] = 3·1 + 0·0 − 1·1 + 1·1 + 5·0 − 8·1 + 2·1 + 7·0 − 2·1 = −5")
    assert outputs(player)[:4] == ["−5", "−4", "0", "8"]
    assert barriers(page) == []


def test_the_window_steps_by_mouse(player: Locator) -> None:
    """On, back, and round; the slider goes anywhere; nothing on the page moves meanwhile."""
    bar = player.locator(".convolution__editing")
    place = bar.bounding_box()
    button(player, "Step").click(click_count=3)
    expect(said(player)).to_contain_text("y[0, 3] = 2·1")
    expect(said(player)).to_contain_text("= 8")
    assert bar.bounding_box() == place
    button(player, "Back").click(click_count=4)
    expect(said(player)).to_contain_text("y[3, 3] = ")
    expect(said(player)).to_contain_text("= −16")
    player.get_by_role("slider", name="Output cell").fill("5")
    expect(said(player)).to_contain_text("y[1, 1] = ")


def test_keys_alone_are_enough(player: Locator, page: Page) -> None:
    """Stepping, walking over the output, and changing a pixel, without a pointer."""
    button(player, "Step").focus()
    page.keyboard.press("Enter")
    expect(said(player)).to_contain_text("y[0, 1] = ")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(player.get_by_role("slider", name="Output cell")).to_have_attribute("aria-valuetext", "y[0, 2] = 0")
    cell(player, "Output", 0, 2).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    expect(cell(player, "Output", 1, 3)).to_be_focused()
    expect(said(player)).to_contain_text("y[1, 3] = ")
    cell(player, "Input", 0, 0).focus()
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    expect(cell(player, "Input", 0, 0)).to_be_focused()
    expect(cell(player, "Input", 0, 0)).to_have_attribute("aria-label", "x[0, 0] = 12")
    assert outputs(player)[0] == "4"
    page.keyboard.press("Delete")
    assert outputs(player)[0] == "−8"


def test_one_grid_is_one_stop_of_the_keyboard(player: Locator) -> None:
    """A reader does not tab through dozens of cells."""
    for name in ("Input", "Kernel", "Output"):
        assert grid(player, name).locator("[tabindex='0']").count() == 1


def test_both_directions(player: Locator) -> None:
    """A pixel in the middle goes into as many outputs as the kernel has weights, the corner into one; a frame helps it."""
    cell(player, "Input", 2, 2).click()
    expect(said(player)).to_contain_text(
        "x[2, 2] = 2 is used by 9 outputs: y[0, 0] (times −1), y[0, 1] (times 0), y[0, 2] (times 1)"
    )
    cell(player, "Input", 0, 0).click()
    expect(said(player)).to_have_text("x[0, 0] = 3 is used by 1 output: y[0, 0] (times 1).")
    field(player, "Padding").fill("1")
    cell(player, "Input", 0, 0).click()
    expect(said(player)).to_contain_text("is used by 4 outputs")
    cell(player, "Kernel", 0, 2).click()
    expect(said(player)).to_contain_text(
        "For y[0, 0] the weight w[0, 2] = −1 is multiplied by a zero of the padding, 0."
    )
    player.get_by_role("combobox", name="Example").select_option("Stride 2")
    field(player, "Kernel size").fill("2")
    cell(player, "Input", 6, 6).click()
    expect(said(player)).to_have_text("x[6, 6] = 3 is used by no output: no window reaches it.")


def test_the_mouse_looks_and_a_click_pins(player: Locator) -> None:
    """Hovering shows a cell for as long as it lasts, unless another is pinned; Escape lets go."""
    cell(player, "Output", 3, 3).hover()
    expect(said(player)).to_contain_text("y[3, 3] = ")
    expect(said(player)).to_have_attribute("aria-live", "off")
    button(player, "Play").hover()
    expect(said(player)).to_contain_text("y[0, 0] = ")
    cell(player, "Output", 2, 1).click()
    expect(button(player, "Pin")).to_have_attribute("aria-pressed", "true")
    cell(player, "Input", 5, 5).hover()
    expect(said(player)).to_contain_text("y[2, 1] = ")
    cell(player, "Input", 4, 4).click()
    expect(button(player, "Pin")).to_have_attribute("aria-pressed", "true")
    cell(player, "Input", 4, 4).press("Escape")
    expect(button(player, "Pin")).to_have_attribute("aria-pressed", "false")


def test_it_plays_when_asked(player: Locator, page: Page) -> None:
    """Never by itself; from the end it starts again, stops there, and a hand on it stops it."""
    slider = player.get_by_role("slider", name="Output cell")
    page.wait_for_timeout(600)
    expect(slider).to_have_value("0")
    slider.fill("15")
    button(player, "Play").click()
    expect(slider).not_to_have_value("15")
    expect(said(player)).to_have_attribute("aria-live", "off")
    button(player, "Pause").click()
    expect(button(player, "Play")).to_be_visible()
    expect(said(player)).to_have_attribute("aria-live", "polite")
    button(player, "Play").click()
    button(player, "Step").click()
    expect(button(player, "Play")).to_be_visible(timeout=1000)  # long before the end
    player.get_by_role("combobox", name="Speed").select_option("very fast")
    button(player, "Play").click()
    expect(slider).to_have_value("15")
    expect(button(player, "Play")).to_be_visible()


def test_settings_change_the_output(player: Locator) -> None:
    """Sizes as the package computes them, along each side; the steps of the formula with its numbers."""
    field(player, "Padding").fill("2")
    field(player, "Stride").fill("3")
    size = conv_output_size(6, 3, stride=3, padding=2)
    expect(player).to_contain_text(f"Output {size} × {size}")
    expect(player).to_contain_text(f"⌊(6 + 2·2 − 1·(3 − 1) − 1) / 3⌋ + 1 = {size}")
    player.get_by_label("Rows and columns apart").check()
    field(player, "Input size, columns").fill("16")
    field(player, "Stride, columns").fill("1")
    expect(player).to_contain_text(f"Output {size} × {conv_output_size(16, 3, stride=1, padding=2)}")
    player.get_by_text("Formula with its numbers").click()
    expect(player).to_contain_text("y[0, 0] = Σ w[u, v] · x[3·0 − 2 + 1·u, 1·0 − 2 + 1·v]; u = 0…2, v = 0…2")
    player.get_by_text("PyTorch code").click()
    expect(player).to_contain_text("layer = nn.Conv2d(1, 1, kernel_size=3, stride=(3, 1), padding=2, bias=False)")


def test_what_stands_in_the_padding(player: Locator) -> None:
    """Zeros are named in the sum; the other modes bring pixels, and their copies are marked."""
    field(player, "Padding").fill("1")
    expect(said(player)).to_contain_text("5 of the 9 terms are zeros of the padding.")
    player.get_by_role("combobox", name="Padding mode").select_option("replicate")
    expect(said(player)).to_contain_text("y[0, 0] = 3·1 + 3·0 − 0·1 + 3·1 + 3·0 − 0·1 + 1·1 + 1·0 − 5·1 = 2")
    cell(player, "Input", 0, 0).click()
    expect(player.locator(".convolution__panel--input .cells__chosen")).to_have_count(4)


def test_the_impossible_is_explained(player: Locator, page: Page) -> None:
    """With the numbers and the nearest setting, which one press takes over."""
    field(player, "Kernel size").fill("9")
    expect(player).to_contain_text("Not possible. The window spans 9, but the padded input has 6 (6 + 2·0).")
    assert barriers(page) == []
    button(player, "Use padding 2").click()
    expect(player).to_contain_text("Output 2 × 2")
    player.get_by_role("combobox", name="Padding mode").select_option("circular")
    player.get_by_role("checkbox", name="Transposed").check()
    expect(player).to_contain_text("A transposed convolution knows only zeros as padding")
    button(player, "Use padding mode zeros").click()
    expect(player).to_contain_text("Output 10 × 10")
    field(player, "Output padding").fill("1")
    expect(player).to_contain_text("The output padding must be below the stride or the dilation, here below 1.")
    field(player, "Stride").fill("")
    expect(player).to_contain_text("Not possible. Stride must be a whole number from 1 to 8 here.")
    expect(field(player, "Stride")).to_have_attribute("aria-invalid", "true")


def test_every_example_and_preset_can_be_chosen(player: Locator) -> None:
    """Each shows an output, and the last steps of some are known."""
    for name in ("Example", "Fill the input", "Fill the kernel"):
        choice = player.get_by_role("combobox", name=name)
        for option in choice.locator("option").all_inner_texts()[1:]:
            choice.select_option(option)
            assert player.locator(".convolution--stale").count() == 0, option
            assert outputs(player), option
    player.get_by_role("combobox", name="Example").select_option("True convolution copies the kernel")
    assert outputs(player)[6:9] == ["1", "2", "3"]
    player.get_by_label("Turn the kernel (true convolution)").uncheck()
    assert outputs(player)[6:9] == ["9", "8", "7"]


def test_two_channels(player: Locator) -> None:
    """Added up they give one map; each for itself, two that add up to it."""
    choice = player.get_by_role("combobox", name="Example")
    choice.select_option("Two channels, added up")
    together = [float(number.replace("−", "-")) for number in outputs(player)]
    choice.select_option("Two channels, each for itself")
    first, second = (
        [
            float(str(one.get_attribute("aria-label")).split(" = ")[1].replace("−", "-"))
            for one in part.get_by_role("gridcell").all()
        ]
        for part in grid(player, "Output").all()
    )
    assert together == [one + other for one, other in zip(first, second, strict=True)]


def test_numbers_are_drawn_by_mouse(player: Locator, page: Page) -> None:
    """A stroke over the pixels, and over the kernel."""
    button(player, "Draw").click()
    field(player, "Draw with").fill("5")
    cell(player, "Input", 0, 0).evaluate("cell => cell.scrollIntoView({ block: 'center' })")  # below the header
    start, end = cell(player, "Input", 0, 0).bounding_box(), cell(player, "Input", 0, 5).bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 18, start["y"] + 18)
    page.mouse.down()
    page.mouse.move(end["x"] + 18, end["y"] + 18, steps=10)
    page.mouse.up()
    for column in range(6):
        expect(cell(player, "Input", 0, column)).to_have_attribute("aria-label", f"x[0, {column}] = 5")
    cell(player, "Kernel", 0, 0).click()
    expect(cell(player, "Kernel", 0, 0)).to_have_attribute("aria-label", "w[0, 0] = 5")


def test_numbers_are_pasted(player: Locator) -> None:
    """Rows of numbers become the input, whatever its size; what cannot be read is said."""
    player.get_by_text("Type or paste the numbers").click()
    player.get_by_role("textbox", name="Input").fill("[[1, 2, 3, 4],\n [5, 6, 7, 8],\n [9, 8, 7, 6]]")
    expect(player).to_contain_text("Output 1 × 2")
    assert outputs(player) == ["−2", "−2"]
    player.get_by_role("textbox", name="Kernel").fill("1 1\n1")
    expect(player).to_contain_text("All rows must be of the same length")
    player.get_by_role("textbox", name="Kernel").fill("1 1\n1 1")
    assert outputs(player) == ["14", "18", "22", "28", "28", "28"]


def test_a_link_brings_everything_back(player: Locator, page: Page) -> None:
    """Numbers, sizes, switches and the place, also of the input."""
    player.get_by_role("combobox", name="Example").select_option("A mirrored border")
    cell(player, "Input", 1, 1).focus()
    page.keyboard.type("-3.5")
    button(player, "Step").click(click_count=5)
    shown, words = outputs(player), said(player).inner_text()
    address = player.get_by_role("link", name="Link to this setting").get_attribute("href")
    assert address
    page.goto("about:blank")
    again = opened(page, address)
    assert outputs(again) == shown
    assert said(again).inner_text() == words
    expect(again.get_by_role("combobox", name="Padding mode")).to_have_value("reflect")


def test_a_broken_link_shows_the_example(page: Page, home: str) -> None:
    """No error, no empty page."""
    player = opened(page, home + LESSON + "?convolution-player=input:0x99,x:abc,mode:none")
    expect(said(player)).to_contain_text("= −5")


def test_the_picture_can_be_saved(player: Locator, page: Page, tmp_path: Path) -> None:
    """As SVG, which needs no style sheet, and as PNG, twice as large."""
    with page.expect_download() as saved:
        button(player, "Save SVG").click()
    saved.value.save_as(tmp_path / "a.svg")
    drawing = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert drawing.findtext("{*}title", "").endswith("= −5")
    texts = [text.text for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Input 6 × 6", "Kernel 3 × 3", "Output 4 × 4", "−16"} <= set(texts)
    assert not [one for one in drawing.iter() if one.get("class") or one.get("tabindex")]
    with page.expect_download() as saved:
        button(player, "Save PNG").click()
    saved.value.save_as(tmp_path / "a.png")
    png = (tmp_path / "a.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20]) == 2 * float(drawing.get("width", "0"))


def test_a_step_is_quick(page: Page, home: str) -> None:
    """Below one frame at sixty a second, on the largest image; the slower ones waited for other work of the machine."""
    player = opened(page, home + LESSON + LARGE)
    expect(player).to_contain_text("Output 16 × 16")
    times = player.evaluate("""player => Array.from({length: 60}, (_, at) => {
        const start = performance.now();
        player.turn({side: 'output', at: player.place(at)});
        player.offsetHeight;  // laid out, too
        return performance.now() - start;
    }).sort((a, b) => a - b)""")
    assert times[15] < 16, times


def test_a_finger_steps_draws_and_changes(telephone: Page, home: str) -> None:
    """On a narrow screen nothing sticks out, and cells can be hit."""
    player = opened(telephone, home + LESSON)
    button(player, "Step").tap()
    expect(said(player)).to_contain_text("y[0, 1] = ")
    cell(player, "Input", 2, 3).tap()
    expect(said(player)).to_contain_text("x[2, 3] = 5 is used by 9 outputs")
    field(player, "Value of x[2, 3]").fill("0")
    expect(said(player)).to_contain_text("x[2, 3] = 0")
    button(player, "Draw").tap()
    cell(player, "Kernel", 1, 1).tap()
    expect(cell(player, "Kernel", 1, 1)).to_have_attribute("aria-label", "w[1, 1] = 9")
    assert barriers(telephone) == []


def test_the_largest_image_on_a_telephone(telephone: Page, home: str) -> None:
    """The panel scrolls within itself and follows the window; cells stay large enough for a finger."""
    player = opened(telephone, home + LESSON + LARGE)
    width = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert telephone.evaluate(width)
    box = cell(player, "Input", 3, 3).bounding_box()
    assert box
    assert box["width"] >= 24
    player.get_by_role("slider", name="Output cell").fill("15")
    marks = player.locator(".convolution__panel--output .cells__chosen").bounding_box()
    assert marks
    assert marks["x"] + marks["width"] <= WINDOWS["narrow"]["width"]


def test_the_picture_stays_without_scripts(browser: Browser, home: str) -> None:
    """With its description, which names the sum's result."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(home + LESSON)
    picture = page.locator(".widget[data-widget='convolution-player'] img:visible").first
    expect(picture).to_be_visible()
    assert "−5" in str(picture.get_attribute("alt"))
    context.close()
