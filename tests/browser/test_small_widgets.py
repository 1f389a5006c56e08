"""Three small widgets: the parameter counter, the switches of CNN 1, and the receptive-field explorer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect
from visit import AXE

from cnn_guide import layers, receptive_field

pytestmark = pytest.mark.browser
PAGES = {
    "parameter-counter": "foundations/why_not_dense/",
    "parameters-live": "foundations/pooling/",
    "receptive-field": "foundations/receptive_fields/",
}
EXPLORED = "?receptive-field=input:28,layers:conv3_pool2_conv3p1"  # the stack that the tests expect
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
RUN_AXE = """
element => axe.run(element, {rules: {'target-size': {enabled: true}}})
  .then(({violations}) => violations.map(({id, nodes}) => [id, ...nodes.map(node => node.html)].join(' ')))
"""
STEP = """
async element => {
  const times = [];
  for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight']) {
    const before = performance.now();
    element.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
    element.getBoundingClientRect();
    times.push(performance.now() - before);
    await new Promise(requestAnimationFrame);
  }
  return Math.min(...times); // what else the machine does is not counted
}
"""


def opened(page: Page, name: str, address: str) -> Locator:
    page.goto(address)
    page.locator(f".widget[data-widget='{name}']").scroll_into_view_if_needed()
    found = page.locator(name)
    expect(found).to_be_visible()
    return found


@pytest.fixture
def counter(page: Page, home: str) -> Locator:
    return opened(page, "parameter-counter", home + PAGES["parameter-counter"])


@pytest.fixture
def switches(page: Page, home: str) -> Locator:
    return opened(page, "parameters-live", home + PAGES["parameters-live"])


@pytest.fixture
def explorer(page: Page, home: str) -> Locator:
    return opened(page, "receptive-field", home + PAGES["receptive-field"] + EXPLORED)


def barriers(widget: Locator) -> list[str]:
    """What axe finds in the widget; the page around it has tests of its own."""
    widget.page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = widget.evaluate(RUN_AXE)
    return found


def fill(widget: Locator, **values: int) -> None:
    for name, value in values.items():
        widget.get_by_role("spinbutton", name=name.replace("_", " "), exact=True).fill(str(value))


def board(explorer: Locator, start: str) -> Locator:
    """A picture whose units can be chosen."""
    return explorer.locator(f"svg[aria-label^='{start}']")


def box(picture: Locator) -> dict[str, float]:
    """Where a picture is, all of it in view."""
    picture.evaluate("element => element.scrollIntoView({block: 'center'})")
    found = picture.bounding_box()
    assert found
    return dict(found)


def counts(counter: Locator) -> list[str]:
    return counter.locator("output").all_text_contents()


def linked(widget: Locator) -> str:
    address = widget.get_by_role("link", name="Link to this setting").get_attribute("href")
    assert address
    return address


def test_counts_are_those_of_the_package(counter: Locator) -> None:
    """Both layers, with groups and without biases, and how often the one goes into the other."""
    fill(counter, Image_side=28, Channels=1, Dense_units=128, Filters=16, Kernel=3)
    dense, conv = layers.Linear(28 * 28, 128).parameters, layers.Conv2d(1, 16, 3).parameters
    assert counts(counter) == [f"{dense:,}", f"{conv:,}"]
    expect(counter).to_contain_text(f"{dense / conv:.0f} times the parameters of the convolution")
    fill(counter, Channels=4, Groups=4)
    counter.get_by_role("checkbox").uncheck()
    dense, conv = layers.Linear(28 * 28 * 4, 128, bias=False), layers.Conv2d(4, 16, 3, groups=4, bias=False)
    assert counts(counter) == [f"{dense.parameters:,}", f"{conv.parameters:,}"]
    expect(counter).to_contain_text("nn.Conv2d(4, 16, kernel_size=3, groups=4, bias=False)")


def test_the_side_changes_one_bar_only(counter: Locator, page: Page) -> None:
    """By keyboard: the slider makes the dense bar longer; the convolution stays."""
    lengths = counter.locator(".parameter-counter__length")
    before = [length.evaluate("bar => bar.style.width") for length in lengths.all()]
    shown = counts(counter)
    counter.get_by_role("slider").focus()
    page.keyboard.press("End")
    expect(counter.get_by_role("spinbutton", name="Image side")).to_have_value("4096")
    after = [length.evaluate("bar => bar.style.width") for length in lengths.all()]
    assert float(after[0].rstrip("%")) > float(before[0].rstrip("%"))
    assert after[1] == before[1]
    assert counts(counter) == [f"{layers.Linear(4096**2 * 3, 1000).parameters:,}", shown[1]]


def test_bars_are_logarithmic(counter: Locator) -> None:
    """A thousand times the parameters is one mark more, whatever there was before."""
    counter.get_by_role("checkbox").uncheck()
    ends = []
    for units in (1, 1000):
        fill(counter, Image_side=1, Channels=1, Dense_units=units)
        width = counter.locator(".parameter-counter__dense").evaluate("bar => bar.style.width")
        ends.append(width)
    marks = counter.locator(".parameter-counter__scale span")
    assert ends == [marks.nth(at).evaluate("mark => mark.style.left") for at in (0, 1)]


def test_the_counter_explains_what_cannot_be(counter: Locator, page: Page) -> None:
    """Groups that do not come out even, and fields without a number; the way out works."""
    fill(counter, Channels=6, Groups=4)
    expect(counter).to_contain_text("4 groups must divide both the 6 channels and the 64 filters. Use 2.")
    assert counts(counter)[1] == "–"
    assert barriers(counter) == []
    fill(counter, Groups=2)
    assert counts(counter)[1] == f"{layers.Conv2d(6, 64, 3, groups=2).parameters:,}"
    counter.get_by_role("spinbutton", name="Dense units").fill("1.5")
    expect(counter).to_contain_text("Dense units must be a whole number from 1 to 100,000.")


def test_switches_by_keyboard(switches: Locator, page: Page) -> None:
    """The numbers of the lesson; what is left out stays in the table, so that nothing moves."""
    total, rows = switches.locator("output"), switches.get_by_role("row")
    height = box(switches)["height"]
    expect(total).to_have_text("347,690")
    switches.get_by_role("checkbox", name="Padding").focus()
    page.keyboard.press("Space")
    expect(total).to_have_text("402,986")
    expect(switches).to_contain_text("15.9% more than in CNN 1")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect(total).to_have_text("1,386,026")
    expect(rows.filter(has_text="Max pooling")).to_contain_text("left out")
    switches.get_by_role("checkbox", name="Global average pooling").check()
    expect(total).to_have_text("3,626")
    expect(rows.filter(has_text="128 units")).to_contain_text(f"{layers.Linear(16, 128).parameters:,}")
    assert box(switches)["height"] == height
    assert barriers(switches) == []


def test_parts_of_the_bar_are_the_shares(switches: Locator) -> None:
    """They are as long as the table says, and fill the bar together."""
    switches.get_by_role("checkbox", name="Global average pooling").check()
    parts = switches.locator(".parameters-live__stack").last.locator("div")
    widths = [float(part.evaluate("bar => bar.style.width").rstrip("%")) for part in parts.all()]
    assert sum(widths) == pytest.approx(100)
    assert widths[1] == pytest.approx(100 * layers.Linear(16, 128).parameters / 3626)


def test_a_unit_is_chosen_by_keyboard(explorer: Locator, page: Page) -> None:
    """Arrow keys move along the rows and across the map; the answer is the package's region."""
    stack = [layers.Conv2d(1, 1, 3), layers.MaxPool2d(2), layers.Conv2d(1, 1, 3, padding=1)]
    field = receptive_field(layers.Sequential(*stack), (1, 28, 28))
    expect(explorer).to_contain_text("Unit (6, 6) of layer 3 sees " + seen(field.region((6, 6))))
    board(explorer, "Along one axis").focus()
    page.keyboard.press("ArrowRight")
    expect(explorer).to_contain_text("Unit (7, 7) of layer 3")
    board(explorer, "In two dimensions").focus()
    for key in ("ArrowUp", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(explorer).to_contain_text("Unit (6, 5) of layer 3 sees " + seen(field.region((6, 5))))
    for _ in range(8):
        page.keyboard.press("ArrowUp")
    expect(explorer).to_contain_text("Unit (0, 5) of layer 3 sees " + seen(field.region((0, 5))))
    expect(explorer).to_contain_text("the rest of its field is padding")
    board(explorer, "Along one axis").focus()
    page.keyboard.press("ArrowDown")
    expect(explorer).to_contain_text("of layer 2 sees")


def seen(region: tuple[tuple[int, int] | None, ...]) -> str:
    rows, columns = region
    assert rows
    assert columns
    return f"rows {rows[0]} to {rows[1]}, columns {columns[0]} to {columns[1]}"


def test_a_unit_is_chosen_by_mouse(explorer: Locator, page: Page) -> None:
    """A click takes the unit under it, a drag each on its way; the pixels of the image are coloured."""
    place = box(board(explorer, "In two dimensions"))
    page.mouse.click(place["x"] + 2, place["y"] + 2)
    expect(explorer).to_contain_text("Unit (0, 0) of layer 3")
    page.mouse.move(place["x"] + 2, place["y"] + 2)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] - 2, place["y"] + place["height"] - 2)
    page.mouse.up()
    expect(explorer).to_contain_text("Unit (12, 12) of layer 3")
    rows = box(board(explorer, "Along one axis"))
    page.mouse.click(rows["x"] + rows["width"] / 2, rows["y"] + rows["height"] - 3)
    expect(explorer).to_contain_text("Pixel (")
    expect(explorer.get_by_role("img")).to_have_attribute(
        "aria-label", "The image, 28 × 28 pixels, of which the unit sees 1"
    )


