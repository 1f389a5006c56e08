"""Augmentation: what each step does to the pixels, that nothing else changes, and that it repeats itself."""

import itertools
import time
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance
from torch import Tensor

from cnn_guide.data import Augmentation, BatchLoader, TensorSet
from cnn_guide.data.changes import Change, Colour, Crop, Erase, Flip, Rotate, Shift

EVERYTHING = {"rotate": 20, "crop": 0.5, "shift": 3, "flip": True, "colour": 0.4, "erasing": 0.5}
STEPS = [Rotate(20), Crop(0.3), Shift(3), Flip(), Colour(0.4), Erase(0.5)]


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(count: int = 4, channels: int = 3, height: int = 8, width: int = 8, seed: int = 0) -> Tensor:
    """Random pictures without a black pixel: whatever is black afterwards came in from outside."""
    return 0.1 + 0.9 * torch.rand(count, channels, height, width, generator=random(seed))


def drawn(*numbers: float) -> Tensor:
    return torch.tensor([numbers])


# --- each step, pixel by pixel ---


def shifted(image: Tensor, down: int, right: int) -> Tensor:
    """Move an image (C, H, W) one pixel after the other."""
    moved = torch.zeros_like(image)
    _, height, width = image.shape
    for y in range(height):
        for x in range(width):
            if 0 <= y - down < height and 0 <= x - right < width:
                moved[:, y, x] = image[:, y - down, x - right]
    return moved


@settings(deadline=None)
@given(
    pixels=st.integers(1, 9),
    draws=st.lists(st.floats(0, 0.99), min_size=4, max_size=4),
    channels=st.sampled_from([1, 3]),
)
def test_shift_moves_each_image_by_its_own_whole_pixels(pixels: int, draws: list[float], channels: int) -> None:
    images = pictures(2, channels, 5, 7)
    random_numbers = torch.tensor(draws).view(2, 2)
    for image, moved, (vertical, horizontal) in zip(
        images, Shift(pixels)(images, random_numbers), random_numbers, strict=True
    ):
        up, left = (int(number * (2 * pixels + 1)) - pixels for number in (vertical, horizontal))
        assert torch.equal(moved, shifted(image, -up, -left))


def test_shift_reaches_every_place_equally_often_and_none_beyond() -> None:
    dot = torch.zeros(4000, 1, 9, 9)
    dot[:, :, 4, 4] = 1
    sums = Augmentation(shift=1)(dot, random()).sum(dim=0).squeeze()
    assert sums[3:6, 3:6].flatten().tolist() == pytest.approx([4000 / 9] * 9, rel=0.2)
    assert sums.sum() == sums[3:6, 3:6].sum() == 4000


def test_flip_mirrors_every_other_image_and_leaves_the_others() -> None:
    images = pictures(1000, 1, 2, 3)
    flipped = Augmentation(flip=True)(images, random())
    mirrored = (flipped == images.flip(-1)).flatten(1).all(dim=1)
    untouched = (flipped == images).flatten(1).all(dim=1)
    assert bool((mirrored ^ untouched).all())
    assert 450 < mirrored.sum() < 550


@pytest.mark.parametrize(("number", "quarters"), [(0.0, -1), (0.5, 0), (1.0, 1)])
def test_rotation_by_a_quarter_turn_is_exact(number: float, quarters: int) -> None:
    images = pictures()
    torch.testing.assert_close(Rotate(90)(images, torch.full((4, 1), number)), images.rot90(quarters, (2, 3)))


def test_rotation_keeps_the_shapes_in_pictures_that_are_not_square() -> None:
    images = pictures(2, 3, 8, 12)
    middle = slice(2, 10)
    turned = Rotate(90)(images, torch.ones(2, 1))
    torch.testing.assert_close(turned[..., middle], images[..., middle].rot90(1, (2, 3)))
    assert turned[..., :2].max() == 0  # nothing of the picture comes there


def test_rotation_draws_angles_evenly_on_both_sides() -> None:
    """A dot at the right end of a long picture rises or falls by sin(angle) of its distance from the middle."""
    dot = torch.zeros(1000, 1, 41, 41)
    dot[:, :, 20, 38] = 1
    turned = Augmentation(rotate=30)(dot, random())
    heights = (turned.sum(dim=3).squeeze(1) * torch.arange(41)).sum(dim=1) / turned.sum(dim=(1, 2, 3))
    angles = torch.asin(((20 - heights) / 18).clamp(-1, 1)).rad2deg()
    assert angles.abs().max() <= 31
    assert abs(angles.mean()) < 2
    assert angles.std() == pytest.approx(60 / 12**0.5, rel=0.1)  # an even spread over 60 degrees


