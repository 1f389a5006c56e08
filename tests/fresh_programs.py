"""Runs the snippets of a page as a stranger's file would run: from nothing, in an empty folder.

Snippets that begin with the same cells share them: the process that ran them is forked for each way in which it goes on.
So a network is trained once for all the snippets that need it, and yet none of them sees what another did. To that end
the imports of a snippet are not run first, but each where it is needed.
"""

from __future__ import annotations

import builtins
import json
import os
import shutil
import sys
import tempfile
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from site_builder.dependencies import find
from site_builder.page import Page
from site_builder.snippets import merged, parts


@dataclass
class Step:
    """A piece of code, whose name its results are written under, and what may follow."""

    code: str = ""
    name: str = ""
    next: dict[str, Step] = field(default_factory=dict)


def tree(page: Page, whole: bool) -> Step:
    """Return each of the page's snippets, and the page itself if it is wanted, as ways through a tree."""
    root = Step()
    way = root
    skipped = {cell.number for cell in page.cells if "skip" in cell.flags}
    for cell in page.cells if whole else []:
        if cell.number not in skipped:
            way = way.next.setdefault(f"page {cell.number}", Step(cell.source, f"page {cell.number}"))
    needs = find(page)
    code = {cell.number: f"{merged(needs[cell.number].imports)}\n{cell.source}" for cell in page.cells}
    for number, own in sorted(parts(page).items()):
        way = root
        for part in own[:-1] if number not in skipped else []:
            if part.number > 0:
                way = way.next.setdefault(f"cell {part.number}", Step(code[part.number]))
        if number not in skipped:
            way.next[f"snippet {number}"] = Step(code[number], f"snippet {number}")
    return root


def run(page: Page, whole: bool, results: Path, no_data: Path) -> None:
    """Walk through the tree in this process, a fresh one; write what each named step showed into a file of its own.

    Args:
        page: the page.
        whole: whether to run the page as well, all its cells in their order.
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
        _branch(shell, tree(page, whole), (page, results))
        os.chdir("/")


def _walk(shell: Any, step: Step, place: tuple[Page, Path]) -> None:
    page, results = place
    outputs, written, error = shell.execute(step.code, page.path, 1)
    if error is not None:
        outputs.append({"kind": "error", "data": f"{type(error).__name__}: {error}"})
    if written:
        outputs.append({"kind": "stderr", "data": written})
    if step.name:
        content = {"path": page.path, "name": step.name, "outputs": shell.outputs.finished()[-1]}
        file = results / f"{page.path} {step.name}.json".replace("/", "--")
        file.write_text(json.dumps(content), encoding="utf-8")
    _branch(shell, step, place)


def _branch(shell: Any, step: Step, place: tuple[Page, Path]) -> None:
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
