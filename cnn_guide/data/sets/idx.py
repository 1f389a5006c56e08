"""The IDX format, in which MNIST was published: a magic number, the size of each axis, the values."""

from math import prod

import numpy as np
from numpy.typing import NDArray

_UNSIGNED_BYTE = 0x08


def parse(content: bytes) -> NDArray[np.uint8]:
    """Read an array of unsigned bytes.

    Example:
        >>> parse(bytes([0, 0, 8, 1]) + bytes([0, 0, 0, 3]) + bytes([5, 6, 7]))
        array([5, 6, 7], dtype=uint8)

    Args:
        content: A whole file, unpacked.

    Returns:
        The array, not writable (it shares its memory with `content`).

    Raises:
        ValueError: If the magic number, the values' type or the length are wrong.

    Source:
        Y. LeCun, C. Cortes and C. Burges, The MNIST Database of Handwritten Digits, section "File formats".
    """
    if len(content) < 4 or content[:2] != b"\0\0":
        raise ValueError(f"it must start with two zero bytes, a type and a number of axes, not with {content[:4]!r}")
    kind, axes = content[2], content[3]
    if kind != _UNSIGNED_BYTE:
        raise ValueError(f"its values have the type 0x{kind:02x}; only unsigned bytes (0x08) are read here")
    start = 4 + 4 * axes
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4)]
    if len(content) != start + prod(shape):
        whole = start + prod(shape)
        raise ValueError(f"with a header for the shape {tuple(shape)} it needs {whole} bytes, and has {len(content)}")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)
