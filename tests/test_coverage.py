"""Nothing of the lessons that this guide grew from is left out: each section has a place here, or a page to come."""

import pytest

from site_builder import coverage
from site_builder.cache import ROOT

DOCS = ROOT / "docs"
LESSONS = coverage.stored(DOCS)
SECTIONS = [(name, section) for name, lesson in LESSONS.items() for section in lesson["sections"]]
FACTS = {"line", "section", "places", "planned", "note"}


def label(value):
    return f"{value['line']}" if isinstance(value, dict) else value


def test_all_five_lessons_are_there():
    """Their outlines had 12, 17, 27, 18 and 11 sections."""
    assert {name: len(lesson["sections"]) for name, lesson in LESSONS.items()} == {
        "000": 12,
        "001": 17,
        "002": 27,
        "003": 18,
        "004": 11,
    }
    assert all(lesson["title"] and lesson["by"] for lesson in LESSONS.values())


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_section_is_listed_once(lesson):
    """In the order of its lines."""
    lines = [section["line"] for section in LESSONS[lesson]["sections"]]
    assert lines == sorted(set(lines))


@pytest.mark.parametrize(("lesson", "section"), SECTIONS, ids=label)
def test_a_section_is_taught_or_planned_or_empty(lesson, section):
    """A section without a place has a note that says why."""
    assert set(section) <= FACTS
    assert section["section"]
    assert section.get("places") or section.get("planned") or section.get("note")


@pytest.mark.parametrize(("lesson", "section"), SECTIONS, ids=label)
def test_its_places_exist(lesson, section):
    """The pages, and the headings on them."""
    for place in section.get("places", []):
        page, _, anchor = place.partition("#")
        path = DOCS / f"{page}.md"
        assert path.is_file(), f"there is no page {page}"
        found = coverage.headings(path.read_text("utf-8"))
        assert not anchor or anchor in found, f"{page} has no heading {anchor}; it has {', '.join(found)}"


@pytest.mark.parametrize(("lesson", "section"), SECTIONS, ids=label)
def test_what_is_planned_is_not_there_yet(lesson, section):
    """As soon as a page exists, its sections get their places on it."""
    if "planned" in section:
        assert not (DOCS / f"{section['planned']}.md").exists(), f"name the headings of {section['planned']}"


def test_the_page_links_to_every_place():
    """The tables stand where the page has its marker."""
    text = coverage.fill((DOCS / "reference" / "coverage.md").read_text("utf-8"), DOCS)
    assert coverage.MARKER not in text
    for _, section in SECTIONS:
        for place in section.get("places", []):
            page, mark, anchor = place.partition("#")
            assert f"](../{page}.md{mark}{anchor})" in text
    assert text.count("\n| ") == len(SECTIONS) + len(LESSONS)


def test_other_pages_stay_as_they_are():
    """A page without the marker has no tables."""
    assert coverage.fill("# A page\n", DOCS) == "# A page\n"
