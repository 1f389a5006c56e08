"""A reader works on exercises: by mouse, by keyboard, by touch, elsewhere, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visit import ROOT, WINDOWS, axe

from site_builder import judging, notebook
from site_builder.exercise import Exercise

pytestmark = pytest.mark.browser
LESSON = "foundations/why_not_dense/"
WITH_TORCH = "training/first_network/"
LOOP = "def largest_side(budget, units, channels):\n    while True:\n        pass\n"
PATIENCE = 60_000  # milliseconds: a machine that does much at once takes its time to start Python

# what is far from the screen is not laid out, and so not watched
LAY_OUT = (
    "document.querySelectorAll('.md-content__inner > *').forEach(block => block.style.contentVisibility = 'visible')"
)
EXECUTE = """([code, check]) => cnnGuide.python.execute({page: "test", code, check, fresh: true})"""
LISTEN = """
window.results = [];
document.addEventListener("cnn-guide:result", ({detail}) => results.push([detail.kind, detail.id, detail.right]));
"""


def exercises(address: str) -> tuple[Exercise, ...]:
    """What the page's source says."""
    return notebook.read_page(ROOT / "docs" / f"{address.rstrip('/')}.md", ROOT).exercises


@pytest.fixture(scope="module")
def reader(browser: Browser, home: str) -> Iterator[Page]:
    """A page in which Python is loaded; the tests share it, since that takes seconds."""
    context = browser.new_context(viewport=WINDOWS["wide"], has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(LISTEN)
    page.goto(home + LESSON, wait_until="networkidle")
    page.locator("#exercise-1").scroll_into_view_if_needed()
    expect(page.locator("#exercise-1").get_by_role("textbox")).to_be_visible()
    assert page.evaluate(EXECUTE, ["n = 1", "assert n == 1"])["passed"]
    yield page
    context.close()


@pytest.fixture
def boxes(reader: Page) -> Iterator[list[Locator]]:
    """The page's exercises, as they are at the start."""
    reader.evaluate("results.length = 0")
    yield reader.locator(".exercise").all()
    reader.set_viewport_size(WINDOWS["wide"])
    for box in reader.locator(".exercise").all():
        box.get_by_role("button", name="Start again").click()


def field(box: Locator) -> Locator:
    return box.get_by_role("textbox")


def verdict(box: Locator) -> Locator:
    return box.get_by_role("status")


def check(box: Locator, answer: str) -> None:
    field(box).fill(answer)
    box.get_by_role("button", name="Check").click()


def test_a_mistake_gets_the_message_meant_for_it_and_the_solution_passes(reader: Page, boxes: list[Locator]) -> None:
    """Every wrong answer of the page is told what is wrong; the right one opens the solution; each result is told."""
    for box, exercise in zip(boxes, exercises(LESSON), strict=True):
        for wrong in exercise.wrong:
            check(box, wrong.text)
            expect(verdict(box)).to_contain_text(wrong.message)
            expect(verdict(box)).to_contain_text("Not yet.")
        expect(box.locator(".exercise__solution")).not_to_have_attribute("open", "")
        check(box, exercise.solution.text)
        expect(verdict(box)).to_contain_text("Right.")
        expect(box.locator(".exercise__solution")).to_have_attribute("open", "")
    told = [(f"exercise-{at}", len(exercise.wrong)) for at, exercise in enumerate(exercises(LESSON), 1)]
    expected = [["exercise", name, right] for name, wrong in told for right in [False] * wrong + [True]]
    assert reader.evaluate("results") == expected


def test_an_exercise_is_solved_by_keyboard_alone(reader: Page, boxes: list[Locator]) -> None:
    """Control and Enter check; Escape, then Tab, leads on to the buttons."""
    field(boxes[2]).focus()
    reader.keyboard.press("Control+A")
    reader.keyboard.type("weight, bias, x_for_relu = 8, 2, 0")
    reader.keyboard.press("Control+Enter")
    expect(verdict(boxes[2])).to_contain_text("ReLU leaves both as they are")
    reader.keyboard.press("End")
    reader.keyboard.press("Backspace")
    reader.keyboard.type("10")
    reader.keyboard.press("Escape")
    reader.keyboard.press("Tab")
    expect(boxes[2].get_by_role("button", name="Check")).to_be_focused()
    reader.keyboard.press("Enter")
    expect(verdict(boxes[2])).to_contain_text("Right.")


def test_a_finger_solves_an_exercise_on_a_telephone(reader: Page, boxes: list[Locator]) -> None:
    """Targets are large enough to be hit, and nothing scrolls sideways."""
    reader.set_viewport_size(WINDOWS["narrow"])
    field(boxes[2]).tap()
    field(boxes[2]).fill("weight, bias, x_for_relu = 8, 2, 10")
    boxes[2].get_by_role("button", name="Check").tap()
    expect(verdict(boxes[2])).to_contain_text("Right.")
    for button in boxes[2].get_by_role("button").all():
        size = button.bounding_box()
        assert size
        assert min(size["width"], size["height"]) >= 24
    assert reader.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_an_error_names_its_line_and_what_was_printed_is_shown(boxes: list[Locator]) -> None:
    """A program that breaks is not a wrong answer without a reason."""
    check(boxes[1], "def shuffled_weights(weights, order):\n    print('so far', weights)\n    return weights[99]\n")
    expect(verdict(boxes[1])).to_contain_text("Line 3: IndexError: list index out of range")
    expect(verdict(boxes[1])).to_contain_text("so far [1, -2, 3, 4]")
    check(boxes[1], "def shuffled_weights(weights, order):\n    return [\n")
    expect(verdict(boxes[1])).to_contain_text("Line 2: SyntaxError")


def test_an_endless_loop_is_stopped(reader: Page, boxes: list[Locator]) -> None:
    """The button becomes Stop and keeps the focus; nothing was judged, and the next answer is."""
    check(boxes[0], LOOP)
    stop = boxes[0].get_by_role("button", name="Stop")
    expect(stop).to_be_focused()
    expect(verdict(boxes[0])).to_contain_text("Checking")
    stop.click()
    expect(verdict(boxes[0])).to_contain_text("Stopped.")
    assert reader.evaluate("results") == []
    check(boxes[0], exercises(LESSON)[0].solution.text)
    expect(verdict(boxes[0])).to_contain_text("Right.", timeout=PATIENCE)


def test_an_answer_that_was_given_up_can_be_brought_back(boxes: list[Locator]) -> None:
    """Start again is no trap for those who hit it by accident."""
    start = exercises(LESSON)[0].stub.text.strip()
    field(boxes[0]).fill("mine")
    boxes[0].get_by_role("button", name="Start again").click()
    expect(field(boxes[0])).to_have_value(start)
    boxes[0].get_by_role("button", name="Bring my answer back").click()
    expect(field(boxes[0])).to_have_value("mine")
    expect(field(boxes[0])).to_be_focused()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_exercises_have_no_barriers(reader: Page, boxes: list[Locator], colours: str) -> None:
    """axe-core finds nothing where answers are right, wrong, broken, or taken back."""
    reader.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
    check(boxes[0], "print('a line that is printed') or 1 / 0")
    expect(verdict(boxes[0])).to_contain_text("ZeroDivisionError")
    check(boxes[2], exercises(LESSON)[2].wrong[0].text)
    expect(verdict(boxes[2])).to_contain_text("Not yet.")
    boxes[1].get_by_role("button", name="Start again").click()
    assert axe(reader) == []
    check(boxes[2], exercises(LESSON)[2].solution.text)
    expect(verdict(boxes[2])).to_contain_text("Right.")
    reader.set_viewport_size(WINDOWS["narrow"])
    reader.evaluate(LAY_OUT)
    reader.wait_for_timeout(300)  # until what scrolls now has been marked
    assert axe(reader) == []


def all_answers() -> Iterator[tuple[str, str, str, bool]]:
    """Title, answer, check, and whether it is right: of every exercise of the site that runs in the page."""
    docs = ROOT / "docs"
    for path in sorted([*docs.rglob("*.md"), *docs.rglob("*.ipynb")]):
        page = notebook.read_page(Path(path), ROOT)
        for exercise, runs in zip(page.exercises, judging.runs(page), strict=True):
            for part in exercise.answers if runs else ():
                yield exercise.title, part.text, exercise.check.text, part is exercise.solution


def test_every_exercise_that_is_said_to_run_in_the_page_does(reader: Page) -> None:
    """With the browser's Python, too, solutions pass, and stubs and wrong answers fail by their checks."""
    answers = list(all_answers())
    assert len({title for title, *_ in answers}) >= 8
    for title, code, assertions, right in answers:
        result = reader.evaluate(EXECUTE, [code, assertions])
        assert result["passed"] is right, (title, result)
        assert right or result["error"]["type"] == "AssertionError", (title, result)


def test_what_was_typed_outlives_a_change_of_page(page: Page, home: str) -> None:
    """An instant change of page and the way back leave the answer as it was; the exercises work there as well."""
    page.goto(home + LESSON, wait_until="networkidle")
    page.locator("#exercise-1").scroll_into_view_if_needed()
    field(page.locator("#exercise-1")).fill("half an answer")
    heading = page.locator("h1")
    title = heading.text_content() or ""
    page.locator(".md-footer__link--next").click()
    expect(heading).not_to_have_text(title)
    page.go_back()
    expect(heading).to_have_text(title)
    page.locator("#exercise-1").scroll_into_view_if_needed()
    expect(field(page.locator("#exercise-1"))).to_have_value("half an answer")
    assert page.locator(".exercise__tools").count() == page.locator(".exercise").count()


def test_without_a_connection_the_reader_is_told(page: Page, home: str) -> None:
    """Python cannot be loaded: nothing is judged, and the answer stays."""
    page.route("**/pyodide/**", lambda route: route.abort())
    page.goto(home + LESSON, wait_until="networkidle")
    box = page.locator("#exercise-1")
    box.scroll_into_view_if_needed()
    check(box, "mine")
    expect(verdict(box)).to_contain_text("Not checked.", timeout=PATIENCE)
    expect(verdict(box)).to_contain_text("Are you connected?")
    expect(field(box)).to_have_value("mine")


def test_without_the_editor_the_reader_is_told(page: Page, home: str) -> None:
    """A file of the page is missing: both buttons say so, and nothing breaks."""
    faults = list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.route("**/editor.js", lambda route: route.abort())
    page.goto(home + LESSON, wait_until="networkidle")
    box = page.locator("#exercise-1")
    for name in ("Check", "Start again"):
        box.get_by_role("button", name=name).click()
        expect(verdict(box)).to_contain_text("A file of this page did not load.")
    assert faults == []


def test_an_exercise_for_elsewhere_is_copied_with_its_check(browser: Browser, home: str) -> None:
    """What was copied is a program that judges itself; who has solved it says so."""
    context = browser.new_context(viewport=WINDOWS["wide"], permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.add_init_script(LISTEN)
    page.goto(home + WITH_TORCH, wait_until="networkidle")
    away = next(box for box in page.locator(".exercise[data-runs=no]").all())
    number = int((away.get_attribute("id") or "").removeprefix("exercise-"))
    exercise = exercises(WITH_TORCH)[number - 1]
    away.get_by_role("button", name="Copy with its check").click()
    expect(verdict(away)).to_contain_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    solved = copied.replace(exercise.stub.text, exercise.solution.text)
    error, none = judging.attempts([(copied, ""), (solved, "")])
    assert error
    assert error["type"] == "AssertionError"
    assert none is None
    address = away.get_by_role("link", name="this page’s notebook").get_attribute("href")
    assert address
    assert address.endswith("first_network.ipynb")
    away.get_by_role("button", name="I have solved it").click()
    expect(away.locator(".exercise__solution")).to_have_attribute("open", "")
    assert page.evaluate("results") == [["exercise", f"exercise-{number}", True]]
    assert axe(page) == []
    context.close()


def test_exercises_can_be_read_without_scripts(browser: Browser, home: str) -> None:
    """Task, stub and, folded away, the solution with its reasons are in the page itself."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(home + LESSON)
    box = page.locator("#exercise-1")
    expect(box.get_by_text("def largest_side").first).to_be_visible()
    expect(box.locator(".exercise__solution > p")).not_to_be_visible()
    box.locator("summary").click()
    expect(box.locator(".exercise__solution > p")).to_be_visible()
    expect(box.get_by_role("button")).to_have_count(0)
    context.close()