def test_layers_come_and_go(explorer: Locator, page: Page) -> None:
    """Up to eight; the table shows the recurrence, and the focus is not lost with the row that it was in."""
    explorer.get_by_role("button", name="CNN 2").click()
    stack = [layers.Conv2d(1, 1, 3), layers.MaxPool2d(2), layers.Conv2d(1, 1, 3), layers.MaxPool2d(2)]
    field = receptive_field(layers.Sequential(*stack), (1, 28, 28))
    last = explorer.get_by_role("row").last
    expect(last.get_by_role("cell")).to_contain_text(
        [str(n) for n in (5, field.size[0], field.jump[0], field.start[0])]
    )
    add = explorer.get_by_role("button", name="Add a layer")
    for _ in range(4):
        add.click()
    expect(add).to_be_disabled()
    expect(explorer).to_contain_text("Layer 7 is not possible. The window spans 3, but the padded input has 1")
    assert barriers(explorer) == []
    fill(explorer, Padding_of_layer_7=1, Padding_of_layer_8=1)
    expect(explorer).not_to_contain_text("not possible")
    explorer.get_by_role("button", name="Remove layer 8").focus()
    page.keyboard.press("Enter")
    expect(explorer.get_by_role("button", name="Remove layer 7")).to_be_focused()
    fill(explorer, Kernel_of_layer_7=0)
    expect(explorer).to_contain_text("A field holds no number that it may")


