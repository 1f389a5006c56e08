"""What trains and what is frozen, as a table."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn

from cnn_guide.report.table import Table, Total
from cnn_guide.training.transfer.freezing import frozen_norms


@dataclass(frozen=True)
class TrainableTable(Table):
    """Parameters that train and that are frozen, part by part; prints itself, and shows itself in notebooks."""

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.html()


def trainable_table(model: nn.Module) -> TrainableTable:
    """List which parameters train: a row for each largest part that trains, or is frozen, as a whole.

    Example:
        >>> from cnn_guide.training.transfer.freezing import freeze
        >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
        >>> _ = freeze(model, 1)
        >>> print(trainable_table(model).text(width=80))
        Parameters of the network
        <BLANKLINE>
        Part  Layer        Trains  Frozen
        ───────────────────────────────────────────────────────────────
        0     Conv2d            0      40
        1     BatchNorm2d       0       8
        3     Linear           10       0
        ───────────────────────────────────────────────────────────────
        Trains      10
        Frozen      48
        Statistics   1  frozen batch norms keep their mean and variance

    Args:
        model: The network.

    Returns:
        A table with `.text()`, `.markdown()`, `.html()` and `.rows`.
    """
    rows = tuple((name, kind, *counts) for name, kind, counts in _parts("", model))
    trains, frozen = _counts(model)
    totals = [Total("Trains", trains), Total("Frozen", frozen)]
    if norms := len(frozen_norms(model)):
        totals.append(Total("Statistics", norms, "frozen batch norms keep their mean and variance"))
    headings = ("Part", "Layer", "Trains", "Frozen")
    return TrainableTable("Parameters of the network", headings, rows, ("",) * len(rows), tuple(totals))


def _parts(name: str, module: nn.Module) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Yield name, kind and counts of the parts; a part that trains only partly is taken apart."""
    counts = _counts(module)
    children = list(module.named_children())
    if any(counts) and (not children or (name and 0 in counts)):
        yield name or "(whole)", type(module).__name__, counts
        return
    if any(own := _counts(module, recurse=False)):
        yield f"{name or '(whole)'} (own)", type(module).__name__, own
    for child_name, child in children:
        yield from _parts(f"{name}.{child_name}".lstrip("."), child)


def _counts(module: nn.Module, *, recurse: bool = True) -> tuple[int, int]:
    """Numbers in the parameters that train, and in the frozen ones; a shared parameter counts once."""
    parameters = list(module.parameters(recurse=recurse))
    trains = sum(parameter.numel() for parameter in parameters if parameter.requires_grad)
    return trains, sum(parameter.numel() for parameter in parameters) - trains
