"""The layer-stack builder: by mouse, keyboard and touch; its code, its links, what it refuses, and how quick it is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Locator, Page, expect
from visit import WINDOWS, axe

from cnn_guide import models, summary

pytestmark = pytest.mark.browser
LESSON = "training/first_network/"
CNN2 = [row.kind for row in summary(models.create("cnn2"), (1, 28, 28)).rows]


@pytest.fixture
def stack(page: Page, home: str) -> Locator:
    return opened(page, home + LESSON)


def opened(page: Page, address: str) -> Locator:
    page.goto(address, wait_until="networkidle")
    page.locator(".widget[data-widget='layer-stack']").scroll_into_view_if_needed()
    found = page.locator("layer-stack")
    expect(rows(found).first).to_be_visible()
    rows(found).first.evaluate("row => row.scrollIntoView({block: 'center'})")  # not below the header
    return found


def rows(stack: Locator) -> Locator:
    return stack.get_by_role("list", name="Layers").locator("> li")


def row(stack: Locator, place: int) -> Locator:
    return rows(stack).nth(place)


def name(stack: Locator, place: int) -> Locator:
    return row(stack, place).locator(".layer-stack__name")


def handle(stack: Locator, place: int) -> Locator:
    return row(stack, place).get_by_role("button", name=f"Layer {place + 1}")


def kinds(stack: Locator) -> list[str]:
    return stack.locator(".layer-stack__name strong").all_inner_texts()


def code(stack: Locator) -> str:
    return stack.get_by_role("region", name="Code of this network").inner_text()


def field(stack: Locator, label: str) -> Locator:
    return stack.locator(".layer-stack__panel:visible").get_by_label(label, exact=True)


def network(stack: Locator) -> Locator:
    return stack.get_by_role("combobox", name="Network")


def total(stack: Locator) -> Locator:
    return stack.locator(".layer-stack__total")


def test_networks_are_those_of_the_package(stack: Locator) -> None:
    """Layers and totals of each ready-made network, as its summary has them."""
    for title, model in (("CNN 2", "cnn2"), ("CNN 1", "cnn1"), ("LeNet-5", "lenet5")):
        expected = summary(models.create(model), (1, 28, 28))
        network(stack).select_option(title)
        assert kinds(stack) == [each.kind for each in expected.rows]
        expect(total(stack)).to_contain_text(f"{expected.total_params:,} parameters, {expected.macs:,} MACs")
    network(stack).select_option("VGG-16")
    expect(total(stack)).to_contain_text("138,357,544 parameters, 15,470,264,320 MACs")


def test_a_layer_is_edited_and_others_follow(stack: Locator) -> None:
    """More filters in front: the next layers take what comes in, and undo takes it all back."""
    name(stack, 0).click()
    field(stack, "out_channels").fill("20")
    expect(row(stack, 0)).to_contain_text("20×26×26")
    expect(row(stack, 3)).to_contain_text(f"{32 * (20 * 9 + 1):,}")
    assert "nn.Conv2d(20, 32, kernel_size=3)" in code(stack)
    field(stack, "padding").fill("same")
    expect(row(stack, 0)).to_contain_text("20×28×28")
    field(stack, "kernel_size").fill("5x3")
    assert 'nn.Conv2d(1, 20, kernel_size=(5, 3), padding="same")' in code(stack)
    for _ in range(3):
        stack.get_by_role("button", name="Undo").click()
    expect(row(stack, 0)).to_contain_text("16×26×26")
    expect(network(stack)).to_have_value("cnn2")


def test_layers_are_added_where_the_reader_is(stack: Locator) -> None:
    """After the open layer, else at the end."""
    stack.get_by_label("New layer").select_option("ReLU")
    stack.get_by_role("button", name="Add at the end").click()
    assert kinds(stack) == [*CNN2, "ReLU"]
    name(stack, 0).click()
    stack.get_by_label("New layer").select_option("BatchNorm2d")
    stack.get_by_role("button", name="Add after layer 1").click()
    assert kinds(stack) == [CNN2[0], "BatchNorm2d", *CNN2[1:], "ReLU"]
    expect(row(stack, 1)).to_contain_text("32")


def test_by_keyboard_alone(stack: Locator, page: Page) -> None:
    """Open, type, move, remove: the focus stays with the layer, and what happened is said."""
    handle(stack, 2).focus()
    page.keyboard.press("ArrowUp")
    assert kinds(stack)[:3] == ["Conv2d", "MaxPool2d", "ReLU"]
    expect(stack.locator(".layer-stack__status")).to_have_text("MaxPool2d is layer 2 of 14.")
    expect(handle(stack, 1)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(name(stack, 1)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("4")
    expect(row(stack, 1)).to_contain_text("16×6×6")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Delete")
    expect(rows(stack)).to_have_count(len(CNN2) - 1)
    expect(name(stack, 1)).to_be_focused()


def test_by_mouse_a_layer_is_dragged(stack: Locator, page: Page) -> None:
    """By its handle, to the place where it is let go; Escape leaves it where it was."""
    start, end = handle(stack, 2).bounding_box(), row(stack, 0).bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 8, end["y"] + 3, steps=5)
    expect(rows(stack).first).to_have_class(contains("layer-stack__row--before"))
    page.keyboard.press("Escape")
    page.mouse.up()
    assert kinds(stack) == CNN2
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 8, end["y"] + 3, steps=5)
    expect(rows(stack).first).to_have_class(contains("layer-stack__row--before"))
    page.mouse.up()
    assert kinds(stack)[:3] == ["MaxPool2d", "Conv2d", "ReLU"]


def contains(word: str) -> re.Pattern[str]:
    return re.compile(word)


def test_what_does_not_fit_is_explained(stack: Locator, page: Page) -> None:
    """With the layer, the numbers, the lesson, and a button that is the way out; no barrier for anybody meanwhile."""
    name(stack, 3).click()
    field(stack, "kernel_size").fill("20")
    expect(row(stack, 3)).to_contain_text("kernel_size (=20) spans 20 pixels, but the padded input has 13 (13 + 2·0).")
    expect(row(stack, 4)).to_contain_text("?")
    assert code(stack).startswith("# Layer 4 does not fit")
    expect(stack.get_by_role("button", name="Copy")).to_be_disabled()
    lesson = row(stack, 3).get_by_role("link").get_attribute("href")
    assert lesson
    assert page.request.get(lesson).ok
    assert axe(page) == []
    stack.get_by_role("button", name="Use padding=4").click()
    expect(row(stack, 3)).to_contain_text("32×2×2")
    expect(row(stack, 3).locator(".layer-stack__wrong")).to_be_hidden()


def test_flatten_can_be_put_in(stack: Locator) -> None:
    """The most frequent mistake, and its way out."""
    name(stack, 6).focus()
    stack.page.keyboard.press("Delete")
    expect(row(stack, 6)).to_contain_text("Put Flatten() before it: 32 · 5 · 5 = 800.")
    stack.get_by_role("button", name="Put Flatten() before it").click()
    assert kinds(stack) == CNN2


def test_slips_of_the_pen_are_named(stack: Locator) -> None:
    """The field says what it wants, and the network stays as it was."""
    name(stack, 0).click()
    field(stack, "kernel_size").fill("three")
    expect(row(stack, 0)).to_contain_text("kernel_size must be a whole number, not “three”.")
    expect(field(stack, "kernel_size")).to_have_attribute("aria-invalid", "true")
    expect(row(stack, 0)).to_contain_text("16×26×26")
    stack.get_by_label("Height").fill("0")
    expect(stack.locator(".layer-stack__status")).to_have_text("Height must be a whole number from 1 to 9999.")


def test_code_in_three_dialects_is_copied(stack: Locator, context: BrowserContext, page: Page) -> None:
    """What the clipboard holds is the code that is shown."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    for dialect, line in {
        "PyTorch": "    nn.Conv2d(1, 16, kernel_size=3),  # (16, 26, 26)",
        "Keras": "    layers.Conv2D(16, 3),  # (26, 26, 16)",
        "cnn_guide": "    Conv2d(1, 16, kernel_size=3),  # (16, 26, 26)",
    }.items():
        stack.get_by_role("radio", name=dialect).check()
        stack.get_by_role("button", name="Copy").click()
        expect(stack.locator(".layer-stack__said")).to_have_text("Copied.")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert line in copied.splitlines()
        assert copied.strip() == code(stack).strip()


