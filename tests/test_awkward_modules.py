"""Modules that tools for looking into models stumble over: each has its numbers, and each stays as it was."""

import functools
import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import awkward
import numpy as np
import pytest
import torch
from awkward import Lambda
from real_runs import watched
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

from cnn_guide import ShapeError, cost, summary
from cnn_guide.inspection.inputs import sized
from cnn_guide.inspection.modules import run_on_shapes


@dataclass
class Case:
    """A module, what it is run on, and what is to be seen.

    Args:
        name: why it is awkward.
        make: makes the module.
        given: `input_size`, `input_data` and so on.
        params: numbers in its parameters, each tensor once.
        macs: multiply-accumulates, worked out beside it.
        output: shape of its first output without the batch axis.
        unknown: operations that the costs leave out.
        unused: parameters that nothing reads.
        flops: whether PyTorch's own counter sees the same MACs.
        memory: whether the memory of the activations is to the byte that of a run on numbers.
        calls: whether the calls are those that hooks see.
    """

    name: str
    make: Callable[[], nn.Module]
    given: dict[str, Any]
    params: int
    macs: int
    output: tuple[int, ...]
    unknown: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    flops: bool = True
    memory: bool = True
    calls: bool = True


def size(*sizes: int) -> dict[str, Any]:
    return {"input_size": sizes}


def data(*tensors: Any) -> dict[str, Any]:
    return {"input_data": tensors}


def quietly(make: Callable[..., nn.Module], *args: Any) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # weight_norm is old, but in use
        return make(*args)


def shared() -> nn.Module:
    layer = nn.Linear(4, 4)
    return nn.Sequential(layer, nn.ReLU(), layer)


def frozen() -> nn.Module:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3))
    model[0].requires_grad_(False)
    return model


def hooked() -> nn.Module:
    def refuse(*_: Any) -> None:
        raise AssertionError("a hook of the user's was called")

    model = nn.Sequential(nn.Conv2d(3, 4, 3))
    model.register_forward_hook(refuse)
    model[0].register_forward_pre_hook(refuse)
    model[0].register_full_backward_hook(refuse)
    return model


def idle() -> nn.Module:
    return Lambda(lambda module, x: module.used(x), used=nn.Linear(4, 2), spare=nn.Linear(4, 9), same=nn.Identity())


def giant() -> nn.Module:
    with torch.device("meta"):
        return nn.Sequential(*[nn.Linear(65_536, 65_536) for _ in range(8)])


def quantised() -> nn.Module:
    model = Lambda(lambda module, x: x @ (module.numbers.float() * module.scale).T)
    model.register_buffer("numbers", torch.ones(3, 4, dtype=torch.int8))
    model.register_buffer("scale", torch.ones(3, 1))
    return model


def packed(module: Any, x: Tensor) -> Tensor:
    steps = nn.utils.rnn.pack_padded_sequence(x, [3, 5], batch_first=True, enforce_sorted=False)
    return nn.utils.rnn.pad_packed_sequence(module.layer(steps)[0], batch_first=True)[0]


