"""Notebooks of contributors: the same cells, run by the same runner, and rendered by mkdocs-jupyter.

Their text is Material's Markdown, with admonitions and checked links, and their outputs look as on the other pages.
mkdocs-jupyter lays the cells out; what it would bring along (half a megabyte of styles, a script from a CDN, dead
links) is left behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nbformat

from site_builder.page import SECONDS, Cell, Page, PageError, parse
from site_builder.weave import Asset, weave

_BOUNDARY = '<hr class="notebook-cell">'  # stands between two cells in the text, and so in the rendered text
_HEAD = "---\njupyter: {kernelspec: {}}\n---\n"
_SLOT = "cnn-guide-cell-{}-slot"  # stands in mkdocs-jupyter's HTML for a cell's contents


def read(path: Path, root: Path) -> Page:
    """Read the notebook at `path` as a page whose text is the equivalent Markdown.

    A code cell's flags stand in its metadata: `{"alt": "…", "raises": "…", "tags": ["hide", "skip", …]}`.

    Raises:
        PageError: the file is no notebook, or a cell's metadata hold an unknown tag.
    """
    name = path.relative_to(root).as_posix()
    source = path.read_text(encoding="utf-8")
    try:
        notebook = nbformat.reads(source, as_version=4)
    except Exception as error:
        raise PageError(name, 1, f"not a notebook: {error}") from None
    parts = list[str]()
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.outputs:
            raise PageError(name, 1, "the notebook holds outputs; clear them, since the site makes its own")
        parts.append(_as_markdown(cell))
    meta = {"jupyter": notebook.metadata, **notebook.metadata.get("cnn_guide", {})}
    page = parse(_HEAD + f"\n\n{_BOUNDARY}\n\n".join(parts) + "\n", name)
    lines = _lines(source, [cell.source for cell in notebook.cells if cell.cell_type == "code"])
    return Page(name, page.text, {"seconds": SECONDS, **meta}, _placed(page, lines))


def _as_markdown(cell: Any) -> str:
    if cell.cell_type != "code":
        return str(cell.source)
    flags = [*cell.metadata.get("tags", []), *(f'{name}="{cell.metadata[name]}"' for name in ("alt", "raises")
                                               if name in cell.metadata)]  # fmt: skip
    return f"````{' '.join(['python', *flags])}\n{cell.source.rstrip()}\n````"


def _lines(source: str, cells: Sequence[str]) -> list[int]:
    """Return the line of the .ipynb file on which each code cell begins, so that errors name it."""
    lines, at, rows = list[int](), 0, source.splitlines()
    for cell in cells:
        first = json.dumps(cell.split("\n", 1)[0], ensure_ascii=False)[:-1]
        at = next((row for row in range(at, len(rows)) if rows[row].lstrip().startswith(first)), at)
        lines.append(at + 1)
    return lines


def _placed(page: Page, lines: Sequence[int]) -> tuple[Any, ...]:
    """Give the page's cells the lines of the notebook's file."""
    numbers = iter(lines)
    return tuple(
        Cell(**{**vars(token), "line": next(numbers)}) if isinstance(token, Cell) else token for token in page.tokens
    )


def render(page: Page, results: Sequence[Any], asset: Asset, markdown: Callable[[str], str], layout: Callable[[Path], str],
           folder: Path) -> str:  # fmt: skip
    """Return the notebook's HTML.

    Args:
        page: the notebook, as `read` gave it.
        results: of its cells.
        asset: stores a figure and returns its address.
        markdown: renders Markdown as the site's other pages are rendered.
        layout: renders the notebook file at a path by mkdocs-jupyter.
        folder: where the file for mkdocs-jupyter is written.
    """
    contents = markdown(weave(page, results, asset).removeprefix(_HEAD)).split(_BOUNDARY)
    skeleton = folder / f"{page.path.replace('/', '--')}"
    skeleton.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(_skeleton(page, len(contents)), skeleton)
    body = _unwrapped(layout(skeleton))
    slot = r"(?:<p>\s*)?" + _SLOT.format(r"(\d+)") + r"(?:\s*</p>)?"
    return re.sub(slot, lambda match: contents[int(match[1])], body)


def _skeleton(page: Page, cells: int) -> Any:
    """Return a notebook of as many cells, each with a slot for its contents."""
    slots = [nbformat.v4.new_markdown_cell(_SLOT.format(number), id=f"cell-{number}") for number in range(cells)]
    return nbformat.v4.new_notebook(cells=slots, metadata={"kernelspec": page.meta["jupyter"].get("kernelspec", {})})


def _unwrapped(body: str) -> str:
    """Drop the styles and scripts that mkdocs-jupyter writes into every page."""
    body = re.sub(r"<(style|script)\b.*?</\1>", "", body, flags=re.S)
    return re.sub(r"<link\b[^>]*>", "", body)