def test_pooling_keeps_to_its_rules(explorer: Locator) -> None:
    """A kind can be changed, and the padding that only a convolution may have is refused with a way out."""
    fill(explorer, Padding_of_layer_3=2)
    expect(explorer).not_to_contain_text("not possible")
    explorer.get_by_role("combobox", name="Kind of layer 3").select_option("pool")
    expect(explorer).to_contain_text("Layer 3 is not possible. Pooling allows a padding of at most half its kernel")


def test_all_padding_is_said_to_be_so(explorer: Locator) -> None:
    """A unit far outside sees no pixel at all."""
    fill(explorer, Padding_of_layer_1=9)
    for _ in range(25):
        board(explorer, "In two dimensions").press("ArrowLeft")
    expect(explorer).to_contain_text("of layer 3 sees padding only.")


@pytest.mark.parametrize(
    ("name", "answer"),
    [("parameter-counter", "401,536"), ("parameters-live", "1,386,026"), ("receptive-field", "Unit (2, 4) of layer 1")],
)
def test_a_setting_can_be_linked_to(page: Page, home: str, name: str, answer: str) -> None:
    """The link opens the same page with the same state."""
    widget = opened(page, name, home + PAGES[name])
    if name == "parameter-counter":
        fill(widget, Image_side=28, Channels=4, Dense_units=128, Filters=11182)
    elif name == "parameters-live":
        widget.get_by_role("checkbox", name="Max pooling").uncheck()
    else:
        widget.get_by_role("button", name="Three 3×3").click()
        board(widget, "Along one axis").press("ArrowDown")
        board(widget, "Along one axis").press("ArrowDown")
        for key in ("ArrowUp",) * 4 + ("ArrowLeft",) * 2:
            board(widget, "In two dimensions").press(key)
    expect(widget).to_contain_text(answer)
    address = linked(widget)
    page.goto("about:blank")
    expect(opened(page, name, address)).to_contain_text(answer)


