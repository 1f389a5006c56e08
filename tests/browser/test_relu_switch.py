"""Two layers with a bend between that can be switched: by mouse, keyboard and finger; what one kernel can and cannot do."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visit import AXE, WINDOWS

pytestmark = pytest.mark.browser
LESSON = "foundations/nonlinearity/"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
RUN_AXE = """
element => axe.run(element, {rules: {'target-size': {enabled: true}}})
  .then(({violations}) => violations.map(({id, nodes}) => [id, ...nodes.map(node => node.html)].join(' ')))
"""
SAME, OTHER, DEAD = "One 5×5 kernel gives the same map", "No 5×5 kernel gives this map", "Dead on this picture"


@pytest.fixture
def widget(page: Page, home: str) -> Locator:
    return opened(page, home + LESSON)


def opened(page: Page, address: str) -> Locator:
    page.goto(address)
    page.locator(".widget[data-widget='relu-switch']").scroll_into_view_if_needed()
    found = page.locator("relu-switch")
    expect(found).to_be_visible(timeout=20_000)  # its files come first
    return found


def between(widget: Locator, name: str) -> Locator:
    return widget.get_by_role("radio", name=name, exact=True)


def chosen(widget: Locator, name: str) -> Locator:
    return widget.get_by_role("combobox", name=name)


def said(widget: Locator) -> Locator:
    return widget.get_by_role("status")


def drawn(widget: Locator, name: str) -> str:
    """The pixels of a panel."""
    pixels: str = widget.get_by_role("img", name=name).evaluate("canvas => canvas.toDataURL()")
    return pixels


def barriers(widget: Locator) -> list[str]:
    """What axe finds in the widget; the page around it has tests of its own."""
    widget.page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = widget.evaluate(RUN_AXE)
    return found


def test_the_mouse_flips_the_switch(widget: Locator) -> None:
    """With nothing between, one kernel gives the same picture; with a ReLU it does not, and back."""
    expect(said(widget)).to_contain_text(SAME)
    assert drawn(widget, "Second map") == drawn(widget, "Map of the single kernel")
    between(widget, "ReLU").click()
    expect(said(widget)).to_contain_text(OTHER)
    assert drawn(widget, "Second map") != drawn(widget, "Map of the single kernel")
    expect(widget.get_by_role("img", name="First map")).to_have_attribute("aria-label", re.compile("from 0.00 to"))
    between(widget, "Nothing").click()
    expect(said(widget)).to_contain_text(SAME)
    expect(widget.get_by_role("img", name="First map")).to_have_attribute("aria-label", re.compile("from −"))


@pytest.mark.parametrize("bend", ["ReLU", "Leaky ReLU", "tanh", "Sigmoid"])
@pytest.mark.parametrize("picture", ["digit", "photo"])
def test_every_bend_is_one(widget: Locator, bend: str, picture: str) -> None:
    """On either picture, no single kernel does what two layers with this bend do."""
    chosen(widget, "Picture").select_option(picture)
    expect(said(widget)).to_contain_text(SAME)
    between(widget, bend).click()
    expect(said(widget)).to_contain_text(OTHER)


def test_the_page_and_the_widget_agree(widget: Locator, page: Page) -> None:
    """The share that the best kernel misses, found by torch and found here."""
    between(widget, "ReLU").click()
    told = re.search(r"misses (\d+) %", said(widget).inner_text())
    written = re.search(r"the best kernel misses (\d+)%", page.locator("article").inner_text())
    assert told
    assert written
    assert told[1] == written[1]


def test_the_keyboard_kills_the_unit(widget: Locator, page: Page) -> None:
    """Arrow keys choose the bend; the slider's ends make ReLU dead, and useless."""
    between(widget, "Nothing").focus()
    page.keyboard.press("ArrowRight")
    expect(between(widget, "ReLU")).to_be_checked()
    expect(said(widget)).to_contain_text(OTHER)
    slider = widget.get_by_role("slider", name="Bias of the first layer")
    slider.focus()
    page.keyboard.press("Home")
    expect(said(widget)).to_contain_text(DEAD)
    expect(slider).to_have_accessible_name("Bias of the first layer: −8")
    page.keyboard.press("End")
    expect(said(widget)).to_contain_text("ReLU has nothing to cut off. " + SAME)
    between(widget, "Leaky ReLU").check()
    slider.focus()
    page.keyboard.press("Home")
    expect(said(widget)).not_to_contain_text(DEAD)
    for _ in range(2):
        page.keyboard.press("Tab")  # to the radio buttons, and on to the link
    page.keyboard.press("Tab")
    assert not widget.evaluate("element => element.contains(document.activeElement)")