def test_a_crop_is_the_enlarged_piece() -> None:
    """A quarter of the area, square, lower right: each of its pixels becomes about two by two."""
    images = pictures(1, 3, 8, 8)
    square = float(torch.tensor(4 / 3).log() / (2 * torch.tensor(4 / 3).log()))  # the middle of the log of the aspects
    piece = Crop(0.25)(images, drawn(0.0, square, 1.0, 1.0))
    expected = torch.nn.functional.interpolate(images, scale_factor=2, mode="bilinear")[..., 8:, 8:]
    torch.testing.assert_close(piece[..., 1:, 1:], expected[..., 1:, 1:])  # the inner edge sees its neighbours outside


def test_crops_keep_the_picture_whole_within_the_frame() -> None:
    """No crop reaches outside: a white picture stays white."""
    white = torch.ones(300, 1, 16, 16)
    assert Augmentation(crop=0.1)(white, random()).min() == pytest.approx(1)


def as_picture(image: Tensor) -> Image.Image:
    return Image.fromarray((image * 255).round().byte().permute(1, 2, 0).numpy())


@pytest.mark.parametrize(
    ("enhancer", "place"), [(ImageEnhance.Brightness, 0), (ImageEnhance.Contrast, 1), (ImageEnhance.Color, 2)]
)
@pytest.mark.parametrize("factor", [0.6, 0.9, 1.0, 1.4])
def test_colours_change_as_in_pillow(
    enhancer: Callable[..., ImageEnhance.Brightness], place: int, factor: float
) -> None:
    image = pictures(1)
    numbers = [0.5, 0.5, 0.5]  # a factor of 1 each
    numbers[place] = (factor - 1 + 0.4) / 0.8
    changed = Colour(0.4)(image, drawn(*numbers))[0]
    expected = np.asarray(enhancer(as_picture(image[0])).enhance(factor), dtype=np.float32) / 255
    assert np.abs(changed.permute(1, 2, 0).numpy() - expected).max() < 2.5 / 255  # Pillow rounds in between


def test_shades_of_grey_have_no_saturation() -> None:
    grey = pictures(3, channels=1)
    torch.testing.assert_close(Colour(1)(grey, torch.tensor([[0.5, 0.5, 0.0]] * 3)), grey)


def test_erasing_makes_one_rectangle_black_in_the_chosen_share() -> None:
    images = pictures(400, 3, 20, 20)
    erased = Augmentation(erasing=0.25)(images, random())
    black = (erased == 0).all(dim=1)  # (N, H, W)
    assert torch.equal(erased[~black.unsqueeze(1).expand_as(erased)], images[~black.unsqueeze(1).expand_as(images)])
    touched = black.flatten(1).any(dim=1)
    assert 0.18 < touched.float().mean() < 0.32
    for mask in black[touched]:
        rows, columns = mask.any(dim=1), mask.any(dim=0)
        assert torch.equal(mask, rows[:, None] & columns[None, :])  # one rectangle
        assert 0.01 < mask.float().mean() < 0.4
        assert all((line.int().diff().abs().sum() <= 2) for line in (rows, columns))  # in one piece


# --- what holds for all ---


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_every_step_changes_something_and_keeps_shape_range_and_its_input(step: Change, channels: int) -> None:
    images = pictures(16, channels, 12, 10)
    before = images.clone()
    changed = step(images, torch.rand(16, step.draws, generator=random()))
    assert changed.shape == images.shape
    assert changed.dtype == torch.float32
    assert changed.min() >= 0
    assert changed.max() <= 1 + 1e-6
    assert not torch.equal(changed, images)
    assert torch.equal(images, before)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_what_happens_to_an_image_does_not_depend_on_the_others(step: Change) -> None:
    images, numbers = pictures(6), torch.rand(6, step.draws, generator=random())
    together = step(images, numbers)
    alone = torch.cat([step(images[at : at + 1], numbers[at : at + 1]) for at in range(6)])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "step", [Rotate(0), Crop(1.0), Shift(0), Colour(0), Erase(0)], ids=lambda step: type(step).__name__
)
def test_a_step_of_no_strength_changes_nothing(step: Change) -> None:
    images = pictures()
    if isinstance(step, Crop):  # its shape varies even at full area: that of the whole picture is drawn here
        numbers = torch.full((4, step.draws), 0.5)
    else:
        numbers = torch.rand(4, step.draws, generator=random())
    torch.testing.assert_close(step(images, numbers), images)


