"""Results are woven into plain Markdown."""

import pytest

from site_builder.page import parse
from site_builder.weave import one_line, weave

HEAD = "---\njupyter:\n  kernelspec: {name: python3}\n---\n"


def woven(text: str, *results, assets: dict[str, bytes] | None = None) -> str:
    stored = {} if assets is None else assets

    def asset(content: bytes, ending: str) -> str:
        name = f"figures/{len(stored)}.{ending}"
        stored[name] = content
        return name

    return weave(parse(HEAD + text), results, asset).removeprefix(HEAD)


def output(text: str) -> dict[str, str]:
    return {"kind": "text", "data": text}


def test_an_output_follows_its_cell():
    assert woven("```python\nx\n```\n\nProse.", [output("1\n")]) == (
        "``` { .python .cell #cell-1 }\nx\n```\n\n``` { .text .output .no-copy }\n1\n```\n\nProse."
    )


@pytest.mark.parametrize(("flags", "expected"), [("hide", "``` { .text .output .no-copy }\n1\n```"), ("test", "")])
def test_flags_choose_what_is_shown(flags, expected):
    assert woven(f"```python {flags}\nx\n```", [output("1\n")]) == expected


def test_a_live_cell_stands_in_a_block_with_its_results():
    code, result = woven("```python\nx\n```", [output("1\n")]).split("\n\n")
    bar = '<div class="live__bar"></div>'
    assert woven("```python live\nx\n```", [output("1\n")]) == (
        f'<div class="live" data-cell="1" markdown="1">\n\n{code}\n\n{bar}\n\n{result}\n\n</div>'
    )


def test_what_a_cell_publishes_is_loaded_before_its_widget():
    stored = {}
    fence = '```python hide widget="output-size" publishes="a.bin" alt="x"\nplot()\n```'
    file = {"kind": "file", "name": "a.bin", "data": "AAEC"}
    text = woven(fence, [file], assets=stored)
    assert "&quot;../figures/0.js&quot;, &quot;sizes.js" in text
    assert b'(cnnGuide.files??={})["a.bin"]="AAEC"' in stored.values()


def test_the_fence_s_title_and_highlighted_lines_are_handed_on():
    assert woven('```python title="a.py" hl_lines="2" hide alt="x"\nx\n```', []) == ""
    assert woven('```python title="a.py" hl_lines="2"\nx\n```', []).startswith(
        '``` { .python .cell #cell-1 title="a.py" hl_lines="2" }\n'
    )


def test_outputs_keep_the_indent_of_an_admonition():
    text = woven("!!! note\n\n    ```python\n    x\n    ```\n", [output("1\n\n2\n")])
    assert text == (
        "!!! note\n\n    ``` { .python .cell #cell-1 }\n    x\n    ```\n\n    ``` { .text .output .no-copy }\n    1\n\n    2\n    ```\n"
    )


def test_a_fence_is_longer_than_the_backticks_inside():
    assert "```` { .python" in woven("````python\ns = '```'\n````", [])


def test_an_error_has_a_class_of_its_own():
    assert "{ .text .output .error .no-copy }\nValueError: no\n" in woven(
        '```python raises="ValueError"\nf()\n```', [{"kind": "error", "data": "ValueError: no\n"}]
    )


def test_a_figure_becomes_a_light_and_a_dark_image_with_its_alt_text():
    stored: dict[str, bytes] = {}
    figure = {"kind": "svg", "light": "<svg/>", "dark": "<svg >", "width": 30, "height": 20}
    text = woven('```python hide alt="a [b] & c"\nplot()\n```', [figure], assets=stored)
    alt = "a &#91;b&#93; &amp; c"
    assert text == (
        f"![{alt}](figures/0.svg#only-light){{ .output loading=lazy width=30 height=20 }}\n"
        f"![{alt}](figures/1.svg#only-dark){{ .output loading=lazy width=30 height=20 }}"
    )
    assert stored == {"figures/0.svg": b"<svg/>", "figures/1.svg": b"<svg >"}


def test_html_is_put_on_one_line_but_preformatted_text_keeps_its_lines():
    assert one_line("<table>\n  <tr>\n</table>\n<pre>a\nb</pre>") == "<table> <tr> </table> <pre>a&#10;b</pre>"


def test_inline_values_replace_their_expressions():
    assert woven("It has `{py} n:,` parameters.", "1,234") == "It has 1,234 parameters."


def test_a_page_takes_each_style_sheet_of_its_outputs_once():
    """Ten tables of one kind bring ten copies of their style sheet, and the page keeps the first."""
    table = {"kind": "html", "data": "<style>b{color:red}</style><b>1</b>"}
    other = {"kind": "html", "data": "<style>i{color:red}</style><i>1</i>"}
    text = woven("```python\n1\n```\n\n```python\n2\n```\n", [table, other], [table])
    assert (text.count("b{color:red}"), text.count("i{color:red}"), text.count("<b>1</b>")) == (1, 1, 2)


def test_outputs_have_one_tab_stop():
    """What brings its own is not put into another."""
    for data in ("<b>1</b>", '<div tabindex="0"><b>1</b></div>'):
        assert woven("```python\n1\n```\n", [{"kind": "html", "data": data}]).count("tabindex") == 1


def test_empty_headings_become_plain_cells():
    """pandas leaves the heading in the corner of a table empty."""
    table = {"kind": "html", "data": "<tr><th></th><th>name</th></tr>"}
    assert "<tr><td></td><th>name</th></tr>" in woven("```python\n1\n```\n", [table])
