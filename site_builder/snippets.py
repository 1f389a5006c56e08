"""Each shown cell as a program of its own: the cell, the earlier cells that it depends on, and their imports.

What a cell depends on is found by its names, in `dependencies`. The browser gets the cells of a page in one script
beside the page, `page.js`, which `docs/assets/javascripts/snippets.js` loads when a reader copies or runs a cell.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from site_builder import exercise
from site_builder.dependencies import find
from site_builder.page import Cell, Page


@dataclass(frozen=True)
class Part:
    """A piece of a program. A cell has its own number; imports taken out of cells have one below zero."""

    number: int
    code: str


def parts(page: Page) -> dict[int, tuple[Part, ...]]:
    r"""Return, for each shown cell, the program that runs in an empty file, as parts of which the cell is the last.

    >>> from site_builder.page import parse
    >>> cells = ["import math\nr = 2", "r = 3", "print(math.pi)", "print(r)"]
    >>> text = "".join(f"```python\n{cell}\n```\n" for cell in cells)
    >>> found = parts(parse("---\njupyter: {kernelspec: {}}\n---\n" + text))
    >>> [part.code for part in found[3]]
    ['import math', 'print(math.pi)']
    >>> [part.number for part in found[4]]
    [2, 4]
    """
    heads: dict[str, int] = {}
    sources = {cell.number: Part(cell.number, cell.source.strip("\n")) for cell in page.cells}
    found = {}
    for number, needs in find(page).items():
        head = merged(needs.imports)
        first = [Part(heads.setdefault(head, -1 - len(heads)), head)] if head else []
        found[number] = (*first, *(sources[need] for need in needs.cells), sources[number])
    return {cell.number: found[cell.number] for cell in page.cells if is_shown(cell)}


def is_shown(cell: Cell) -> bool:
    """Whether a reader sees the cell's code."""
    return not cell.flags & {"hide", "test"}


def program(parts: Iterable[Part]) -> str:
    """Return the parts as one program, a blank line between two of them."""
    return "\n\n".join(part.code for part in parts) + "\n"


def merged(imports: Iterable[ast.stmt]) -> str:
    r"""Return the imports as lines: the standard library, others, this package; one line for each module.

    >>> merged(ast.parse("from cnn_guide import data; import torch; import math; from cnn_guide import layers").body)
    'import math\nimport torch\nfrom cnn_guide import data, layers'
    """
    whole, names = list[str](), dict[str, list[str]]()
    for statement in imports:
        if isinstance(statement, ast.ImportFrom):
            known = names.setdefault(statement.module or "", [])
            known += [name for alias in statement.names if (name := ast.unparse(alias)) not in known]
        else:
            whole += [line] if (line := ast.unparse(statement)) not in whole else []
    lines = whole + [f"from {module} import {', '.join(known)}" for module, known in names.items()]
    return "\n".join(sorted(lines, key=_rank))


def _rank(line: str) -> tuple[int, bool, str]:
    root = line.split()[1].split(".")[0]
    origin = 0 if root in sys.stdlib_module_names else 2 if root == "cnn_guide" else 1
    return origin, line.startswith("from"), line


def data(page: Page) -> dict[str, Any]:
    """Return what the browser knows of the page's cells; it joins the snippets itself, from the needs."""
    found = parts(page)
    cells = {
        number: {"code": own[-1].code, "needs": [part.number for part in own[:-1]]} for number, own in found.items()
    }
    others = {part.number: part.code for own in found.values() for part in own if part.number not in cells}
    path = page.path.removeprefix("docs/").rsplit(".", 1)[0]
    return {"path": path, "cells": cells, "hidden": others, "exercises": exercise.data(page)}


def page_script(page: Page) -> str:
    """Return the page's data as a classic script, which a folder (file://) can serve too; "" where there are none."""
    content = data(page)
    if not content["cells"] and not content["exercises"]:
        return ""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return f"(cnnGuide.pages??={{}})[document.currentScript.src]={text};\n"
