"""The notebooks of pages: valid, without outputs, and run from the first cell to the last."""

import json
import os
import re
import subprocess
import sys

import nbclient
import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from site_builder import notebook, notebooks, wheel
from site_builder.cache import ROOT
from site_builder.page import Page, parse

SITE = "https://guide.example/"
PATHS = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.ipynb")])
PAGES = [page for page in (notebook.read_page(path, ROOT) for path in PATHS) if notebooks.names(page)]
HEAD = "---\njupyter: {kernelspec: {}}\n---\n"
EXERCISE = """\
```exercise level="compute" title="Double"
Double it.

--- stub
n = 1
--- check
assert n == 4, "twice two"
--- solution
n = 4
--- why
Two and two.
--- wrong "twice"
n = 3
```
"""


def values(page: Page) -> list[str]:
    """Something in place of each value; the answers of a quiz must differ."""
    return [str(number) for number, token in enumerate(page.tokens, 1)]


def cells(text: str, solved: bool = False, path: str = "docs/a/b.md") -> list[dict]:
    """The cells of a page's notebook, but for the first two, which are the same on each."""
    page = parse(HEAD + text, path)
    return nbformat.reads(notebooks.build(page, values(page), SITE, solved), 4)["cells"][2:]


def sources(found: list[dict]) -> list[tuple[str, str]]:
    return [(cell["cell_type"], cell["source"]) for cell in found]


def test_text_and_cells_follow_each_other():
    """Values stand in the text; each cell keeps its number."""
    found = cells("# Title\n\nText `{py} 1`.\n\n```python\nn = 2\n```\n\nMore.\n")
    assert sources(found) == [("markdown", "Text 1."), ("code", "n = 2"), ("markdown", "More.")]
    assert [cell["id"] for cell in found] == ["part-3", "cell-1", "part-5"]


def test_what_is_folded_or_fails_on_the_page_is_so_in_the_notebook():
    """Hidden code is folded away; an error that is meant does not stop whoever runs all cells."""
    found = cells('```python hide alt="A"\nn = 2\n```\n\n```python raises="KeyError"\n{}[0]\n```\n')
    assert [cell["metadata"] for cell in found] == [
        {"tags": ["hide-input"], "jupyter": {"source_hidden": True}},
        {"tags": ["raises-exception"]},
    ]


def test_a_test_is_left_out_unless_a_cell_needs_it():
    """Its assertions are the site's; what it defines may be used."""
    text = "```python test\nassert 1\n```\n\n```python test\nm = 3\n```\n\n```python test\nimport re\n```\n\n```python\nm, re\n```\n"
    assert [source for _, source in sources(cells(text))] == ["m = 3", "import re", "m, re"]


def test_a_skipped_cell_is_text():
    """It does not run on the page either."""
    assert sources(cells("```python\n1\n```\n\n```python skip\nx\n```\n"))[-1] == ("markdown", "```python\nx\n```")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('!!! note "Title"\n\n    Text.\n\n    More.\n\nAfter.', "> **Title**\n>\n> Text.\n>\n> More.\n\nAfter."),
        ('??? question "Why?"\n    So.\n', "<details>\n<summary>Why?</summary>\n\nSo.\n\n</details>"),
        ("[x](c.md#d) [y](../e/f.md) [z](#g)", f"[x]({SITE}a/c/#d) [y]({SITE}e/f/) [z]({SITE}a/b/#g)"),
        ("[h](../index.md) [i](https://x.org/a.md)", f"[h]({SITE}) [i](https://x.org/a.md)"),
        ("[x](c.md){ .md-button }", f"[x]({SITE}a/c/)"),
        ("Term\n:   What it is.", "**Term**: What it is."),
        ("a <!-- not said --> b", "a  b"),
        ("```text\n[x](c.md)\n```", "```text\n[x](c.md)\n```"),
    ],
)
def test_text_is_markdown_that_jupyter_shows(text, shown):
    """Material's blocks become plain ones, links whole addresses; code is left alone."""
    assert sources(cells(f"{text}\n\n```python\n1\n```\n"))[0] == ("markdown", shown)


