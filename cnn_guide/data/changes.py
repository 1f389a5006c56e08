"""The single steps of an augmentation: each takes a batch and, for each image, its random numbers from 0 to 1."""

from abc import ABC, abstractmethod
from math import log, pi
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

_ASPECT = (3 / 4, 4 / 3)  # width : height of a crop (Szegedy et al. 2014)
_ERASED = (0.02, 0.33)  # share of the area (Zhong et al. 2017)
_ERASED_ASPECT = (0.3, 1 / 0.3)
_GREY = (0.299, 0.587, 0.114)  # the luma of red, green and blue (ITU-R BT.601)


class Change(ABC):
    """One step. Equal random numbers give equal changes, whatever the other images of the batch are."""

    draws: ClassVar[int]  # random numbers an image

    @abstractmethod
    def __call__(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Return images (N, C, H, W), changed as the random numbers (N, draws), each in [0, 1), say."""


class Shift(Change):
    """Move by whole pixels, up to `pixels` each way; what comes in is black."""

    draws = 2

    def __init__(self, pixels: int) -> None:
        self.pixels = pixels

    def __call__(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Cut (H, W) windows out of the images with a black border, 2·pixels + 1 places each way."""
        N, C, H, W = images.shape
        bordered = F.pad(images, (self.pixels,) * 4)  # (N, C, H + 2p, W + 2p)
        height, width = bordered.shape[2:]
        top, left = (drawn * (2 * self.pixels + 1)).long().unbind(1)  # (N,) each, 0 to 2p
        planes = torch.arange(N * C, device=images.device).view(N, C, 1) * height
        rows = planes + top.view(N, 1, 1) + torch.arange(H, device=images.device)  # (N, C, H)
        starts = rows * width + left.view(N, 1, 1)  # where each row of a window begins in memory
        return bordered.flatten().unfold(0, W, 1).index_select(0, starts.flatten()).view(N, C, H, W)


class Flip(Change):
    """Mirror every other image, left to right."""

    draws = 1

    def __call__(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Mirror the images with a number below a half."""
        return torch.where(drawn.view(-1, 1, 1, 1) < 0.5, images.flip(-1), images)


class Rotate(Change):
    """Turn about the middle by up to `degrees` either way."""

    draws = 1

    def __init__(self, degrees: float) -> None:
        self.degrees = degrees

    def __call__(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Turn each image by an angle drawn evenly from −degrees to +degrees; above 0 is anticlockwise."""
        angle = (2 * drawn.squeeze(1) - 1) * self.degrees * pi / 180
        cos, sin, none = angle.cos(), angle.sin(), torch.zeros_like(angle)
        long = images.shape[3] / images.shape[2]  # the grid runs from −1 to 1 along either side, however long it is
        return _warped(images, torch.stack([cos, -sin / long, none, sin * long, cos, none], dim=1))


class Crop(Change):
    """Cut out a piece of at least the given share of the area, and enlarge it to the whole."""

    draws = 4

    def __init__(self, smallest: float) -> None:
        self.smallest = smallest

    def __call__(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Draw share, shape, and place of each piece."""
        height, width = _sides(drawn, (self.smallest, 1.0), _ASPECT)  # (N,), as shares of the image's
        none = torch.zeros_like(height)
        across, down = (2 * drawn[:, 2] - 1) * (1 - width), (2 * drawn[:, 3] - 1) * (1 - height)
        transform = torch.stack([width, none, across, none, height, down], dim=1)
        return _warped(images, transform, outside="border")  # half a pixel at most, where a piece ends at the edge


class Colour(Change):
    """Change brightness, then contrast, then saturation, each by a factor from 1 − c to 1 + c."""

    draws = 3

    def __init__(self, change: float) -> None:
        self.change = change

    def __call__(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Draw a factor for each of the three, and keep the values between 0 and 1."""
        brightness, contrast, saturation = (1 + (2 * drawn - 1) * self.change).view(-1, 3, 1, 1, 1).unbind(1)
        images = (images * brightness).clamp(0, 1)
        mean = _grey(images).mean(dim=(2, 3), keepdim=True)  # (N, 1, 1, 1)
        images = torch.lerp(mean, images, contrast).clamp(0, 1)
        return torch.lerp(_grey(images), images, saturation).clamp(0, 1)


class Erase(Change):
    """Make a rectangle black in the given share of the images."""

    draws = 5

    def __init__(self, share: float) -> None:
        self.share = share

    def __call__(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Draw size, shape and place of each rectangle, and whether there is one."""
        height, width = _sides(drawn, _ERASED, _ERASED_ASPECT)
        down = _within(images.shape[2], height, drawn[:, 3])  # (N, H)
        across = _within(images.shape[3], width, drawn[:, 2])  # (N, W)
        erased = (drawn[:, 4] < self.share)[:, None, None] & down[:, :, None] & across[:, None, :]  # (N, H, W)
        return images.masked_fill(erased.unsqueeze(1), 0.0)


def _sides(drawn: Tensor, areas: tuple[float, float], aspects: tuple[float, float]) -> tuple[Tensor, Tensor]:
    """Return height and width of rectangles, as shares of the image's: area drawn evenly, aspect evenly in its log."""
    area = areas[0] + drawn[:, 0] * (areas[1] - areas[0])
    aspect = (log(aspects[0]) + drawn[:, 1] * log(aspects[1] / aspects[0])).exp()
    return (area / aspect).sqrt().clamp(max=1), (area * aspect).sqrt().clamp(max=1)


def _within(size: int, share: Tensor, place: Tensor) -> Tensor:
    """Tell which of `size` pixels lie in a stretch of the given share at the given place: (N, size)."""
    length = (share * size).round().clamp(min=1)
    start = (place * (size - length + 1)).floor()
    pixels = torch.arange(size, device=share.device)
    return (pixels >= start[:, None]) & (pixels < (start + length)[:, None])


def _warped(images: Tensor, transform: Tensor, outside: str = "zeros") -> Tensor:
    """Look each pixel up where its affine transform (N, 6) points to, between the pixels where need be."""
    grid = F.affine_grid(transform.view(-1, 2, 3), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode=outside, align_corners=False)


def _grey(images: Tensor) -> Tensor:
    """Return the shades of grey, (N, 1, H, W), of colour images; grey ones are what they are."""
    if images.shape[1] != 3:
        return images.mean(dim=1, keepdim=True)
    return (images * images.new_tensor(_GREY).view(3, 1, 1)).sum(dim=1, keepdim=True)
