"""Every exercise of every page: its solution passes, and each other answer gets the message that was meant for it."""

import pytest

from site_builder import judging, notebook
from site_builder.cache import ROOT

PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.ipynb")])
WITH_EXERCISES = [path for path in PAGES if notebook.read_page(path, ROOT).exercises]


@pytest.mark.parametrize("path", WITH_EXERCISES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_answer_gets_its_verdict(path):
    """A reader who is right is told so, and one who is wrong learns why."""
    assert list(map(str, judging.faults(notebook.read_page(path, ROOT)))) == []