def test_a_broken_link_does_no_harm(page: Page, home: str) -> None:
    """Numbers out of range are shown as faults, and the fields mend them."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    address = home + PAGES["receptive-field"] + "?receptive-field=input:x,layers:conv99_pool2,level:z,row:-4"
    explorer = opened(page, "receptive-field", address)
    expect(explorer).to_contain_text("A field holds no number that it may")
    board(explorer, "In two dimensions").press("ArrowLeft")
    fill(explorer, Input_size=28, Kernel_of_layer_1=3)
    expect(explorer).to_contain_text("of layer 2 sees rows")
    assert faults == []


@pytest.mark.parametrize("name", PAGES)
def test_a_telephone_shows_and_moves_it(telephone: Page, home: str, name: str) -> None:
    """By touch, on a narrow dark screen; nothing sticks out, and axe is content."""
    widget = opened(telephone, name, home + PAGES[name] + (EXPLORED if name == "receptive-field" else ""))
    if name == "parameter-counter":
        before = counts(widget)
        widget.get_by_role("checkbox").tap()
        assert counts(widget) != before
    elif name == "parameters-live":
        widget.get_by_text("Padding 1").tap()
        expect(widget.locator("output")).to_have_text("402,986")
    else:
        widget.get_by_role("button", name="Unit to the left").tap()
        expect(widget).to_contain_text("Unit (6, 5) of layer 3")
        place = box(board(widget, "In two dimensions"))
        telephone.touchscreen.tap(place["x"] + place["width"] - 4, place["y"] + 4)
        expect(widget).to_contain_text("Unit (0, 12) of layer 3")
    assert telephone.evaluate(OVERFLOW) == 0
    assert barriers(widget) == []


def test_a_step_is_shorter_than_a_frame(explorer: Locator) -> None:
    """The largest picture: eight layers on 32 pixels a side, of which the unit sees all."""
    fill(explorer, Input_size=32)
    for _ in range(5):
        explorer.get_by_role("button", name="Add a layer").click()
    for at in range(1, 9):
        fill(explorer, **{f"Padding_of_layer_{at}": 7 if at != 2 else 1, f"Stride_of_layer_{at}": 1})
        if at != 2:
            fill(explorer, **{f"Kernel_of_layer_{at}": 15})
    expect(explorer).to_contain_text("of layer 8 sees rows 0 to")
    for start in ("Along one axis", "In two dimensions"):
        assert board(explorer, start).evaluate(STEP) < 16
