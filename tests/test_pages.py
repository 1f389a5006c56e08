"""Every page of the site runs. The results come from, and go to, the cache that the site is built from."""

from pathlib import Path

import pytest

from site_builder import checks, notebook
from site_builder.cache import ROOT
from site_builder.page import Page
from site_builder.run import Run, run_pages
from site_builder.weave import weave

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")])
LESSONS = [path for path in PAGES if path.parent.name in ("foundations", "training")]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> Page:
    return notebook.read_page(path, ROOT)


@pytest.fixture(scope="module")
def run() -> Run:
    return run_pages([parsed(path) for path in PAGES], log=lambda line: None)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_page_runs(path, run):
    faults = [str(error) for error in run.errors if error.path == name(path)]
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)
    assert weave(parsed(path), run.results[name(path)], lambda content, ending: "figure")


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_numbers_in_prose_are_computed(path):
    assert list(map(str, checks.typed_numbers(parsed(path)))) == []


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_a_lesson_has_what_every_lesson_has(path):
    """What the reader will be able to do; mistakes with a real error message; the short form; sources."""
    page = parsed(path)
    assert '!!! abstract "What you will be able to do"' in page.text
    assert [
        heading for heading in ("## Common mistakes", "## In short", "## Sources") if heading not in page.text
    ] == []
    assert any(cell.raises for cell in page.cells)
    assert any(cell.alt for cell in page.cells)
    assert page.meta.get("description")


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_a_lesson_is_neither_too_short_nor_too_long(path):
    """Words of prose, code and tables left out."""
    text = parsed(path).text
    for pattern in checks._NOT_PROSE[:3]:
        text = checks.re.sub(pattern, " ", text, flags=checks.re.S | checks.re.M)
    words = len(text.split())
    assert 600 <= words <= 2400, words


def test_there_are_lessons_to_test():
    assert len(LESSONS) >= 4
    assert [path for path in PAGES if path.suffix == ".ipynb"]
