"""The experiment of the lesson on receptive fields measures what it says, and the lesson shows what was measured."""

import pytest
import torch

from benchmarks.fields import experiment, page
from cnn_guide import count_parameters, data, receptive_field


@pytest.mark.parametrize("stack", experiment.STACKS)
def test_the_networks_see_what_their_dilations_say(stack: str) -> None:
    """Each 3×3 window widens the field by twice its dilation; the maps stay as large as the picture."""
    convolutions = experiment.network(stack)[0]
    width = 1 + 2 * sum(experiment.STACKS[stack])
    assert receptive_field(convolutions, (1, 28, 28)).size == (width, width)
    assert convolutions(torch.zeros(2, 1, 28, 28)).shape[-2:] == (28, 28)


def test_dilations_change_nothing_but_the_width() -> None:
    """The networks of three convolutions have equally many parameters, and equal first weights."""
    networks = []
    for stack in ("1, 1, 1", "1, 2, 2", "1, 2, 4", "1, 3, 7"):
        torch.manual_seed(3)
        networks.append(experiment.network(stack))
    assert len({count_parameters(network).total for network in networks}) == 1
    first, *others = ([p.detach() for p in network.parameters()] for network in networks)
    for other in others:
        assert all(torch.equal(one, two) for one, two in zip(first, other, strict=True))


def test_pixels_that_no_unit_sees_have_no_share() -> None:
    """The shares add up to 1, and lie inside the theoretical field of the middle unit."""
    torch.manual_seed(0)
    found = experiment.effective_field(experiment.network("1, 2, 2"), torch.randn(9, 1, 28, 28))
    inside = found.map[9:20, 9:20]
    assert found.region == ((9, 19), (9, 19))
    assert float(found.map.sum()) == pytest.approx(1)
    assert float(inside.sum()) == pytest.approx(1)
    assert inside.min() > 0


def test_a_run_can_be_repeated() -> None:
    """The same seed gives the same numbers."""
    digits = data.Digits(image_size=28)
    some = torch.arange(100)
    few = data.ImageData("few", digits.classes, digits.train.subset(some), digits.test.subset(some))
    one, two = (experiment.run("1, 1, 1", 3, few, epochs=1) for _ in range(2))
    measures = ("accuracy", "fresh", "trained", "field")
    assert [one[name] for name in measures] == [two[name] for name in measures]
    assert one["fresh"] != one["trained"]


def test_the_stored_results_are_complete() -> None:
    """Every stack with every seed."""
    wanted = [(stack, seed) for seed in experiment.SEEDS for stack in experiment.STACKS]
    assert [(run["stack"], run["seed"]) for run in page.stored()["runs"]] == wanted


def test_the_lesson_shows_the_stored_results() -> None:
    """Its cell is the one that `python -m benchmarks.fields --page` writes."""
    text = page.LESSON.read_text("utf-8")
    assert page.with_results(text, page.stored()) == text


def test_the_results_need_one_cell() -> None:
    """A lesson without it is refused, with a message that says what is missing."""
    with pytest.raises(
        ValueError, match=r"receptive_fields.md must have one cell that ends in `recorded = …` \(found 0\)"
    ):
        page.with_results("no cell", page.stored())
