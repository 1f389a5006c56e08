"""Reading pictures: in every way in which they are stored, they look as in a viewer; what is none is refused by name."""

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnn_guide.data import PictureError, read_picture

# a picture whose corners tell how it is turned: red, green / blue, white, and black along the bottom
CORNERS = np.array(
    [[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]], [[0, 0, 0], [0, 0, 0]]], dtype=np.uint8
)  # (3, 2, 3)
ORIENTATION = 0x0112  # the EXIF tag


def stored(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def picture() -> Image.Image:
    return Image.fromarray(CORNERS)


def photograph(size: int = 64) -> Image.Image:
    ramp = np.linspace(0, 255, size).astype(np.uint8)
    return Image.fromarray(np.stack(np.broadcast_arrays(ramp[:, None], ramp, np.uint8(90)), axis=2))


def as_tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.copy()).permute(2, 0, 1)


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "PPM", "TGA"])
def test_colours_come_as_bytes_channel_by_channel(form: str) -> None:
    pixels = read_picture(stored(picture(), form))
    assert pixels.dtype == torch.uint8
    assert pixels.is_contiguous()
    assert torch.equal(pixels, as_tensor(CORNERS))


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_forms_that_lose_a_little_are_read(form: str) -> None:
    found = read_picture(stored(photograph(), form, quality=95)).float()
    assert (found - as_tensor(np.asarray(photograph()))).abs().mean() < 4


def test_a_path_a_name_and_an_open_file_are_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(stored(picture()))
    with path.open("rb") as stream:
        for source in (path, str(path), stream, path.read_bytes()):
            assert torch.equal(read_picture(source), as_tensor(CORNERS))


TURNS = {  # EXIF's orientations: how the stored pixels must be changed to be seen upright (EXIF 2.3, tag 274)
    1: lambda pixels: pixels,
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].transpose(1, 0, 2),
    8: lambda pixels: np.rot90(pixels, 1),
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_pictures_are_turned_as_their_exif_data_say(orientation: int, form: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    expected = TURNS[orientation](CORNERS)
    assert torch.equal(read_picture(stored(picture(), form, exif=exif)), as_tensor(expected))


def test_photographs_are_turned_too() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    wide = Image.new("RGB", (40, 20), "red")
    assert read_picture(stored(wide, "JPEG", exif=exif)).shape == (3, 40, 20)


def test_damaged_exif_data_do_not_spoil_a_picture() -> None:
    content = stored(picture(), "PNG", exif=b"Exif\x00\x00nonsense that is no directory")
    assert torch.equal(read_picture(content), as_tensor(CORNERS))


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_transparent_is_white(channels: int) -> None:
    clear = Image.new("RGBA", (2, 2), (10, 200, 30, 0))
    half = Image.new("RGBA", (2, 2), (0, 0, 0, 128))
    assert read_picture(stored(clear), channels).unique().tolist() == [255]
    assert read_picture(stored(half), channels).unique().tolist() == [127]
    grey = Image.new("LA", (2, 2), (0, 0))
    assert read_picture(stored(grey), channels).unique().tolist() == [255]


def test_palettes_are_looked_up_and_may_be_transparent() -> None:
    indexed = picture().quantize(8)
    assert torch.equal(read_picture(stored(indexed)), as_tensor(np.asarray(indexed.convert("RGB"))))
    gif = Image.new("P", (2, 2), 0)
    gif.putpalette([255, 0, 0, 0, 255, 0])
    assert read_picture(stored(gif, "GIF", transparency=0)).unique().tolist() == [255]
    assert read_picture(stored(gif, "GIF")).amax(dim=(1, 2)).tolist() == [255, 0, 0]


def test_grey_becomes_three_equal_channels_and_colour_becomes_luma() -> None:
    grey = Image.fromarray(np.array([[0, 100], [200, 255]], dtype=np.uint8))
    assert read_picture(stored(grey)).tolist() == [[[0, 100], [200, 255]]] * 3
    assert read_picture(stored(grey), channels=1).tolist() == [[[0, 100], [200, 255]]]
    luma = read_picture(stored(picture()), channels=1)[0, :2]
    assert luma.tolist() == [[76, 150], [29, 255]]  # 0.299, 0.587 and 0.114 of 255, and all of it


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_are_scaled_not_cut_off(form: str, channels: int) -> None:
    deep = Image.fromarray(np.array([[0, 257], [32_768, 65_535]], dtype=np.uint16))
    assert read_picture(stored(deep, form), channels)[0].tolist() == [[0, 1], [128, 255]]


def test_floats_from_0_to_1_are_shades_of_grey() -> None:
    floats = Image.fromarray(np.array([[0.0, 0.5], [1.0, 0.2]], dtype=np.float32))
    assert read_picture(stored(floats, "TIFF"), channels=1)[0].tolist() == [[0, 128], [255, 51]]


def test_black_and_white_and_printers_colours_are_read() -> None:
    bits = Image.fromarray(np.array([[True, False]]))
    assert read_picture(stored(bits), channels=1).tolist() == [[[255, 0]]]
    ink = Image.new("CMYK", (8, 8), (0, 255, 255, 0))  # magenta and yellow: red
    red = read_picture(stored(ink, "JPEG", quality=100)).float().mean(dim=(1, 2))
    assert red.tolist() == pytest.approx([255, 0, 0], abs=4)


def test_the_first_picture_of_an_animation_is_read() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    content = stored(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read_picture(content).amax(dim=(1, 2)).tolist()[0] > 250


def claiming(width: int, height: int) -> bytes:
    """A PNG of 67 bytes that says it is as large as that."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "^it is empty$"),
        (b"GIF", "^it is no picture that can be read$"),
        (b"The quick brown fox.", "^it is no picture that can be read$"),
        (b"\xff\xd8\xff\xe0", "no picture|cut short or damaged"),
        (claiming(20_000, 20_000), r"^it has far more pixels than the 100,000,000 that are read$"),
        (claiming(10_001, 10_000), r"^it has 10001 × 10000 pixels; at most 100,000,000 are read$"),
        (claiming(9, 9), "cut short or damaged"),
    ],
    ids=["empty", "three letters", "text", "start of a JPEG", "huge", "just too large", "too few pixels"],
)
def test_what_is_no_picture_is_refused_with_the_reason(content: bytes, words: str) -> None:
    with pytest.raises(PictureError, match=words):
        read_picture(content)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_picture_that_is_cut_short_is_refused(form: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    content = stored(noise.quantize(64) if form == "GIF" else noise, form)
    with pytest.raises(PictureError, match=r"cut short or damaged|no picture"):
        read_picture(content[: int(share * len(content))])


@settings(deadline=None)
@given(st.data())
def test_whatever_is_wrong_with_a_file_the_error_is_ours(data: st.DataObject) -> None:
    """Bytes of good files are changed at random: they are read, or refused as no pictures."""
    content = bytearray(stored(photograph(8), data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "TIFF", "BMP"]))))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(PictureError):
        assert read_picture(bytes(content)).shape[0] == 3


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_picture(tmp_path / "none.png")


def test_other_numbers_of_channels_are_refused() -> None:
    with pytest.raises(ValueError, match=r"`channels` \(=4\) must be 3 \(colour\) or 1 \(grey\)"):
        read_picture(stored(picture()), channels=4)
