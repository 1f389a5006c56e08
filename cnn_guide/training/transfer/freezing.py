"""Which parameters a training moves: freezing and thawing by name or by depth.

A frozen parameter keeps its value: it gets no gradient, so every optimiser passes it over. A batch norm whose weight
and bias are frozen keeps its running mean and variance too; `ImageClassifier` sees to that with `hold_statistics`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from itertools import chain
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

Selection = str | int | Iterable[str | int]  # a pattern, a depth, or several of them

_CUT = re.compile(r"-\d+")  # on a command line a depth is a word; "3" names a layer, "-3" cannot
_WEIGHT_AXES = 2  # the weight of a convolution or a linear layer has as many axes or more; that of a norm has one


def freeze(model: nn.Module, what: Selection) -> tuple[str, ...]:
    """Keep parameters as they are in the trainings to come.

    Example:
        >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
        >>> freeze(model, "0")
        ('0.weight', '0.bias')
        >>> freeze(model, -1)  # all layers but the last
        ('0.weight', '0.bias', '1.weight', '1.bias')

    Args:
        model: Changed in place; what is frozen already stays so.
        what: A pattern (as for file names: `features.*`, `*.bias`) that fits names of parameters or of the modules that
            hold them; or a depth: what lies before that cut, counted as in a slice of the convolutional and linear
            layers, in the order in which the network lists them (a norm belongs to the layer before it); or several
            of them. A negative depth may be a word, "-1".

    Returns:
        The names of the parameters that were chosen.

    Raises:
        ValueError: If a pattern fits no parameter, or the cut has no layer before it.
    """
    return _set(model, _chosen(model, what, lambda cut: slice(None, cut), "before"), trainable=False)


def unfreeze(model: nn.Module, what: Selection = "*") -> tuple[str, ...]:
    """Let parameters train again.

    Example:
        >>> model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
        >>> _ = freeze(model, "*")
        >>> unfreeze(model, -1)  # the last layer
        ('2.weight', '2.bias')

    Args:
        model: Changed in place; what trains already stays so.
        what: Patterns as for `freeze`, or a depth: what lies behind that cut; left out, everything.

    Returns:
        The names of the parameters that were chosen.

    Raises:
        ValueError: If a pattern fits no parameter, or the cut has no layer behind it.
    """
    return _set(model, _chosen(model, what, lambda cut: slice(cut, None), "behind"), trainable=True)


def matching(model: nn.Module, patterns: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names of the parameters that a pattern fits, in the network's order.

    Example:
        >>> matching(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)), ["0", "*.bias"])
        ('0.weight', '0.bias', '2.bias')

    Args:
        model: The network.
        patterns: One pattern, or several.

    Returns:
        Names, such as `features.0.weight`; a name stands once.

    Raises:
        ValueError: If one of the patterns fits nothing.
    """
    patterns = (patterns,) if isinstance(patterns, str) else tuple(patterns)
    names = [name for name, _ in model.named_parameters()]
    for pattern in patterns:
        if not any(_fits(name, pattern) for name in names):
            raise ValueError(_nothing(pattern, names))
    return tuple(name for name in names if any(_fits(name, pattern) for pattern in patterns))


def parameter_groups(model: nn.Module, rates: Mapping[str, float] | None = None) -> list[dict[str, Any]]:
    """Sort a network's parameters into an optimiser's groups, each with a learning rate of its own.

    Frozen parameters are listed too, so that they can be thawed later: until then they get no gradient.

    Example:
        >>> model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
        >>> [(group["name"], group.get("lr")) for group in parameter_groups(model, {"0": 1e-4})]
        [('0', 0.0001), ('rest', None)]

    Args:
        model: The network.
        rates: A learning rate a pattern (see `freeze`); the first pattern that fits a parameter counts.

    Returns:
        Groups for a `torch.optim` optimiser; the last, "rest", takes the optimiser's own learning rate.

    Raises:
        ValueError: If a pattern fits no parameter, or only those of the patterns before it, or a rate is not above 0.
    """
    left = dict(model.named_parameters())
    groups = []
    for pattern, rate in (rates or {}).items():
        if rate <= 0:
            raise ValueError(f"`rates[{pattern!r}]` (={rate}) must be above 0; `freeze` keeps parameters as they are.")
        chosen = [left.pop(name) for name in matching(model, pattern) if name in left]
        if not chosen:
            raise ValueError(f"`rates[{pattern!r}]` is left without parameters: put it before the wider patterns.")
        groups.append({"params": chosen, "lr": rate, "name": pattern})
    return [*groups, {"params": list(left.values()), "name": "rest"}] if left else groups


