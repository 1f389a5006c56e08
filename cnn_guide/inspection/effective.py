"""Effective receptive fields: how much each pixel of the theoretical field really counts, measured by gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from math import prod, sqrt
from typing import TYPE_CHECKING

from ..arithmetic.arguments import Shape, integer
from ..arithmetic.layers import Layer
from ..arithmetic.layout import Digit, digits_of
from ..arithmetic.receptive_field import Region
from .fields import Field, receptive_field

if TYPE_CHECKING:
    from torch import Tensor, nn

COUNTS = 1 - 0.9545  # a pixel counts from this share of the strongest one on: what lies beyond 2σ of a Gaussian


@dataclass(frozen=True, repr=False)
class EffectiveField:
    """How much each pixel counts for one unit.

    Args:
        map: each pixel's share of the unit's whole gradient, (H, W) for images; the shares add up to 1.
        unit: the unit's place.
        layer: path of the layer that it belongs to; "" for the network's output.
        region: first and last pixel of its theoretical field along each axis.
    """

    map: Tensor
    unit: Shape
    layer: str
    region: Region

    @property
    def centre(self) -> tuple[float, ...]:
        """Mean place of the shares along each axis, in pixels."""
        return tuple(mean for mean, _ in self._moments())

    @property
    def sigma(self) -> tuple[float, ...]:
        """Standard deviation of the shares along each axis, in pixels."""
        return tuple(deviation for _, deviation in self._moments())

    @property
    def size(self) -> tuple[float, ...]:
        """Width of the effective field along each axis: 4σ, which would hold 95 % of a Gaussian."""
        return tuple(4 * deviation for deviation in self.sigma)

    @property
    def pixels(self) -> int:
        """Pixels that count: those with at least 4.55 % of the strongest pixel's share."""
        return int((self.map >= COUNTS * self.map.max()).sum())

    @property
    def share(self) -> float:
        """Pixels that count, as a share of the theoretical field."""
        return self.pixels / prod(span[1] - span[0] + 1 for span in self.region if span)

    def _moments(self) -> Iterator[tuple[float, float]]:
        for axis in range(self.map.dim()):
            others = [other for other in range(self.map.dim()) if other != axis]
            shares = self.map.sum(dim=others) if others else self.map
            mean = sum(place * float(share) for place, share in enumerate(shares))
            yield mean, sqrt(sum((place - mean) ** 2 * float(share) for place, share in enumerate(shares)))

    def __repr__(self) -> str:
        size, whole = (" × ".join(f"{number:.0f}" for number in part) for part in (self.size, self._theoretical()))
        return f"EffectiveField({size} of {whole} pixels, unit {self.unit}, {self.share:.0%} of the pixels count)"

    def _theoretical(self) -> Iterator[int]:
        return (span[1] - span[0] + 1 for span in self.region if span)