IMAGES = torch.rand(2, 3, 8, 8)
WORDS = torch.zeros(2, 5, dtype=torch.long)
CASES = [
    # parameters: shared, tied, raw, unused, frozen
    Case("shared module", shared, size(4), 20, 2 * 16, (4,)),
    Case("tied tensors", awkward.Tied, data(WORDS), 50 * 8, 2 * 5 * 8 * 50, (5, 50)),
    Case("module called twice", awkward.Twice, size(4, 8, 8), 144, 144 * (6 * 6 + 4 * 4), (4, 4, 4)),
    Case("raw parameters", awkward.Raw, size(3, 8, 8), 162 + 6, 6 * 64 * 27, (6, 8, 8)),
    Case("unused parameters", idle, size(4), 10 + 45, 8, (2,), unused=("spare.weight", "spare.bias")),
    Case("frozen parameters", frozen, size(3, 8, 8), 112 + 74, 4 * 36 * 27 + 2 * 16 * 36, (2, 4, 4)),
    Case("no parameters", lambda: nn.Sequential(nn.ReLU(), nn.Flatten()), size(2, 3), 0, 0, (6,)),
    Case("quantised buffers", quantised, size(4), 0, 4 * 3, (3,)),
    Case("all sorts of containers", awkward.Bag, size(4), 4 * 20, 6 * 16, (4,), memory=False),
    # weights that are made
    Case("weight_norm", lambda: quietly(nn.utils.weight_norm, nn.Conv2d(3, 4, 3)), size(3, 8, 8), 116, 3888, (4, 6, 6), memory=False),
    Case("weight_norm by parametrization", lambda: parametrizations.weight_norm(nn.Conv2d(3, 4, 3)), size(3, 8, 8), 116,
         3888, (4, 6, 6), memory=False),
    Case("spectral_norm", lambda: quietly(nn.utils.spectral_norm, nn.Conv2d(3, 4, 3)), size(3, 8, 8), 112,
         3888 + 4 * 27 + 4, (4, 6, 6), flops=False),  # a product of the 4 × 27 matrix with a vector, and of two vectors
    Case("spectral_norm by parametrization", lambda: parametrizations.spectral_norm(nn.Conv2d(3, 4, 3)), size(3, 8, 8),
         112, 3888 + 4 * 27 + 4, (4, 6, 6), flops=False),
    Case("pruned weights", lambda: prune.random_unstructured(nn.Linear(4, 4), "weight", 0.5), size(4), 20, 16, (4,)),
    # settings of layers
    Case("string padding", lambda: nn.Conv2d(4, 4, 3, padding="same"), size(4, 8, 8), 148, 4 * 64 * 36, (4, 8, 8)),
    Case("even kernel with same padding", lambda: quietly(nn.Conv2d, 4, 4, 4, 1, "same"), size(4, 8, 8), 260,
         4 * 64 * 64, (4, 8, 8), memory=False),  # PyTorch pads into a copy, and warns
    Case("reflected padding", lambda: nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"), size(4, 8, 8), 148,
         4 * 64 * 36, (4, 8, 8)),
    Case("transposed, 1-d, in groups", lambda: nn.ConvTranspose1d(4, 6, 3, 2, groups=2), size(4, 8), 42, 8 * 4 * 9,
         (6, 17)),
    Case("transposed, 2-d", lambda: nn.ConvTranspose2d(4, 6, 3, 2), size(4, 8, 8), 222, 64 * 4 * 54, (6, 17, 17)),
    Case("transposed, 3-d", lambda: nn.ConvTranspose3d(4, 6, 3, 2), size(4, 4, 4, 4), 654, 64 * 4 * 162, (6, 9, 9, 9)),
    Case("lazy layers", lambda: nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(5)),
         size(3, 8, 8), 112 + 8 + 725, 3888 + 720, (5,)),
    Case("linear on (B, T, C)", lambda: nn.Linear(8, 4), size(5, 8), 36, 5 * 32, (5, 4)),
    # precision and device
    Case("half precision", lambda: awkward.Residual().half(), size(4, 8, 8), 148 + 8, 4 * 64 * 36, (4, 8, 8)),
    Case("bfloat16", lambda: awkward.Residual().bfloat16(), size(4, 8, 8), 156, 9216, (4, 8, 8)),
    Case("double precision", lambda: awkward.Residual().double(), size(4, 8, 8), 156, 9216, (4, 8, 8)),
    # wrappers
    Case("DataParallel", lambda: nn.DataParallel(awkward.Residual()), size(4, 8, 8), 156, 9216, (4, 8, 8), calls=False),
    Case("user's hooks", hooked, size(3, 8, 8), 112, 3888, (4, 6, 6), flops=False, memory=False, calls=False),
    Case("own __call__", lambda: awkward.Called(4, 4), size(4), 20, 2 * 16, (4,), calls=False),
    Case("own __deepcopy__", lambda: awkward.Uncopied(4, 4), size(4), 20, 16, (4,)),
    # ways through the network
    Case("shortcut in place", awkward.Residual, size(4, 8, 8), 156, 9216, (4, 8, 8)),
    Case("recursion", awkward.Recursive, size(2, 8, 8), 36, 36 * (64 + 16 + 4 + 1), (2, 1, 1), memory=False),
    Case("views", lambda: Lambda(awkward.views, layer=nn.Conv2d(4, 4, 1)), size(4, 8, 8), 20, 4 * 32 * 4, (4, 4, 8)),
    Case("gate", awkward.Gate, size(8, 6, 6), 18 + 24, 32, (8, 6, 6)),
    Case("control flow on shapes", lambda: awkward.Decides("shape"), size(4), 50, 32, (8,),
         unused=("narrow.weight", "narrow.bias")),
    Case("control flow on buffers", lambda: awkward.Decides("buffer"), size(4), 50, 32, (8,),
         unused=("narrow.weight", "narrow.bias"), memory=False),
    Case("control flow on constants", lambda: awkward.Decides("constant"), size(4), 50, 32, (8,),
         unused=("narrow.weight", "narrow.bias")),
    Case("checkpointing", lambda: Lambda(awkward.checkpointed, layer=nn.Linear(4, 4)), size(4), 20, 16, (4,)),
    Case("autograd.Function", lambda: Lambda(lambda module, x: awkward.Rounded.apply(x, module.layer.weight),
         layer=nn.Linear(4, 4)), size(4), 20, 16, (4,), unused=("layer.bias",)),
    Case("random numbers", lambda: Lambda(awkward.random_numbers, layer=nn.Linear(4, 4)), size(4), 20, 16, (4,),
         memory=False),
    Case("FFT and complex numbers", lambda: Lambda(lambda _, x: torch.fft.ifft2(torch.fft.fft2(x)).real), size(4, 8, 8),
         0, 0, (4, 8, 8), unknown=("fft_fft2 in Lambda", "fft_ifft2 in Lambda"), memory=False),
    Case("unknown operation", lambda: Lambda(lambda module, x: torch.cdist(module.layer(x), x), layer=nn.Linear(8, 8)),
         size(5, 8), 72, 5 * 64, (5, 5), unknown=("cdist in Lambda",), flops=False, memory=False),
    Case("a module that keeps things", awkward.Keeper, size(1, 8, 8), 20, 2 * 36 * 9, (2, 6, 6), memory=False),
    # inputs and outputs
    Case("dict, tuple and None", awkward.Inputs, data({"image": IMAGES, "words": WORDS}, None), 112 + 36, 2 * 3888, (4,)),
    Case("named inputs", awkward.Inputs,
         {"input_data": {"batch": {"image": IMAGES, "words": WORDS}, "scale": torch.ones(2, 1)}}, 148, 2 * 3888, (4,)),
    Case("input without a batch", lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()),
         {"input_size": (3, 8, 8), "batched": False}, 112, 3888, (4, 6, 6)),
    Case("batch of 64", lambda: nn.Conv2d(3, 4, 3), {"input_size": (3, 8, 8), "batch_size": 64}, 112, 64 * 3888,
         (4, 6, 6)),
    # recurrent layers: MACs are steps times the sizes of the matrices
    Case("LSTM", lambda: nn.LSTM(8, 16, 2, batch_first=True, bidirectional=True), size(5, 8), 9728,
         5 * 2 * (64 * (8 + 16) + 64 * (32 + 16)), (5, 32), flops=False, memory=False),
    Case("LSTM with projection", lambda: nn.LSTM(8, 16, proj_size=4), size(5, 8), 960, 5 * (64 * (8 + 4) + 4 * 16),
         (5, 4), flops=False, memory=False),
    Case("GRU", lambda: nn.GRU(8, 16), size(5, 8), 1248, 5 * 48 * (8 + 16), (5, 16), flops=False, memory=False),
    Case("RNN", lambda: nn.RNN(8, 16, nonlinearity="relu"), size(5, 8), 416, 5 * 16 * (8 + 16), (5, 16), flops=False,
         memory=False),
    Case("LSTM cell", lambda: nn.LSTMCell(8, 16), size(8), 1664, 64 * (8 + 16), (16,), memory=False),
    Case("GRU cell", lambda: nn.GRUCell(8, 16), size(8), 1248, 48 * (8 + 16), (16,), memory=False),
    Case("RNN cell", lambda: nn.RNNCell(8, 16), size(8), 416, 16 * (8 + 16), (16,), memory=False),
    Case("packed sequences", lambda: Lambda(packed, layer=nn.LSTM(8, 4, batch_first=True)), data(torch.zeros(2, 5, 8)),
         16 * (8 + 4) + 32, 8 * 16 * (8 + 4), (5, 4), flops=False, memory=False),  # 3 + 5 steps
    # attention: projections, and two products of 5 × 5 scores with vectors of 8
    Case("MultiheadAttention", lambda: Lambda(lambda module, x: module.layer(x, x, x)[0],
         layer=nn.MultiheadAttention(8, 2, batch_first=True)), size(5, 8), 288, 4 * 5 * 64 + 2 * 25 * 8, (5, 8),
         memory=False),
    Case("TransformerEncoderLayer", lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), size(5, 8), 600,
         1680 + 2 * 5 * 8 * 16, (5, 8), memory=False),
    Case("Transformer", lambda: nn.Transformer(8, 2, 1, 1, 16, batch_first=True),
         data(torch.zeros(2, 5, 8), torch.zeros(2, 6, 8)), 1536,
         # encoder as above; decoder: itself on 6, across to 5, feed-forward
         2 * (2960 + 4 * 6 * 64 + 2 * 36 * 8 + 2 * (6 + 5) * 64 + 2 * 30 * 8 + 2 * 6 * 128), (6, 8), memory=False),
    *[Case(f"attention by {way}", lambda way=way: awkward.Attention(way), size(5, 8), 216, 5 * 8 * 24 + 2 * 25 * 8,
           (5, 8), memory=False) for way in ("matmul", "einsum", "bmm", "sdpa")],
    Case("embedding", lambda: nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 2)), size(5), 46, 5 * 8, (5, 2), flops=False,
         memory=False, calls=False),  # PyTorch needs indices where `input_size` says nothing of the type
]  # fmt: skip


