"""From a picture to the numbers that a network expects: size, crop, range and scale of its values.

The steps belong to the weights: a network answers as its authors measured only if its pictures are prepared as theirs
were. So a `Preprocessing` is stored in checkpoints and exported files, as plain values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from math import isfinite
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from PIL.Image import Image

    Size = int | tuple[int, int]

__all__ = ["Preprocessing"]

INTERPOLATIONS = ("bilinear", "bicubic")
_LUMA = (19595, 38470, 7471)  # 0.299, 0.587 and 0.114 (ITU-R BT.601) in units of 1 / 65536, as in Pillow
_WHOLE_MODES = ("1", "L", "P", "RGB", "YCbCr", "CMYK", "HSV", "LAB")  # those that 8 bits a channel hold, without alpha
_TOLERANCE = 1e-3  # what rounding may add to values between 0 and 1
_MOST_PIXELS = 100_000_000


@dataclass(frozen=True)
class Preprocessing:
    """Resize, crop, scale to 0..1, and normalise, in this order; each step can be left out.

    Example:
        >>> prepare = Preprocessing(resize=256, crop=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
        >>> prepare(torch.zeros(3, 480, 640, dtype=torch.uint8)).shape
        torch.Size([3, 224, 224])
        >>> Preprocessing(channels=1)(torch.full((3, 2, 2), 255, dtype=torch.uint8))
        tensor([[[1., 1.],
                 [1., 1.]]])

    Args:
        channels: 3 for colour, 1 for shades of grey; pictures are converted to it.
        resize: pixels of the shorter side, the other one in proportion; or (height, width) exactly; None: as it is.
        crop: size of the piece cut from the middle, one for both sides or (height, width); None: all of it.
        mean: what is subtracted from the values (0..1), one number a channel; empty: nothing.
        std: what they are divided by afterwards, one number a channel; empty: nothing.
        interpolation: "bilinear" or "bicubic"; both are antialiased, as Pillow's.

    Raises:
        ValueError: if an argument makes no sense.
        TypeError: if a size is not whole, or a mean is not a number.

    Source:
        The steps and their order are those of torchvision's preset for classification, with Pillow's filters.
    """

    channels: int = 3
    resize: Size | None = None
    crop: Size | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    interpolation: str = "bilinear"

    def __post_init__(self) -> None:
        """Refuse what makes no sense, and read lists (from JSON) as tuples."""
        if self.channels not in (1, 3):
            raise ValueError(f"`channels` (={self.channels!r}) must be 1 (grey) or 3 (colour).")
        if self.interpolation not in INTERPOLATIONS:
            raise ValueError(f"`interpolation` (={self.interpolation!r}) must be one of {', '.join(INTERPOLATIONS)}.")
        for name in ("resize", "crop"):
            object.__setattr__(self, name, _size(name, getattr(self, name)))
        for name in ("mean", "std"):
            object.__setattr__(self, name, _a_channel(name, getattr(self, name), self.channels))
        if self.std and min(self.std) <= 0:
            raise ValueError(f"`std` (={self.std!r}) must be above 0 in each channel: the values are divided by it.")

    def __call__(self, picture: Tensor | Image) -> Tensor:
        """Prepare a picture, or a batch of pictures of one size.

        Args:
            picture: a PIL image; or a tensor (C, H, W) or (N, C, H, W) with 1 or 3 channels, of bytes 0..255 or
                floats 0..1.

        Returns:
            float32, (C, H, W) for one picture and (N, C, H, W) for a batch.

        Raises:
            TypeError: if it is neither.
            ValueError: if the tensor has another shape.
        """
        pixels = _pixels(picture)
        batch = _resized(_converted(pixels if pixels.ndim == 4 else pixels.unsqueeze(0), self.channels), self)
        prepared = self._normalised(_scaled(_cropped(batch, self.crop)))
        return prepared if pixels.ndim == 4 else prepared.squeeze(0)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a checkpoint or a JSON file.

        Example:
            >>> Preprocessing.from_dict(Preprocessing(crop=28).to_dict()) == Preprocessing(crop=28)
            True
        """
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Preprocessing:
        """Read what `to_dict` wrote.

        Args:
            values: names and values of the arguments; what is left out has its default.

        Raises:
            ValueError: if there is a name that it does not know.
        """
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(values) - set(known)):
            raise ValueError(f"{unknown[0]!r} is no step of a preprocessing; these are: {', '.join(known)}.")
        return cls(**values)

    def _normalised(self, batch: Tensor) -> Tensor:
        if self.mean:
            batch = batch - batch.new_tensor(self.mean).view(-1, 1, 1)
        return batch / batch.new_tensor(self.std).view(-1, 1, 1) if self.std else batch


def _size(name: str, size: Any) -> Size | None:
    if size is None:
        return None
    sides = tuple(size) if isinstance(size, (tuple, list)) else (size,)
    if not all(isinstance(side, Integral) and not isinstance(side, bool) for side in sides):
        raise TypeError(f"`{name}` (={size!r}) must be whole numbers of pixels.")
    if len(sides) not in (1, 2) or min(sides) < 1:
        raise ValueError(f"`{name}` (={size!r}) must be a number of pixels, or (height, width), each at least 1.")
    return (int(sides[0]), int(sides[1])) if isinstance(size, (tuple, list)) else int(size)


