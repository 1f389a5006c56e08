"""Pages are parsed into cells and inline values, and every misspelling is refused by its line."""

import pytest

from site_builder.page import Cell, Inline, PageError, parse

HEAD = "---\njupyter:\n  kernelspec: {name: python3}\n---\n"


def test_a_cell_keeps_its_source_line_and_flags():
    page = parse(HEAD + 'Text\n\n```python hide alt="a line" title="plot.py"\nx = 1\n```\n')
    (cell,) = page.cells
    assert (cell.source, cell.line, cell.number) == ("x = 1\n", 8, 1)
    assert cell.flags == {"hide"}
    assert cell.alt == ("a line",)
    assert cell.fence_options == 'title="plot.py"'


def test_several_figures_have_several_alts():
    assert parse(HEAD + '```python alt="one | two"\n```\n').cells[0].alt == ("one", "two")


def test_a_cell_inside_an_admonition_loses_its_indent():
    page = parse(HEAD + "!!! note\n\n    ```python\n    if True:\n        x = 1\n    ```\n")
    assert page.cells[0].source == "if True:\n    x = 1\n"
    assert page.cells[0].indent == "    "


@pytest.mark.parametrize(
    ("text", "expression", "spec"),
    [
        ("`{py} n`", "n", ""),
        ("`{py} n:,`", "n", ","),
        ("`{py} a[1:2]`", "a[1:2]", ""),
        ("`{py} acc if acc else 0:.1%`", "acc if acc else 0", ".1%"),
        ('`{py} d["a:b"]:>8,`', 'd["a:b"]', ">8,"),
        ('`{py} f"${n}$"`', 'f"${n}$"', ""),
    ],
)
def test_an_inline_value_is_an_expression_and_a_format(text, expression, spec):
    (token,) = parse(HEAD + text).tokens
    assert isinstance(token, Inline)
    assert (token.expression, token.format) == (expression, spec)


@pytest.mark.parametrize(
    "text",
    [
        "<!-- ```python\nx\n``` -->",  # a comment
        "````markdown\n```python\nx\n```\n````",  # an example of a fence
        "`` `{py} n` ``",  # an example of an inline value
        "```bash\nls\n```",
        "plain `code` only",
    ],
)
def test_what_only_looks_like_a_cell_is_not_one(text):
    assert parse(text).tokens == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("```python hidden\n```", 5, "unknown flag `hidden` after ```python; did you mean `hide`?"),
        ('```python color="red"\n```', 5, "unknown flag `color`"),
        ("```python raises\n```", 5, "`raises` after ```python needs a value"),
        ('```python hide="yes"\n```', 5, "`hide` after ```python takes no value"),
        ("```python {1,2}\n```", 5, "cannot read '{,}'"),
        ("```py\nx\n```", 5, "would be shown but never run; write ```python"),
        ("```{.python}\nx\n```", 5, "would be shown but never run"),
        ("\n```python\nx = 1\n", 6, "never closed"),
        ("a\n\nb `{py} 1 +`", 7, "`{py} 1 +` is not an expression"),
    ],
)
def test_a_mistake_in_a_fence_is_refused_with_its_line(text, line, words):
    with pytest.raises(PageError) as caught:
        parse(HEAD + text + "\n", "docs/a.md")
    assert str(caught.value).startswith(f"docs/a.md:{line}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("---\na: [\n---\n", 2, "not YAML"),
        ("---\n- a\n---\n", 1, "must be `key: value` lines"),
        ("---\nseconds: soon\n---\n", 1, "`seconds` (='soon') must be a whole number"),
        ("---\nseconds: 0\n---\n", 1, "`seconds` (=0)"),
        ("```python\nx\n```\n", 1, "no `jupyter: kernelspec:`"),
    ],
)
def test_a_mistake_in_the_front_matter_is_refused(text, line, words):
    with pytest.raises(PageError) as caught:
        parse(text, "docs/a.md")
    assert caught.value.line == line
    assert words in caught.value.message


def test_the_look_of_a_cell_is_not_part_of_its_identity():
    plain, hidden = (parse(HEAD + f"```python {flags}\nx = 1\n```\n").tokens[0] for flags in ("", 'hide title="a"'))
    assert isinstance(plain, Cell)
    assert plain.identity == hidden.identity
