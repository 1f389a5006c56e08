"""Which pixels a sliding window sees."""


def unused_pixels(
    input_size: int, kernel_size: int, stride: int = 1, before: int = 0, dilation: int = 1, *, output_size: int
) -> tuple[int, ...]:
    """Pixels of one axis that no window position reads, counted from 0.

    Example:
        >>> unused_pixels(10, kernel_size=3, stride=2, output_size=4)  # 0-2, 2-4, 4-6, 6-8
        (9,)

    Args:
        input_size: pixels along the axis.
        kernel_size: pixels of the kernel.
        stride: pixels between two positions.
        before: pixels of padding in front of the input.
        dilation: pixels between two neighbouring kernel entries.
        output_size: how many positions there are.
    """
    read = {o * stride - before + k * dilation for o in range(output_size) for k in range(kernel_size)}
    return tuple(pixel for pixel in range(input_size) if pixel not in read)