def _a_channel(name: str, values: Any, channels: int) -> tuple[float, ...]:
    """One number a channel, or none."""
    if not isinstance(values, (tuple, list)) or not all(isinstance(value, Real) for value in values):
        raise TypeError(f"`{name}` (={values!r}) must be a tuple of numbers, one a channel, or empty.")
    if len(values) not in (0, channels) or not all(map(isfinite, values)):
        raise ValueError(f"`{name}` (={values!r}) must hold {channels} finite numbers, one a channel, or none.")
    return tuple(map(float, values))


def _pixels(picture: Tensor | Image) -> Tensor:
    """The picture as a tensor (C, H, W) or (N, C, H, W) of bytes, or of floats from 0 to 1."""
    pixels = picture if isinstance(picture, Tensor) else _from_pillow(picture)
    if pixels.dtype != torch.uint8 and not pixels.is_floating_point():
        raise TypeError(f"`picture` holds {pixels.dtype}; it must hold uint8 (0..255) or floats (0..1).")
    shape = tuple(pixels.shape)
    if pixels.ndim not in (3, 4) or shape[-3] not in (1, 3) or 0 in shape:
        raise ValueError(f"`picture` has the shape {shape}; it must be (C, H, W) or (N, C, H, W) with 1 or 3 channels.")
    if pixels.is_floating_point():
        _refuse_other_range(pixels)
    return pixels


def _from_pillow(picture: Any) -> Tensor:
    """Bytes of an image of Pillow's, (1, H, W) if it is grey, else (3, H, W)."""
    from PIL.Image import Image

    if not isinstance(picture, Image):
        raise TypeError(f"`picture` is a {type(picture).__name__}; it must be a tensor or an image of Pillow's.")
    if picture.mode not in _WHOLE_MODES or "transparency" in picture.info:
        raise ValueError(
            f"`picture` has the mode {picture.mode!r}, with transparency or more than 8 bits a channel, which would be "
            "lost. Read it with cnn_guide.data.read_picture, or convert it to 'RGB'."
        )
    converted = picture.convert("L" if picture.mode in ("1", "L") else "RGB")
    flat = torch.frombuffer(bytearray(converted.tobytes()), dtype=torch.uint8)
    return flat.view(picture.height, picture.width, -1).permute(2, 0, 1)


def _refuse_other_range(pixels: Tensor) -> None:
    low, high = (value.item() for value in torch.aminmax(pixels))
    if not (low >= -_TOLERANCE and high <= 1 + _TOLERANCE):  # refuses NaN too
        raise ValueError(
            f"`picture` holds floats from {low:.4g} to {high:.4g}; they must lie between 0 and 1: divide by 255, or "
            "pass uint8; a picture that is normalised already needs no preprocessing."
        )


def _converted(batch: Tensor, channels: int) -> Tensor:
    """Grey from colour, or the same value for red, green and blue; as it is if the channels are right."""
    if batch.shape[1] == channels:
        return batch
    if channels == 3:
        return batch.expand(-1, 3, -1, -1)
    weights = torch.tensor(_LUMA, device=batch.device, dtype=torch.int32)
    if batch.dtype == torch.uint8:  # Pillow's own integers, so that the same picture gives the same bytes
        red, green, blue = (batch[:, channel : channel + 1].int() * weights[channel] for channel in range(3))
        return ((red + green + blue + (1 << 15)) >> 16).to(torch.uint8)
    shares = (weights / (1 << 16)).to(batch.dtype).view(1, 3, 1, 1)
    return (batch * shares).sum(1, keepdim=True)


def _resized(batch: Tensor, steps: Preprocessing) -> Tensor:
    """The batch in its new size; bytes stay bytes, rounded as Pillow rounds, where torch can do it (on the CPU)."""
    height, width = batch.shape[-2:]
    size = _target(height, width, steps.resize)
    if size == (height, width):
        return batch
    if size[1] == 1:  # PyTorch's antialiased filters (2.13) are wrong there, or fail
        raise ValueError(f"`resize` (={steps.resize}) must leave pictures at least 2 pixels wide.")
    if batch.dtype == torch.uint8 and batch.device.type == "cpu":
        return F.interpolate(batch, size=size, mode=steps.interpolation, antialias=True)
    batch = _scaled(batch)
    for sides in ((height, size[1]), size):  # bicubic weights overshoot: Pillow too cuts off after each direction
        batch = F.interpolate(batch, size=sides, mode=steps.interpolation, antialias=True).clamp(0, 1)
    return batch


def _target(height: int, width: int, resize: Size | None) -> tuple[int, int]:
    if not isinstance(resize, int):
        return resize or (height, width)
    size = (resize, resize * width // height) if height <= width else (resize * height // width, resize)
    if size[0] * size[1] > _MOST_PIXELS:
        raise ValueError(
            f"`picture` of {height} × {width} pixels would become {size[0]:,} × {size[1]:,} with `resize` (={resize}). "
            "Crop it to a less extreme shape first."
        )
    return size


def _cropped(batch: Tensor, crop: Size | None) -> Tensor:
    """The middle of the pictures."""
    if crop is None:
        return batch
    sides = (crop, crop) if isinstance(crop, int) else crop
    shape = tuple(batch.shape[-2:])
    if sides[0] > shape[0] or sides[1] > shape[1]:
        raise ValueError(
            f"`crop` (={crop}) is larger than the picture of {shape[0]} × {shape[1]} pixels. Give `resize` as well."
        )
    top, left = (round((whole - side) / 2) for whole, side in zip(shape, sides, strict=True))
    return batch[..., top : top + sides[0], left : left + sides[1]]


def _scaled(batch: Tensor) -> Tensor:
    """float32 from 0 to 1."""
    return batch.float() if batch.is_floating_point() else batch.float().div_(255)