def test_an_augmentation_without_steps_gives_its_input() -> None:
    images = pictures()
    assert Augmentation().steps == ()
    assert Augmentation()(images, random()) is images


def test_equal_seeds_give_equal_changes() -> None:
    augmentation, images = Augmentation(**EVERYTHING), pictures(32)
    first, again, other = (augmentation(images, random(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@settings(deadline=None)
@given(parts=st.integers(1, 5))
def test_parts_of_a_batch_are_changed_as_in_the_whole(parts: int) -> None:
    augmentation, images = Augmentation(**EVERYTHING), pictures(10)
    whole = augmentation(images, random())
    bounds = torch.linspace(0, 10, parts + 1).long().tolist()
    rows = [slice(*pair) for pair in itertools.pairwise(bounds)]
    pieces = [augmentation(images[row], random(), row, 10) for row in rows]
    torch.testing.assert_close(torch.cat(pieces), whole, rtol=0, atol=1e-6)


def test_the_steps_follow_one_another_in_the_order_of_the_signature() -> None:
    names = [type(step).__name__.lower() for step in Augmentation(**EVERYTHING).steps]
    assert names == ["rotate", "crop", "shift", "flip", "colour", "erase"]


def test_labels_stay_with_their_images() -> None:
    images = torch.arange(1, 21).view(-1, 1, 1, 1).expand(-1, 1, 8, 8) / 20
    loader = BatchLoader(TensorSet(images, torch.arange(1, 21)), 6, 0, augmentation=Augmentation(shift=2, flip=True))
    for changed, labels in loader:
        assert changed.amax(dim=(1, 2, 3)).mul(20).round().long().tolist() == labels.tolist()


def test_settings_are_plain_values_and_come_back() -> None:
    augmentation = Augmentation(**EVERYTHING)
    assert augmentation.to_dict() == EVERYTHING
    assert Augmentation.of(augmentation.to_dict()) == augmentation
    assert Augmentation.of(augmentation) is augmentation
    assert Augmentation.of(None) is None
    with pytest.raises(
        ValueError, match=r"`augmentation` has no step 'colr'; its steps are rotate, crop, shift, flip, c"
    ):
        Augmentation.of({"colr": 0.1})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rotate": 181}, r"`rotate` \(=181\) must lie between 0 and 180: it is degrees"),
        ({"rotate": -1}, r"`rotate` \(=-1\) must lie between 0 and 180"),
        ({"crop": 0}, r"`crop` \(=0\) must be above 0: nothing would be left"),
        ({"crop": 1.5}, r"`crop` \(=1.5\) must lie between 0 and 1: it is a share of the area"),
        ({"shift": 1.5}, r"`shift` \(=1.5\) must be a whole number of pixels"),
        ({"shift": -1}, r"`shift` \(=-1\) must be a whole number of pixels, 0 or more"),
        ({"colour": float("nan")}, r"`colour` \(=nan\) must lie between 0 and 1"),
        ({"erasing": 2}, r"`erasing` \(=2\) must lie between 0 and 1: it is a share of the images"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Augmentation(**settings)


def milliseconds(augmentation: Augmentation, images: Tensor) -> float:
    """The processor's time for one batch: the least of many, since the machine may be busy."""
    times = []
    for seed in range(30):
        generator = random(seed)
        start = time.process_time()
        augmentation(images, generator)
        times.append(time.process_time() - start)
    return 1000 * min(times)


def test_shift_and_flip_cost_little_beside_a_training_step() -> None:
    """About 1 ms for small photographs and 0.2 ms for digits; the margin is for slow machines."""
    assert milliseconds(Augmentation(shift=4, flip=True), pictures(128, 3, 32, 32)) < 5
    assert milliseconds(Augmentation(shift=2), pictures(128, 1, 28, 28)) < 2
