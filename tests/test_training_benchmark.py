"""The benchmark of training: its clock, its contestants, its wants, and its section of the page."""

import doctest
import importlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.inspection import installation
from benchmarks.inspection import page as whole_page
from benchmarks.training import __main__, contestants, job, page, running, wants
from benchmarks.training.contestants import BY_NAME, CONTESTANTS, PARAMETERS
from site_builder import checks
from site_builder.page import parse


def runs(name: str, walls: list[float], cpu: float, first: float, accuracy: float = 0.98) -> list[dict[str, Any]]:
    """A process for each time."""
    return [
        {"contestant": name, "round": number, "epochs": [{"wall": wall, "cpu": cpu}], "first_of_call": first,
         "first_of_process": first + 3, "accuracy": accuracy}
        for number, wall in enumerate(walls, 1)
    ]  # fmt: skip


RESULTS = {
    "date": "2026-01-31",
    "machine": {"processor": "P", "cores": 2, "memory": 8, "system": "Linux", "python": "3.11", "torch": "2.13", "threads": 2},
    "data": {"name": "mnist", "training": 54000, "validation": 6000, "batch": 128},
    "contestants": [
        {"contestant": each.name, "home": each.home, "version": f"{number}.0"} for number, each in enumerate(CONTESTANTS, 1)
    ],
    "absent": [],
    "runs": [
        *runs("cnn_guide", [4.2, 4.0, 9.0], 8.0, 0.5),
        *runs("PyTorch", [4.0, 4.1, 3.9], 7.8, 0.1),
        *runs("PyTorch, fused", [3.9, 4.0, 4.1], 7.8, 0.1),
        *runs("Lightning", [8.0, 8.2, 7.0], 12.0, 0.4),
        *runs("Keras", [10.0, 11.0, 12.0], 15.0, 2.0),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    folder = tmp_path_factory.mktemp("arrays")
    return folder, running.write_arrays(folder, "digits")


# The measurements


def test_everyone_gets_the_same_images(arrays: tuple[Path, dict[str, int]]) -> None:
    """The arrays are those of our data module, in the range and the layout that the networks are given."""
    folder, sizes = arrays
    module = contestants.data_module("digits", 128)
    for (images, labels), ours in zip(contestants.tensors(folder), (module.train, module.val), strict=True):
        assert torch.equal(images, ours.images)
        assert torch.equal(labels, ours.labels)
    assert sizes == {"training": len(module.train), "validation": len(module.val)}


def test_everyone_trains_the_same_network() -> None:
    """Ours is the catalogue's CNN 2; the others write it down themselves."""
    from cnn_guide import models

    ours, theirs = models.create("cnn2"), contestants.cnn2()
    assert sum(each.numel() for each in theirs.parameters()) == PARAMETERS
    assert [str(layer) for layer in ours] == [str(layer) for layer in theirs]


@pytest.mark.parametrize("name", ["cnn_guide", "PyTorch", "PyTorch, fused", "Lightning"])
@pytest.mark.filterwarnings("ignore")  # a plain program with Lightning warns, of its loaders and of PyTorch's changes
def test_a_training_is_measured(name: str, arrays: tuple[Path, dict[str, int]]) -> None:
    """Two epochs have one epoch between their first steps; the first batch comes after the call, and that after the start."""
    folder, sizes = arrays
    steps = -(-sizes["training"] // 128)
    task = {"contestant": name, "folder": str(folder), "data": "digits", "batch": 128, "steps": steps, "epochs": 2}
    found = job.run({**task, "started": 0.0})
    assert [set(epoch) for epoch in found["epochs"]] == [{"wall", "cpu"}]
    assert found["epochs"][0]["wall"] > 0
    assert 0 < found["first_of_call"] < found["first_of_process"]
    assert 0 <= found["accuracy"] <= 1


def test_a_contestant_that_does_not_train_as_agreed_is_found_out(arrays: tuple[Path, dict[str, int]]) -> None:
    task = {"contestant": "PyTorch", "folder": str(arrays[0]), "data": "digits", "batch": 64, "steps": 3, "epochs": 1}
    with pytest.raises(RuntimeError, match=r"PyTorch took \d+ steps, not 3 in each epoch"):
        job.run({**task, "started": 0.0})


def test_a_run_in_fresh_processes() -> None:
    """Every contestant trains once a round, and what the numbers depend on stands beside them."""
    results = running.run([BY_NAME["PyTorch"]], "digits", epochs=2, rounds=1, threads=1)
    assert [(run["contestant"], run["round"], len(run["epochs"])) for run in results["runs"]] == [("PyTorch", 1, 1)]
    assert results["machine"]["threads"] == 1
    assert results["contestants"][0]["version"] == torch.__version__
    json.dumps(results)


def test_keras_is_measured_as_well() -> None:
    """In the folder into which the benchmark installs it."""
    if not (installation.FOLDER / "keras" / ".versions").exists():
        pytest.skip("Keras is not installed: make bench does that")
    (run,) = running.run([BY_NAME["Keras"]], "digits", epochs=2, rounds=1, threads=1)["runs"]
    assert len(run["epochs"]) == 1


def test_a_process_that_fails_tells_why() -> None:
    """The traceback of the process comes through."""

    class Nobody(contestants.Bare):
        name = "nobody"

    with pytest.raises(RuntimeError, match=r"nobody failed:[\s\S]*KeyError: 'nobody'"):
        running.fresh({}, Nobody(), None, 1)


def test_who_cannot_be_installed_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are measured all the same."""

    def fail(needs: tuple[str, ...]) -> Path:
        raise installation.NotInstalledError("no network")

    monkeypatch.setattr(running, "install", fail)
    folders, absent = running.installed(CONTESTANTS)
    assert set(folders) == {"cnn_guide", "PyTorch", "PyTorch, fused", "Lightning"}
    assert absent == [{"contestant": "Keras", "reason": "no network"}]


def test_rounds_end_with_the_budget() -> None:
    """A slow machine gets two rounds, a fast one as many as are asked for."""
    everyone = list(CONTESTANTS)
    few = running.in_rounds(5, lambda each: {"accuracy": 1.0}, everyone, budget=0)
    many = running.in_rounds(5, lambda each: {"accuracy": 1.0}, everyone, budget=60)
    assert [max(run["round"] for run in runs) for runs in (few, many)] == [2, 5]
    assert many[0] == {"contestant": "PyTorch", "round": 1, "accuracy": 1.0}


def test_the_order_changes_from_round_to_round() -> None:
    """So that nobody always comes after the same one."""
    orders = [[each.name for each in running.rotated(list(CONTESTANTS), number)] for number in range(len(CONTESTANTS))]
    assert {order[0] for order in orders} == set(BY_NAME)
    assert all(set(order) == set(BY_NAME) for order in orders)


# Wants and the page


def test_medians_and_spreads_follow_from_the_runs() -> None:
    found = wants.of(RESULTS, "cnn_guide")
    assert (found["epoch"], found["fastest"], found["slowest"], found["cpu"]) == (4.2, 4.0, 9.0, 8.0)
    assert wants.ratio(RESULTS, "Lightning", "PyTorch") == 2.0


def test_wants_are_checked() -> None:
    """What is missed is named, with its value and its limit."""
    assert wants.missed(RESULTS) == []
    slow = {**RESULTS, "runs": [
        *runs("cnn_guide", [9.0], 9.0, 0.5), *runs("PyTorch", [4.0], 8.0, 0.1), *runs("PyTorch, fused", [3.0], 6.0, 0.1), *runs("Lightning", [8.0], 12.0, 0.4, 0.1),
        *runs("Keras", [10.0], 15.0, 2.0),
    ]}  # fmt: skip
    assert wants.missed(slow) == [
        "an epoch of ours / of the bare loop is 2.25, wanted at most 1.1",
        "its processor time / the bare loop's is 1.12, wanted at most 1.1",
        "an epoch of ours / of the loop with the same trick is 3, wanted at most 1.1",
        "an epoch of ours / of Lightning is 1.12, wanted at most 1.0",
        "accuracy of Lightning is 0.1, wanted at least 0.95",
    ]


def test_the_table_and_the_sentences_say_what_was_measured() -> None:
    made = page.training_table(RESULTS)
    assert (
        '<th scope="row"><code>training.fit</code><br><a href="https://github.com/cnn-guide/cnn-guide">cnn_guide 1.0</a></th>'
        in made
    )
    assert (
        "<td>4.2 s</td><td>4.0 s to 9.0 s</td><td>1.05</td><td>8.0 s</td><td>500 ms</td><td>3.5 s</td><td>98.0%</td>"
        in made
    )
    said = page.numbers(RESULTS)
    assert (said["to_bare"], said["to_fused"], said["others"], said["missed"]) == (
        "1.05",
        "1.05",
        "Lightning 2.00; Keras 2.75",
        "nothing",
    )
    assert (said["training"], said["epochs"], said["rounds"]) == ("54,000", 3, 3)
    assert "cnn_guide: 4.2 s an epoch (4.0 s to 9.0 s), 1.05 of the bare loop" in page.as_text(RESULTS)


def test_the_section_keeps_the_rules_of_the_site() -> None:
    """Every number in its sentences comes from a cell, and the cell holds what the results say."""
    results = json.loads(whole_page.RESULTS.read_text("utf-8"))
    made = whole_page.render(results, RESULTS)
    assert list(checks.typed_numbers(parse(made, "docs/reference/benchmarks.md"))) == []
    assert "'others': 'Lightning 2.00; Keras 2.75'" in made
    assert page.training_table(RESULTS) in made
    assert "{train" not in made


def test_the_committed_page_says_what_the_committed_results_say() -> None:
    """MNIST, everyone, each contestant as often as the others."""
    results = page.stored()
    written = whole_page.PAGE.read_text("utf-8")
    assert page.training_table(results) in written
    assert f"'to_bare': '{wants.ratio(results, 'cnn_guide', 'PyTorch'):.2f}'" in written
    assert results["data"]["name"] == "mnist"
    assert page.names(results) == list(BY_NAME)
    assert len({sum(run["contestant"] == name for run in results["runs"]) for name in BY_NAME}) == 1


def test_the_program_saves_prints_and_judges(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    """Results are saved in the cache, or with --write in the repository and on the page; the exit code is the verdict."""
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(__main__, "run", lambda *arguments: asked.append(arguments) or RESULTS)
    monkeypatch.setattr(__main__, "CACHED", tmp_path / "cached.json")
    monkeypatch.setattr(whole_page, "PAGE", tmp_path / "page.md")
    assert __main__.main(["--quick", "--only", "Lightning"]) == 0
    assert json.loads((tmp_path / "cached.json").read_text("utf-8")) == RESULTS
    assert ([each.name for each in asked[0][0]], asked[0][1]) == (
        ["cnn_guide", "PyTorch", "PyTorch, fused", "Lightning"],
        "digits",
    )
    assert "Every want is met." in capsys.readouterr().out
    saved = installation.ROOT / "benchmarks" / "results" / "never.json"
    monkeypatch.setattr(page, "RESULTS", saved)
    monkeypatch.setattr(__main__, "save", lambda results, path: asked.append((path,)))
    monkeypatch.setattr(page, "stored", lambda: RESULTS)
    assert __main__.main(["--write"]) == 0
    assert asked[-1] == (saved,)
    assert page.training_table(RESULTS) in (tmp_path / "page.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["clock", "running"])
def test_examples_in_the_benchmark_are_right(name: str) -> None:
    """The docstrings of the benchmark show what its functions do."""
    outcome = doctest.testmod(importlib.import_module(f"benchmarks.training.{name}"))
    assert outcome.attempted > 0
    assert outcome.failed == 0
