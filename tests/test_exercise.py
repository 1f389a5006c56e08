"""Exercises: read, refused where something is amiss, woven into a page that needs no script, and judged."""

import pytest

from site_builder import checks, exercise, judging, lesson, lint
from site_builder.page import Inline, Page, PageError, parse, replace_exercises
from site_builder.weave import weave

HEAD = "---\njupyter: {kernelspec: {}}\n---\n"
INFO = 'exercise level="compute" title="Double it"'
TASK = "Double `{py} n`.\n"
STUB = "--- stub\ndef double(n):\n    return n\n"
CHECK = '--- check\nassert double(3) == 6, f"twice 3 is not {double(3)}, it is 3 + 3"\n'
SOLUTION = "--- solution\ndef double(n):\n    return 2 * n\n"
WHY = "--- why\nOnce more `{py} n`.\n"
WRONG = '--- wrong "is not 9"\ndef double(n):\n    return n * n\n'
WHOLE = TASK + STUB + CHECK + SOLUTION + WHY + WRONG


def page(source: str = WHOLE, info: str = INFO) -> Page:
    return parse(f"{HEAD}Text\n\n```{info}\n{source}```\nEnd", "docs/a.md")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_GUIDE_CACHE", str(tmp_path))


def test_an_exercise_is_read_with_its_lines():
    """Each program knows the line of the page on which it begins, so that faults can name it."""
    (found,) = page().exercises
    assert (found.title, found.level, found.task) == ("Double it", "compute", "Double `{py} n`.")
    assert [(part.line, part.text.splitlines()[0]) for part in (found.stub, found.check, found.solution)] == [
        (9, "def double(n):"),
        (12, 'assert double(3) == 6, f"twice 3 is not {double(3)}, it is 3 + 3"'),
        (14, "def double(n):"),
    ]
    assert [(part.message, part.text) for part in found.wrong] == [("is not 9", "def double(n):\n    return n * n\n")]


def test_values_are_computed_in_the_prose_alone():
    """The task and the explanation may hold values; a program that looks like one is left alone."""
    source = WHOLE.replace("return n\n", "return '`{py} nothing here`'\n")
    assert [(type(token), token.line) for token in page(source).tokens] == [(Inline, 7), (Inline, 17)]
    markup = weave(page(source), ["21", "42"], asset=None)
    assert "Double 21." in markup
    assert "Once more 42." in markup
    assert "`{py} nothing here`" in markup


def test_an_exercise_can_be_read_without_scripts():
    """Task, stub and, folded away, the solution with its reasons; the check and the wrong answers are not shown."""
    markup = weave(page(), ["21", "42"], asset=None)
    shown, _, folded = markup.partition("<details")
    assert "Exercise 1 · Compute" in shown
    assert "### Double it" in shown
    assert "return n\n" in shown
    assert "return 2 * n" not in shown
    assert "return 2 * n" in folded
    assert "twice 3" not in markup
    assert "n * n" not in markup
    assert markup.endswith("</div>\nEnd")


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("--- stub\nn = 1\n", 7, "no task"),
        (TASK, 7, "no part `--- stub`"),
        (TASK + STUB + CHECK + SOLUTION + WHY, 7, 'no part `--- wrong "part of the message meant for it"`'),
        (WHOLE.replace("--- solution", "--- sollution"), 13, "unknown part `--- sollution`; did you mean `solution`?"),
        (WHOLE.replace(' "is not 9"', ""), 18, 'every, `--- wrong "…"` names its message'),
        (WHOLE.replace("--- why", '--- why "so"'), 16, 'every, `--- wrong "…"` names its message'),
        (TASK + STUB + STUB + CHECK + SOLUTION + WHY + WRONG, 11, "`--- stub` is given twice"),
        (TASK + CHECK + STUB + SOLUTION + WHY + WRONG, 10, "`--- stub` must stand before `--- check`"),
        (WHOLE.replace("Once more `{py} n`.\n", ""), 16, "`--- why` is empty"),
        (WHOLE.replace("return 2 * n", "return 2 *"), 15, "`--- solution` is not Python: invalid syntax"),
        (WHOLE.replace(", f", "  # "), 12, "this assertion has no message"),
        (WHOLE.replace("assert double(3) == 6, f", "print("), 12, "`--- check` is not Python"),
        (WHOLE.replace(CHECK, "--- check\ndouble(3)\n"), 12, "`--- check` asserts nothing"),
    ],
)
def test_what_is_amiss_is_refused_with_its_line(source, line, words):
    """The build stops before anything runs, at the line of the page."""
    with pytest.raises(PageError) as caught:
        page(source)
    assert str(caught.value).startswith(f"docs/a.md:{line}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("info", "words"),
    [
        ("exercise", 'begins with ```exercise level="compute" title="…"'),
        ('exercise level="hard" title="Double it"', "`level` (='hard') must be one of compute, code, think"),
        ('exercise level="code"', 'title="…"'),
        ('exercise level="code" title=" "', 'title="…"'),
        ('exercise level="code" title="A" runs', "got 'exercise level"),
    ],
)
def test_a_head_that_is_not_understood_is_refused(info, words):
    """Level and title, and nothing else: whether it runs in the page is found out, not declared."""
    with pytest.raises(PageError) as caught:
        page(info=info)
    assert str(caught.value).startswith("docs/a.md:6: ")
    assert words in str(caught.value)


