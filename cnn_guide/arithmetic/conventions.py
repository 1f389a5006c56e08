"""TensorFlow's and Keras' conventions for padding, an axis at a time.

Symbols as in `sizes`: n input size, k kernel size, s stride, d dilation, o output size.
"""

from .arguments import integer
from .errors import ShapeError
from .padding import Pair, span


def tf_output_size(input_size: int, kernel_size: int, stride: int = 1, padding: str = "SAME", dilation: int = 1) -> int:
    """Size of a convolution's or pooling layer's output in TensorFlow.

    SAME: ⌈n / s⌉, whatever the kernel. VALID: ⌈(n − d(k − 1)) / s⌉.

    Example:
        >>> tf_output_size(32, kernel_size=8, stride=2), tf_output_size(32, kernel_size=8, stride=2, padding="VALID")
        (16, 13)

    Args:
        input_size: pixels along one axis.
        kernel_size: pixels of the kernel.
        stride: pixels between two positions of the window.
        padding: "SAME" or "VALID", in capitals or not.
        dilation: pixels between two neighbouring kernel entries.

    Raises:
        ShapeError: if the window of VALID does not fit, or an argument is out of range.

    Source:
        TensorFlow, tf.nn, "Notes on padding".
    """
    n, k, s, d = _checked(input_size, kernel_size, stride, dilation)
    if _is_same(padding):
        return -(-n // s)
    if span(k, d) > n:
        raise ShapeError(
            f"`kernel_size` (={k}) spans {span(k, d)} pixels, but VALID leaves the input at {n}.",
            "Use a smaller kernel or SAME.",
            expected=span(k, d),
            got=n,
        )
    return -(-(n - d * (k - 1)) // s)


def tf_same_padding(input_size: int, kernel_size: int, stride: int = 1, dilation: int = 1) -> Pair:
    """Padding before and after the input that SAME adds: max((o − 1)s + d(k − 1) + 1 − n, 0) pixels, an odd one after.

    Example:
        >>> tf_same_padding(224, kernel_size=3, stride=2)  # PyTorch's padding=1 would put it on the other side
        (0, 1)

    Args:
        input_size: pixels along one axis.
        kernel_size: pixels of the kernel.
        stride: pixels between two positions of the window.
        dilation: pixels between two neighbouring kernel entries.

    Source:
        TensorFlow, tf.nn, "Notes on padding".
    """
    n, k, s, d = _checked(input_size, kernel_size, stride, dilation)
    total = max((tf_output_size(n, k, s, "SAME", d) - 1) * s + span(k, d) - n, 0)
    return total // 2, total - total // 2


def tf_transpose_output_size(
    input_size: int, kernel_size: int, stride: int = 1, padding: str = "SAME", dilation: int = 1
) -> int:
    """Size of a transposed convolution's output in TensorFlow and Keras: ns, or with VALID ns + max(span − s, 0).

    Example:
        >>> tf_transpose_output_size(14, kernel_size=3, stride=2), tf_transpose_output_size(14, 3, 2, "VALID")
        (28, 29)

    Args:
        input_size: pixels along one axis.
        kernel_size: pixels of the kernel.
        stride: pixels between two stamps of the kernel on the output.
        padding: "SAME" or "VALID", in capitals or not.
        dilation: pixels between two neighbouring kernel entries.

    Source:
        Keras, Conv2DTranspose, with `output_padding` left at None.
    """
    n, k, s, d = _checked(input_size, kernel_size, stride, dilation)
    return n * s if _is_same(padding) else n * s + max(span(k, d) - s, 0)


def tf_transpose_crop(
    input_size: int, kernel_size: int, stride: int = 1, padding: str = "SAME", dilation: int = 1
) -> Pair:
    """Pixels that TensorFlow cuts off a transposed convolution's full output before and after; below 0 it adds some.

    Example:
        >>> tf_transpose_crop(14, kernel_size=3, stride=2)  # the full output has 29 pixels
        (0, 1)

    Args:
        input_size: pixels along one axis.
        kernel_size: pixels of the kernel.
        stride: pixels between two stamps of the kernel on the output.
        padding: "SAME" or "VALID", in capitals or not.
        dilation: pixels between two neighbouring kernel entries.
    """
    n, k, s, d = _checked(input_size, kernel_size, stride, dilation)
    total = (n - 1) * s + span(k, d) - tf_transpose_output_size(n, k, s, padding, d)
    return (total // 2, total - total // 2) if total > 0 else (0, total)


def _checked(input_size: int, kernel_size: int, stride: int, dilation: int) -> tuple[int, int, int, int]:
    return (
        integer("input_size", input_size, least=1),
        integer("kernel_size", kernel_size, least=1),
        integer("stride", stride, least=1),
        integer("dilation", dilation, least=1),
    )


def _is_same(padding: str) -> bool:
    if padding.upper() not in ("SAME", "VALID"):
        raise ShapeError(f'`padding` (={padding!r}) must be "SAME" or "VALID" in TensorFlow.', got=padding)
    return padding.upper() == "SAME"