def test_code_is_pasted(stack: Locator) -> None:
    """Layers come from the text, numbers that fit follow what comes in, and what can't be read is named by its line."""
    stack.get_by_text("Paste code").click()
    box = stack.locator("textarea")
    box.fill("nn.Sequential(\n    nn.Conv2d(3, 8, 3),\n    nn.Sigmoid(),\n)")
    stack.get_by_role("button", name="Build it").click()
    expect(stack.locator(".layer-stack__answer")).to_contain_text("Line 3: the builder has no Sigmoid.")
    assert kinds(stack) == CNN2
    box.fill("nn.Sequential(\n    nn.Conv2d(3, 8, 3),\n    nn.Conv2d(4, 8, 3),\n)")
    stack.get_by_role("button", name="Build it").click()
    expect(stack.locator(".layer-stack__answer")).to_contain_text("2 layers are built, for an input of 3×28×28")
    expect(row(stack, 1)).to_contain_text("in_channels (=4) does not match the 8 channels of the input (8, 26, 26).")
    stack.get_by_role("button", name="Use in_channels=8").click()
    assert "nn.Conv2d(8, 8, kernel_size=3)" in code(stack)


def test_a_network_can_be_linked_to(stack: Locator, page: Page) -> None:
    """The link opens the same network; one that can't be read leaves the page's own, and says so."""
    name(stack, 0).click()
    field(stack, "stride").fill("2")
    stack.get_by_label("Width").fill("32")
    shown = code(stack)
    address = stack.get_by_role("link", name="Link to this network").get_attribute("href")
    assert address
    page.goto("about:blank")
    again = opened(page, address)
    assert code(again) == shown
    page.goto("about:blank")
    wrong = opened(page, address.replace("conv-", "cov-"))
    expect(wrong.locator(".layer-stack__status")).to_contain_text("There is no layer “cov”.")
    assert kinds(wrong) == CNN2


