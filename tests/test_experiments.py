"""The recipes are valid settings, and the page of results says what was measured."""

import json
from pathlib import Path

import pytest

from benchmarks.experiments import page, transfer
from benchmarks.experiments.recipes import RECIPES, ROOT, Want
from cnn_guide import models
from cnn_guide.training.lightning_cli import Training

FILES = sorted((ROOT / "benchmarks" / "recipes").glob("*.yaml"))


@pytest.fixture
def found() -> page.Results:
    """The results in the repository."""
    return page.stored()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recipe_is_a_training_that_can_be_made(path: Path) -> None:
    made = Training([f"--config={path}"])
    assert made.model.description["name"] in models.names()
    assert made.datamodule.augmentation is not None
    assert made.trainer.max_epochs > 1


def test_every_recipe_with_a_want_is_a_file() -> None:
    assert set(RECIPES) <= {path.stem for path in FILES}
    assert {path.stem for path in FILES} - set(RECIPES) == {"few_cars"}  # the table of transfers uses it


@pytest.mark.parametrize("way", transfer.WAYS)
def test_the_ways_differ_in_their_start_and_in_what_is_frozen(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    made = Training(transfer.words(way, 50, seed=3))
    assert (made.model.weights is None) == (way == "from scratch")
    assert list(made.model.freezing) == (["-1"] if way == "frozen features" else [])
    assert (made.datamodule.labelled, made.datamodule.seed, made.model.seed) == (50, 3, 3)
    assert made.trainer.max_epochs == 100  # of 2 batches each


def test_the_page_is_made_from_the_stored_results(found: page.Results) -> None:
    assert page.PAGE.read_text("utf-8") == page.render(found)


def test_the_stored_results_are_complete_and_reach_what_is_wanted(found: page.Results) -> None:
    assert set(found) == {*RECIPES, "transfer"}
    assert page.missed(found) == []
    combinations = {(run["way"], run["labelled"], run["seed"]) for run in found["transfer"]["runs"]}
    assert len(combinations) == len(transfer.WAYS) * len(transfer.LABELLED) * len(transfer.SEEDS)


def test_a_missed_want_is_named(found: page.Results) -> None:
    slow = json.loads(json.dumps(found))
    slow["cars"]["seconds"] = 601
    assert page.missed(slow)[0].startswith("cars: ")
    assert "601 s" in page.missed(slow)[0]
    assert str(Want(0.95, 600)) in page.missed(slow)[0]