def ids(case: Case) -> str:
    return case.name


# Numbers -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_numbers_are_right(case):
    """Parameters, MACs, output, and what is left out or unused, as worked out by hand."""
    model = case.make()
    report = summary(model, **case.given)
    assert (report.total_params, report.macs, report.unknown) == (case.params, case.macs, case.unknown)
    assert report.unused == case.unused
    assert report.complete == (not case.unknown)
    assert output_of(report) == case.output
    assert cost(model, **case.given) == report.cost


def output_of(report):
    """Output shape of the whole: of its own row, else of the last of its parts."""
    whole, *_ = report.rows
    if not whole.name:
        return whole.output_shape
    return [row.output_shape for row in report.rows if "." not in row.name and row.output_shape is not None][-1]


def real_arguments(model, given):
    """The same inputs with numbers, as the module's forward takes them."""
    if "input_size" in given:
        batch = (given.get("batch_size", 1),) if given.get("batched", True) else ()
        kind = next((tensor.dtype for tensor in model.parameters()), torch.float32)
        return (torch.rand(*batch, *given["input_size"]).to(kind),), {}
    values = given["input_data"]
    return ((), values) if isinstance(values, dict) else (values, {})


def without_batch(shape, report, case):
    """A real shape as a summary shows it: without the first axis, where that is the batch."""
    batch = report.batch_size if case.given.get("batched", True) else None
    return shape[1:] if shape and shape[0] == batch else shape


