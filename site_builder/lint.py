"""Ruff over the pages' cells and exercises, under the pages' own line numbers."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from site_builder.exercise import programs
from site_builder.page import Page

RULES = "E9,F,B,PLE,RUF100"  # what is wrong; how a cell looks is the author's
EXCEPT = "B018,F704,B905"  # a value on the last line is what a cell shows; Jupyter allows `await`; zip() reads well
IN_EXERCISES = ("F401", "F811", "B007")  # stubs and checks each import what an answer may need


def as_program(page: Page) -> str:
    r"""Return the page as a program: its cells on their own lines, all else blank.

    >>> from site_builder.page import parse
    >>> as_program(parse("---\njupyter: {kernelspec: {}}\n---\nProse\n\n```python\nx = 1\n```\n"))
    '\n\n\n\n\n\nx = 1\n'
    """
    rows: list[str] = []
    for cell in page.cells:
        if cell.raises == "SyntaxError":
            continue
        rows += [""] * (cell.line - 1 - len(rows))
        rows += ["pass" if row.lstrip().startswith(("%", "!")) else row for row in cell.source.splitlines()]
    values = [f"({token.expression})" for token in page.tokens if token not in page.cells]  # type: ignore[union-attr]
    return "\n".join([*rows, *values, ""])


def exercises(page: Page) -> Iterator[str]:
    """Yield the programs of the page's exercises, each on its own lines of the page."""
    for parts in programs(page.exercises):
        rows: list[str] = []
        for part in parts:
            rows += [""] * (part.line - 1 - len(rows)) + part.text.splitlines()
        yield "\n".join([*rows, ""])


def main(pages: Iterable[Page]) -> int:
    """Print what Ruff finds, as `docs/page.md:12:1: …`; return its exit status."""
    with tempfile.TemporaryDirectory() as folder:
        for page in pages:
            path = Path(folder, f"{page.path}.py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(as_program(page), encoding="utf-8")
            for number, program in enumerate(exercises(page), 1):
                path.with_suffix(f".{number}.py").write_text(program, encoding="utf-8")
        allowed = ",".join(f"*.[0-9]*.py:{rule}" for rule in IN_EXERCISES)
        command = [sys.executable, "-m", "ruff", "check", "--isolated", "--target-version=py311", f"--select={RULES}",
                   f"--ignore={EXCEPT}", f"--per-file-ignores={allowed}", "--output-format=concise", "."]  # fmt: skip
        done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    print(re.sub(r"(\.md|\.ipynb)(\.\d+)?\.py:", r"\1:", done.stdout) + done.stderr, end="")
    return done.returncode
