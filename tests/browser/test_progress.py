"""A reader's progress: kept in the browser alone, shown where it helps, saved, loaded and erased."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from visit import WINDOWS, axe

from site_builder.preview import site_folder

pytestmark = pytest.mark.browser
LESSON = "foundations/why_not_dense/"
OTHER = "foundations/convolution_by_hand/"
KEY = "cnn-guide.progress"
STORED = f"JSON.parse(localStorage.getItem('{KEY}'))?.pages ?? {{}}"
FILE = {
    "format": "cnn-guide-progress",
    "version": 1,
    "pages": {OTHER: {"finished": "2026-11-01", "results": {}}},
}
BLOCKED = "for (const name of ['getItem', 'setItem', 'removeItem']) Storage.prototype[name] = () => { throw new DOMException('no', 'SecurityError'); }; 0"
WATCH_SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => { shift += entry.hadRecentInput ? 0 : entry.value; }))
  .observe({type: 'layout-shift', buffered: true});
"""


@pytest.fixture
def telephone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport=WINDOWS["narrow"], has_touch=True, is_mobile=True, color_scheme="dark", reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(page: Page, home: str) -> Callable[..., Page]:
    """Open an address of the site, in the test's page or in another."""

    def goto(address: str, where: Page = page) -> Page:
        where.goto(home + address)
        return where

    return goto


def stored(page: Page) -> dict[str, Any]:
    pages: dict[str, Any] = page.evaluate(STORED)
    return pages


def end(page: Page) -> Locator:
    return page.locator(".lesson-end")


def quiz(page: Page) -> Locator:
    return page.locator(".quiz[data-kind=number]").first


def mark(box: Locator) -> Locator:
    return box.locator("> .progress-mark")


def answer(page: Page, right: bool = True) -> None:
    """Answer the page's first quiz that asks for a number."""
    key = quiz(page).evaluate("element => JSON.parse(element.dataset.keys)[0]")
    quiz(page).get_by_role("textbox").fill(key if right else "123456")
    page.keyboard.press("Enter")
    expect(quiz(page).get_by_role("status")).to_contain_text("Right." if right else "Not yet.")


def finish(page: Page) -> None:
    end(page).get_by_role("button", name="Mark as finished").click()
    expect(end(page)).to_contain_text("✓ Finished on")


def in_map(page: Page, address: str) -> Locator:
    return page.locator(f".lesson-map li:has(a[href$='{address}']) .lesson-map__progress")


def in_navigation(page: Page, address: str) -> Locator:
    return page.locator(f".md-nav--primary a[href$='{address}'] .progress-word")