def test_an_indented_exercise_is_refused():
    """Inside an admonition its field would have no room."""
    with pytest.raises(PageError, match="must not be indented"):
        parse(f"{HEAD}!!! note\n\n    ```{INFO}\n    What?\n    ```\n", "a.md")


@pytest.mark.parametrize("fence", ["quiz", INFO])
def test_a_fence_that_never_ends_is_refused(fence):
    """It would be shown as prose."""
    with pytest.raises(PageError, match=rf"a\.md:5: this ```{fence.split()[0]} block is never closed"):
        parse(f"{HEAD}\n```{fence}\n{WHOLE}", "a.md")


def test_an_exercise_that_is_shown_as_code_stays_code():
    """Pages for authors show the fence."""
    text = f"{HEAD}````markdown\n```{INFO}\nnot an exercise\n```\n````\n"
    assert parse(text).exercises == ()
    assert weave(parse(text), [], asset=None) == text


def test_numbers_typed_in_an_exercise_are_found():
    """Task and explanation are prose; the programs are code."""
    source = WHOLE.replace("Once more", "Not 104 but").replace("Double `", "Double 27 times `")
    found = [(error.line, error.message.split()[2]) for error in checks.typed_numbers(page(source))]
    assert found == [(7, "27"), (17, "104")]


def test_blanked_prose_keeps_its_length():
    """What is found in it stands where it stood."""
    assert len(exercise.prose(WHOLE)) == len(WHOLE)
    assert exercise.prose(WHOLE).split() == ["Double", "`{py}", "n`.", "Once", "more", "`{py}", "n`."]


def test_exercises_are_replaced_in_their_order():
    """Whoever renders a page otherwise, as a notebook or as slides, gets each exercise and its number."""
    text = f"```{INFO}\n{WHOLE}```\nand\n```{INFO}\n{WHOLE}```\n"
    assert replace_exercises(text, lambda found, number: f"{number} {found.title}") == "1 Double it\nand\n2 Double it\n"


# whether an exercise runs in the page


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ("import math, statistics", True),
        ("from cnn_guide import conv_output_size, layers, summary", True),
        ("import torch", False),
        ("import numpy", False),
        ("from cnn_guide import models; models.create('cnn1')", False),  # which needs torch
        ("from cnn_guide import figures", False),
        ("import subprocess", False),  # a browser starts no processes
        ("__import__('tor' + 'ch')", False),  # imports are not searched for, but tried
    ],
)
def test_what_runs_in_the_page_is_found_out(imports, expected):
    """By running the solution where only Python's own modules and the pure core can be imported."""
    source = WHOLE.replace("--- solution\n", f"--- solution\n{imports}\n")
    assert judging.runs(page(source)) == [expected]


