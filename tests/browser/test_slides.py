"""A teacher shows a lesson's slides: by keyboard, mouse and finger, with the presenter's window, on paper, from a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from visit import WATCH_POLICY, WINDOWS, axe

from site_builder.preview import addresses, site_folder

pytestmark = pytest.mark.browser
LESSON = "foundations/padding_stride_and_size/"
DECK = LESSON + "slides/"
STAGE = {"width": 1280, "height": 760}  # a slide in its own size, with the bar below it

# each slide in turn: what reaches beyond it, what scrolls, and how many words it shows beside code and tables
MEASURE = """
() => Reveal.getSlides().map((slide) => {
  const { h, v } = Reveal.getIndices(slide);
  Reveal.slide(h, v);
  const box = slide.getBoundingClientRect();
  const seen = [...slide.querySelectorAll(':not(.said, .said *, .katex *)')].filter((element) => element.checkVisibility());
  const beyond = seen.filter((element) => {
    const { right, bottom } = element.getBoundingClientRect();
    return right > box.right + 1 || bottom > box.bottom + 1;
  });
  const scrolling = seen.filter((element) => element.matches('code, .output, .katex-display, table')
    && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1));
  const prose = slide.cloneNode(true);
  prose.querySelectorAll('.said, pre, table, .katex-html, annotation').forEach((element) => element.remove());
  const type = Math.min(...seen.filter((element) => element.matches('code, p, li, td'))
    .map((element) => parseFloat(getComputedStyle(element).fontSize)));
  return { id: slide.id, faults: [...beyond, ...scrolling].map((element) => element.outerHTML.slice(0, 90)),
           words: prose.textContent.trim().split(/\\s+/).length, type, scale: Reveal.getScale() };
})
"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`deck` is every deck of the built site."""
    if "deck" in metafunc.fixturenames:
        metafunc.parametrize("deck", [page for page in addresses(site_folder()) if page.endswith("/slides/")])


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A lecture hall, in which nothing may go wrong."""
    context = browser.new_context(viewport=STAGE, reduced_motion="reduce")
    context.add_init_script(WATCH_POLICY)
    faults = list[str]()
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield context
    context.close()
    # from a folder, type cannot be loaded ahead: the style sheet brings it a little later
    assert [fault for fault in faults if "figtree-latin" not in fault and "ERR_FAILED" not in fault] == []


@pytest.fixture
def slides(page: Page, home: str) -> Page:
    show(page, home + DECK)
    return page


def show(page: Page, address: str) -> None:
    """Open a deck, and wait until it listens."""
    page.goto(address, wait_until="networkidle")
    expect(page.locator(".bar__place")).to_contain_text("1 /")


def place(page: Page) -> str:
    return page.locator(".bar__place").inner_text()


def go_to(page: Page, kind: str) -> None:
    """Show the first slide of a kind."""
    page.evaluate(
        "kind => { const { h, v } = Reveal.getIndices(document.querySelector(`section.slide--${kind}`)); Reveal.slide(h, v); }",
        kind,
    )


def presenter(page: Page) -> Page:
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Presenter view").click()
    opened.value.wait_for_selector(".presenter__slide > .slide")
    return opened.value


def test_every_slide_fits(page: Page, home: str, deck: str) -> None:
    """At 1280 × 720 nothing reaches beyond a slide or scrolls, no type is tiny, and long prose is in the notes."""
    show(page, home + deck)
    found = page.evaluate(MEASURE)
    assert {slide["scale"] for slide in found} == {1}
    assert {slide["id"]: slide["faults"] for slide in found if slide["faults"]} == {}
    assert min(slide["type"] for slide in found if slide["type"]) >= 14
    assert {slide["id"]: slide["words"] for slide in found if slide["words"] > 110} == {}
    assert page.locator(".said").count() > 10
    assert page.evaluate("refused") == []


def test_keys_go_through_all_slides(slides: Page) -> None:
    """Right goes on, from section to section, left goes back, and each slide has an address."""
    total = slides.locator("section.slide").count()
    for number in range(1, 5):
        expect(slides.locator(".bar__place")).to_have_text(f"{number} / {total}")
        slides.keyboard.press("ArrowRight")
    slides.keyboard.press("ArrowLeft")
    expect(slides).to_have_url(re.compile("#/padding-adds-a-frame$"))
    slides.reload()
    expect(slides.locator(".bar__place")).to_have_text(f"4 / {total}")


def test_an_answer_waits_for_its_step(slides: Page) -> None:
    """The options first; on the next key, the right one is marked in words."""
    go_to(slides, "quiz:has(> ul)")
    mark = slides.locator("section.present > section.present .mark").first
    expect(mark).to_be_hidden()
    before = place(slides)
    slides.keyboard.press("Space")
    expect(mark).to_be_visible()
    expect(mark).to_have_text("✓ right")
    assert place(slides) == before


def test_the_mouse_and_the_bar(slides: Page) -> None:
    """Back is off on the first slide; space on a button presses it, and does not go on as well."""
    expect(slides.get_by_role("button", name="Back")).to_be_disabled()
    slides.get_by_role("button", name="On", exact=True).click()
    assert place(slides).startswith("2 /")
    slides.get_by_role("button", name="Colours").focus()
    slides.keyboard.press("Space")
    expect(slides.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    assert place(slides).startswith("2 /")
    slides.reload()
    expect(slides.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


def test_the_overview_shows_sections(slides: Page) -> None:
    """Choose a slide there, and come back to it."""
    slides.keyboard.press("o")
    expect(slides.locator(".reveal.overview")).to_be_visible()
    slides.keyboard.press("ArrowRight")
    slides.keyboard.press("Enter")
    expect(slides.locator(".reveal.overview")).to_have_count(0)
    assert place(slides).startswith("2 /")


def test_fingers(browser: Browser, home: str) -> None:
    """On a telephone held sideways, a swipe and a tap go on."""
    context = browser.new_context(viewport={"width": 740, "height": 360}, has_touch=True, is_mobile=True)
    page = context.new_page()
    show(page, home + DECK)
    page.get_by_role("button", name="On", exact=True).tap()
    expect(page.locator(".bar__place")).to_contain_text("2 /")
    device = context.new_cdp_session(page)
    for event, x in (("touchStart", 500), ("touchMove", 400), ("touchMove", 300), ("touchEnd", None)):
        points = [] if x is None else [{"x": x, "y": 150}]
        device.send("Input.dispatchTouchEvent", {"type": event, "touchPoints": points})
    expect(page.locator(".bar__place")).to_contain_text("3 /")
    context.close()


def test_no_barriers_on_any_kind_of_slide(page: Page, home: str, scheme: str) -> None:
    """axe-core finds nothing, with an answer shown, and in the presenter's window."""
    page.emulate_media(color_scheme=scheme)
    show(page, home + DECK)
    for kind in ("question", "widget", "quiz:has(> ul)"):
        go_to(page, kind)
        page.keyboard.press("ArrowRight" if kind.startswith("quiz") else "Shift")
        assert axe(page) == [], kind
    assert axe(presenter(page)) == []


