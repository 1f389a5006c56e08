"""Settings of layers, as the search finds them."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from ..arguments import Axes


@dataclass(frozen=True, repr=False)
class Settings:
    """Settings of a layer, by PyTorch's names; `**settings` puts them into a layer or a size function.

    Example:
        >>> from cnn_guide import layers
        >>> solution = ConvSettings(kernel_size=3, stride=2, padding=1)
        >>> layers.Conv2d(3, 16, **solution)
        Conv2d(3, 16, kernel_size=3, stride=2, padding=1)
    """

    def keys(self) -> list[str]:
        """Names of the settings that differ from their default."""
        return [field.name for field in fields(self) if self[field.name] != field.default]

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def to_dict(self) -> dict[str, Any]:
        """All settings as plain Python values."""
        return asdict(self)

    def __repr__(self) -> str:
        """As it is written: what differs from the default."""
        return f"{type(self).__name__}({', '.join(f'{name}={self[name]!r}' for name in self.keys())})"


@dataclass(frozen=True, repr=False)
class ConvSettings(Settings):
    """Settings of a convolution."""

    kernel_size: Axes
    stride: Axes = 1
    padding: Axes = 0
    dilation: Axes = 1


@dataclass(frozen=True, repr=False)
class PoolSettings(Settings):
    """Settings of a pooling layer; a stride of None is the kernel's size."""

    kernel_size: Axes
    stride: Axes | None = None
    padding: Axes = 0
    dilation: Axes = 1
    ceil_mode: bool = False

    def __post_init__(self) -> None:
        if self.stride == self.kernel_size:
            object.__setattr__(self, "stride", None)  # the dataclass is frozen


@dataclass(frozen=True, repr=False)
class ConvTransposeSettings(Settings):
    """Settings of a transposed convolution."""

    kernel_size: Axes
    stride: Axes = 1
    padding: Axes = 0
    output_padding: Axes = 0
    dilation: Axes = 1
