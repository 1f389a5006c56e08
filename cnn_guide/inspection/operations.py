"""Single operations while a network runs on shapes: what they return, what work they are, what memory they take.

Tensors that depend on the network's input are on the meta device: they have a shape and a type, but no numbers. The
model's own tensors are read at most, since no operation ever changes one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import NoneType
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ..arithmetic import ShapeError
from ..arithmetic.costs import PER_INPUT, PER_NUMBER
from .constants import NOTHING, SMALL, Constants, tensors_in
from .insides import Insides
from .memory import Memory
from .rules import COUNTED, IN_PLACE, META, RULES, NumbersNeededError, Worked, ghost, on_meta, words

Follow = Callable[[str, tuple[Any, ...], dict[str, Any], Any], None]
Arguments = tuple[Any, ...]
Named = dict[str, Any]

_ASKS = words("""
    __format__ __hash__ __len__ __repr__ broadcast_shapes can_cast device dim element_size is_complex is_conj
    is_contiguous is_floating_point is_inference is_neg is_pinned is_same_size is_shared is_signed is_storage is_tensor
    ndimension nelement numel promote_types result_type size storage_offset stride""")
_READS = words("""
    __array__ __bool__ __complex__ __contains__ __float__ __index__ __int__ allclose argwhere bincount equal is_nonzero
    item masked_select nonzero numpy tolist unique unique_consecutive unique_dim""")
_WRITES = words("iadd iand idiv ifloordiv ilshift imod imul ior ipow irshift isub itruediv ixor setitem")
_RANDOM = words("""
    bernoulli cauchy exponential geometric log_normal multinomial normal poisson rand rand_like randint randint_like
    randn randn_like random randperm uniform""")
_LOOKS = words("""
    alias as_strided conj diagonal imag real resolve_conj resolve_neg unfold view_as_complex view_as_real
    """)
_MAKES = words("""
    as_tensor asarray bartlett_window blackman_window empty_strided from_numpy hamming_window hann_window kaiser_window
    range scalar_tensor tensor tril_indices triu_indices""")
_NO_PARAMETERS = frozenset({Tensor, int, float, bool, str, NoneType, torch.dtype, torch.device})
_PROPERTIES = {  # those that are tensors, as operations
    "data": Tensor.detach,
    "T": lambda tensor: tensor.permute(*reversed(range(tensor.dim()))),
    "mT": lambda tensor: tensor.transpose(-2, -1),
    "H": Tensor.adjoint,
    "mH": Tensor.adjoint,
    "real": torch.real,
    "imag": torch.imag,
}
_NAMES = {"data": "detach", "T": "permute", "mT": "transpose", "H": "adjoint", "mH": "adjoint"}
_NAMES_OF = {F.unfold: "im2col"}  # Tensor.unfold is another operation


class RefusedError(RuntimeError):
    """A refusal by the arithmetic, as an exception that a model expects of PyTorch; its cause is a ShapeError."""


class Work:
    """What is counted while a module runs: arithmetic, new memory, and operations that can't be counted."""

    macs = operations = bytes = 0
    unknown: tuple[str, ...] = ()


class Operation(NamedTuple):
    """What there is to know of one function of PyTorch."""

    name: str  # without underscores
    answer: Callable[[ShapesOnly, Operation, Any, Arguments, Named], Any]
    rule: Callable[..., Any] | None
    writes: bool  # into its first argument
    random: bool
    cost: int | None  # operations for each number; None where it is not known


