"""Live cells use only what a reader's browser has; the browser tests run each of them there."""

import json
import subprocess
import sys
from typing import Any

import pytest

from site_builder import notebook, snippets
from site_builder.cache import ROOT
from site_builder.page import Cell, Page, PageError, parse

HEAD = "---\njupyter: {kernelspec: {}}\n---\n"


def live_cells() -> list[tuple[Page, Cell]]:
    pages = [notebook.read_page(path, ROOT) for path in sorted((ROOT / "docs").rglob("*.md"))]
    return [(page, cell) for page in pages for cell in page.cells if "live" in cell.flags]


def attempts(programs: list[str]) -> list[dict[str, Any] | None]:
    """What each program raises, in one interpreter that has only what Pyodide and the wheel bring along."""
    done = subprocess.run(
        [sys.executable, "-m", "site_builder.attempt", "pure"],
        input=json.dumps([(program, "") for program in programs]),
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    raised: list[dict[str, Any] | None] = json.loads(done.stdout)
    return raised


def test_live_cells_and_what_they_need_run_without_pytorch():
    """Each with the earlier cells that it needs; a cell that shows an error raises just that one."""
    found = live_cells()
    assert len(found) > 20
    raised = attempts([snippets.program(snippets.parts(page)[cell.number]) for page, cell in found])
    wrong = [
        f"{page.path}:{page.line_in_file(cell.line)}: {error['type'] if error else 'no error'}: {error and error['message']}"
        for (page, cell), error in zip(found, raised, strict=True)
        if (error["type"] if error else "") != cell.raises
    ]
    assert wrong == []


def test_what_a_browser_has_not_is_found():
    """The test above would notice."""
    errors = attempts(["import torch", "import numpy", "from cnn_guide import figures\nfigures.PALETTE", "import math"])
    assert [error and error["type"] for error in errors] == ["ModuleNotFoundError"] * 3 + [None]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("live hide", "docs/a.md:4: a `live` cell is shown and run; take `live` or `hide` away"),
        ("live skip", "take `live` or `skip` away"),
        ("test live", "take `live` or `test` away"),
        ('live alt="a line"', "docs/a.md:4: a `live` cell shows text and tables; figures and files need libraries"),
        ('live publishes="a.bin"', "a `live` cell shows text and tables"),
    ],
)
def test_a_live_cell_that_could_not_be_run_is_refused(flags, message):
    """At its line, with the way out."""
    with pytest.raises(PageError) as error:
        parse(f"{HEAD}```python {flags}\n1\n```", "docs/a.md")
    assert message in str(error.value)