@pytest.mark.parametrize("case", [case for case in CASES if case.flops or case.memory or case.calls], ids=ids)
def test_a_run_on_numbers_shows_the_same(case):
    """Calls and their shapes as hooks see them, MACs as PyTorch's counter does, memory as its storages live."""
    model = case.make()
    report = summary(model, **case.given)
    seen = quietly(watched, model, *real_arguments(model, case.given))
    if case.calls:
        reached = [row for row in report.rows if row.output_shape is not None]
        shown = {row.name for row in reached}
        calls = [(name, without_batch(shape, report, case)) for name, shape in seen.shapes if name in shown]
        assert [(row.name, row.output_shape) for row in reached] == calls
    if case.flops:
        assert report.macs == seen.macs
    if case.memory:
        assert (report.cost.inference_bytes, report.cost.training_bytes) == (seen.inference_bytes, seen.training_bytes)


# The model stays as it is ------------------------------------------------------------------------------------------------


def state(model: nn.Module) -> dict[str, Any]:
    """All that could change: the model with everything that hangs on it, random numbers, PyTorch's settings."""
    tensors = [*model.named_parameters(), *model.named_buffers()]
    return {
        "modules": [(name, id(module), type(module), module.training) for name, module in model.named_modules()],
        "attributes": [frozen_copy(vars(module), set()) for module in model.modules()],
        "tensors": [
            (name, id(t), getattr(t, "_version", 0), t.requires_grad, t.dtype, t.device, id(t.grad), dict(vars(t)))
            for name, t in tensors
        ],
        "random": (random.getstate(), torch.get_rng_state().tolist(), repr(np.random.get_state())),
        "settings": (
            torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_default_device(),
            torch._C._len_torch_function_stack(), torch._C._len_torch_dispatch_stack(), threading_state(),
        ),
    }  # fmt: skip


def threading_state() -> int:
    import threading

    return threading.active_count()


