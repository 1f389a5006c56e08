"""From pictures to what networks expect: Pillow is the oracle of sizes, hand-made numbers that of values."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnn_guide.preprocessing import Preprocessing

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
RANDOM = np.random.default_rng(0)


def picture(height: int, width: int) -> Image.Image:
    """A coloured picture of noise: the hardest for a filter."""
    return Image.fromarray(RANDOM.integers(0, 256, (height, width, 3), dtype=np.uint8))


def as_tensor(image: Image.Image) -> torch.Tensor:
    values = np.array(image)
    return torch.from_numpy(values.reshape(image.height, image.width, -1)).permute(2, 0, 1)


def by_pillow(image: Image.Image, size: int, crop: int, interpolation: str) -> torch.Tensor:
    """Resize the shorter side, and cut the middle out, with Pillow alone."""
    short = min(image.size)
    width, height = (int(size * side / short) for side in image.size)
    resized = image.resize((width, height), FILTERS[interpolation])
    left, top = round((width - crop) / 2), round((height - crop) / 2)
    return as_tensor(resized.crop((left, top, left + crop, top + crop)))


@pytest.mark.parametrize("interpolation", FILTERS)
@pytest.mark.parametrize(("height", "width"), [(120, 90), (90, 121), (64, 64), (40, 33), (300, 31)])
@pytest.mark.parametrize(("size", "crop"), [(64, 56), (59, 56)])
def test_pictures_are_resized_and_cut_as_by_pillow(
    interpolation: str, height: int, width: int, size: int, crop: int
) -> None:
    """Bytes are Pillow's to the rounding of the last bit, up and down; floats, which nobody rounds, to a bit more."""
    image = picture(height, width)
    expected = by_pillow(image, size, crop, interpolation).float()
    prepare = Preprocessing(resize=size, crop=crop, interpolation=interpolation)
    prepared = prepare(image) * 255
    assert (prepared - expected).abs().max() <= 1.001
    assert ((prepared - expected).abs() > 0.5).float().mean() < 0.05
    from_floats = prepare(as_tensor(image).float() / 255) * 255
    assert (from_floats - expected).abs().max() < 1.2


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 60), st.integers(1, 60), st.sampled_from([1, 3]), st.sampled_from([1, 3]),
    st.none() | st.integers(2, 40) | st.tuples(st.integers(2, 40), st.integers(2, 40)),
)  # fmt: skip
def test_a_batch_is_prepared_like_its_pictures(
    height: int, width: int, given: int, channels: int, resize: object
) -> None:
    """Sizes, channels and range are as promised, whatever comes in."""
    batch = torch.from_numpy(RANDOM.integers(0, 256, (2, given, height, width), dtype=np.uint8))
    prepare = Preprocessing(channels=channels, resize=resize)
    prepared = prepare(batch)
    assert prepared.dtype == torch.float32
    assert prepared.shape[:2] == (2, channels)
    if isinstance(resize, tuple):
        assert prepared.shape[2:] == resize
    elif resize is not None:
        assert min(prepared.shape[2:]) == resize
    assert prepared.min() >= 0
    assert prepared.max() <= 1
    torch.testing.assert_close(prepared, torch.stack([prepare(one) for one in batch]), rtol=0, atol=1e-6)


def test_values_are_centred_and_scaled_a_channel() -> None:
    grey = torch.tensor([0.0, 0.5, 1.0]).view(3, 1, 1)
    prepared = Preprocessing(mean=(0.0, 0.25, 0.5), std=(1.0, 0.5, 0.25))(grey)
    assert prepared.flatten().tolist() == [0.0, 0.5, 2.0]
    assert Preprocessing(std=(0.5, 0.5, 0.5))(grey).flatten().tolist() == [0.0, 1.0, 2.0]
    assert Preprocessing(mean=(0.5, 0.5, 0.5))(grey).flatten().tolist() == [-0.5, 0.0, 0.5]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_floats_of_any_width_become_float32(dtype: torch.dtype) -> None:
    assert Preprocessing(resize=4)(torch.ones(3, 8, 8, dtype=dtype)).dtype == torch.float32


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV"])
@pytest.mark.parametrize("channels", [1, 3])
def test_images_of_every_mode_are_converted_as_by_pillow(mode: str, channels: int) -> None:
    image = picture(20, 30).convert(mode)
    colour = image.convert("L" if mode in ("1", "L") else "RGB")
    expected = as_tensor(colour.convert("L" if channels == 1 else "RGB")) / 255
    torch.testing.assert_close(Preprocessing(channels=channels)(image), expected)


def test_grey_from_floats_is_that_from_bytes() -> None:
    pixels = as_tensor(picture(20, 30))
    grey = Preprocessing(channels=1)
    torch.testing.assert_close(grey(pixels / 255), grey(pixels), rtol=0, atol=0.51 / 255)


def test_the_picture_is_left_as_it_was() -> None:
    pixels = torch.full((3, 4, 4), 0.5)
    Preprocessing(mean=(0.1, 0.1, 0.1), std=(2.0, 2.0, 2.0))(pixels)
    assert pixels.unique().tolist() == [0.5]


