"""The benchmark of the build changes what it says it changes, and reports what it misses."""

from pathlib import Path

import jupytext
import pytest

from benchmarks import build
from benchmarks.builders import for_jupyter
from site_builder import checks
from site_builder.page import parse, read


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    build.small_pages(folder)
    return folder


def test_small_pages_are_valid_and_differ(pages: Path) -> None:
    """Eight pages, without a fault, that no cache can take for one another."""
    parsed = [read(path, pages.parent) for path in sorted(pages.glob("small_page_*.md"))]
    assert len({tuple(token.identity for token in page.tokens) for page in parsed}) == len(parsed) == 8
    assert [fault for page in parsed for fault in checks.typed_numbers(page)] == []


@pytest.mark.parametrize(
    ("change", "cells", "text"),
    [("warm", True, True), ("only prose changed", True, False), ("one cell changed", False, False)],
)
def test_an_edit_changes_what_it_says(pages: Path, change: str, cells: bool, text: bool) -> None:
    """Only an edited cell changes what is run, and every round makes an edit of its own."""
    page = pages / build.EDITED["small"]
    seen = [parse(page.read_text(encoding="utf-8"))]
    for number in range(2):
        build.edit(page, change, number)
        seen.append(parse(page.read_text(encoding="utf-8")))
    assert (len({tuple(token.identity for token in one.tokens) for one in seen}) == 1) is cells
    assert len({one.text for one in seen}) == (1 if text else 3)


def test_the_edited_pages_exist() -> None:
    """The page of the site that is edited is still there."""
    assert (build.ROOT / "docs" / build.EDITED["site"]).is_file()


def test_flags_are_translated_for_mkdocs_jupyter() -> None:
    """An error that must occur does not stop the other build; skipped cells and terminal commands are not run there."""
    assert for_jupyter('```python raises="ShapeError" alt="a"\n') == '```python tags=["raises-exception"] alt="a"\n'
    assert for_jupyter("```python skip\nx\n```\n") == "```text\nx\n```\n"
    assert for_jupyter("```sh\nmake serve\n```\n") == "```text\nmake serve\n```\n"
    assert for_jupyter('```python title="Do not skip"\n') == '```python title="Do not skip"\n'


@pytest.mark.parametrize("path", sorted((build.ROOT / "docs").rglob("*.md")), ids=lambda path: path.stem)
def test_both_builders_run_the_same_cells(path: Path) -> None:
    """The comparison is fair: mkdocs-jupyter finds the cells that our runner runs, in the same order."""
    page = read(path, build.ROOT)
    cells = [cell.source.strip("\n") for cell in page.cells if "skip" not in cell.flags]
    notebook = jupytext.reads(for_jupyter(page.text), fmt="md")
    assert not cells or cells == [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def seconds(ours: float, jupyter: float, plain: float) -> build.Samples:
    values = {"ours": ours, "mkdocs-jupyter": jupyter, "plain mkdocs": plain}
    return {(change, name): [build.Sample(value, value)] for change in build.CHANGES for name, value in values.items()}


def test_every_want_that_is_missed_is_named() -> None:
    """A slow build is told in words with its numbers; one that is fast enough, or just so, is not."""
    assert build.missed("small", seconds(ours=1.5, jupyter=6, plain=1)) == []
    assert build.missed("small", seconds(ours=2, jupyter=6, plain=1)) == [
        "small, cold: mkdocs-jupyter / ours is 3.00, wanted at least 4.0",
        "small, warm: ours / plain mkdocs is 2.00, wanted at most 1.5",
        "small, only prose changed: ours / plain mkdocs is 2.00, wanted at most 1.5",
    ]


def test_ratios_are_taken_within_a_round() -> None:
    """A round in which the machine was busy for all does not bend the ratio."""
    samples = seconds(ours=1, jupyter=5, plain=1)
    samples["cold", "ours"].append(build.Sample(10, 1))
    samples["cold", "mkdocs-jupyter"].append(build.Sample(50, 1))
    assert build.ratios(samples, "cold", "mkdocs-jupyter", "ours") == [5, 5]


def test_the_table_shows_every_change_with_its_spread() -> None:
    """Each row has the medians, the extremes and the processor seconds."""
    rows = build.table("small", seconds(ours=2, jupyter=8, plain=1)).splitlines()
    times = "2.0 (2.0–2.0) [2.0] | 8.0 (8.0–8.0) [8.0] | 1.0 (1.0–1.0) [1.0]"
    assert rows[4] == f"| cold | {times} | 4.0 (4.0–4.0) | 2.00 (2.00–2.00) |"
    assert len(rows) == 4 + len(build.CHANGES)


def test_the_machine_is_described_but_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cores, memory and versions are there; a host name is nobody's business."""
    monkeypatch.setattr(build.platform, "node", lambda: "somebodys-laptop")
    described = build.machine()
    assert "cores" in described
    assert "torch " in described
    assert "somebodys-laptop" not in described