def effective_receptive_field(
    model: nn.Module,
    input_size: tuple[int, ...],
    *,
    unit: int | Sequence[int] | None = None,
    layer: str | None = None,
    samples: int = 16,
    seed: int = 0,
) -> EffectiveField:
    """How much each pixel counts for one unit: the mean size of its gradient over random inputs.

    The theoretical field says which pixels can change the unit; most of them hardly do. The measure is that of Luo et
    al.: the gradient of the unit, summed over its channels, by each pixel; here its absolute value, summed over the
    colours and averaged over inputs drawn from a normal distribution.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> network = nn.Sequential(*[nn.Conv2d(1, 1, 3, padding=1, bias=False) for _ in range(8)])
        >>> for convolution in network:
        ...     _ = nn.init.ones_(convolution.weight)
        >>> effective_receptive_field(network, (1, 33, 33), samples=1)  # 2σ = 2 √(8 · 2/3) on each side
        EffectiveField(9 × 9 of 17 × 17 pixels, unit (16, 16), 38% of the pixels count)

    Args:
        model: any `nn.Module`; it is run in evaluation mode and stays as it is.
        input_size: shape of one input, (C, H, W) for images.
        unit: the unit's place; by default the middle one.
        layer: path of the module whose output the unit belongs to; by default the last one whose units have places.
        samples: how many random inputs are averaged.
        seed: of the random inputs.

    Returns:
        The map of shares, and measures of its size.

    Raises:
        TypeError: if `model` is a description, which has no weights.
        ValueError: if there is no such layer or unit, its place is unknown, or no pixel changes it.

    Source:
        Luo, Li, Urtasun, Zemel: Understanding the Effective Receptive Field in Deep Convolutional Neural Networks
        (2016), section 2 and 3.
    """
    if isinstance(model, Layer):
        raise TypeError("`model` is a description, which has no weights. Give the nn.Module.")
    integer("samples", samples, least=1)
    field = receptive_field(model, input_size)
    row = field.layer if layer is None else field[layer]
    if row.place is None or row.view is None:
        raise ValueError(f"The units of {row.where} have no known places. {row.lost}")
    units = row.view.units
    place = tuple(count // 2 for count in units) if unit is None else (unit,) if isinstance(unit, int) else tuple(unit)
    region = row.view.region(place)
    call = [other is row for other in field.rows if other.name == row.name].index(True)
    gradient = _gradient(model, tuple(input_size), (row, call), place, samples, seed)
    if not float(gradient.sum()):
        raise ValueError(f"No pixel changes unit {place} of {row.where}.")
    return EffectiveField(gradient / gradient.sum(), place, row.name, region)


def _gradient(model: nn.Module, size: Shape, where: tuple[Field, int], unit: Shape, samples: int, seed: int) -> Tensor:
    """Mean absolute gradient of a unit by each pixel.

    Args:
        model: the module.
        size: shape of one input.
        where: the layer's row, and which of its calls it is.
        unit: the unit's place.
        samples: how many inputs.
        seed: of the inputs.
    """
    import torch

    kinds = (tensor for tensor in chain(model.parameters(), model.buffers()) if tensor.is_floating_point())
    like = next(kinds, torch.empty(0))
    numbers = torch.Generator().manual_seed(seed)
    total = torch.zeros(size[1:], dtype=torch.double)
    with _watched(model, where[0].name) as outputs, torch.enable_grad():
        for _ in range(samples):
            image = torch.randn(1, *size, generator=numbers).to(like).requires_grad_()
            outputs.clear()
            model(image)
            chosen = _numbers_of(outputs[where[1]], where[0], unit).sum()
            (gradient,) = torch.autograd.grad(chosen, image)
            total += gradient[0].abs().sum(0).double().cpu()
    return total / samples


@contextmanager
def _watched(model: nn.Module, layer: str) -> Iterator[list[Tensor]]:
    """The outputs of one module while the model runs in evaluation mode; afterwards the model is as before."""
    from .inputs import tensors_of

    training = [module for module in model.modules() if module.training]
    outputs: list[Tensor] = []
    hook = model.get_submodule(layer).register_forward_hook(lambda *call: outputs.append(next(tensors_of(call[2]))))
    model.eval()
    try:
        yield outputs
    finally:
        hook.remove()
        for module in training:
            module.training = True


def _numbers_of(output: Tensor, row: Field, unit: Shape) -> Tensor:
    """All numbers of one unit, which may stand in several channels."""
    assert row.place is not None  # the caller has seen to it
    for dim, carries in enumerate(row.place.dims):
        digits = digits_of(carries, output.shape[dim])
        places = [place for place in range(output.shape[dim]) if _belongs(digits, place, unit)]
        output = output[(slice(None),) * dim + (places,)]
    return output


def _belongs(digits: Sequence[Digit], place: int, unit: Shape) -> bool:
    """Whether a place of a dimension belongs to the unit."""
    for digit in reversed(digits):
        place, value = divmod(place, digit.size)
        if digit.axis >= 0 and unit[digit.axis] // digit.stride % digit.size != value:
            return False
    return True
