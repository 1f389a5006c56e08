"""Every exercise of every page: its solution passes, and each other answer gets the message that was meant for it."""

import pytest

from site_builder import judging, lint, notebook
from site_builder.cache import ROOT

PATHS = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.ipynb")])
PAGES = [page for page in (notebook.read_page(path, ROOT) for path in PATHS) if page.exercises]
LESSONS = [page for page in PAGES if page.path.split("/")[1] in ("foundations", "training")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_every_answer_gets_its_verdict(page):
    """A reader who is right is told so, and one who is wrong learns why."""
    assert list(map(str, judging.faults(page))) == []


@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.path)
def test_a_lesson_asks_to_compute_to_write_and_to_think(page):
    """One exercise of each level at least, each with two or more mistakes that learners make."""
    assert {exercise.level for exercise in page.exercises} == {"compute", "code", "think"}
    assert min(len(exercise.wrong) for exercise in page.exercises) >= 2
    titles = [exercise.title for exercise in page.exercises]
    assert len(set(titles)) == len(titles)


def test_most_exercises_run_in_the_page():
    """Two in three at least, and there are a dozen."""
    runs = [one for page in LESSONS for one in judging.runs(page)]
    assert len(runs) >= 12
    assert sum(runs) >= 2 * len(runs) / 3


def test_ruff_finds_nothing_in_the_exercises(capsys):
    """Names that are not defined, comparisons that do nothing, and the like, also in answers that are wrong on purpose."""
    assert lint.main(PAGES) == 0, capsys.readouterr().out
