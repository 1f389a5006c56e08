"""Numbers typed in prose are found; what is code, an address, a name or a citation is left alone."""

import pytest

from site_builder.checks import line_of, typed_numbers
from site_builder.page import parse

HEAD = "---\njupyter:\n  kernelspec: {name: python3}\n---\n"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("It has 104,938 parameters.", "104,938"),
        ("About 97 % are right.", "97"),
        ("It is 3.3 times as large.", "3.3"),
        ("A 28×28 image.", "28"),
        ("The sum is −5.", "−5"),
        ("$6 \\times 6$ pixels", "6"),
        ("| a | 784 |", "784"),
        ("# Five and 5", "5"),
    ],
)
def test_a_typed_number_is_found(text, number):
    found = list(typed_numbers(parse(HEAD + "\n" + text, "docs/a.md")))
    assert found[0].line == 6
    assert f"the number {number} is typed" in found[0].message


@pytest.mark.parametrize(
    "text",
    [
        "One, two and 3.",
        "A 3×3 kernel on `6` pixels: `{py} 6 - 3 + 1`.",
        "```python\nx = 104938\n```",
        "[page](a_5.md#part-7) and https://example.org/2603.07285",
        "Hubel and Wiesel (1959), in the 1980s.",
        "LeNet-5, ResNet-50 and float32.",
        "12. the twelfth point",
        "<!-- 55 -->",
        '<div class="x5" width="77">',
        "![a](b.svg){ width=640 }",
        "## Sources\n\n- Journal 148, pages 574–591.",
    ],
)
def test_what_is_no_typed_number_is_left_alone(text):
    assert list(typed_numbers(parse(HEAD + text + "\n"))) == []


def test_sources_end_at_the_next_heading():
    text = HEAD + "## Sources\n\nPages 574.\n\n## More\n\nThere are 55.\n"
    assert [error.line for error in typed_numbers(parse(text))] == [11]


def test_a_formula_is_found_by_its_words():
    assert line_of("a\n\n$$\n\\frac{n}{2}\n  + 1\n$$", "\\frac{n}{2} + 1", normalise=True) == 4
