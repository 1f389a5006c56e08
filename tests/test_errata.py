"""Claims that are put to the test: each has an id to link to, a cell that was run, and a verdict."""

import re

import pytest

from site_builder.cache import ROOT
from site_builder.coverage import stored

PAGES = ["myths_about_windows", "myths_and_errata", "errata_of_numbers_and_code"]
TEXTS = {page: (ROOT / "docs" / "reference" / f"{page}.md").read_text("utf-8") for page in PAGES}
ENTRIES = [
    (page, entry)
    for page, text in TEXTS.items()
    for entry in re.split(r"^#{2,3} (?=.*\n)", text, flags=re.M)[1:]
    if "**Claim.**" in entry
]
VERDICTS = ("right", "nearly right", "wrong", "misleading", "unsupported")


def name(value):
    found = re.search(r"\{#([\w-]+)\}", value)
    return found[1] if found else value


def test_there_are_claims():
    """The claims of both pages are found."""
    assert len(ENTRIES) > 55
    assert sum(text.count("**Claim.**") for text in TEXTS.values()) == len(ENTRIES)


def test_ids_are_given_once():
    """A link says which claim it means, whatever becomes of its words."""
    ids = [found for text in TEXTS.values() for found in re.findall(r"^### .*\{#([a-z0-9-]+)\}$", text, re.M)]
    assert len(ids) == len(set(ids)) == sum(text.count("\n### ") for text in TEXTS.values())


@pytest.mark.parametrize(("page", "entry"), ENTRIES, ids=name)
def test_a_claim_is_followed_by_its_test_and_its_verdict(page, entry):
    """The verdict holds as long as the assertion, or the error, that stands before it."""
    claim, cell, verdict = (entry.find(part) for part in ("**Claim.**", "```python", "**Verdict: "))
    assert 0 < claim < cell < verdict
    run = entry[cell:verdict]
    assert "assert " in run or " raises=" in run
    assert entry[verdict:].removeprefix("**Verdict: ").startswith(VERDICTS)


@pytest.mark.parametrize(("page", "entry"), ENTRIES, ids=name)
def test_the_lines_named_are_those_of_a_lesson(page, entry):
    """`002:273` is a line of one of the lessons that the coverage lists."""
    for lesson, line in re.findall(r"`(\d{3}):(\d+)`", entry):
        assert lesson in stored(ROOT / "docs")
        assert 0 < int(line) < 400
