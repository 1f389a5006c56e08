"""Runs the snippets of a page as a stranger's file would run: from nothing, in an empty folder.

Snippets that begin alike share that beginning: the process that ran it is forked for each way in which it goes on. So a
network is trained once for all the snippets that need it, and yet none of them sees what another did.
"""

from __future__ import annotations

import builtins
import json
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from site_builder.page import Page
from site_builder.snippets import Part, parts


@dataclass
class Step:
    """A piece of code, whose name its results are written under, and what may follow."""

    code: str = ""
    name: str = ""
    next: dict[str, Step] = field(default_factory=dict)


def tree(page: Page) -> Step:
    """Return the page itself, one cell after the other, and each of its snippets, as ways through a tree."""
    root = Step()
    way = root
    for cell in page.cells:
        if "skip" not in cell.flags:
            way = way.next.setdefault(f"page {cell.number}", Step(cell.source, f"page {cell.number}"))
    skipped = {cell.number for cell in page.cells if "skip" in cell.flags}
    for number, own in sorted(parts(page).items()):
        if number not in skipped:
            _add(root, own)
    return root


def _add(root: Step, own: Iterable[Part]) -> None:
    """Add a snippet. Its imports come last but one, so that snippets with other imports can share what comes before."""
    *needed, last = own
    heads = [part for part in needed if part.number < 0]
    way = root
    for part in [*heads, *(part for part in needed if part.number > 0)]:
        way = way.next.setdefault(part.code, Step(part.code))
    way = way.next.setdefault(f"end {last.number}", Step(last.code, f"snippet {last.number}"))


def run(page: Page, results: Path, no_data: Path) -> None:
    """Walk through the tree in this process, a fresh one; write what each named step showed into a file of its own.

    Args:
        page: the page.
        results: the folder of these files.
        no_data: an empty folder in place of the data sets: small data, short trainings.
    """
    from traitlets.config import Config

    from site_builder.shell import Shell

    os.environ.update({"CNN_GUIDE_DATA": str(no_data), "COLUMNS": "72"})
    shell = Shell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    for name in ("display", "get_ipython"):  # a file has neither
        vars(builtins).pop(name, None)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        _branch(shell, tree(page), (page.path, results))
        os.chdir("/")


def _walk(shell: Any, step: Step, place: tuple[str, Path]) -> None:
    _, errors, error = shell.execute(step.code, "snippet.py", 1)
    if step.name:
        found = shell.outputs.finished()[-1]
        raised = "".join(traceback.format_exception_only(error)) if error else ""
        path, results = place
        content = {"of": [path, step.name], "outputs": found, "errors": errors, "raised": raised}
        (results / f"{path} {step.name}.json".replace("/", "--")).write_text(json.dumps(content), encoding="utf-8")
    _branch(shell, step, place)


def _branch(shell: Any, step: Step, place: tuple[str, Path]) -> None:
    here = os.getcwd()
    for follower in step.next.values():
        if child := os.fork():
            os.waitpid(child, 0)
            continue
        try:
            with tempfile.TemporaryDirectory() as folder:
                shutil.copytree(here, folder, dirs_exist_ok=True)
                os.chdir(folder)
                _walk(shell, follower, place)
                os.chdir("/")
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)
