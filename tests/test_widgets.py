"""Widgets: a name and options on a cell's fence become a box around the cell's still picture."""

import json
import re
from html import unescape

import pytest

from site_builder.page import PageError, parse
from site_builder.weave import weave
from site_builder.widgets import FOLDER, WidgetError, box, files, names
from site_builder.widgets import parse as parse_option

HEAD = "---\njupyter: {kernelspec: {}}\n---\n"
FIGURE = {"kind": "png", "light": "aGVsbG8="}


def page(words: str):
    return parse(f"{HEAD}```python hide {words}\ndraw()\n```\n", "a.md")


def test_the_box_says_what_to_load():
    """Name, options and files, in their order, are in the box; the still picture is inside."""
    markup = weave(page('widget="output-size kernel=8" alt="Squares"'), [[FIGURE]], lambda content, ending: "f.png")
    data = {key: unescape(value) for key, value in re.findall(r"data-(\w+)='([^']*)'", markup)}
    assert data["widget"] == "output-size"
    assert json.loads(data["options"]) == {"kernel": "8"}
    assert json.loads(data["files"]) == ["sizes.js", "output-size.css", "output-size.js"]
    assert re.search(r'<div class="widget"[^>]*>\n\n!\[Squares\]\(f\.png\)', markup)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ('widget="output-sise" alt="x"', "there is no widget `output-sise`; did you mean `output-size`?"),
        ('widget="xyz" alt="x"', "there is no widget `xyz`; there are "),
        ('widget="output-size kernel" alt="x"', "`kernel` of the widget `output-size` must be `option=value`"),
        ('widget="output-size"', "draws its still picture: give it an alt="),
    ],
)
def test_what_cannot_be_shown_is_refused(words, message):
    """The page stops at the line of the fence."""
    with pytest.raises(PageError, match=re.escape(message)) as caught:
        page(words)
    assert caught.value.line == 4


def test_an_indented_widget_is_refused():
    """An admonition is no place for it."""
    with pytest.raises(PageError, match="must not be indented"):
        parse(f'{HEAD}!!! note\n\n    ```python widget="output-size" alt="x"\n    draw()\n    ```\n')


def test_options_are_escaped():
    """Whatever an author writes stays an attribute."""
    assert "<b>" not in box("output-size kernel='<b>'", "", 1)


@pytest.mark.parametrize("name", names())
def test_every_widget_is_whole(name):
    """The files that it needs exist, and it defines the element of its name."""
    assert files(f"{name}.js")[-1] == f"{name}.js"
    assert f'customElements.define("{name}"' in (FOLDER / f"{name}.js").read_text(encoding="utf-8")


def test_needs_are_followed(tmp_path):
    """A needed file may need others; each is loaded once, before those that need it."""
    (tmp_path / "a-b.js").write_text("/* needs: c.js d.js */")
    (tmp_path / "c.js").write_text("/* needs: d.js */")
    (tmp_path / "d.js").write_text("")
    assert files("a-b.js", tmp_path) == ["d.js", "c.js", "a-b.js"]
    (tmp_path / "d.js").unlink()
    with pytest.raises(WidgetError, match=r"docs/widgets/d\.js does not exist"):
        files("a-b.js", tmp_path)


def test_options_may_hold_equals_signs():
    """Only the first one parts name and value."""
    assert parse_option("output-size kind=a=b") == ("output-size", {"kind": "a=b"})