def test_a_quiz_is_shown_with_its_answers_folded():
    """The question, its options, and below them each answer with its reason."""
    text = "```quiz\nWhich?\n( ) a\n    No.\n(x) b\n    Yes.\n```\n\n```python\n1\n```\n"
    assert sources(cells(text))[0][1].splitlines() == [
        *("**Quiz.** Which?", "", "- a", "- b", "", "<details>", "<summary>Answer</summary>", ""),
        *("- **a** – not right. No.", "- **b** – right. Yes.", "", "</details>"),
    ]


def test_exercises_are_to_be_solved_and_come_last():
    """Their names would hide those of the page's later cells."""
    text = f"## Exercises\n\n{EXERCISE}\n## More\n\n```python\nn\n```\n"
    found = sources(cells(text))
    assert [source.splitlines()[0] for _, source in found] == [
        *("## More", "n", "## Exercises", "# Your answer. Then run the next cell, which checks it.", "assert n == 4, \"twice two\""),
    ]  # fmt: skip
    assert "Two and two" not in str(found)


def test_solutions_are_in_the_other_notebook():
    """With the sentence that explains them, and the check that they pass."""
    found = sources(cells(f"{EXERCISE}\n```python\n1\n```\n", solved=True))
    assert [source for kind, source in found if kind == "code"][:2] == [
        "n = 4",
        'assert n == 4, "twice two"\nprint("Right.")',
    ]
    assert ("markdown", "Two and two.") in found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_every_notebook_is_valid(page):
    """By Jupyter's own schema; nothing of the site's own notation is left in its text."""
    for name in notebooks.names(page):
        made = nbformat.reads(notebooks.build(page, values(page), SITE, "_solutions" in name), 4)
        nbformat.validate(made)
        text = "\n".join(cell["source"] for cell in made["cells"] if cell["cell_type"] == "markdown")
        text = re.sub(r"^(`{3,}).*?^\1$|`[^`\n]+`", "", text, flags=re.M | re.S)
        assert not re.search(r"^(!!!|\?\?\?|:   )|\{py\}|\]\((?!https?:)|\x00|<!--|^```(quiz|exercise)", text, re.M)


def test_a_lesson_runs_as_a_notebook_in_jupyter():
    """In a kernel, with its exercises unsolved and solved; the errors that occur are those that are meant."""
    page = next(page for page in PAGES if page.path.endswith("convolution_by_hand.md"))
    for solved in (False, True):
        made = nbformat.reads(notebooks.build(page, values(page), SITE, solved), 4)
        nbclient.NotebookClient(made, timeout=120, shutdown_kernel="immediate").execute()
        outputs = {cell["id"]: cell["outputs"] for cell in made["cells"] if cell["cell_type"] == "code"}
        assert "4." in outputs["cell-12"][0]["data"]["text/plain"]
        raised = [output["ename"] for own in outputs.values() for output in own if output["output_type"] == "error"]
        assert raised == ["RuntimeError"] * 2 + ["AssertionError"] * (0 if solved else len(page.exercises))
        assert str(outputs).count("Right.") == (len(page.exercises) if solved else 0)


def test_the_first_cell_installs_the_package(tmp_path):
    """In a Python that has nothing, from the wheel of this very site; torch, which Colab has, is left out here."""
    code = notebooks.build(PAGES[0], values(PAGES[0]), SITE)
    cell = "".join(json.loads(code)["cells"][1]["source"])
    address = SITE + wheel.address()
    assert address in cell
    cell = cell.replace("[train]", "").replace(address, wheel.build().as_uri())
    magic = "import subprocess, sys\nclass Shell:\n    def run_line_magic(self, name, line):\n        import shlex\n"
    magic += (
        "        subprocess.run([sys.executable, '-m', name, *shlex.split(line)], check=True)\nget_ipython = Shell\n"
    )
    end = "from cnn_guide import conv_output_size\nprint(conv_output_size(6, 3))\n"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "fresh"], check=True)
    python = tmp_path / "fresh" / ("Scripts" if os.name == "nt" else "bin") / "python"
    program = magic + TransformerManager().transform_cell(cell) + end
    place = {"cwd": tmp_path, "env": os.environ | {"PIP_NO_INDEX": "1"}}
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False, **place)
    assert (done.returncode, done.stdout) == (0, "4\n"), done.stderr