def chosen(page: Page, name: str, content: bytes) -> None:
    """Load a file on the page of one's progress."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Load from a file").click()
    chooser.value.set_files({"name": name, "mimeType": "application/json", "buffer": content})


def test_a_lesson_is_finished_by_keyboard(opened: Callable[..., Page]) -> None:
    """The button marks the lesson everywhere, keeps the focus, is there after a reload, and takes it back."""
    page = opened(LESSON)
    button = end(page).get_by_role("button")
    button.focus()
    page.keyboard.press("Enter")
    expect(end(page)).to_contain_text("✓ Finished on")
    expect(button).to_be_focused()
    assert stored(page)[LESSON]["finished"]
    opened(OTHER)
    expect(in_navigation(page, LESSON.split("/")[1] + "/")).to_have_text("finished")
    expect(end(page)).not_to_contain_text("Finished on")
    opened("")
    expect(in_map(page, LESSON)).to_have_text("✓ finished")
    expect(in_map(page, OTHER)).to_have_count(0)
    opened(LESSON)
    expect(button).to_have_text("Not finished after all")
    button.click()
    expect(end(page)).to_contain_text("Have you read to here")
    assert stored(page) == {}


def test_a_finger_finishes_a_lesson(telephone: Page, home: str) -> None:
    """On a telephone, in the dark theme; nothing sticks out of the screen."""
    telephone.goto(home + LESSON)
    end(telephone).get_by_role("button").tap()
    end(telephone).get_by_role("link", name="Your progress").tap()
    expect(telephone.locator(".progress-desk")).to_contain_text("1 of")
    telephone.get_by_role("button", name="Erase").tap()
    expect(telephone.locator("dialog")).to_be_visible()
    assert telephone.evaluate("document.documentElement.scrollWidth") == WINDOWS["narrow"]["width"]
    assert axe(telephone) == []
    telephone.locator("dialog").get_by_role("button", name="Erase").tap()
    expect(telephone.locator(".progress-desk__status")).to_have_text("Erased: nothing is kept any more.")
    assert stored(telephone) == {}


def test_answers_are_there_after_a_reload(opened: Callable[..., Page]) -> None:
    """A wrong try is called one, a right answer stays right whatever is tried later, and the counts follow."""
    page = opened(LESSON)
    expect(page.locator(".progress-mark")).to_have_count(0)
    answer(page, right=False)
    expect(mark(quiz(page))).to_have_text("tried, not right yet")
    opened(LESSON)
    expect(mark(quiz(page))).to_have_text("tried, not right yet")
    answer(page)
    answer(page, right=False)
    opened(LESSON)
    expect(mark(quiz(page))).to_contain_text("✓ answered correctly, ")
    count = page.locator(".quiz").count()
    expect(end(page)).to_contain_text(f"Answered correctly: 1 of {count} questions")
    opened("")
    expect(in_map(page, LESSON)).to_contain_text(f"1 of {count} questions")


@pytest.mark.parametrize("given", ["many", ""])
def test_a_slip_of_the_pen_is_not_kept(opened: Callable[..., Page], given: str) -> None:
    """What is no number, or nothing at all, is no answer."""
    page = opened(LESSON)
    quiz(page).get_by_role("textbox").fill(given)
    page.keyboard.press("Enter")
    expect(quiz(page).get_by_role("status")).not_to_be_empty()
    assert stored(page) == {}


def test_exercises_are_kept_like_quizzes(opened: Callable[..., Page]) -> None:
    """Whoever judges an answer tells it by an event, and the mark stands on the exercise."""
    page = opened(LESSON)
    box = page.locator(".exercise").first
    tell = "right => document.dispatchEvent(new CustomEvent('cnn-guide:result', {detail: {kind: 'exercise', id: 'exercise-1', right}}))"
    page.evaluate(tell, False)
    expect(mark(box)).to_have_text("tried, not right yet")
    page.evaluate(tell, True)
    opened(LESSON)
    expect(mark(box)).to_contain_text("✓ solved, ")
    expect(end(page)).to_contain_text(f"1 of {page.locator('.exercise').count()} exercises")


def test_a_changed_question_is_a_new_one(opened: Callable[..., Page]) -> None:
    """An answer to what the page no longer asks is not shown, nor kept."""
    page = opened(LESSON)
    answer(page)
    page.evaluate(f"""() => {{
      const kept = JSON.parse(localStorage.getItem('{KEY}'));
      Object.values(kept.pages['{LESSON}'].results).forEach((result) => {{ result.question = 'old'; }});
      localStorage.setItem('{KEY}', JSON.stringify(kept));
    }}""")
    opened(LESSON)
    expect(page.locator(".progress-mark")).to_have_count(0)
    assert stored(page) == {}


def test_two_tabs_know_of_each_other(context: BrowserContext, opened: Callable[..., Page]) -> None:
    """What is done in one is shown in the other without a reload, and neither undoes the other's."""
    one, two = opened(LESSON), opened(LESSON, context.new_page())
    finish(one)
    expect(end(two)).to_contain_text("✓ Finished on")
    answer(two)
    expect(mark(quiz(one))).to_contain_text("✓ answered correctly")
    desk = opened("progress/", context.new_page())
    end(one).get_by_role("button").click()
    expect(desk.locator(".progress-desk dd").first).to_contain_text("0 of")
    assert stored(two)[LESSON]["finished"] is None
    assert len(stored(two)[LESSON]["results"]) == 1


