"""Paths drawn as a tree."""

from collections.abc import Sequence


def tree(names: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Each path as its last part, with the lines of a tree to draw in front of it.

    Example:
        >>> tree(["features", "features.0", "features.1", "head"])
        (['features', '0', '1', 'head'], ('', '├ ', '└ ', ''))
    """
    ancestors: list[str] = []
    labels, depths = [], []
    for name in names:
        while ancestors and not name.startswith(f"{ancestors[-1]}."):
            ancestors.pop()
        labels.append(name[len(ancestors[-1]) + 1 :] if ancestors else name or "(itself)")
        depths.append(len(ancestors))
        ancestors += [name] if name else []
    return labels, _branches(depths)


def _branches(depths: list[int]) -> tuple[str, ...]:
    """Lines in front of each row: a tee or a corner at its own depth, bars where an outer branch goes on below."""
    found: list[str] = []
    goes_on: set[int] = set()  # depths that have another row below, before the tree goes further out
    for depth in reversed(depths):
        outer = "".join("│ " if level in goes_on else "  " for level in range(1, depth))
        found.append(outer + ("├ " if depth in goes_on else "└ ") if depth else "")
        goes_on = {level for level in goes_on if level < depth} | {depth}
    return tuple(reversed(found))
