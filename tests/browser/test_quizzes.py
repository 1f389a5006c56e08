"""A reader answers the quizzes of a lesson: by keyboard, by mouse, by touch, and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visit import WINDOWS, axe

pytestmark = pytest.mark.browser
LESSON = "foundations/padding_stride_and_size/"


@pytest.fixture
def lesson(page: Page, home: str) -> Page:
    page.goto(home + LESSON, wait_until="networkidle")
    return page


def quiz(page: Page, kind: str) -> Locator:
    return page.locator(f".quiz[data-kind={kind}]").first


def verdict(box: Locator) -> Locator:
    return box.locator(".quiz__verdict")


def keys(box: Locator) -> list[str]:
    found: list[str] = box.evaluate("element => JSON.parse(element.dataset.keys)")
    return found


def right(box: Locator) -> list[int]:
    found: list[int] = box.evaluate("element => JSON.parse(element.dataset.right)")
    return found


def test_a_number_is_typed_and_judged(lesson: Page) -> None:
    """A foreseen mistake gets its reason; the right number, however written, opens the answers."""
    box = quiz(lesson, "number")
    answer, wrong = keys(box)[:2]
    box.get_by_role("textbox").fill(wrong)
    lesson.keyboard.press("Enter")
    expect(verdict(box)).to_contain_text("Not yet.")
    expect(verdict(box)).to_contain_text("the size without padding")
    box.get_by_role("textbox").fill(f" {answer}.0 ")
    lesson.keyboard.press("Enter")
    expect(verdict(box)).to_contain_text("Right.")
    expect(box.locator("details")).to_have_attribute("open", "")


@pytest.mark.parametrize("given", ["many", "1.2.3", ""])
def test_what_is_no_number_is_said_to_be_none(lesson: Page, given: str) -> None:
    """A slip of the pen is not a wrong answer."""
    box = quiz(lesson, "number")
    box.get_by_role("textbox").fill(given)
    box.get_by_role("button", name="Check").click()
    expect(verdict(box)).to_contain_text("is not a number" if given else "Choose or type an answer first.")


@pytest.mark.parametrize("form", ["({})", "[{}]", "{}"])
@pytest.mark.parametrize("sign", [", ", "x", "×", " "])
def test_a_shape_may_be_written_in_many_ways(lesson: Page, form: str, sign: str) -> None:
    """Brackets and signs are a matter of taste."""
    box = quiz(lesson, "shape")
    sides = keys(box)[0].strip("()").split(", ")
    box.get_by_role("textbox").fill(form.format(sign.join(sides)))
    lesson.keyboard.press("Enter")
    expect(verdict(box)).to_contain_text("Right.")


def test_one_choice_by_keyboard_alone(lesson: Page) -> None:
    """Arrow keys choose, Enter checks, and each choice gets its own reason."""
    box = quiz(lesson, "single")
    choices = box.get_by_role("radio")
    choices.first.focus()
    lesson.keyboard.press("Space")
    lesson.keyboard.press("Enter")
    expect(verdict(box)).to_contain_text("Nothing is padded unless you ask for it.")
    for _ in range(right(box).index(1)):
        lesson.keyboard.press("ArrowDown")
    lesson.keyboard.press("Enter")
    expect(verdict(box)).to_contain_text("Right.")


def test_several_choices_are_counted(lesson: Page) -> None:
    """What is missing is counted, what is wrong explained, and all right ones together are right."""
    box = quiz(lesson, "several")
    boxes = box.get_by_role("checkbox").all()
    marks = right(box)
    boxes[marks.index(0)].check()
    boxes[marks.index(1)].check()
    box.get_by_role("button", name="Check").click()
    expect(verdict(box)).to_contain_text("1 of 2 found, and 1 that does not belong")
    expect(verdict(box)).to_contain_text("takes longer steps")
    for choice, mark in zip(boxes, marks, strict=True):
        choice.set_checked(bool(mark))
    box.get_by_role("button", name="Check").click()
    expect(verdict(box)).to_contain_text("Right.")


def test_items_are_put_in_order_by_keyboard(lesson: Page) -> None:
    """The buttons keep the focus while an item moves, and the new place is said."""
    box = quiz(lesson, "order")
    count = box.locator(".quiz__order li").count()
    for place in range(count):
        item = box.locator(f".quiz__order li[data-answer='{place}']")
        button = item.get_by_role("button", name="Move up")
        button.focus()
        while item.evaluate("item => [...item.parentNode.children].indexOf(item)") > place:
            lesson.keyboard.press("Enter")
            expect(button).to_be_focused()
            expect(verdict(box)).to_contain_text(f"of {count}")
    box.get_by_role("button", name="Check").click()
    expect(verdict(box)).to_contain_text("Right.")


def test_a_finger_answers_on_a_telephone(browser: Browser, home: str) -> None:
    """Every target can be tapped, and nothing needs a pointer."""
    context = browser.new_context(viewport=WINDOWS["narrow"], has_touch=True, is_mobile=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(home + LESSON, wait_until="networkidle")
    box = quiz(page, "single")
    box.locator("label").nth(right(box).index(1)).tap()
    box.get_by_role("button", name="Check").tap()
    expect(verdict(box)).to_contain_text("Right.")
    order = quiz(page, "order")
    first = order.locator(".quiz__order li").first.get_attribute("data-answer")
    order.get_by_role("button", name="Move down").first.tap()
    expect(order.locator(".quiz__order li").nth(1)).to_have_attribute("data-answer", str(first))
    context.close()


def test_answered_quizzes_have_no_barriers(lesson: Page) -> None:
    """axe-core finds nothing when verdicts are shown and answers are open."""
    for box in lesson.locator(".quiz").all():
        if box.get_by_role("textbox").count():
            box.get_by_role("textbox").fill(keys(box)[0])
        elif box.locator("label").count():
            box.locator("label").first.click()
        box.get_by_role("button", name="Check").click()
    assert axe(lesson) == []


def test_quizzes_work_after_an_instant_change_of_page(page: Page, home: str) -> None:
    """Material replaces the page without loading it anew."""
    page.goto(home, wait_until="networkidle")
    page.locator(f".md-content a[href$='{LESSON}']").first.click()
    expect(quiz(page, "number").get_by_role("textbox")).to_be_attached()
    assert page.locator(".quiz--live").count() == page.locator(".quiz").count()


def test_quizzes_can_be_read_without_scripts(browser: Browser, home: str) -> None:
    """Question, options and, folded away, the answers with their reasons are in the page itself."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(home + LESSON)
    box = quiz(page, "single")
    expect(box.locator("> ul > li").first).to_be_visible()
    expect(box.locator("details li").first).not_to_be_visible()
    box.locator("summary").click()
    expect(box.locator("details li").first).to_be_visible()
    context.close()