def test_it_lives_through_an_instant_change_of_page(opened: Callable[..., Page]) -> None:
    """Each page shows its own state; a button that was left and met again works once."""
    page = opened(LESSON)
    finish(page)
    link = page.locator(f".md-nav--primary a[href$='{OTHER.split('/')[1]}/']").first
    link.click()
    expect(end(page)).to_contain_text("Have you read to here")
    page.go_back()
    expect(end(page)).to_contain_text("✓ Finished on")
    end(page).get_by_role("button").click()
    expect(end(page)).to_contain_text("Have you read to here")


def test_saved_erased_and_loaded(opened: Callable[..., Page], tmp_path: Path) -> None:
    """The file holds everything; Escape keeps all; after erasing, the file brings it back, and what was added stays."""
    page = opened(LESSON)
    finish(page)
    answer(page)
    before = stored(page)
    opened("progress/")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save to a file").click()
    assert download.value.suggested_filename.startswith("cnn-guide-progress-")
    file = tmp_path / "progress.json"
    download.value.save_as(file)
    assert json.loads(file.read_text("utf-8")) == FILE | {"pages": before}
    erase = page.get_by_role("button", name="Erase").first
    erase.click()
    expect(page.locator("dialog")).to_contain_text("1 finished lesson and 1 right answer?")
    page.keyboard.press("Escape")
    expect(erase).to_be_focused()
    assert stored(page) == before
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # from Keep, which has the focus, to Erase
    page.keyboard.press("Enter")
    expect(page.locator(".progress-desk__status")).to_have_text("Erased: nothing is kept any more.")
    expect(page.get_by_role("button", name="Load from a file")).to_be_focused()
    expect(page.locator(".lesson-map__progress, .progress-word")).to_have_count(0)
    expect(erase).to_be_disabled()
    opened(OTHER)
    finish(page)
    opened("progress/")
    chosen(page, "progress.json", file.read_bytes())
    expect(page.locator(".progress-desk__status")).to_contain_text(
        "Loaded progress.json, with 1 finished lesson and 1 right answer"
    )
    expect(page.locator(".progress-desk dd").first).to_contain_text("2 of")
    expect(in_map(page, LESSON)).to_contain_text("✓ finished · 1 of")
    assert stored(page)[LESSON] == before[LESSON]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x89PNG\r\n", "it is not a JSON file"),
        (b" " * 2_000_001, "it is far larger than a progress file"),
        (b'{"nbformat": 4}', "it is not a progress file"),
        (json.dumps(FILE | {"version": 2}).encode(), "it was saved by a newer site"),
        (json.dumps(FILE | {"pages": {OTHER: {"finished": 1}}}).encode(), ".finished is 1, and should be a day"),
        (b'{"format": "cnn-guide-progress", "version": 1, "pages": {"<img src=x>": {}}}', "a name in pages is"),
    ],
    ids=["picture", "large", "notebook", "newer", "damaged", "markup"],
)
def test_a_wrong_file_changes_nothing(opened: Callable[..., Page], content: bytes, reason: str) -> None:
    """The reader is told which file, and why; what was there stays, and a right file can follow."""
    page = opened(LESSON)
    finish(page)
    before = stored(page)
    opened("progress/")
    chosen(page, "wrong.json", content)
    expect(page.locator(".progress-desk__status")).to_contain_text("wrong.json was not loaded: ")
    expect(page.locator(".progress-desk__status")).to_contain_text(reason)
    assert stored(page) == before
    assert page.locator("img[src=x]").count() == 0
    assert axe(page) == []
    chosen(page, "wrong.json", json.dumps(FILE).encode())
    expect(page.locator(".progress-desk__status")).to_contain_text("Loaded wrong.json, with 1 finished lesson")


def test_a_browser_that_keeps_nothing(page: Page, opened: Callable[..., Page]) -> None:
    """Everything works until the reader leaves, and the reader is told."""
    opened("")
    page.evaluate(BLOCKED)
    page.locator(f"article a[href$='{LESSON}']").first.click()
    expect(page.locator("article h1")).to_contain_text("dense")
    finish(page)
    expect(end(page).get_by_role("status")).to_contain_text("it is forgotten when you leave")
    end(page).get_by_role("link", name="Your progress").click()
    expect(page.locator(".progress-desk__status")).to_contain_text("does not let the site keep anything")
    expect(in_map(page, LESSON)).to_have_text("✓ finished")


