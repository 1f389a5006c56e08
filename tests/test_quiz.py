"""Quizzes: read, refused where they cannot be answered, and woven into a page that needs no script."""

import json
import re
from html import unescape

import pytest

from site_builder import checks
from site_builder.page import Inline, PageError, parse
from site_builder.quiz import QuizError, render
from site_builder.quiz import parse as parse_quiz
from site_builder.weave import weave

HEAD = "---\njupyter: {kernelspec: {}}\n---\n"
SINGLE = "Which has weights?\n\n( ) ReLU\n    It compares.\n(x) Conv2d\n    Its\n    kernels.\n"
SEVERAL = "Which pool?\n[x] MaxPool2d\n  The largest.\n[ ] Linear\n  It mixes.\n[x] AvgPool2d\n  The mean.\n"
NUMBER = "How many?\n= 26\n  28 - 3 + 1.\n≠ 25\n  You forgot the start.\n"
SHAPE = "What shape?\n= (16, 26, 26)\n  Channels first.\n"
ORDER = "In what order?\n1. Convolution\n  It finds.\n2. ReLU\n  It cuts.\n3. Pooling\n  It shrinks.\n"


def attribute(markup: str, name: str) -> str:
    match = re.search(rf"data-{name}='([^']*)'", markup)
    assert match
    return unescape(match[1])


@pytest.mark.parametrize(
    ("source", "kind", "right"),
    [
        (SINGLE, "single", [0, 1]),
        (SEVERAL, "several", [1, 0, 1]),
        (NUMBER, "number", [1, 0]),
        (NUMBER.replace("26", "196,672"), "number", [1, 0]),
        (SHAPE, "shape", [1]),
        (ORDER, "order", [1, 1, 1]),
    ],
)
def test_each_kind_says_what_is_right(source, kind, right):
    """The markup tells the script the kind, and which answers are right."""
    markup = render(source, 3)
    assert 'id="quiz-3"' in markup
    assert attribute(markup, "kind") == kind
    assert json.loads(attribute(markup, "right")) == right


def test_reasons_of_several_lines_are_joined():
    """A reason may be wrapped in the source."""
    assert [answer.reason for answer in parse_quiz(SINGLE).answers] == ["It compares.", "Its kernels."]


def test_keys_are_handed_on_as_they_are_written():
    """Foreseen wrong answers are compared by the script, like the right one."""
    assert json.loads(attribute(render(NUMBER, 1), "keys")) == ["26", "25"]


def test_an_order_is_shown_shuffled_and_answered_in_order():
    """The reader never finds the items in their right order, and always in the same one."""
    markup = render(ORDER, 1)
    order = json.loads(attribute(markup, "order"))
    assert sorted(order) == [0, 1, 2] != order
    names = ["Convolution", "ReLU", "Pooling"]
    assert re.findall(r"^- (\w+)$", markup, re.M) == [names[at] for at in order]
    assert re.findall(r"^\d\. \*\*(\w+)\*\*", markup, re.M) == names
    assert render(ORDER, 1) == markup


@pytest.mark.parametrize("count", range(2, 9))
def test_no_order_is_given_away(count):
    """Whatever the items, the shown order is not the answer."""
    source = "Sort.\n" + "".join(f"{at + 1}. item {at}\n  Because.\n" for at in range(count))
    assert json.loads(attribute(render(source, 1), "order")) != list(range(count))


def test_every_reason_can_be_read_without_scripts():
    """The folded block holds each answer, its verdict and its reason."""
    markup = render(SEVERAL, 1).partition("<summary>")[2]
    assert "**MaxPool2d** – right. The largest." in markup
    assert "**Linear** – not right. It mixes." in markup


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("( ) a\n  b\n", 0, "needs a question"),
        ("What?\n", 0, "answers that begin with"),
        ("What?\n(x) a\n(x) b\n  c\n", 1, "'a' has no reason"),
        ("What?\n(x) a\n  b\n[ ] c\n  d\n", 1, "one kind, not several and single"),
        ("What?\n(x) a\n  b\n(x) c\n  d\n", 1, "one right answer, not 2"),
        ("What?\n( ) a\n  b\n( ) c\n  d\n", 1, "one right answer, not 0"),
        ("What?\n[ ] a\n  b\n[ ] c\n  d\n", 1, "none of the answers is right"),
        ("What?\n[x] a\n  b\n", 1, "nothing to choose"),
        ("What?\n(x) a\n  b\n( ) a\n  d\n", 1, "two answers are the same"),
        ("What?\n(x) a\n  b\nstray\n( ) c\n  d\n", 3, "'stray' is neither an answer nor"),
        ("What?\n= many\n  b\n", 1, "'many' is neither a number nor a shape"),
    ],
)
def test_what_cannot_be_answered_is_refused(source, line, words):
    """The message says what is wrong, and the line within the fence is known."""
    with pytest.raises(QuizError, match=words) as caught:
        render(source, 1)
    assert caught.value.line == line


def test_a_typed_key_is_refused_with_its_line():
    """Keys of numbers and shapes are computed: the page stops where one is typed."""
    with pytest.raises(PageError, match=r"a\.md:7: the key '26' is typed; compute it: = `\{py\} …`"):
        parse(f"{HEAD}\n```quiz\nHow many?\n= 26\n    Because.\n```\n", "a.md")


def test_an_indented_quiz_is_refused():
    """Inside an admonition it could not be read without scripts."""
    with pytest.raises(PageError, match="must not be indented"):
        parse(f"{HEAD}!!! note\n\n    ```quiz\n    What?\n    ```\n", "a.md")


def test_values_in_a_quiz_are_computed():
    """Expressions are found with their lines, and their values stand in the markup."""
    page = parse(f"{HEAD}```quiz\nOf `{{py}} n`?\n= `{{py}} n - 2`\n    The span.\n```\nEnd", "a.md")
    assert [(type(token), token.line) for token in page.tokens] == [(Inline, 5), (Inline, 6)]
    markup = weave(page, ["28", "26"], asset=None)
    assert "Of 28?" in markup
    assert json.loads(attribute(markup, "keys")) == ["26"]
    assert markup.endswith("</div>\nEnd")


def test_a_key_that_is_no_number_names_the_page():
    """The value is known only when the page has run."""
    page = parse(f"{HEAD}```quiz\nOf?\n= `{{py}} n`\n    The span.\n```\n", "docs/a.md")
    with pytest.raises(PageError, match=r"docs/a\.md:1: quiz 1 of the page: the key 'three'"):
        weave(page, ["three"], asset=None)


def test_a_quiz_that_is_shown_as_code_stays_code():
    """Pages for authors show the fence."""
    text = f"{HEAD}````markdown\n```quiz\nnot a quiz\n```\n````\n"
    assert weave(parse(text), [], asset=None) == text


def test_numbers_typed_in_a_quiz_are_found():
    """A quiz is prose: its numbers are computed too, and code after it is still code."""
    text = (
        f"{HEAD}```quiz\nWhat?\n(x) It has 104 weights.\n    Yes.\n( ) `n = 7`\n    No.\n```\n\n```python\nn = 8\n```\n"
    )
    assert [(error.line, "104" in error.message) for error in checks.typed_numbers(parse(text, "a.md"))] == [(6, True)]