def test_each_pair_of_kernels_is_one_kernel(widget: Locator) -> None:
    """With nothing between, whatever they are; the weights are shown."""
    for first in ("vertical", "horizontal", "outline", "blur", "sharpen"):
        for second in ("vertical", "blur", "sharpen"):
            chosen(widget, "First kernel").select_option(first)
            chosen(widget, "Second kernel").select_option(second)
            expect(said(widget)).to_contain_text(SAME)
    weights = widget.get_by_role("img", name="25 weights").locator("span").all_inner_texts()
    assert weights[12] == "29"  # sharpened twice: 5 · 5, and four times (−1) · (−1)
    assert weights[0] == "0"


def test_a_link_opens_the_same_setting(widget: Locator, page: Page) -> None:
    """Choices and bias; nonsense in a link is left out."""
    chosen(widget, "Picture").select_option("photo")
    chosen(widget, "Second kernel").select_option("outline")
    between(widget, "tanh").click()
    widget.get_by_role("slider").fill("-1.5")
    told = said(widget).inner_text()
    address = widget.get_by_role("link", name="Link to this setting").get_attribute("href")
    assert address
    again = opened(page, address)
    expect(said(again)).to_have_text(told)
    expect(between(again, "tanh")).to_be_checked()
    again = opened(page, address.replace("tanh", "constructor").replace("-1.5", "99").replace("photo", "x"))
    expect(between(again, "Nothing")).to_be_checked()
    expect(again.get_by_role("slider")).to_have_value("0")
    expect(chosen(again, "Picture")).to_have_value("digit")


def test_a_finger_flips_the_switch(telephone: Page, home: str) -> None:
    """On a telephone, in the dark: taps work, nothing is wider than the screen, no barriers."""
    widget = opened(telephone, home + LESSON)
    between(widget, "ReLU").tap()
    expect(said(widget)).to_contain_text(OTHER)
    assert telephone.evaluate(OVERFLOW) <= 0
    assert barriers(widget) == []


@pytest.mark.parametrize("width", WINDOWS)
def test_there_are_no_barriers_and_nothing_jumps(browser: Browser, home: str, width: str) -> None:
    """Straight, bent and dead; whatever it says, the widget keeps its height."""
    context = browser.new_context(viewport=WINDOWS[width], reduced_motion="reduce")
    widget = opened(context.new_page(), home + LESSON)
    heights, found = [], []
    for bend, bias in (("Nothing", "0"), ("ReLU", "0"), ("ReLU", "-8"), ("ReLU", "8"), ("Sigmoid", "0")):
        between(widget, bend).check()
        widget.get_by_role("slider").fill(bias)
        heights.append(widget.evaluate("element => element.offsetHeight"))
        found += barriers(widget)
    context.close()
    assert found == []
    assert len(set(heights)) == 1, heights


def test_it_works_after_an_instant_change_of_page(page: Page, home: str) -> None:
    """Material replaces the page without loading it anew; the published pictures come with it."""
    page.goto(home, wait_until="networkidle")
    page.locator(f"article a[href$='{LESSON}']").first.click()
    page.locator(".widget[data-widget='relu-switch']").scroll_into_view_if_needed()
    widget = page.locator("relu-switch")
    expect(said(widget)).to_contain_text(SAME, timeout=20_000)
    between(widget, "ReLU").click()
    expect(said(widget)).to_contain_text(OTHER)
