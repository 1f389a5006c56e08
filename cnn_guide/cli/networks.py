"""Networks named on a command line: by a name, by `package.module:factory`, in a file, or written out."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from inspect import isclass, isroutine
from typing import TYPE_CHECKING, Any

from .parsing import UsageError, among

if TYPE_CHECKING:
    from torch import nn

    from ..arithmetic.layers import Layer

WAYS = """\
a network is one of:
  resnet50                 a network of the guide: "cnn-guide models" lists them
  package.module:factory   a function, a class or a network; looked for in this folder too
  network.txt              a file with a description
  "Conv2d(1, 16, 3)"       a description
"""


def add_network(parser: ArgumentParser, *names: str) -> None:
    """One network, or several, and the arguments of their factories."""
    for name in names:
        parser.add_argument(name, help="a name, package.module:factory, a file or a description")
    parser.add_argument(
        "--arg", action="append", default=[], metavar="NAME=VALUE", help="an argument of the factory; may be repeated"
    )
    parser.epilog = f"{WAYS}\n{parser.epilog}"


def add_input(parser: ArgumentParser, required: bool = False) -> None:
    """The shape of an input."""
    parser.add_argument(
        "--input", nargs="+", type=int, required=required, metavar="SIZE",
        help="shape of one input without the batch axis: C H W for images",
    )  # fmt: skip


def input_size(sizes: list[int] | None, model: Layer | nn.Module | None = None) -> tuple[int, ...] | None:
    """The shape of an input, if it is given; else that which a network of the guide was made for."""
    from .. import models

    if sizes:
        return tuple(sizes)
    name, options = getattr(model, "architecture", None), getattr(model, "options", None)
    if name not in models.names() or not isinstance(options, dict):
        return None
    _, height, width = models.input_size(name)
    return (options["in_channels"], height, width)


def shapes(reference: str, arguments: list[str]) -> Layer | nn.Module:
    """The network of a reference, for what looks at shapes alone: those of the guide come without numbers, at once."""
    return network(reference, arguments, numbers=False)


def network(reference: str, arguments: list[str], numbers: bool = True) -> Layer | nn.Module:
    """The network of a reference, made with arguments such as `num_classes=100`."""
    named = dict(map(_argument, arguments))
    if _is_description(reference):
        if named:
            raise UsageError(f"{reference} is a description, which takes no --arg.")
        return described(reference)
    if reference.endswith(".txt") or os.path.dirname(reference):
        raise UsageError(f"there is no file {reference!r}.")
    with naming(reference):
        if ":" in reference:
            made: Layer | nn.Module = _made(reference, named)
            return made
        return _of_the_guide(reference, named) if numbers else _without_numbers(reference, named)


def described(reference: str) -> Layer:
    """The description in a file, or in the reference itself."""
    from ..arithmetic.spec import parse

    if not _is_description(reference):
        raise UsageError(f"{reference!r} is neither a file nor a layer such as 'Conv2d(1, 16, kernel_size=3)'.")
    if not os.path.isfile(reference):
        with naming("description"):
            return parse(reference)
    with naming(reference), open(reference, encoding="utf-8") as file:
        return parse(file.read())


@contextmanager
def naming(reference: str) -> Iterator[None]:
    """Say of what network a complaint is."""
    try:
        yield
    except UsageError:
        raise
    except (TypeError, ValueError) as error:
        raise UsageError(f"{reference}: {error}") from error


def _is_description(reference: str) -> bool:
    return "(" in reference or os.path.isfile(reference)


def _argument(word: str) -> tuple[str, Any]:
    """A name and its value: a number, True, a tuple and so on where it is one, else the word itself."""
    from ast import literal_eval

    name, equals, value = word.partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(f"--arg {word!r} must be a name and a value, such as num_classes=100.")
    try:
        return name, literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def _of_the_guide(name: str, named: Mapping[str, Any]) -> nn.Module:
    from .. import models

    return models.create(among("network", models.names())(name), **named)


def _without_numbers(name: str, named: Mapping[str, Any]) -> nn.Module:
    """The network on the meta device, where a tensor is a shape and first weights mean nothing."""
    import torch
    from torch.overrides import TorchFunctionMode

    class NoNumbers(TorchFunctionMode):
        """Leave out `normal_`: on the meta device, its first call loads PyTorch's compiler, for two seconds."""

        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if function.__name__ == "normal_":
                return args[0] if args else kwargs["tensor"]
            return function(*args, **(kwargs or {}))

    with torch.device("meta"), NoNumbers():
        return _of_the_guide(name, named)


def _made(reference: str, named: Mapping[str, Any]) -> Any:
    """What a factory gives; the current folder is searched first, as by `python -m`."""
    module_name, _, name = reference.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        if not module_name.startswith(str(error.name)):
            raise  # the module is there, and misses another one
        raise UsageError(f"{reference}: {error}.") from error
    found = getattr(module, among(f"name in {module_name}", dir(module))(name))
    if isclass(found) or isroutine(found):
        return found(**named)
    if named:
        raise UsageError(f"{reference} is a {type(found).__name__}, which takes no --arg.")
    return found