def test_a_telephone_shows_all_of_it(browser: Browser, home: str) -> None:
    """By touch, in the dark theme: nothing sticks out, and a layer is opened, moved and removed with a finger."""
    context = browser.new_context(
        viewport=WINDOWS["narrow"], has_touch=True, is_mobile=True, reduced_motion="reduce", color_scheme="dark"
    )
    page = context.new_page()
    stack = opened(page, home + LESSON)
    name(stack, 0).tap()
    field(stack, "out_channels").fill("512")
    row(stack, 0).get_by_role("button", name="Move down").tap()
    assert kinds(stack)[:2] == ["ReLU", "Conv2d"]
    row(stack, 1).get_by_role("button", name="Duplicate").tap()
    row(stack, 2).get_by_role("button", name="Remove").tap()
    assert kinds(stack)[:3] == ["ReLU", "Conv2d", "MaxPool2d"]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert axe(page) == []
    context.close()


def test_a_finger_drags_a_layer(browser: Browser, home: str) -> None:
    """The handle follows the finger, and the page does not scroll away under it."""
    context = browser.new_context(viewport=WINDOWS["narrow"], has_touch=True, is_mobile=True, reduced_motion="reduce")
    page = context.new_page()
    stack = opened(page, home + LESSON)
    handle(stack, 1).evaluate("handle => handle.scrollIntoView({ block: 'center' })")  # below the header
    start, end = handle(stack, 1).bounding_box(), row(stack, 2).bounding_box()
    assert start
    assert end
    session = context.new_cdp_session(page)
    x, top, bottom = start["x"] + 10, start["y"] + 10, end["y"] + end["height"] - 3
    for kind, y in [("touchStart", top), ("touchMove", (top + bottom) / 2), ("touchMove", bottom)]:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    expect(row(stack, 3)).to_have_class(contains("layer-stack__row--before"))
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert kinds(stack)[:3] == ["Conv2d", "MaxPool2d", "ReLU"]
    context.close()


def test_a_change_is_quick(stack: Locator, page: Page) -> None:
    """VGG-16, the largest network here, is shown anew within a frame, in processor time: others share the machine."""
    network(stack).select_option("VGG-16")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = seconds_of_work(session)
    page.evaluate("""() => {
      const height = document.querySelectorAll('layer-stack .layer-stack__top input')[1];
      for (let turn = 0; turn < 30; turn += 1) {
        height.value = 224 + turn;
        height.dispatchEvent(new Event('input', {bubbles: true}));
        document.body.offsetHeight;
      }
    }""")
    assert 0 < (seconds_of_work(session) - before) / 30 < 0.016


def seconds_of_work(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return sum(
        each["value"] for each in metrics if each["name"] in ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
    )
