"""Notebooks of contributors: the same cells, run by the same runner, and rendered by mkdocs-jupyter.

Their text is Material's Markdown, with admonitions and checked links, and their outputs look as on the other pages.
mkdocs-jupyter lays the cells out; what it would bring along (half a megabyte of styles, a script from a CDN, dead
links) is left behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from site_builder import cache
from site_builder.page import SECONDS, Page, PageError, parse
from site_builder.page import read as read_markdown
from site_builder.weave import Asset, weave

_BOUNDARY = '<hr class="notebook-cell">'  # stands between two cells in the text, and so in the rendered text
_HEAD = "---\njupyter: {kernelspec: {}}\n---\n"
_SLOT = "cnn-guide-cell-{}-slot"  # stands in mkdocs-jupyter's HTML for a cell's contents


def read_page(path: Path, root: Path) -> Page:
    """Read the page at `path`, Markdown or notebook.

    Raises:
        PageError: the page is not understood.
    """
    return read(path, root) if path.suffix == ".ipynb" else read_markdown(path, root)


def read(path: Path, root: Path) -> Page:
    """Read the notebook at `path` as a page whose text is the equivalent Markdown.

    A code cell's flags stand in its metadata: `{"alt": "…", "raises": "…", "tags": ["hide", "skip", …]}`.

    Raises:
        PageError: the file is no notebook, or a cell's metadata hold an unknown tag.
    """
    name = path.relative_to(root).as_posix()
    source = path.read_text(encoding="utf-8")
    notebook = _loaded(source, name)
    cells = [{**cell, "source": "".join(cell["source"])} for cell in notebook["cells"]]
    parts = [_as_markdown(cell) for cell in cells]
    meta = {"jupyter": notebook["metadata"], **notebook["metadata"].get("cnn_guide", {})}
    page = parse(_HEAD + f"\n\n{_BOUNDARY}\n\n".join(parts) + "\n", name)
    lines = _lines(source, page.text)
    tokens = tuple(replace(token, line=lines[token.line - 1]) for token in page.tokens)
    return Page(name, page.text, {"seconds": SECONDS, **meta}, tokens, lines, page.exercises)


def _loaded(source: str, name: str) -> dict[str, Any]:
    try:
        notebook: dict[str, Any] = json.loads(source)
    except ValueError as error:
        raise PageError(name, getattr(error, "lineno", 1), f"the file is not JSON: {error}") from None
    if notebook.get("nbformat") != 4 or not isinstance(notebook.get("cells"), list):
        raise PageError(name, 1, f"the notebook's format is {notebook.get('nbformat')}; open and save it in Jupyter, "
                                 "which writes format 4")  # fmt: skip
    if any(cell.get("outputs") for cell in notebook["cells"]):
        raise PageError(name, 1, "the notebook holds outputs; clear them, since the site makes its own")
    return notebook


def _as_markdown(cell: dict[str, Any]) -> str:
    if cell["cell_type"] != "code":
        return str(cell["source"])
    metadata = cell["metadata"]
    options = [f'{name}="{metadata[name]}"' for name in ("alt", "raises") if name in metadata]
    return f"````{' '.join(['python', *metadata.get('tags', []), *options])}\n{cell['source'].rstrip()}\n````"


def _lines(source: str, text: str) -> tuple[int, ...]:
    """Return, for each line of the text, the line of the .ipynb file that holds it, so that errors name it."""
    rows = [row.strip().removesuffix(",") for row in source.splitlines()]
    lines, at = list[int](), 0
    for line in text.splitlines():
        forms = {json.dumps(line + end, ensure_ascii=escaped) for end in ("\n", "") for escaped in (True, False)}
        found = next((row for row in range(at, len(rows)) if rows[row] in forms), None) if line.strip() else None
        at = at if found is None else found + 1
        lines.append(max(at, 1))
    return tuple(lines)


def render(page: Page, results: Sequence[Any], asset: Asset, markdown: Callable[[str], str]) -> str:
    """Return the notebook's HTML.

    Args:
        page: the notebook, as `read` gave it.
        results: of its cells.
        asset: stores a figure and returns its address.
        markdown: renders Markdown as the site's other pages are rendered.
    """
    contents = markdown(weave(page, results, asset).removeprefix(_HEAD)).split(_BOUNDARY)
    slot = r"(?:<p>\s*)?" + _SLOT.format(r"(\d+)") + r"(?:\s*</p>)?"
    return re.sub(slot, lambda match: contents[int(match[1])], _layout(len(contents)))


def _layout(cells: int) -> str:
    """Return what mkdocs-jupyter makes of a notebook with as many cells, without its styles and scripts.

    It is kept on disk: importing mkdocs-jupyter takes longer than building the rest of the site from its cache.
    """
    name = f"{cells}-cells-{version('mkdocs-jupyter')}-{version('nbconvert')}"
    path = cache.folder() / "notebooks" / f"{name}.html"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        body = _laid_out(cells, path.with_suffix(".ipynb"))
        body = re.sub(r'<(style|script)\b.*?</\1>|<link\b[^>]*>|<!--.*?-->| tabindex="0"', "", body, flags=re.S)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(body, encoding="utf-8")
        temporary.replace(path)
    return path.read_text(encoding="utf-8")


def _laid_out(cells: int, path: Path) -> str:
    """Let mkdocs-jupyter render a notebook whose cells are slots."""
    import nbformat
    from mkdocs_jupyter.convert import nb2html

    slots = [nbformat.v4.new_markdown_cell(_SLOT.format(number), id=f"cell-{number}") for number in range(cells)]
    nbformat.write(nbformat.v4.new_notebook(cells=slots), path)
    return str(nb2html(str(path)))