def frozen_copy(value: Any, seen: set[int]) -> Any:
    """A value as plain things that can be compared: tensors with their numbers, objects by their attributes."""
    if isinstance(value, nn.parameter.UninitializedTensorMixin):
        return "no shape yet"
    if isinstance(value, Tensor):
        return (id(value), tuple(value.shape), str(value.dtype), None if value.is_meta else value.tolist())
    if isinstance(value, dict):
        return [(str(key), frozen_copy(entry, seen)) for key, entry in value.items()]
    if isinstance(value, (list, tuple, set)):
        return [frozen_copy(entry, seen) for entry in value]
    if isinstance(value, awkward.Counter):
        return frozen_copy(vars(value), seen)
    return (id(value), repr(value) if isinstance(value, (int, float, str, bool)) else None)


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("case", CASES, ids=ids)
def test_nothing_about_the_model_changes(case, training):
    """Not a number, a flag, a hook, an attribute, a gradient or a random number."""
    model = case.make().train(training)
    for parameter in model.parameters():
        if not isinstance(parameter, nn.UninitializedParameter):
            parameter.grad = torch.zeros_like(parameter)
    before = state(model)
    summary(model, **case.given)
    assert state(model) == before


def interrupted(module: Any, *args: Any, **kwargs: Any) -> None:
    module.inner(*args, **kwargs)
    raise RuntimeError("enough")


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_nothing_changes_when_the_forward_pass_fails(case):
    """Nor does anything change when an exception ends the run after all that the module did."""
    model = Lambda(interrupted, inner=case.make())
    before = state(model)
    with pytest.raises(RuntimeError, match="enough") as caught:
        summary(model, **case.given)
    assert state(model) == before
    assert caught.value.__notes__[-1].startswith("In Lambda, on input (")


# Models of their own -----------------------------------------------------------------------------------------------------


def test_models_larger_than_memory_are_no_trouble():
    """Eight matrices of 65,536 × 65,536 on the meta device would take 137 GB."""
    with torch.device("meta"):
        model = nn.Sequential(*[nn.Linear(65_536, 65_536) for _ in range(8)])
    before = state(model)
    report = summary(model, (65_536,))
    assert state(model) == before
    assert (report.total_params, report.macs) == (8 * (65_536**2 + 65_536), 8 * 65_536**2)
    assert report.cost.parameter_bytes == {"float32": 4 * report.total_params}
    assert report.cost.inference_bytes == 3 * 4 * 65_536


def test_models_on_the_meta_device_stay_as_they_are():
    """Buffers that a forward pass would change in place are not touched, whatever they are."""
    model = awkward.Keeper().to("meta")
    before = state(model)
    assert summary(model, (1, 8, 8)).macs == 2 * 36 * 9
    assert state(model) == before


@pytest.mark.filterwarnings("ignore")  # of the compiler
def test_compiled_models_are_looked_through():
    """What `torch.compile` wraps has the summary of what it wraps, at the top and inside."""
    model = awkward.Residual()
    assert summary(torch.compile(model), (4, 8, 8)).to_dict() == summary(model, (4, 8, 8)).to_dict()
    inside = summary(nn.Sequential(torch.compile(model), nn.Flatten()), (4, 8, 8))
    assert (inside.macs, inside["0._orig_mod.body.0"].macs) == (9216, 9216)


def test_torchscript_is_refused():
    """It can't be looked into; the message says what can."""
    with pytest.warns(DeprecationWarning, match="torch.jit.script"):
        scripted = torch.jit.script(nn.Linear(2, 2))
    with pytest.raises(TypeError, match=r"holds TorchScript \(1\).*Pass the module that it was made from"):
        summary(nn.Sequential(nn.ReLU(), scripted), (2,))


def test_hooks_for_all_modules_are_not_called():
    """Nor are those that a user registers for every module there is."""
    called = []
    handle = nn.modules.module.register_module_forward_hook(lambda *_: called.append(True))
    try:
        summary(awkward.Residual(), (4, 8, 8))
    finally:
        handle.remove()
    assert called == []


def test_a_way_that_depends_on_the_input_is_refused():
    """It can't be known from shapes; the module and what it asks for are named."""
    with pytest.raises(ValueError, match=r"^0: Decides asks for the numbers in a tensor \(bool\)"):
        summary(nn.Sequential(awkward.Decides("numbers")), (4,))


def asks_after_writing(module, x):
    module.count.add_(1)
    return x if module.count > 0 else -x


def test_numbers_that_would_have_changed_are_not_read():
    """A buffer's numbers count as unknown once the forward pass has written to it, since nothing is written."""
    model = Lambda(asks_after_writing)
    model.register_buffer("count", torch.zeros(()))
    with pytest.raises(ValueError, match=r"^Lambda asks for the numbers in a tensor \(bool\)"):
        summary(model, (4,))
    assert model.count == 0