class ShapesOnly(TorchFunctionMode):
    """Answers every operation by shapes alone, and counts its work.

    Args:
        device: where the model believes its input to be.
        unread: ids of the model's parameters; those that an operation reads are taken out.
        follow: called after every operation with its name, its arguments and its result.
    """

    def __init__(self, device: torch.device, unread: set[int], follow: Follow | None = None) -> None:
        super().__init__()
        self.device, self.unread, self.follow = device, unread, follow
        self.memory, self.constants = Memory(), Constants()
        self.work = Work()  # of the module that runs

    def __torch_function__(self, func: Any, types: Any, args: Arguments = (), kwargs: Named | None = None) -> Any:
        """Answer one operation."""
        operation = _KNOWN.get(func) or _learnt(func)
        try:
            return operation.answer(self, operation, func, args, kwargs or {})
        except ShapeError as error:
            raise RefusedError(str(error)) from error
        except Exception as error:
            error.__dict__.setdefault("_refused_by", operation.name)
            raise

    def hold(self, tensor: Tensor) -> None:
        """Count the memory of a tensor, if it is new, until it is gone."""
        own = tensor.__dict__
        if "_held" not in own and tensor._base is None:
            size = tensor.nbytes
            own["_held"] = self.memory.hold(size)
            self.work.bytes += size

    def compute(self, operation: Operation, func: Any, args: Arguments, kwargs: Named) -> Any:
        """Answer an operation that makes tensors: by a rule, else by PyTorch; and count it."""
        if not args and "input" in kwargs:
            args, kwargs = (kwargs["input"],), {name: value for name, value in kwargs.items() if name != "input"}
        self._note(args)
        if kwargs:
            self._note(kwargs.values())
        answer = NOTHING
        first: Any = args[0] if args else None
        if type(first) is not Tensor or not first.is_meta:
            answer = self._constant(operation, func, args, kwargs)
            if answer is NOTHING and args:
                args = (on_meta(first), *args[1:])
        if answer is NOTHING:
            if operation.writes and not _is_ours(args[0]):
                args = (ghost(args[0]), *args[1:])  # the model may be on the meta device itself
            answer = _by_rule(operation, args, kwargs)
            if answer is NOTHING:
                answer = self._by_torch(operation, func, args, kwargs)
        result = self._booked(operation, args, kwargs, answer)
        if operation.writes and args[0] is not first and _is_ours(first) and "_place" in args[0].__dict__:
            first.__dict__["_place"] = args[0].__dict__["_place"]  # where a ghost has taken its part
        return result

    def _note(self, values: Iterable[Any]) -> None:
        """Tensors among the arguments have been read."""
        for value in values:
            kind = type(value)
            if kind is tuple or kind is list:
                self._note(value)
            elif kind not in _NO_PARAMETERS:
                self.unread.discard(id(value))

    def _constant(self, operation: Operation, func: Any, args: Arguments, kwargs: Named) -> Any:
        """The answer where it does not depend on the network's input, and is small."""
        tensors = list(tensors_in([*args, *kwargs.values()]))
        forbidden = operation.writes and not self.constants.writable(args[0])
        if operation.random or forbidden or not self.constants.known(tensors):
            for tensor in tensors[: operation.writes]:
                self.constants.forget(tensor)
            return NOTHING
        answer = _by_rule(operation, args, kwargs)
        work = answer[1:] if type(answer) is Worked else ()
        if answer is not NOTHING and next(tensors_in([answer])).numel() > SMALL:
            return NOTHING
        result = self.constants.computed(func, args, kwargs)
        return Worked(result, *work) if work and result is not NOTHING else result

    def _by_torch(self, operation: Operation, func: Any, args: Arguments, kwargs: Named) -> Any:
        """What PyTorch itself says of tensors on the meta device."""
        args, kwargs = on_meta(args), on_meta(kwargs)
        if "device" in kwargs:
            kwargs["device"] = META
        if operation.cost is not None:
            return on_meta(func(*args, **kwargs))
        with Insides() as inside:
            result = func(*args, **kwargs)
        if inside.unknown and next(tensors_in([result]), None) is not None:
            self.work.unknown += (operation.name,)
        return Worked(on_meta(result), inside.macs, inside.operations)

    def _booked(self, operation: Operation, args: Arguments, kwargs: Named, answer: Any) -> Any:
        """The result, after its work and its memory are counted and its place is found."""
        work, result = self.work, answer
        if type(answer) is Worked:
            result = answer.result
            work.macs += answer.macs
            work.operations += answer.operations
        elif operation.cost:
            counted = next(tensors_in(args if operation.name in PER_INPUT else [result]), None)
            work.operations += 0 if counted is None else operation.cost * counted.numel()
        first = args[0] if args else None
        if result is first:
            if not _is_ours(first):
                return result
        elif operation.name == "detach":
            result.__dict__["_held"] = first  # of the same memory
        else:
            for tensor in (result,) if type(result) is Tensor else tensors_in([result]):
                self.hold(tensor)
        if self.follow is not None:
            self.follow(operation.name, args, kwargs, result)
        return result


