"""Names that a user may give, and answers to slips of the pen."""

from collections.abc import Iterable
from difflib import get_close_matches


def known(argument: str, name: str, names: Iterable[str]) -> str:
    """Return a name that is one of those that there are.

    Example:
        >>> known("optimizer", "adan", ["adam", "sgd"])
        Traceback (most recent call last):
        ValueError: `optimizer` (='adan') must be one of adam, sgd. Did you mean 'adam'?

    Args:
        argument: What the argument is called.
        name: Its value.
        names: The values that are known.

    Raises:
        ValueError: If it is none of them.
    """
    names = list(names)
    if name in names:
        return name
    close = get_close_matches(str(name), names, n=1)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"`{argument}` (={name!r}) must be one of {', '.join(names)}.{meant}")