@pytest.mark.parametrize(
    "prepare",
    [
        Preprocessing(),
        Preprocessing(1, 28, (20, 24), (0.1307,), (0.3081,), "bicubic"),
        Preprocessing(3, (32, 32), None, (0.5, 0.5, 0.5)),
    ],
)
def test_plain_values_make_it_again(prepare: Preprocessing) -> None:
    """Through a JSON file too, which knows no tuples; so a checkpoint can hold it."""
    assert Preprocessing.from_dict(json.loads(json.dumps(prepare.to_dict()))) == prepare
    assert hash(Preprocessing.from_dict(prepare.to_dict())) == hash(prepare)


def test_unknown_steps_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'rezise' is no step of a preprocessing; these are: channels, resize, crop"):
        Preprocessing.from_dict({"rezise": 3})


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"channels": 4}, ValueError, r"`channels` \(=4\) must be 1 \(grey\) or 3 \(colour\)"),
        (
            {"resize": 0},
            ValueError,
            r"`resize` \(=0\) must be a number of pixels, or \(height, width\), each at least 1",
        ),
        ({"crop": (1, 2, 3)}, ValueError, r"`crop` \(=\(1, 2, 3\)\) must be a number of pixels"),
        ({"crop": ()}, ValueError, r"`crop` \(=\(\)\) must be a number of pixels"),
        ({"resize": 2.5}, TypeError, r"`resize` \(=2.5\) must be whole numbers"),
        ({"resize": "large"}, TypeError, r"`resize` \(='large'\) must be whole numbers"),
        ({"crop": True}, TypeError, r"`crop` \(=True\) must be whole numbers"),
        ({"mean": (0.5,)}, ValueError, r"`mean` \(=\(0.5,\)\) must hold 3 finite numbers, one a channel, or none"),
        ({"mean": 0.5}, TypeError, r"`mean` \(=0.5\) must be a tuple of numbers"),
        ({"std": ("1", "1", "1")}, TypeError, r"`std` \(=\('1', '1', '1'\)\) must be a tuple of numbers"),
        ({"std": (1.0, 0.0, 1.0)}, ValueError, r"`std` \(=\(1.0, 0.0, 1.0\)\) must be above 0"),
        ({"mean": (0.0, 0.0, float("nan"))}, ValueError, r"must hold 3 finite numbers"),
        ({"interpolation": "nearest"}, ValueError, r"`interpolation` \(='nearest'\) must be one of bilinear, bicubic"),
    ],
)
def test_senseless_steps_are_refused(options: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Preprocessing(**options)


@pytest.mark.parametrize(
    ("thing", "error", "words"),
    [
        ("cat.jpg", TypeError, r"is a str; it must be a tensor or an image of Pillow's"),
        (torch.zeros(3, 8, 8, dtype=torch.int64), TypeError, r"holds torch.int64; it must hold uint8 \(0..255\) or floats"),
        (torch.zeros(8, 8), ValueError, r"has the shape \(8, 8\); it must be \(C, H, W\) or \(N, C, H, W\)"),
        (torch.zeros(8, 8, 3), ValueError, r"has the shape \(8, 8, 3\); .* with 1 or 3 channels"),
        (torch.zeros(4, 8, 8), ValueError, r"has the shape \(4, 8, 8\)"),
        (torch.zeros(0, 3, 8, 8), ValueError, r"has the shape \(0, 3, 8, 8\)"),
        (torch.full((3, 8, 8), 255.0), ValueError, r"from 255 to 255; they must lie between 0 and 1: divide by 255"),
        (torch.full((3, 8, 8), -2.1), ValueError, r"from -2.1 to -2.1; .* a picture that is normalised already"),
        (torch.full((3, 8, 8), float("nan")), ValueError, r"from nan to nan"),
        (Image.new("RGBA", (8, 8)), ValueError, r"has the mode 'RGBA', with transparency .* cnn_guide.data.read_picture"),
        (Image.new("I;16", (8, 8)), ValueError, r"has the mode 'I;16', with .* more than 8 bits a channel"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused(thing: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Preprocessing()(thing)


def test_a_picture_smaller_than_the_crop_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"`crop` \(=28\) is larger than the picture of 20 × 30 pixels\. Give `resize`"
    ):
        Preprocessing(crop=28)(torch.zeros(3, 20, 30))


def test_a_picture_may_be_one_pixel_wide_and_not_become_so() -> None:
    """PyTorch's filters get that wrong."""
    assert Preprocessing(resize=(3, 1))(torch.ones(3, 3, 1)).shape == (3, 3, 1)
    assert Preprocessing(resize=(3, 4))(torch.ones(3, 5, 1)).eq(1).all()
    with pytest.raises(ValueError, match=r"`resize` \(=\(3, 1\)\) must leave pictures at least 2 pixels wide\."):
        Preprocessing(resize=(3, 1))(torch.ones(3, 3, 2))


def test_a_picture_that_would_become_endless_is_refused() -> None:
    """One pixel high and ten thousand wide: at 256 pixels height it would fill the memory."""
    with pytest.raises(
        ValueError, match=r"1 × 10000 pixels would become 256 × 2,560,000 with `resize` \(=256\)\. Crop it"
    ):
        Preprocessing(resize=256)(torch.zeros(3, 1, 10_000, dtype=torch.uint8))
