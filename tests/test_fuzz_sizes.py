"""Every layer against PyTorch on the CPU, which really runs it: many random settings, right and wrong ones."""

import warnings
from collections.abc import Callable, Iterator
from functools import cache, reduce
from itertools import islice
from typing import NamedTuple

import pytest
import torch
from layer_settings import (
    SETTINGS,
    Dice,
    Setting,
    adaptive_pooling,
    along_axis,
    attention,
    average_pooling,
    blocks,
    convolution,
    dense,
    drawn,
    max_pooling,
    norm_pooling,
    padding,
    rearranging,
    transposed,
    upsampling,
)  # fmt: skip
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cnn_guide import ShapeError, layers
from cnn_guide.arithmetic.layers import Layer
from cnn_guide.arithmetic.windows import Own

Draw = Callable[[Dice, int], Setting]
BATCH = 7  # as long as no other axis, so that no layer takes it for another
REFUSED = "refused"


@pytest.fixture(autouse=True)
def quiet_torch() -> Iterator[None]:
    """PyTorch warns of slow ways and deprecated ranks, and would use all processors."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    torch.set_num_threads(threads)


def module_of(setting: Setting) -> nn.Module:
    batch_first = {"batch_first": True} if setting.kind == "MultiheadAttention" else {}
    return getattr(nn, setting.kind)(**setting.arguments, **batch_first).eval()


def input_of(setting: Setting, batch: int = BATCH) -> torch.Tensor:
    return torch.zeros(batch, *setting.shape, dtype=torch.long if setting.kind == "Embedding" else torch.float)


def run(module: nn.Module, image: torch.Tensor) -> torch.Tensor:
    output = module(image, image, image) if isinstance(module, nn.MultiheadAttention) else module(image)
    return output[0] if isinstance(output, tuple) else output


# Where PyTorch answers, and a description refuses ---------------------------------------------------------------------


def axes_of(setting: Setting) -> int:
    return int(setting.kind[-2])


def pads_other_axes(setting: Setting) -> bool:
    """Beside zeros, a convolution hands F.pad its numbers as they come, which may be those of other axes."""
    if not setting.kind.startswith("Conv") or setting.arguments["padding_mode"] == "zeros":
        return False
    given = setting.arguments["dilation" if setting.arguments["padding"] == "same" else "padding"]
    return isinstance(given, tuple) and len(given) != axes_of(setting)


def pads_as_many_axes_as_numbers(setting: Setting) -> bool:
    """A padding layer with too many numbers takes the channels, or the batch, for an axis of the map."""
    pads = setting.arguments.get("padding")
    if not setting.kind.startswith(("Reflection", "Replication", "Circular")):
        return False
    return isinstance(pads, tuple) and len(pads) != 2 * axes_of(setting)


def pads_the_batch(setting: Setting) -> bool:
    """A constant goes around the batch too, where there are more numbers than the sample has axes."""
    if not setting.kind.startswith(("ZeroPad", "ConstantPad")):
        return False
    pads = setting.arguments["padding"]
    return (len(pads) // 2 if isinstance(pads, tuple) else axes_of(setting)) > len(setting.shape)


def shuffles_the_batch(setting: Setting) -> bool:
    """With the factor 1, pixels can be shuffled between the batch and the map."""
    return setting.kind in ("PixelShuffle", "PixelUnshuffle") and len(setting.shape) < 3


def rings_what_is_left(setting: Setting) -> bool:
    """Circular padding on one side and cutting off on the other: it may read memory that nothing has written."""
    pads = setting.arguments.get("padding")
    if not setting.kind.startswith("Circular") or not isinstance(pads, tuple):
        return False
    return any(min(pair) < 0 < max(pair) for pair in zip(pads[::2], pads[1::2], strict=False))


def overlooks_a_factor(setting: Setting) -> bool:
    """A scale_factor of 0 counts as none, where there is a size."""
    return setting.kind.startswith("Upsampl") and setting.arguments["scale_factor"] == 0


def has_no_dilation(setting: Setting) -> bool:
    """Transposed convolution does not look at the dilation of a kernel of one entry."""
    dilation = setting.arguments.get("dilation", 1)
    return "Transpose" in setting.kind and min(dilation if isinstance(dilation, tuple) else (dilation,)) < 1


MISTAKES_OF_TORCH = [
    pads_other_axes, pads_as_many_axes_as_numbers, pads_the_batch, rings_what_is_left, shuffles_the_batch,
    overlooks_a_factor, has_no_dilation,
]  # fmt: skip


# Shapes, parameters and refusals --------------------------------------------------------------------------------------


def torch_says(setting: Setting) -> object:
    """Output shape, parameters and buffers; or that it refuses."""
    try:
        module = module_of(setting)
        with torch.no_grad():
            output = run(module, input_of(setting))
    except (RuntimeError, ValueError, TypeError, IndexError, AssertionError, ArithmeticError):
        return REFUSED
    if output.shape[0] != BATCH or not output.numel():  # the batch is not ours to change; a map has a pixel at least
        return REFUSED
    parameters = {name: tuple(tensor.shape) for name, tensor in module.named_parameters()}
    buffers = {name: tuple(tensor.shape) for name, tensor in module.named_buffers()}
    return tuple(output.shape[1:]), parameters, buffers


def description_of(setting: Setting) -> Layer:
    return getattr(layers, setting.kind)(**setting.arguments)


def we_say(setting: Setting) -> object:
    try:
        layer = description_of(setting)
        return layer.output_shape(setting.shape), layer.parameter_shapes, layer.buffer_shapes
    except (ShapeError, TypeError):
        return REFUSED


class Comparison(NamedTuple):
    """Settings that both take, number that both refuse, number that PyTorch takes by a mistake, what is wrong."""

    valid: list[Setting]
    refused: int
    mistakes: dict[str, int]
    wrong: list[str]


@cache
def compared(draw: Draw) -> Comparison:
    valid, wrong, refused, mistakes = [], [], 0, dict.fromkeys((rule.__name__ for rule in MISTAKES_OF_TORCH), 0)
    for setting in drawn(draw, SETTINGS[draw]):
        theirs, ours = torch_says(setting), we_say(setting)
        mistake = next((rule for rule in MISTAKES_OF_TORCH if rule(setting)), None)
        if mistake and ours == REFUSED != theirs:
            mistakes[mistake.__name__] += 1
        elif theirs != ours:
            wrong.append(f"{setting} torch: {theirs} here: {ours}")
        elif ours == REFUSED:
            refused += 1
        else:
            valid.append(setting)
    return Comparison(valid, refused, mistakes, wrong)


@pytest.mark.parametrize("draw", SETTINGS, ids=lambda draw: draw.__name__)
def test_layers_agree_with_torch(draw):
    """Shape, parameters and buffers are PyTorch's, or both refuse."""
    answer = compared(draw)
    assert not answer.wrong, f"{len(answer.wrong)} wrong, such as\n" + "\n".join(answer.wrong[:8])
    assert min(len(answer.valid), answer.refused) > SETTINGS[draw] / 10  # the drawn settings are a fair test


