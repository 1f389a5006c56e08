"""Runs of an `nn.Module` on shapes alone. What runs is a twin, so that the module itself stays as it is."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from ..arithmetic import ShapeError
from .inputs import tensors_of
from .operations import Follow
from .rules import NumbersNeededError
from .translation import describe
from .twins import unwrapped
from .watch import Call, Watch


def check_module(model: object) -> nn.Module:
    """The model, or the network inside `torch.compile` and `DataParallel`.

    Raises:
        TypeError: if it is no module that can be looked into.
    """
    if not isinstance(model, nn.Module):
        what = f"the class {model.__name__}" if isinstance(model, type) else type(model).__name__
        raise TypeError(f"`model` must be a description made of `layers` or an nn.Module, not {what}.")
    return unwrapped(model)


def check_shapes(model: nn.Module) -> None:
    """Refuse a model with a lazy layer that has not seen any data.

    Raises:
        ValueError: with the name of the parameter that has no shape.
    """
    for name, parameter in model.named_parameters():
        if is_lazy(parameter):
            raise ValueError(
                f"`{name}` has no shape yet: its layer is lazy. Ask for a summary with an input, or run the model once."
            )


class Run(NamedTuple):
    """What is seen of one run of a network.

    Args:
        calls: the calls of its modules, in the order in which they begin.
        modules: all modules by their path, with what ran in their place.
        inference_bytes: most memory that its activations take at one time.
        training_bytes: memory of its input and of all that its operations make.
        unused: names of the parameters that no operation reads.
    """

    calls: list[Call]
    modules: dict[str, tuple[nn.Module, nn.Module]]
    inference_bytes: int
    training_bytes: int
    unused: tuple[str, ...]


def run_on_shapes(model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], follow: Follow | None = None) -> Run:
    """Run a twin of the model in evaluation mode, on shapes alone.

    Args:
        model: the module; it is not changed.
        args: inputs of its forward, as `inputs` makes them.
        kwargs: named inputs.
        follow: called after each operation with its name, its arguments and its result.

    Raises:
        ShapeError: if a layer refuses its input.
        ValueError: if the forward pass asks for numbers that depend on the input.
    """
    watch = Watch(model, follow)
    for tensor in tensors_of([args, kwargs]):
        watch.mode.hold(tensor)
    with _random_numbers_kept(), torch.no_grad(), watch.mode:
        try:
            watch.root(*args, **kwargs)
        except Exception as error:
            by_torch = vars(error).pop("_refused_by", "") != ""
            explained = _explained(error, vars(error).pop("_failed_in", watch.calls[0]), by_torch)
            if explained is error:
                raise
            raise explained from error
        finally:
            watch.release()
    memory = watch.mode.memory
    return Run(watch.calls, watch.modules, memory.most, memory.made, watch.unused)


@contextmanager
def _random_numbers_kept() -> Iterator[None]:
    """Leave the generators of random numbers as they were."""
    numpy = sys.modules.get("numpy")
    states = random.getstate(), torch.get_rng_state(), numpy and numpy.random.get_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        torch.set_rng_state(states[1])
        if numpy:
            numpy.random.set_state(states[2])


def _explained(error: Exception, call: Call, by_torch: bool) -> Exception:
    """The error with the layer's path: in the words of the arithmetic where it knows the layer, else in PyTorch's.

    Args:
        error: what ended the run.
        call: the module that ran.
        by_torch: whether an operation refused, not the module's own Python.
    """
    unreadable = by_torch and ("meta tensor" in str(error) or "data-dependent" in str(error))
    if unreadable or isinstance(error, NumbersNeededError):
        return ValueError(
            f"{call.where} asks for the numbers in a tensor ({error}), and a summary computes on shapes only."
        )
    if by_torch and isinstance(error, NotImplementedError):
        return ValueError(f"{call.where} can't be run on shapes alone: {error}")
    refusal = _refusal(error, call, by_torch)
    if refusal is None:
        error.add_note(f"In {call.where}, on input {call.input_shape}.")
        return error
    return refusal.of(call.kind).inside(call.name) if call.name else refusal.of(call.kind)


def _refusal(error: Exception, call: Call, by_torch: bool) -> ShapeError | None:
    """A refusal of the layer's input; None where the model itself gives up for a reason of its own."""
    refusal = _by_arithmetic(call)
    if refusal is not None:
        return refusal
    if isinstance(error.__cause__, ShapeError):
        return error.__cause__
    by_torch = by_torch or type(call.module).__module__.startswith("torch.nn.")
    if not by_torch or isinstance(error, NotImplementedError):
        return None
    if not isinstance(error, (RuntimeError, ValueError, IndexError)):
        return None
    return ShapeError(f"PyTorch refuses input {call.input_shape}: {error}.")


def _by_arithmetic(call: Call) -> ShapeError | None:
    """The layer's refusal as the arithmetic says it."""
    try:
        describe(call.module).output_shape((call.input_shape or ())[1:])
    except ShapeError as error:
        return error
    except ValueError:  # not a layer that the arithmetic knows
        return None
    return None