def test_the_presenter_sees_more(slides: Page) -> None:
    """This slide, the next one and what to say; each window moves the other, and slides loaded anew find theirs."""
    slides.keyboard.press("ArrowRight")
    expect(slides.locator(".bar__place")).to_contain_text("2 /")
    window = presenter(slides)
    title = slides.locator("section.present > section.present > h2").inner_text()
    expect(window.locator(".presenter__now .slide h2")).to_have_text(title)
    window.keyboard.press("ArrowRight")
    expect(slides.locator(".bar__place")).to_contain_text("3 /")
    expect(window.get_by_role("status")).to_contain_text("Slide 3 of")
    expect(window.get_by_role("region", name="Notes")).to_contain_text("Each layer takes off the kernel's side")
    slides.keyboard.press("ArrowRight")
    expect(window.get_by_role("status")).to_contain_text("Slide 4 of")
    expect(slides).to_have_url(re.compile("#/padding-adds-a-frame$"))
    slides.reload()
    window.get_by_role("button", name="Back").click()
    expect(slides.locator(".bar__place")).to_contain_text("3 /")
    assert window.evaluate("refused") == []


def test_the_presenter_s_notes_scroll_and_grow(slides: Page) -> None:
    """Arrow keys within the notes move the notes alone; a button makes them larger."""
    window = presenter(slides)
    notes = window.get_by_role("region", name="Notes")
    notes.focus()
    window.keyboard.press("ArrowDown")
    window.keyboard.press("PageDown")
    before = notes.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    window.get_by_role("button", name="Larger notes").click()
    assert notes.evaluate("element => parseFloat(getComputedStyle(element).fontSize)") > before
    expect(window.get_by_role("status")).to_contain_text("Slide 1 of")


def test_from_a_folder(page: Page) -> None:
    """Over file:// the windows may not touch each other; messages still move the slides."""
    show(page, f"{site_folder().resolve().as_uri()}/{DECK}index.html")
    window = presenter(page)
    window.keyboard.press("ArrowRight")
    expect(page.locator(".bar__place")).to_contain_text("2 /")
    expect(window.get_by_role("status")).to_contain_text("Slide 2 of")
    page.get_by_role("link", name="Lesson", exact=True).click()
    expect(page).to_have_url(re.compile(LESSON + "index.html$"))


def test_on_paper(slides: Page) -> None:
    """One slide a sheet, without the bar, the notes and the answers, in light colours whatever the theme."""
    total = slides.locator("section.slide").count()
    slides.get_by_role("button", name="Colours").click()
    paper = slides.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type /Page\b(?!s)", paper)) == total
    assert set(re.findall(rb"/MediaBox \[[^\]]*\]", paper)) == {b"/MediaBox [0 0 960 540]"}  # points
    slides.emulate_media(media="print")
    for hidden in (".bar", ".said", ".mark", "img[src$='#only-dark']", ".reveal > .backgrounds"):
        assert not any(element.is_visible() for element in slides.locator(hidden).all()), hidden
    assert all(slide.is_visible() for slide in slides.locator("section.slide").all())


def test_on_an_upright_telephone_it_is_a_page(browser: Browser, home: str) -> None:
    """Slides scaled to its width could not be read; the same slides flow from top to bottom, with folded notes."""
    context = browser.new_context(viewport=WINDOWS["narrow"], has_touch=True, is_mobile=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{home}{DECK}#/in-short", wait_until="networkidle")
    expect(page.locator("#in-short h2")).to_be_in_viewport()
    assert page.locator("section.slide").count() == page.locator("section.slide:visible").count()
    assert page.locator(".mark:visible").count() == 0
    page.locator("#in-short").evaluate("slide => slide.scrollIntoView()")
    page.locator(".said summary").first.tap()
    expect(page.locator(".said p").first).to_be_visible()
    assert axe(page) == []
    context.close()


def test_a_lesson_names_its_slides(page: Page, home: str) -> None:
    """They are one click away."""
    page.goto(home + LESSON, wait_until="networkidle")
    page.get_by_role("link", name="Slides", exact=True).click()
    expect(page.locator(".bar__place")).to_contain_text("1 /")
