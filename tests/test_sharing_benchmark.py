"""The experiment of the lesson on weight sharing moves and shuffles rightly, and the lesson shows what was measured."""

import pytest
import torch

from benchmarks.sharing import experiment, page
from cnn_guide import data


@pytest.mark.parametrize("pixels", experiment.SHIFTS)
def test_pictures_move_a_quarter_each_way(pixels: int) -> None:
    """What leaves a picture is lost, and black comes in."""
    picture = torch.rand(1, 1, 9, 9) + 0.1
    right, left, down, up = experiment.shifted(picture.expand(4, 1, 9, 9), pixels)[:, 0]
    stays = 9 - pixels
    assert torch.equal(right[:, pixels:], picture[0, 0, :, :stays])
    assert torch.equal(left[:, :stays], picture[0, 0, :, pixels:])
    assert torch.equal(down[pixels:], picture[0, 0, :stays])
    assert torch.equal(up[:stays], picture[0, 0, pixels:])
    for grid, rest in ((right[:, :pixels], 9), (left[:, stays:], 9), (down[:pixels], 9), (up[stays:], 9)):
        assert grid.numel() == pixels * rest
        assert not grid.any()


def test_a_shuffle_keeps_all_pixels_and_is_the_same_for_all_pictures() -> None:
    """Its seed decides the order; another seed, another order."""
    pictures = torch.arange(2 * 784.0).reshape(2, 1, 28, 28)
    first, second = experiment.Shuffle(784, seed=0)(pictures)
    assert sorted(first.flatten().tolist()) == list(range(784))
    assert torch.equal(first + 784, second)
    assert not torch.equal(first, pictures[0])
    assert not torch.equal(first, experiment.Shuffle(784, seed=1)(pictures)[0])


@pytest.mark.parametrize("way", experiment.WAYS)
def test_a_run_can_be_repeated(way: str) -> None:
    """The same seed gives the same accuracies; only pictures that were not shuffled are shifted."""
    digits = data.Digits(image_size=28)
    some = torch.arange(200)
    few = data.ImageData("few", digits.classes, digits.train.subset(some), digits.test.subset(some))
    one, two = (experiment.run(way, "dense", 3, few, epochs=1) for _ in range(2))
    assert one["accuracy"] == two["accuracy"]
    assert len(one["accuracy"]) == (1 if way == "shuffled" else len(experiment.SHIFTS))


def test_the_stored_results_are_complete() -> None:
    """Every network, in every way that is planned for it, with every seed."""
    wanted = [
        (way, network, seed) for seed in experiment.SEEDS for way in experiment.WAYS for network in experiment.WAYS[way]
    ]
    assert [(run["way"], run["network"], run["seed"]) for run in page.stored()["runs"]] == wanted


def test_the_lesson_shows_the_stored_results() -> None:
    """Its cell is the one that `python -m benchmarks.sharing --page` writes."""
    text = page.LESSON.read_text("utf-8")
    assert page.with_results(text, page.stored()) == text


def test_the_results_need_one_cell() -> None:
    """A lesson without it is refused, with a message that says what is missing."""
    with pytest.raises(
        ValueError, match=r"weight_sharing.md must have one cell that ends in `recorded = …` \(found 0\)"
    ):
        page.with_results("no cell", page.stored())
