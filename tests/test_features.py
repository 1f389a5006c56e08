"""The comparison of interactive parts: the page says what the list says, and the list claims what tests hold."""

from copy import deepcopy
from pathlib import Path

import pytest

from benchmarks.widgets import page


@pytest.fixture
def features() -> page.Features:
    return page.stored()


def test_the_page_is_made_from_the_list(features: page.Features) -> None:
    """Written by `python -m benchmarks.widgets`, and not by hand."""
    assert page.PAGE.read_text("utf-8") == page.render(features)


def test_each_claim_of_ours_names_tests_that_exist(features: page.Features) -> None:
    assert page.faults(features) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tests": ["test_quiz.py::test_that_nobody_wrote"]}, "there is no test test_quiz.py::test_that_nobody_wrote"),
        ({"tests": ["test_nothing.py::test_it"]}, "there is no test test_nothing.py::test_it"),
        ({"tests": ["test_quiz.py::attribute"]}, "there is no test test_quiz.py::attribute"),  # a helper of the tests
        ({"tests": []}, "'yes' with 0 tests"),
        ({"ours": "no"}, "'no' with 1 tests"),
        ({"keras": "yes"}, "unknown keras"),
    ],
)
def test_a_claim_without_a_test_is_named(features: page.Features, change: page.Row, words: str) -> None:
    """The test above can fail."""
    broken = deepcopy(features)
    broken["sections"][0]["rows"][0] |= change
    assert words in "; ".join(page.faults(broken))


def test_a_skipped_test_backs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    source = "def test_a(): pass\n\n@pytest.mark.skip\ndef test_b(): pass\n"
    (tmp_path / "tests" / "test_x.py").write_text(source, "utf-8")
    monkeypatch.setattr(page, "ROOT", tmp_path)
    assert page.exists("test_x.py::test_a")
    assert not page.exists("test_x.py::test_b")


def test_what_is_said_of_others_can_be_looked_up(features: page.Features) -> None:
    """Each claim names a file; a word that praises nobody needs none."""
    for row in page.rows(features):
        for tool in features["tools"]:
            says, see = page.claim(row, tool)
            assert bool(see) == (says not in ("no", "not tried")), (row["feature"], tool)
            assert " " not in see, (row["feature"], tool)


def test_what_we_lack_is_on_the_page(features: page.Features) -> None:
    """The list of what others have and we have not is not empty, and complete."""
    lacking = [row["feature"] for row in page.rows(features) if row.get("ours") == "no"]
    text = page.render(features)
    assert lacking
    assert all(f"- {feature}: " in text for feature in lacking)
