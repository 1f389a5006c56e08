"""Random changes that leave a picture's class as it is: a network that sees them learns from more pictures."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from cnn_guide.data.changes import Change, Colour, Crop, Erase, Flip, Rotate, Shift


@dataclass(frozen=True)
class Augmentation:
    """Named steps that change each image of a batch at random; a step that is left out changes nothing.

    The steps follow one another as they stand here. Outside of a picture all is black.

    Example:
        >>> twice_as_many = Augmentation(shift=4, flip=True)
        >>> [type(step).__name__ for step in twice_as_many.steps]
        ['Shift', 'Flip']
        >>> twice_as_many(torch.rand(8, 3, 32, 32), torch.Generator().manual_seed(0)).shape
        torch.Size([8, 3, 32, 32])

    Args:
        rotate: Turn by up to so many degrees, either way.
        crop: Cut out a piece of at least this share of the area, 3:4 to 4:3 in shape, and enlarge it; 1: no cutting.
        shift: Move by up to so many pixels, up or down and left or right.
        flip: Mirror every other image, left to right; wrong for digits and letters.
        colour: Change brightness, contrast and saturation by a factor of up to 1 ± this; 0.4 is much.
        erasing: Share of the images in which a rectangle of 2% to 33% of the area is made black.

    Raises:
        ValueError: If a value is out of its range.

    Source:
        Shift and flip: K. He et al., Deep residual learning for image recognition, 2015, section 4.2. Crop and colour:
        C. Szegedy et al., Going deeper with convolutions, 2014, section 6, and A. G. Howard, Some improvements on deep
        convolutional neural network based image classification, 2013. Erasing: Z. Zhong et al., Random erasing data
        augmentation, 2017.
    """

    rotate: float = 0.0
    crop: float = 1.0
    shift: int = 0
    flip: bool = False
    colour: float = 0.0
    erasing: float = 0.0

    def __post_init__(self) -> None:
        _between("rotate", self.rotate, 0, 180, "degrees")
        _between("colour", self.colour, 0, 1, "the largest change of a factor")
        _between("erasing", self.erasing, 0, 1, "a share of the images")
        _between("crop", self.crop, 0, 1, "a share of the area")
        if self.crop == 0:
            raise ValueError("`crop` (=0) must be above 0: nothing would be left of a picture. 1 leaves it whole.")
        if self.shift != int(self.shift) or self.shift < 0:
            raise ValueError(f"`shift` (={self.shift}) must be a whole number of pixels, 0 or more.")

    @cached_property
    def steps(self) -> tuple[Change, ...]:
        """The steps that change something, in their order."""
        chosen = (
            (self.rotate > 0, Rotate(self.rotate)),
            (self.crop < 1, Crop(self.crop)),
            (self.shift > 0, Shift(self.shift)),
            (self.flip, Flip()),
            (self.colour > 0, Colour(self.colour)),
            (self.erasing > 0, Erase(self.erasing)),
        )
        return tuple(step for wanted, step in chosen if wanted)

    def __call__(
        self,
        images: Tensor,
        generator: torch.Generator | None = None,
        rows: slice = slice(None),
        whole: int | None = None,
    ) -> Tensor:
        """Change each image of a batch in its own way.

        Args:
            images: Values from 0 to 1, float32, (N, C, H, W); they stay as they are.
            generator: torch's random numbers, on the CPU; left out, torch's own.
            rows: Which images of a larger batch these are. Each image is changed as it would be in the whole batch.
            whole: How many images that batch holds; left out, these are all.

        Returns:
            New images of the same shape.
        """
        for step in self.steps:
            drawn = torch.rand(len(images) if whole is None else whole, step.draws, generator=generator)
            images = step(images, drawn[rows].to(images.device))
        return images

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values: `Augmentation(**values)` is the same again."""
        return asdict(self)

    @classmethod
    def of(cls, given: "Augmentation | Mapping[str, Any] | None") -> "Augmentation | None":
        """Return an augmentation for what stands in a file or a call: one, its settings, or nothing.

        Raises:
            ValueError: If there is a setting that it does not know.
        """
        if given is None or isinstance(given, Augmentation):
            return given
        known = [field.name for field in fields(cls)]
        if unknown := [name for name in given if name not in known]:
            raise ValueError(f"`augmentation` has no step {unknown[0]!r}; its steps are {', '.join(known)}.")
        return cls(**given)


def _between(name: str, value: float, low: float, high: float, meaning: str) -> None:
    if not (isfinite(value) and low <= value <= high):
        raise ValueError(f"`{name}` (={value}) must lie between {low} and {high}: it is {meaning}.")
