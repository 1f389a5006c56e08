"""Reading a picture file into a tensor, whatever way it was stored in, and refusing what is none."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

MOST_PIXELS = 100_000_000  # more than today's cameras give; a file of a few kilobytes can claim a million times that
_ENDINGS = "bmp gif jfif jpeg jpg jp2 pgm png pbm ppm pnm tga tif tiff webp"
PICTURE_SUFFIXES = frozenset(f".{ending}" for ending in _ENDINGS.split())  # of files taken for pictures in a folder


class PictureError(ValueError):
    """A file that is no whole picture; the message says why."""


def read_picture(source: Path | str | bytes | IO[bytes], channels: int = 3) -> Tensor:
    """Read a picture as a viewer shows it: turned as its EXIF data say, what is transparent on white.

    Example:
        >>> stream = io.BytesIO()
        >>> Image.new("RGB", (3, 2), "red").save(stream, "PNG")
        >>> read_picture(stream.getvalue())[:, 0, 0], read_picture(stream.getvalue(), channels=1).shape
        (tensor([255,   0,   0], dtype=torch.uint8), torch.Size([1, 2, 3]))

    Args:
        source: A path, a file's content, or an open file. Of an animation the first picture is read.
        channels: 3 for colour, 1 for shades of grey.

    Returns:
        Bytes from 0 (black) to 255 (white), shape (C, H, W).

    Raises:
        PictureError: If it is empty, no picture, cut short, damaged, or larger than `MOST_PIXELS`.
        OSError: If the file cannot be opened.
        ValueError: If `channels` is neither 1 nor 3.
    """
    if channels not in (1, 3):
        raise ValueError(f"`channels` (={channels!r}) must be 3 (colour) or 1 (grey).")
    with without_remarks():
        return decode(source, channels)


@contextmanager
def without_remarks() -> Iterator[None]:
    """Silence Pillow's warnings of odd but readable files; not for use in several threads at once, as Python's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def decode(source: Path | str | bytes | IO[bytes], channels: int) -> Tensor:
    """Do what `read_picture` does, Pillow's warnings left alone: for many threads within `without_remarks`."""
    content = _content(source)
    if not content:
        raise PictureError("it is empty")
    return _tensor(_turned(_decoded(content)), "RGB" if channels == 3 else "L")


def _content(source: Path | str | bytes | IO[bytes]) -> bytes:
    if isinstance(source, bytes):
        return source
    return Path(source).read_bytes() if isinstance(source, (str, Path)) else source.read()


def _decoded(content: bytes) -> Image.Image:
    """Decode a picture's pixels, after a look at its size."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise PictureError(f"it has {image.width} × {image.height} pixels; at most {MOST_PIXELS:,} are read")
            image.load()
            return image
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError("it is no picture that can be read") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"it has far more pixels than the {MOST_PIXELS:,} that are read") from error
    except Exception as error:  # a decoder meets damage with errors of any kind: OSError, SyntaxError, struct.error, …
        raise PictureError(f"it is cut short or damaged ({error})") from error


def _turned(image: Image.Image) -> Image.Image:
    """Turn a picture as its EXIF data say; data that cannot be read say nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # the parser, too, meets damage with errors of any kind
        return image


def _tensor(image: Image.Image, mode: str) -> Tensor:
    """Convert to colour ("RGB") or grey ("L") on a white ground: (C, H, W)."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        image = _eight_bits(image)
    elif "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    pixels = torch.from_numpy(np.array(image.convert(mode)))  # (H, W, 3) or (H, W)
    return pixels.permute(2, 0, 1).contiguous() if mode == "RGB" else pixels.unsqueeze(0)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16 bits a value to 8; Pillow's own conversion cuts off all that is above 255."""
    values = np.asarray(image, dtype=np.float64)
    if image.mode == "F" and values.max(initial=0) <= 1:
        return Image.fromarray((np.clip(values, 0, 1) * 255).round().astype(np.uint8))
    return Image.fromarray((np.clip(values, 0, 65_535) / 257).round().astype(np.uint8))  # 65,535 / 255 = 257