def _is_ours(tensor: Tensor) -> bool:
    """Whether it was made in this run, so that it may be written to."""
    return "_held" in (tensor if tensor._base is None else tensor._base).__dict__


def _by_rule(operation: Operation, args: Arguments, kwargs: Named) -> Any:
    """The answer of the operation's rule; NOTHING where there is none, or it does not apply."""
    if operation.rule is None or (kwargs and kwargs.get("out") is not None):
        return NOTHING
    try:
        answer = operation.rule(*args, **kwargs)
    except (ShapeError, NumbersNeededError):
        raise
    except (TypeError, ValueError, LookupError, AttributeError):  # PyTorch knows what is wrong
        return NOTHING
    if answer is None:
        return NOTHING
    if not operation.writes:
        return answer
    worked = answer if type(answer) is Worked else None
    if (worked.result if worked else answer).shape != args[0].shape:
        return NOTHING
    return worked._replace(result=args[0]) if worked else args[0]


# Ways to answer ------------------------------------------------------------------------------------------------------


def _ask(mode: ShapesOnly, operation: Operation, func: Any, args: Arguments, kwargs: Named) -> Any:
    """Something that any tensor knows."""
    return func(*args, **kwargs)


def _ask_device(mode: ShapesOnly, operation: Operation, func: Any, args: Arguments, kwargs: Named) -> Any:
    """Where the tensor would be in a real run."""
    if not args[0].is_meta and not _is_ours(args[0]):
        return func(*args, **kwargs)
    return mode.device if operation.name == "device" else operation.name == f"is_{mode.device.type}"


def _read(mode: ShapesOnly, operation: Operation, func: Any, args: Arguments, kwargs: Named) -> Any:
    """Numbers, where they do not depend on the network's input."""
    tensors = list(tensors_in([*args, *kwargs.values()]))
    if not all(map(mode.constants.readable, tensors)):
        raise NumbersNeededError(operation.name)
    mode._note(args)
    return func(*args, **kwargs)


def _set(mode: ShapesOnly, operation: Operation, func: Any, args: Arguments, kwargs: Named) -> None:
    """An attribute of a tensor, if that is not the model's own."""
    if _is_ours(args[0]):
        func(*on_meta(args))
    else:
        mode.constants.forget(args[0])


_DEVICES = frozenset(f"is_{name}" for name in ("cpu", "cuda", "meta", "mps", "mtia", "xla", "xpu")) | {"device"}
_KNOWN: dict[Any, Operation] = {}


def _learnt(func: Any) -> Operation:
    """What there is to know of a function, by its name."""
    _KNOWN[func] = operation = _operation(func)
    return operation


def _operation(func: Any) -> Operation:
    name = getattr(func, "__name__", str(func))
    if name in ("__get__", "__set__"):
        return _property(func.__self__.__name__, name == "__set__")
    bare = _NAMES_OF.get(func) or name.strip("_").removeprefix("linalg_")
    if name in _ASKS or name in _READS or func is torch.device:
        return Operation(bare, _read if name in _READS else _ask, None, False, False, 0)
    writes = bare in _WRITES or (name.endswith("_") and not name.endswith("__"))
    rule = (IN_PLACE if writes else RULES).get(bare)
    cost = PER_NUMBER.get(bare, 0 if bare in _LOOKS | _MAKES or (rule and bare not in COUNTED) else None)
    return Operation(bare, ShapesOnly.compute, rule, writes, bare in _RANDOM, cost)


def _property(name: str, is_set: bool) -> Operation:
    if is_set:
        return Operation(name, _set, None, True, False, 0)
    if name in _PROPERTIES:
        return Operation(_NAMES.get(name, name), ShapesOnly.compute, _PROPERTIES[name], False, False, 0)
    return Operation(name, _ask_device if name in _DEVICES else _ask, None, False, False, 0)
