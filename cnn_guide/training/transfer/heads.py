"""A network's head: its last layer, which turns features into one logit a class."""

from typing import Any

from torch import nn

Head = nn.Linear | nn.Conv2d


def head_names(model: nn.Module) -> tuple[str, ...]:
    """Return the names of the layers that give the logits: the last one, then those of auxiliary heads (GoogLeNet).

    Example:
        >>> head_names(nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(8, 10)))
        ('2',)

    Args:
        model: A network of `cnn_guide.models`, or one whose last convolutional or linear layer gives the logits.

    Returns:
        Names as in `model.get_submodule`.

    Raises:
        ValueError: If there is neither a convolutional nor a linear layer, or the last of them gives no logits.
    """
    layers = [(name, module) for name, module in model.named_modules() if isinstance(module, Head)]
    if not layers:
        raise ValueError(f"`model` ({type(model).__name__}) has neither a linear nor a convolutional layer.")
    _refuse_codes(model, *layers[-1])
    auxiliary = [name for name in ("aux1.fc2", "aux2.fc2") if any(name == other for other, _ in layers)]
    return (layers[-1][0], *auxiliary)


def replace_head(model: nn.Module, num_classes: int, *, layer: str | None = None) -> nn.Module:
    """Put a fresh last layer into a network, for other classes than those it was trained on.

    The fresh layer reads the same features, trains, and has PyTorch's first weights: call `torch.manual_seed` before to
    have the same ones again.

    Example:
        >>> model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(8, 10))
        >>> replace_head(model, 2)[-1]
        Linear(in_features=8, out_features=2, bias=True)

    Args:
        model: Changed in place.
        num_classes: Logits of the new head.
        layer: The name of the layer to replace; left out, the last (see `head_names`).

    Returns:
        The same network.

    Raises:
        ValueError: If `num_classes` is below 1, or there is no such layer.
    """
    if num_classes < 1:
        raise ValueError(f"`num_classes` (={num_classes}) must be at least 1.")
    for name in (layer,) if layer else head_names(model):
        parent, _, own = name.rpartition(".")
        setattr(model.get_submodule(parent), own, _fresh(_layer(model, name), num_classes))
    _note(model, num_classes)
    return model


def _refuse_codes(model: nn.Module, name: str, last: Head) -> None:
    """Refuse a network that compares its last layer's outputs with fixed codes, as LeNet-5 did in 1998."""
    options = getattr(model, "options", {})
    classes = options.get("num_classes") if isinstance(options, dict) else None
    outputs = last.out_features if isinstance(last, nn.Linear) else last.out_channels
    if classes is not None and classes != outputs:
        name_of_model = getattr(model, "architecture", type(model).__name__)
        raise ValueError(
            f"`model` ({name_of_model}) has {classes} classes, but its last layer {name!r} gives {outputs} numbers: "
            "its head is no layer that trains. Create it with one, or name a `layer`."
        )


def _layer(model: nn.Module, name: str) -> Head:
    found = dict(model.named_modules()).get(name)
    if not isinstance(found, Head):
        raise ValueError(f"`layer` (={name!r}) is no linear or convolutional layer of the network; see `print(model)`.")
    return found


def _fresh(old: Head, num_classes: int) -> Head:
    """A layer like the old one, with other outputs and first weights."""
    weight = old.weight
    settings: dict[str, Any] = {"bias": old.bias is not None, "device": weight.device, "dtype": weight.dtype}
    if isinstance(old, nn.Linear):
        return nn.Linear(old.in_features, num_classes, **settings)
    sizes: dict[str, Any] = {"stride": old.stride, "padding": old.padding, "dilation": old.dilation}
    return nn.Conv2d(old.in_channels, num_classes, old.kernel_size, **sizes, **settings)  # type: ignore[arg-type]


def _note(model: nn.Module, num_classes: int) -> None:
    """Bring what the network says of itself up to date: its options rebuild it, its classes' names hold no more."""
    options = getattr(model, "options", None)
    if isinstance(options, dict) and "num_classes" in options:
        model.options = {**options, "num_classes": num_classes}  # type: ignore[assignment]
    if isinstance(getattr(model, "num_classes", None), int):
        model.num_classes = num_classes  # type: ignore[assignment]
    if getattr(model, "classes", ()):
        model.classes = ()  # type: ignore[assignment]
