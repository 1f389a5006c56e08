"""Runs of an `nn.Module` on shapes alone. What runs is a twin, so that the module itself stays as it is."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.parameter import is_lazy

from ..arithmetic import ShapeError
from ..arithmetic.arguments import Shape
from .inputs import tensors_of
from .operations import Follow, RefusedError, ShapesOnly, Work
from .rules import NumbersNeededError
from .translation import describe
from .twins import Twins, unwrapped

_Plainly = torch._C.DisableTorchFunction  # in it, tensors answer for themselves


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


class Call(Work):
    """What is seen of one call of one module.

    Args:
        name: the module's path.
        module: the module.
        twin: what runs in its place.
    """

    input_shape: Shape | None = None  # of the first tensor, with the batch axis
    output_shape: Shape | None = None  # likewise
    more_outputs = 0
    place: Any = None  # of the first output, as `places.follow` knows it

    def __init__(self, name: str, module: nn.Module, twin: nn.Module) -> None:
        self.name, self.module, self.twin = name, module, twin

    @property
    def kind(self) -> str:
        """The module's class."""
        return type(self.module).__name__

    @property
    def where(self) -> str:
        """Path and class, for messages."""
        return f"{self.name}: {self.kind}" if self.name else self.kind


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
    watch = _Watch(model, follow)
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
    return Run(watch.calls, watch.modules, memory.most, memory.made, tuple(watch.mode.unread.values()))


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


class _Watch:
    """The twin of a model, which keeps book of the calls of its modules."""

    def __init__(self, model: nn.Module, follow: Follow | None) -> None:
        for name, module in model.named_modules():
            if isinstance(module, torch.jit.ScriptModule):
                where = f"`model` holds TorchScript ({name or type(module).__name__}), which can't be looked into."
                raise TypeError(f"{where} Pass the module that it was made from.")
        twins = Twins()
        self.root = twins.of(model)
        self.calls: list[Call] = []
        self.modules = {name: (module, twins.of(module)) for name, module in model.named_modules()}
        unread: dict[int, str] = {}
        for name, (module, twin) in self.modules.items():
            self._install(name, module, twin)
            for own, parameter in twin._parameters.items():
                if parameter is not None:
                    unread.setdefault(id(parameter), f"{name}.{own}" if name else own)
        device = next((tensor.device for tensor in chain(model.parameters(), model.buffers())), torch.device("cpu"))
        self.mode = ShapesOnly(device, unread, follow)

    def _install(self, name: str, module: nn.Module, twin: nn.Module) -> None:
        """Let the twin report its calls. This takes the place of all hooks."""
        kind = type(twin)

        def forward(*args: Any, **kwargs: Any) -> Any:
            return twin.forward(*args, **kwargs)

        if kind.__call__ is nn.Module.__call__:
            vars(twin)["_compiled_call_impl"] = self._reported(name, module, twin, forward)
        else:  # a class with a way of its own to be called
            vars(twin)["_compiled_call_impl"] = forward
            whole = self._reported(name, module, twin, lambda *args, **kwargs: kind.__call__(twin, *args, **kwargs))
            twin.__class__ = type(kind.__name__, (kind,), {"__call__": staticmethod(whole)})

    def release(self) -> None:
        """Undo the circles of references in the twins, which would wait for the garbage collector."""
        for _, twin in self.modules.values():
            vars(twin).pop("_compiled_call_impl", None)

    def _reported(self, name: str, module: nn.Module, twin: nn.Module, run: Callable[..., Any]) -> Callable[..., Any]:
        """The call of a twin, written down."""
        hooks = list(twin._forward_pre_hooks.values())
        lazy = isinstance(twin, LazyModuleMixin)

        def call(*args: Any, **kwargs: Any) -> Any:
            seen = Call(name, module, twin)
            self.calls.append(seen)
            outer, self.mode.work = self.mode.work, seen
            try:
                with _Plainly():
                    seen.input_shape, _, _ = _first(args[0] if len(args) == 1 else args or kwargs)
                    if lazy:
                        _initialise(twin, args, kwargs)
                for hook in hooks:
                    hook(twin, args)
                output = run(*args, **kwargs)
                with _Plainly():
                    seen.output_shape, seen.more_outputs, seen.place = _first(output)
                return output
            except Exception as error:
                vars(error).setdefault("_failed_in", seen)
                raise
            finally:
                self.mode.work = outer

        return call


def _first(value: Any) -> tuple[Shape | None, int, Any]:
    """Shape of the first tensor, how many follow, and the place of the first on the network's input."""
    if type(value) is Tensor:
        return tuple(value.shape), 0, value.__dict__.get("_place")
    found = list(tensors_of(value))
    return (tuple(found[0].shape), len(found) - 1, found[0].__dict__.get("_place")) if found else (None, 0, None)


def _initialise(twin: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Give a lazy layer its shapes."""
    if "_initialize_hook" in vars(twin):
        del vars(twin)["_initialize_hook"]
        twin.initialize_parameters(*args, **kwargs)
        twin.__class__ = twin.cls_to_become or type(twin)


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
    refusal = error.__cause__ if isinstance(error, RefusedError) else _refusal(error, call, by_torch)
    if not isinstance(refusal, ShapeError):
        error.add_note(f"In {call.where}, on input {call.input_shape}.")
        return error
    return refusal.of(call.kind).inside(call.name) if call.name else refusal.of(call.kind)


def _refusal(error: Exception, call: Call, by_torch: bool) -> ShapeError | None:
    """A refusal of the layer's input; None where the model itself gives up for a reason of its own."""
    refusal = _by_arithmetic(call)
    by_torch = by_torch or type(call.module).__module__.startswith("torch.nn.")
    if isinstance(error, NotImplementedError) or not isinstance(error, (RuntimeError, ValueError, IndexError)):
        return refusal
    if refusal is None and by_torch:
        return ShapeError(f"PyTorch refuses input {call.input_shape}: {error}.")
    return refusal


def _by_arithmetic(call: Call) -> ShapeError | None:
    """The layer's refusal as the arithmetic says it."""
    try:
        describe(call.module).output_shape((call.input_shape or ())[1:])
    except ShapeError as error:
        return error
    except ValueError:  # not a layer that the arithmetic knows
        return None
    return None