def computes_sizes(module, x):
    """Tensors that do not depend on the input may be made, changed and read."""
    sizes = torch.zeros(3, dtype=torch.long)
    sizes[0] = 2
    sizes[1:] += torch.tensor([2, 3])
    halves = (torch.tensor(x.shape[1:]) // 2).tolist()
    grid = torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij")[1]
    assert [sizes.prod().item(), *halves, grid.max().item(), len(sizes)] == [12, 4, 4, 2, 3]
    assert float(torch.linspace(0, 1, 5)[-1]) == 1.0
    mask = torch.tensor([True, False, True, True])
    return x.view(-1, *halves, 2, 2)[..., torch.arange(2)][:, mask][:, :, mask]


def test_sizes_may_be_computed_with_tensors():
    """Their numbers are real, in views and after writing too; masks pick as many as are true."""
    assert summary(Lambda(computes_sizes), (8, 8)).rows[0].output_shape == (3, 3, 2, 2)


def test_constants_that_take_up_the_input_see_it():
    """What is written into a map of zeros is there afterwards, with its receptive field."""

    def write(module, x):
        out = torch.zeros(1, 2, 4, 4)
        out[:, :, 1:3] = module.layer(x)[:, :, 1:3]
        return out

    row = summary(Lambda(write, layer=nn.Conv2d(2, 2, 3, padding=1)), (2, 4, 4)).rows[0]
    assert (row.output_shape, row.receptive_field) == ((2, 4, 4), (3, 3))


def writes_input(module, x):
    out = torch.zeros(4)
    out[1:] = x[0, 1:]
    return x if out[0] > 0 else -x


def test_constants_that_take_up_the_input_are_constants_no_more():
    """What depends on the input in part depends on the input."""
    with pytest.raises(ValueError, match="asks for the numbers"):
        summary(Lambda(writes_input), (4,))


def asks_for_devices(module, x):
    """As models ask that were written for several devices."""
    weight = module.layer.weight
    assert x.device == weight.device == torch.zeros(1, device=x.device).device
    assert (x.is_cuda, x.is_cpu, x.is_meta) == (weight.is_cuda, weight.is_cpu, weight.is_meta)
    assert x.to(weight.device).cpu().to("cpu", torch.float64).dtype == torch.float64
    x = x + torch.arange(4, device=x.device, dtype=x.dtype)
    assert torch.device("cpu") == torch.get_default_device()
    assert (x.dim(), x.ndim, len(x), x.numel(), x.stride(), x.is_floating_point()) == (2, 2, 1, 4, (4, 1), True)
    return module.layer(x)


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_the_input_seems_to_be_where_the_weights_are(device):
    """A forward pass that compares devices goes its usual way."""
    assert summary(Lambda(asks_for_devices, layer=nn.Linear(4, 2)).to(device), (4,)).macs == 8


def sets_attributes(module, x):
    """Things that are set on tensors, the model's own among them."""
    weight = module.layer.weight
    weight.requires_grad = False
    weight.grad = None
    weight.data = weight.data.clamp(-1, 1)
    y = module.layer(x)
    y.requires_grad_(False)
    y.data = y.data * 2
    module.layer.weight.requires_grad_(False)
    module.layer.register_buffer("last", y)
    return y.T.mT.real


def test_attributes_of_tensors_may_be_set():
    """On the model's tensors it has no effect."""
    model = Lambda(sets_attributes, layer=nn.Linear(4, 2))
    before = state(model)
    assert summary(model, (4,)).rows[0].output_shape == (2,)
    assert state(model) == before


@pytest.mark.parametrize("operation", [lambda _, x: torch.histogram(x, 3), lambda _, x: torch.corrcoef(x)])
def test_operations_without_a_way_on_shapes_are_refused(operation):
    """PyTorch says which one it is."""
    with pytest.raises(ValueError, match=r"^Lambda can't be run on shapes alone: aten::"):
        summary(Lambda(operation), (4,))


def test_modules_without_a_forward_say_so():
    """An exception of the module's own comes as it is, with a note on where."""
    with pytest.raises(NotImplementedError, match="missing the required") as caught:
        summary(nn.Sequential(nn.ModuleList()), (4,))
    assert caught.value.__notes__ == ["In 0: ModuleList, on input (1, 4)."]


def test_an_exception_that_the_model_catches_is_no_failure():
    """The run goes on, and rows that come after it are in their places."""

    def tries(module, x):
        try:
            return module.wrong(x)
        except RuntimeError:
            return module.right(x)

    report = summary(Lambda(tries, wrong=nn.Linear(5, 2), right=nn.Linear(4, 2)), (4,))
    assert [(row.name, row.output_shape) for row in report.rows] == [("wrong", None), ("right", (2,))]
    assert report.macs == 8


class Trainer:
    """What leads to all the data, and must not be copied."""

    def __copy__(self):
        raise AssertionError("the trainer was copied")


class Listed(list):
    """A list of a class of its own."""


class Marked(Tensor):
    """A tensor of a class of its own."""


@dataclass
class Output:
    """What some libraries return."""

    logits: Tensor
    hidden: tuple[Tensor, ...] = ()


class Hung(nn.Module):
    """With all sorts of things hanging on it."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self._trainer = Trainer()
        self.ways = Listed([self.layer])
        self.pairs = ((self.layer, 1), (2, 3))
        self.bound = self.layer.forward
        self.part = functools.partial(torch.add, alpha=2)
        self.kinds = {nn.Linear, nn.ReLU}
        self.marked = torch.zeros(4).as_subclass(Marked)
        self.settings = type("Settings", (dict,), {})(steps=[0])
        self.steps = (step for step in range(3))

    def forward(self, x):
        assert self._trainer is None
        self.settings["steps"].append(1)
        self.ways.append(1)
        later = lambda: inner  # noqa: E731 - a cell that is filled below
        self.later, inner = later, self.layer
        x = self.part(self.bound(self.pairs[0][0](self.ways[0](x))), x)
        return Output(x, (x, x))


def test_what_hangs_on_a_module_is_copied_or_shared():
    """Lists, tuples, methods, partial functions and objects lead to the twins of modules; a trainer leads nowhere."""
    model = Hung()
    before = frozen_copy(vars(model), set())
    report = summary(model, (4,))
    assert frozen_copy(vars(model), set()) == before
    assert (report.macs, report.rows[0].more_outputs) == (3 * 16, 2)
    assert [row.name for row in report.rows] == ["", "layer", "layer"]  # the method is no call


def test_functions_that_hold_cells_which_are_not_filled():
    """A closure may refer to what comes later."""

    def make():
        model = nn.Sequential(nn.Linear(4, 4))
        model.later = lambda: (model, never)
        if model is None:
            never = 1
        return model

    assert summary(make(), (4,)).macs == 16


ATTENTIONS = [
    ({"embed_dim": 8, "num_heads": 2}, {}),
    ({"embed_dim": 8, "num_heads": 2, "kdim": 6, "vdim": 4}, {}),
    ({"embed_dim": 8, "num_heads": 2, "bias": False, "batch_first": True}, {"need_weights": False}),
    ({"embed_dim": 8, "num_heads": 2, "add_bias_kv": True, "add_zero_attn": True}, {"average_attn_weights": False}),
    ({"embed_dim": 8, "num_heads": 2}, {"attn_mask": torch.zeros(5, 7), "key_padding_mask": torch.zeros(3, 7)}),
]


@pytest.mark.parametrize(("settings", "named"), ATTENTIONS)
@pytest.mark.parametrize("batched", [True, False])
def test_attention_in_all_its_settings(settings, named, batched):
    """Shapes of both outputs and MACs as in a real run: 5 queries, 7 keys and values of sizes of their own."""
    model = Lambda(
        lambda module, *tensors, **named: module.layer(*tensors, **named), layer=nn.MultiheadAttention(**settings)
    )
    sizes = [(5, 8), (7, settings.get("kdim", 8)), (7, settings.get("vdim", 8))]
    batch = (3,) if batched else ()
    if settings.get("batch_first"):
        given = [torch.rand(*batch, *size) for size in sizes]
    else:
        given = [torch.rand(size[0], *batch, size[1]) for size in sizes]
    if not batched:
        named = {name: mask[0] if name == "key_padding_mask" else mask for name, mask in named.items()}
    outputs = []
    handle = model.register_forward_hook(lambda module, args, output: outputs.extend(output))
    seen = watched(model, given, named)
    handle.remove()
    names = dict(zip(("query", "key", "value"), given, strict=True))
    model = Lambda(
        lambda module, query, key, value, **named: spy(module.layer(query, key, value, **named)), layer=model.layer
    )
    report = summary(model, input_data=names | named)
    assert [None if output is None else tuple(output.shape) for output in outputs[:2]] == SHAPES
    assert report.macs == seen.macs
    assert report.unknown == ()


SHAPES = []


def spy(outputs):
    SHAPES[:] = [None if output is None else tuple(output.shape) for output in outputs]
    return outputs


def test_attention_with_keys_that_are_given_is_left_to_pytorch():
    """Where no rule applies, what happens inside is counted: 1 projection too many, as PyTorch does it."""

    def attend(module, x):
        static = torch.zeros(2, 5, 4)
        return nn.functional.multi_head_attention_forward(
            x, x, x, 8, 2, module.layer.in_proj_weight, None, None, None, False, 0.0, module.layer.out_proj.weight, None,
            static_k=static, static_v=static, need_weights=False,
        )  # fmt: skip

    model = Lambda(attend, layer=nn.MultiheadAttention(8, 2))
    data = torch.zeros(5, 1, 8)
    seen = watched(model, (data,), {})
    report = summary(model, input_data=data)
    assert (report.macs, report.unknown) == (seen.macs, ())


@pytest.mark.parametrize("transposed", [False, True])
def test_convolutions_inside_operations_are_counted(transposed):
    """`torch.convolution` has no rule, but PyTorch's core has convolutions that have one."""
    settings = ([2, 2], [0, 0], [1, 1], transposed, [0, 0], 1)
    model = Lambda(lambda module, x: torch.convolution(x, module.filters, None, *settings))
    model.filters = nn.Parameter(torch.zeros(3, 3, 2, 2))
    seen = watched(model, (torch.zeros(1, 3, 6, 6),), {})
    assert summary(model, (3, 6, 6)).macs == seen.macs == (36 if transposed else 9) * 3 * 12


def test_lengths_that_depend_on_the_input_are_refused():
    """A packed sequence is as long as its lengths say."""

    def pack(module, x, lengths):
        return nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False).data

    with pytest.raises(ValueError, match="asks for the numbers"):
        summary(Lambda(pack), input_data=(torch.zeros(2, 5, 8), torch.tensor([5, 3])))