def test_the_comparison_is_large():
    """More than 20,000 settings of all layers were compared, and each mistake of PyTorch that is left out does occur."""
    answers = [compared(draw) for draw in SETTINGS]
    valid, refused = sum(len(answer.valid) for answer in answers), sum(answer.refused for answer in answers)
    mistakes = {name: sum(answer.mistakes[name] for answer in answers) for name in answers[0].mistakes}
    print(f"{valid:,} settings valid and {refused:,} refused by both; PyTorch's mistakes: {mistakes}")
    assert valid > 12_000
    assert refused > 8_000
    assert all(mistakes.values()), mistakes
    assert sum(mistakes.values()) < 0.02 * (valid + refused)
    kinds = {setting.kind for answer in answers for setting in answer.valid}
    assert kinds == set(layers.__all__) - {"Layer", "Sequential", "Residual", "Parallel"}


# Costs ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [convolution, transposed, dense, attention], ids=lambda draw: draw.__name__)
def test_macs_are_half_of_torchs_flops(draw):
    """PyTorch's own counter, which sees the operations that run, finds two operations for each MAC."""
    for setting in islice(compared(draw).valid, 0, None, 6):
        with FlopCounterMode(display=False) as counter, torch.enable_grad():  # without gradients attention is fused
            run(module_of(setting).train(), input_of(setting))
        assert 2 * BATCH * description_of(setting).macs(setting.shape) == counter.get_total_flops(), setting


