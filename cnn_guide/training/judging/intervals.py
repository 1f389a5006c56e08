"""How much a share, counted on a sample, can tell."""

from math import sqrt

_Z_95 = 1.959963984540054  # a normal variable lies within ± this with probability 0.95


def wilson_interval(correct: int, total: int) -> tuple[float, float]:
    """Return the 95% interval of a share that was estimated from `correct` of `total`.

    With p = correct / total, n = total and z = 1.96:
    (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n).
    Unlike p ± z·√(p(1 − p)/n) it stays within 0 and 1 and has a width even where nothing (or everything) went wrong.

    Example:
        >>> low, high = wilson_interval(9700, 10_000)
        >>> f"{low:.4f} to {high:.4f}"
        '0.9665 to 0.9732'

    Args:
        correct: Successes.
        total: Trials, at least 1.

    Returns:
        The lower and the upper end.

    Raises:
        ValueError: If `correct` is not between 0 and `total`, or `total` is below 1.

    Source:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference,
        Journal of the American Statistical Association 22(158), 1927, pages 209-212.
    """
    if total < 1 or not 0 <= correct <= total:
        raise ValueError(f"`correct` (={correct}) must lie between 0 and `total` (={total}), which is at least 1.")
    p, z2_n = correct / total, _Z_95**2 / total
    centre = p + z2_n / 2
    half = sqrt(z2_n * p * (1 - p) + z2_n**2 / 4)
    return max(0.0, (centre - half) / (1 + z2_n)), min(1.0, (centre + half) / (1 + z2_n))