def test_lstms_that_do_not_fit_are_refused():
    """In PyTorch's words, with the path."""
    for module in (nn.LSTM(7, 4), nn.GRU(7, 4)):
        with pytest.raises(ShapeError, match=r"^0: .*: PyTorch refuses input \(1, 5, 8\)"):
            summary(nn.Sequential(module), (5, 8))


def test_sparse_buffers_are_taken_by_their_shape():
    """As graph networks have them."""
    model = Lambda(lambda module, x: torch.sparse.mm(module.graph, module.layer(x[0])), layer=nn.Linear(4, 4))
    model.register_buffer("graph", torch.eye(3).to_sparse())
    report = summary(model, (3, 4))
    assert report.rows[0].output_shape == (3, 4)
    assert report.rows[1].macs == 3 * 16
    assert report.cost.buffer_bytes == 3 * 4


def test_lazy_layers_are_given_their_shapes_once():
    """A lazy layer that is called twice is an ordinary one in its second call."""
    layer = nn.LazyLinear(4)
    report = summary(nn.Sequential(layer, layer), (4,))
    assert [(row.kind, row.params, row.macs) for row in report.rows] == [("LazyLinear", 20, 16), ("LazyLinear", 0, 16)]
    assert isinstance(layer.weight, nn.UninitializedParameter)


def test_numpy_is_not_needed(monkeypatch):
    """Its random numbers are kept where it is loaded."""
    monkeypatch.delitem(__import__("sys").modules, "numpy")
    assert summary(nn.Linear(4, 2), (4,)).macs == 8


def test_what_the_arithmetic_takes_may_still_be_refused():
    """Types are PyTorch's business: its words stand."""
    with pytest.raises(
        ShapeError, match=r"^0: Embedding: PyTorch refuses input \(1, 5\): Expected tensor for argument"
    ):
        summary(nn.Sequential(nn.Embedding(9, 4)), input_data=torch.zeros(1, 5))


def test_a_run_needs_nobody_who_follows():
    """Places are followed where somebody asks for them."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    run = run_on_shapes(model, *sized(model, (1, 3, 8, 8)))
    assert [(call.where, call.output_shape, call.place) for call in run.calls] == [
        ("Sequential", (1, 4, 6, 6), None), ("0: Conv2d", (1, 4, 6, 6), None), ("1: ReLU", (1, 4, 6, 6), None)
    ]  # fmt: skip