def test_a_browser_that_forbids_storage(page: Page, opened: Callable[..., Page]) -> None:
    """Where the mere word is an error, Material stumbles; lessons can be finished all the same."""
    forbid = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    page.add_init_script(forbid)
    opened(LESSON)
    finish(page)
    expect(end(page).get_by_role("status")).to_contain_text("it is forgotten when you leave")
    answer(page)
    expect(mark(quiz(page))).to_contain_text("✓ answered correctly")


@pytest.mark.parametrize("text", ["{", '{"format": "cnn-guide-progress", "version": 9, "pages": {}}'])
def test_what_cannot_be_read_is_put_aside(opened: Callable[..., Page], text: str) -> None:
    """A damaged record, or a newer site's, does no harm and is not thrown away."""
    page = opened(LESSON)
    page.evaluate(f"text => localStorage.setItem('{KEY}', text)", text)
    opened(LESSON)
    finish(page)
    assert list(stored(page)) == [LESSON]
    assert page.evaluate(f"localStorage.getItem('{KEY}.unread')") == text


def test_nothing_moves_when_it_is_shown(page: Page, opened: Callable[..., Page]) -> None:
    """Marks stand where room was kept for them, and have no barriers, on a desk and on a telephone."""
    opened(LESSON)
    finish(page)
    answer(page)
    page.add_init_script(WATCH_SHIFTS)
    for window, colours in (("wide", "light"), ("narrow", "dark")):
        page.set_viewport_size(WINDOWS[window])
        page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
        for address in ("", LESSON, "progress/"):
            opened(address)
            page.wait_for_load_state("networkidle")
            assert page.evaluate("shift") < 0.05, address
            if address:  # the home page's map stands on the page of one's progress, too
                assert axe(page) == []


def test_the_map_knows_how_much_there_is(page: Page, home: str, opened: Callable[..., Page]) -> None:
    """The number of questions and exercises in the map is that on the lesson's page, and each lesson has an end."""
    opened("")
    count = "text => { const page = new DOMParser().parseFromString(text, 'text/html');"
    count += "return ['.quiz', '.exercise', '.lesson-end'].map(name => page.querySelectorAll(name).length); }"
    items = page.locator(".lesson-map li").all()
    assert items
    for item in items:
        text = page.request.get(item.locator("a").first.evaluate("link => link.href")).text()
        said = item.evaluate("item => [Number(item.dataset.quizzes), Number(item.dataset.exercises), 1]")
        assert said == page.evaluate(count, text), item.inner_text()


def test_without_scripts_nothing_is_offered(browser: Browser, home: str) -> None:
    """A button that does nothing would only mislead."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(home + LESSON)
    expect(end(page)).to_be_hidden()
    page.goto(home + "progress/")
    expect(page.locator(".progress-desk")).to_contain_text("runs no scripts")
    context.close()


def test_it_works_from_a_folder(page: Page) -> None:
    """Over file://, too, a lesson is finished and the page of one's progress knows it."""
    folder = site_folder().resolve().as_uri()
    page.goto(f"{folder}/{LESSON}index.html")
    finish(page)
    end(page).get_by_role("link", name="Your progress").click()
    expect(in_map(page, LESSON + "index.html")).to_have_text("✓ finished")
    expect(page.locator(".progress-desk dd").first).to_contain_text("1 of")


def test_nothing_is_sent(page: Page, home: str, opened: Callable[..., Page]) -> None:
    """Files of this site are asked for, as ever; no request carries anything along."""
    asked: list[tuple[str, str, str | None]] = []
    page.on("request", lambda request: asked.append((request.method, request.url, request.post_data)))
    opened(LESSON)
    answer(page)
    finish(page)
    opened("progress/")
    page.wait_for_load_state("networkidle")
    strange = [one for one in asked if one[0] != "GET" or "?" in one[1] or one[2] or not one[1].startswith(home)]
    assert strange == []
