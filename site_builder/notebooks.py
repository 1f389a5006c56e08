"""The notebooks of a page, to download and to open in Colab: its text with the values in place, and its cells to run.

There are two of a page with exercises: in one they are to be solved, in the other they are. They stand at the end,
since a notebook has one namespace, and an exercise may use a name of the page for something else. Cells that only test
the page are left out, and so are outputs: whoever runs the notebook makes their own.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from site_builder import exercise, quiz, wheel
from site_builder.dependencies import Needs, find
from site_builder.exercise import Exercise
from site_builder.page import FRONT_MATTER, Cell, Page, replace_exercises, replace_quizzes
from site_builder.snippets import is_shown

BRANCH = "notebooks"  # of the repository: Colab opens its files
_SLOT = re.compile(r"^\x00(\d+)\x00$", re.M)  # stands in the text for a cell
_FENCE = re.compile(r"(^(?P<ticks>`{3,}|~{3,}).*?^(?P=ticks)[ ]*$)", re.M | re.S)
_BLOCK = re.compile(r'^(?P<mark>!!!|\?\?\?\+?) \w+(?: "(?P<title>.*)")?\n(?P<body>(?:    .*\n?|\n)*)', re.M)
_EXERCISES = re.compile(r"^## Exercises\n.*?(?=^## |\Z)", re.M | re.S)
_LINK = re.compile(r"\]\((?!\w+:)([^)\s]+)\)")
_PACKAGES = {"to_dataframe": "pandas", "to_onnx": "onnx onnxscript onnxruntime", "onnxruntime": "onnxruntime"}
INSTALL = """\
try:
    import cnn_guide
except ImportError:  # as in Colab
    %pip install --quiet {requirements}
"""


def names(page: Page) -> list[str]:
    r"""Return the files beside the page: `x.ipynb` and, where there are exercises, `x_solutions.ipynb`.

    >>> from site_builder.page import parse
    >>> names(parse("---\njupyter: {kernelspec: {}}\n---\n```python\n1\n```\n", "docs/a/b.md"))
    ['b.ipynb']
    """
    stem = PurePosixPath(page.path).stem
    if stem == "index" or not any(is_shown(cell) and "skip" not in cell.flags for cell in page.cells):
        return []
    return [f"{stem}.ipynb", f"{stem}_solutions.ipynb"] if page.exercises else [f"{stem}.ipynb"]


def build(page: Page, results: Sequence[Any], site: str, solved: bool = False) -> str:
    """Return a notebook of the page, as the text of its file.

    Args:
        page: the page.
        results: of its tokens; only those of inline values are used.
        site: the address of the site.
        solved: whether the exercises are solved.
    """
    own = posixpath.join(site, _address(page.path.removeprefix("docs/")))
    made = _Notebook(own, site, solved)
    text = FRONT_MATTER.sub("", _with_slots(page, results, made), count=1)
    text = replace_exercises(replace_quizzes(text, lambda source, _: _quiz(source)), made.exercise)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S).replace('<hr class="notebook-cell">', "")
    sections = [match[0] for match in _EXERCISES.finditer(text)]
    title, rest = _parted("\n\n".join([_EXERCISES.sub("", text), *sections]), own)
    first = [
        _text(f"{title}\n\n{_intro(page, own, solved)}"),
        _code(INSTALL.format(requirements=_requirements(page, site))),
    ]
    cells = [{"id": f"part-{place}"} | cell for place, cell in enumerate([*first, *made.parts(rest)], 1)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}, "colab": {"toc_visible": True}}
    notebook = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def colab(repository: str, address: str) -> str:
    """Return the address at which Colab opens a notebook of the site.

    >>> colab("https://github.com/cnn-guide/cnn-guide", "foundations/x/x.ipynb")
    'https://colab.research.google.com/github/cnn-guide/cnn-guide/blob/notebooks/foundations/x/x.ipynb'
    """
    slug = repository.rstrip("/").removeprefix("https://github.com/")
    return f"https://colab.research.google.com/github/{slug}/blob/{BRANCH}/{address}"


def _with_slots(page: Page, results: Sequence[Any], made: _Notebook) -> str:
    """Return the page's text with values in place, and slots for its cells."""
    needs = find(page)
    kept = {number for cell in page.cells if "test" not in cell.flags for number in _all(needs[cell.number])}
    parts, at = list[str](), 0
    for token, result in zip(page.tokens, results, strict=True):
        parts.append(page.text[at : token.span[0]])
        if not isinstance(token, Cell):
            parts.append(result)
        elif "test" not in token.flags or token.number in kept:
            parts.append(made.cell(token))
        at = token.span[1]
    return "".join(parts) + page.text[at:]


def _all(needs: Needs) -> list[int]:
    return needs.cells + needs.origins