def test_what_runs_is_known_at_the_next_build(monkeypatch):
    """A warm build starts no interpreter."""
    assert judging.runs(page()) == [True]
    monkeypatch.setattr(judging, "attempts", None)
    assert judging.runs(page()) == [True]


def test_the_page_says_where_an_exercise_runs():
    """One that does not run in the page links to the notebook, which lies beside it."""
    assert 'data-runs="yes"' in weave(page(), ["1", "1"], asset=None)
    assert "a.ipynb" not in weave(page(), ["1", "1"], asset=None)
    away = weave(page(WHOLE.replace("--- solution\n", "--- solution\nimport torch\n")), ["1", "1"], asset=None)
    assert 'data-runs="no"' in away
    assert 'href="a.ipynb"' in away


def test_the_script_gets_stub_and_check():
    """By the exercise's number; solutions are in the page already."""
    (found,) = page().exercises
    assert exercise.data(page()) == {"1": {"runs": True, "stub": found.stub.text, "check": found.check.text}}


# verdicts


def faults(source: str) -> list[str]:
    return [f"{fault.line}: {fault.message.partition('” ')[2]}" for fault in judging.faults(page(source))]


def test_a_sound_exercise_has_no_faults():
    """The solution passes, stub and wrong answer get their messages."""
    assert faults(WHOLE) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("return 2 * n", "return 3 * n", "14: fails: AssertionError: twice 3 is not 9, it is 3 + 3"),
        ("return 2 * n", "return m", "14: fails: NameError: name 'm' is not defined"),
        ("    return n\n", "    return n + n\n", "9: passes the check"),
        (
            "def double(n):\n    return n\n",
            "n = 1\n",
            "9: ends with NameError: name 'double' is not defined; the check",
        ),
        ("return n * n", "return n + n", "19: passes the check"),
        ('"is not 9"', '"is not 8"', "19: should be told 'is not 8', but is told 'twice 3 is not 9, it is 3 + 3'"),
        (", it is 3 + 3", "", "9: is told only 'twice 3 is not 3'"),
    ],
)
def test_each_answer_is_judged(old, new, expected):
    """A fault names the line of the answer, and what came out instead."""
    assert any(fault.startswith(expected) for fault in faults(WHOLE.replace(old, new, 1)))


def test_answers_do_not_see_each_other():
    """Each runs in a fresh namespace: a stub without the function is not saved by the solution's."""
    source = WHOLE.replace("def double(n):\n    return n * n", "pass")
    assert faults(source) == [
        "19: ends with NameError: name 'double' is not defined; the check should catch it with a message"
    ]


def test_an_answer_without_an_end_is_a_fault(monkeypatch):
    """Neither the build nor a test waits for ever."""
    monkeypatch.setattr(judging, "SECONDS", 1)
    endless = page(WHOLE.replace("--- solution\n", "--- solution\nwhile True:\n    pass\n"))
    with pytest.raises(PageError, match=r"docs/a\.md:9: the answers .* did not end within 1 s"):
        judging.runs(endless)
    assert len(list(judging.faults(endless))) == 1


def test_the_exercise_of_a_new_lesson_is_sound():
    """Authors start from one that passes."""
    new = parse(lesson.TEMPLATE.format(title="New", up="../"), "docs/a.md")
    assert len(new.exercises) == 1
    assert list(judging.faults(new)) == []


# lint


def test_lint_reads_exercises_on_their_own_lines(capsys):
    """An undefined name in a wrong answer is found; names that the check takes from the stub are not."""
    fixed = WHOLE.replace("`{py} n`", "it")
    assert lint.main([page(fixed)]) == 0
    assert lint.main([page(fixed.replace("return n * n", "return m * n"))]) == 1
    assert "docs/a.md:20:12: F821 Undefined name `m`" in capsys.readouterr().out