@pytest.mark.parametrize("draw", [convolution, transposed, dense, attention], ids=lambda draw: draw.__name__)
def test_gradients_have_the_shapes_of_the_parameters(draw):
    """The backward pass fills every parameter that is described, and no other."""
    for setting in islice(compared(draw).valid, 0, None, 9):
        module = module_of(setting)
        tensors = dict(module.named_parameters())
        gradients = torch.autograd.grad(run(module, input_of(setting)).sum(), list(tensors.values())) if tensors else ()
        shapes = {name: tuple(gradient.shape) for name, gradient in zip(tensors, gradients, strict=True)}
        assert shapes == description_of(setting).parameter_shapes, setting


# Windows --------------------------------------------------------------------------------------------------------------

LOOKING = [
    convolution, transposed, max_pooling, average_pooling, norm_pooling, adaptive_pooling, padding, upsampling,
    rearranging, blocks, dense, along_axis,
]  # fmt: skip


def reactions(setting: Setting) -> torch.Tensor:
    """Whether an output unit reacts (columns) when a pixel changes in all its channels (rows)."""
    channels, *sizes = setting.shape
    pixels = torch.eye(torch.Size(sizes).numel()).reshape(-1, 1, *sizes)
    module = module_of(setting)
    with torch.no_grad():
        for tensor in module.parameters():
            tensor.fill_(1)
        louder = torch.arange(1.0, channels + 1).reshape(-1, *(1 for _ in sizes))  # softmax would not see equal changes
        before = run(module, torch.ones(1, *setting.shape))
        after = run(module, 1 + louder * pixels)
    changes = (after - before).abs().reshape(len(pixels), before.shape[1], -1)
    return changes.amax(dim=1) > 1e-6


def reacts(setting: Setting) -> bool:
    """Whether the numbers show what is read: not those of words, roots of 1 / x, shares in the batch or in 1, cut channels."""
    if setting.kind.startswith(("ZeroPad", "ConstantPad")):
        pads = setting.arguments["padding"]
        return not isinstance(pads, tuple) or len(pads) // 2 < len(setting.shape)
    if setting.kind.startswith(("Soft", "LogSoft")):
        return setting.arguments.get("dim", 1) not in (None, 0, -len(setting.shape) - 1) and 1 not in setting.shape
    return setting.kind != "Embedding" and setting.arguments.get("norm_type", 1) > 0


def looked_at(layer: Layer, shape: tuple[int, ...]) -> torch.Tensor | None:
    """The same from the description; None where it follows no places."""
    looks, outputs = layer.windows(shape), layer.output_shape(shape)[1:]
    if isinstance(layer, layers.Unfold):
        outputs = layer.positions(shape)
    if looks is None or len(outputs) != len(shape) - 1 or len(shape) < 2:
        return None
    tables = []
    for look, inputs, units in zip(looks or [Own()] * len(outputs), shape[1:], outputs, strict=True):
        table = torch.zeros(inputs, units)
        for unit in range(units):
            table[list(look.sources(unit, inputs)), unit] = 1
        tables.append(table)
    return reduce(torch.kron, tables) > 0


@pytest.mark.parametrize("draw", LOOKING, ids=lambda draw: draw.__name__)
def test_windows_are_what_the_units_react_to(draw):
    """Pixel by pixel: a unit's output changes exactly where its windows say that it looks."""
    followed = 0
    for setting in islice(filter(reacts, compared(draw).valid), 200):
        expected = looked_at(description_of(setting), setting.shape)
        if expected is not None:
            followed += 1
            assert torch.equal(reactions(setting), expected), setting
    assert followed > 20