@dataclass
class _Notebook:
    """What becomes of a page's elements; `cells` are those that stand in slots."""

    page: str  # its address
    site: str
    solved: bool
    cells: list[dict[str, Any]] = field(default_factory=list)

    def slot(self, cell: dict[str, Any]) -> str:
        """Keep the cell, and return what stands in the text for it."""
        self.cells.append(cell)
        return f"\n\x00{len(self.cells) - 1}\x00\n"

    def cell(self, cell: Cell) -> str:
        """A cell of the page; its code is folded where the page hides it, and is text where it does not run."""
        if "skip" in cell.flags:
            return f"```python\n{cell.source.rstrip()}\n```"
        made = _code(cell.source, hidden=not is_shown(cell), raises=bool(cell.raises)) | {"id": f"cell-{cell.number}"}
        link = f"> [Play with it on the page]({self.page}#widget-{cell.number}). The picture below stands still.\n"
        return (link if cell.widget else "") + self.slot(made)

    def exercise(self, found: Exercise, number: int) -> str:
        """The task, a cell to work in, and one that checks."""
        check = f'{found.check.text.rstrip()}\nprint("Right.")\n'
        title = f"### Exercise {number}: {found.title}\n\n*{exercise.LEVELS[found.level]}*\n\n{found.task}\n"
        if not self.solved:
            stub = "# Your answer. Then run the next cell, which checks it.\n" + found.stub.text
            return title + self.slot(_code(stub, raises=True)) + self.slot(_code(check, raises=True))
        return title + self.slot(_code(found.solution.text)) + found.why + "\n" + self.slot(_code(check))

    def parts(self, text: str) -> Iterator[dict[str, Any]]:
        """Yield the cells: text, and what stands in its slots."""
        for place, part in enumerate(_SLOT.split(text)):
            if place % 2:
                yield self.cells[int(part)]
            elif part.strip():
                yield _text(self.markdown(part))

    def markdown(self, text: str) -> str:
        """Return Markdown that Jupyter shows as well: plain blocks, and whole addresses."""
        parts = _FENCE.split(text)[::3], [match[0] for match in _FENCE.finditer(text)]
        plain = [_LINK.sub(self._whole, _without_attributes(_BLOCK.sub(_block, part))) for part in parts[0]]
        return "".join(part for pair in zip(plain, [*parts[1], ""], strict=True) for part in pair).strip()

    def _whole(self, match: re.Match[str]) -> str:
        target, mark, anchor = match[1].partition("#")
        if not target:
            return f"]({self.page}{mark}{anchor})"
        folder = self.page.removeprefix(self.site).rstrip("/")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(folder), target))
        return f"]({posixpath.join(self.site, _address(path))}{mark}{anchor})"


def _address(path: str) -> str:
    """Where a file below docs/ is published.

    >>> _address("foundations/x.md"), _address("index.md"), _address("assets/x.svg")
    ('foundations/x/', '', 'assets/x.svg')
    """
    stem, ending = posixpath.splitext(path)
    if ending not in (".md", ".ipynb"):
        return path
    return stem.removesuffix("index") if stem.split("/")[-1] == "index" else f"{stem}/"


def _without_attributes(text: str) -> str:
    text = re.sub(r"\{ ?[.#:][^}\n]*\}", "", text)
    return re.sub(r"^(\S.*)\n:   ", r"**\1**: ", text, flags=re.M)  # a list of terms


def _block(match: re.Match[str]) -> str:
    """An admonition as a quotation, one that folds as `details`."""
    body = re.sub(r"^    ", "", match["body"], flags=re.M).strip()
    title = match["title"] or ""
    if match["mark"] == "!!!":
        rows = f"**{title}**\n\n{body}".splitlines() if title else body.splitlines()
        return "\n".join(f"> {row}".rstrip() for row in rows) + "\n\n"
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>\n\n"


def _quiz(source: str) -> str:
    """The question, its options, and the answers folded away."""
    found = quiz.parse(source)
    order = quiz.shown_order(found)
    options = "" if found.kind == "value" else "\n".join(f"- {found.answers[at].text}" for at in order) + "\n\n"
    reasons = "\n".join(quiz.answer_text(found, at) for at in range(len(found.answers)))
    return f"**Quiz.** {found.question}\n\n{options}<details>\n<summary>Answer</summary>\n\n{reasons}\n\n</details>\n"


def _parted(text: str, own: str) -> tuple[str, str]:
    """The title, and the rest."""
    title, _, rest = text.strip().partition("\n")
    if title.startswith("# "):
        return title, rest
    return "# " + PurePosixPath(own).name.replace("_", " ").capitalize(), text


def _intro(page: Page, own: str, solved: bool) -> str:
    """Where the notebook comes from."""
    text = f"This notebook is [a page of CNN Guide]({own}), where you can also play with its widgets."
    others = names(page)[1:]
    if not others:
        return text
    return text + (
        " Its exercises are solved." if solved else f" Its exercises are solved in [another one]({own}{others[0]})."
    )


def _requirements(page: Page, site: str) -> str:
    """What pip installs: the site's own wheel with what the lessons need, and what this page needs besides."""
    code = "\n".join(cell.source for cell in page.cells)
    others = [package for word, packages in _PACKAGES.items() if word in code for package in packages.split()]
    own = f'"cnn-guide[train] @ {posixpath.join(site, wheel.address())}"'
    return " ".join([own, *dict.fromkeys(others)])


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source.strip().splitlines(True)}


def _code(source: str, hidden: bool = False, raises: bool = False) -> dict[str, Any]:
    """A cell to run: folded in Jupyter if `hidden`; if `raises`, running all cells goes on after its error."""
    tags = ["hide-input"] * hidden + ["raises-exception"] * raises
    metadata: dict[str, Any] = {"tags": tags} if tags else {}
    if hidden:
        metadata["jupyter"] = {"source_hidden": True}
    lines = source.strip("\n").splitlines(True)
    return {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [], "source": lines}