def frozen_norms(model: nn.Module) -> list[nn.Module]:
    """Return the batch norms whose weight and bias are frozen: their statistics are to stay as they are.

    Example:
        >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 8, 3), nn.BatchNorm2d(8))
        >>> _ = freeze(model, 1)
        >>> frozen_norms(model) == [model[1]]
        True
    """
    norms = (module for module in model.modules() if isinstance(module, _BatchNorm))
    return [norm for norm in norms if norm.affine and not any(p.requires_grad for p in norm.parameters())]


def hold_statistics(model: nn.Module) -> None:
    """Put frozen batch norms into evaluation mode; needed after each `model.train()`.

    In training mode they would go on to average the new pictures into their running mean and variance, and the frozen
    layers would give other features than before.
    """
    for norm in frozen_norms(model):
        norm.eval()


def _set(model: nn.Module, names: tuple[str, ...], *, trainable: bool) -> tuple[str, ...]:
    before = set(frozen_norms(model))
    for name in names:
        model.get_parameter(name).requires_grad_(trainable)
    after = set(frozen_norms(model))
    for norm in before - after:  # thawed: it goes by the mode of the network again
        norm.train(model.training)
    hold_statistics(model)
    return names


def _fits(name: str, pattern: str) -> bool:
    """Whether a pattern fits the name of a parameter, or of one of the modules around it."""
    parts = name.split(".")
    return any(fnmatchcase(".".join(parts[:count]), pattern) for count in range(1, len(parts) + 1))


def _nothing(pattern: str, names: list[str]) -> str:
    """Say that a pattern fits nothing, and which name comes closest."""
    parts = {".".join(name.split(".")[:count]) for name in names for count in range(1, name.count(".") + 2)}
    close = get_close_matches(pattern.strip("*."), sorted(parts), n=1, cutoff=0.5)
    first = sorted({name.split(".")[0] for name in names}, key=[name.split(".")[0] for name in names].index)
    hint = f"Did you mean {close[0]!r}?" if close else f"Its parts are {', '.join(first)}."
    return f"`what` (={pattern!r}) fits no parameter of the network. {hint} `*` stands for any letters."


def _chosen(model: nn.Module, what: Selection, side: Callable[[int], slice], word: str) -> tuple[str, ...]:
    """The names that patterns fit, and those on one side of a cut, in the network's order."""
    several = [what] if isinstance(what, (str, int)) else list(what)
    names: set[str] = set()
    for each in several:
        is_cut = isinstance(each, int) or _CUT.fullmatch(each)
        names |= set(_sliced(model, int(each), side, word) if is_cut else matching(model, str(each)))
    return tuple(name for name, _ in model.named_parameters() if name in names)


def _sliced(model: nn.Module, cut: int, side: Callable[[int], slice], word: str) -> Iterator[str]:
    layers = list(_layers(model))
    chosen = layers[side(cut)]
    if not -len(layers) <= cut <= len(layers) or not chosen:
        raise ValueError(f"`what` (={cut}) leaves no layer {word} the cut: the network has {len(layers)} layers.")
    return chain(*chosen)


def _layers(model: nn.Module) -> Iterator[list[str]]:
    """Yield the names of the parameters of each convolutional or linear layer, with the norms that follow it."""
    current: list[str] = []
    for path, module in model.named_modules():
        names = [f"{path}.{name}".lstrip(".") for name, _ in module.named_parameters(recurse=False)]
        starts = any(parameter.dim() >= _WEIGHT_AXES for parameter in module.parameters(recurse=False))
        if names and starts and current:
            yield current
            current = []
        current += names
    if current:
        yield current
