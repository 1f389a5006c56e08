"""What every tool is asked, and the right answer, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from benchmarks.inspection import models
from benchmarks.inspection.cases import Case

Answers = dict[str, Any]  # the question's method → the right answer; a tool is asked for the first that it offers


@dataclass(frozen=True)
class Question:
    """A question with its right answer."""

    key: str
    group: str
    title: str
    case: Callable[[], Case]
    answers: Answers
    slack: float = 0
    """By what share a number may be larger: some tools add the few elementwise operations of a softmax or a gate."""
    issues: tuple[str, ...] = ()
    """Where users have met a wrong answer, as owner/repository#number."""


def case(model: Callable[[], nn.Module], *shape: int, data: Callable[[], tuple[Any, ...]] | None = None) -> Any:
    return lambda: Case(model().eval(), shape, data)


def in_training(model: Callable[[], nn.Module]) -> Callable[[], Case]:
    return lambda: Case(model(), (2, 3, 16, 16))


def layer(make: Callable[..., nn.Module], *arguments: Any, **options: Any) -> Callable[[], nn.Module]:
    return lambda: nn.Sequential(make(*arguments, **options))


PICTURE = (1, 3, 16, 16)


def half_precision() -> Case:
    return Case(models.Conv(3, 8, 3).half().eval(), PICTURE, lambda: (torch.zeros(PICTURE, dtype=torch.half),))


def on_meta() -> Case:
    with torch.device("meta"):
        return Case(models.widened().eval(), PICTURE)


def without_batch() -> Case:
    return Case(models.Conv(3, 8, 3).eval(), PICTURE[1:], lambda: (torch.zeros(PICTURE[1:]),), batched=False)


def impossible_on_meta() -> Case:
    with torch.device("meta"):
        return Case(nn.Sequential(models.ConvTranspose(3, 4, 3, output_padding=1)).eval(), PICTURE)


def two_models() -> Case:
    return Case(models.narrow().eval(), PICTURE, other=models.widened().eval())


NET = case(models.widened, *PICTURE)  # 3→8 and 8→16 channels: 216 + 1152 parameters, outputs 14×14 and 12×12

QUESTIONS = (
    Question(
        "shared", "Parameters", "A layer that occurs twice is counted once",
        case(models.shared, 1, 8, 16, 16), {"parameters": 576},  # 8·8·3·3
        issues=("TylerYep/torchinfo#322", "TylerYep/torchinfo#327", "TylerYep/torchinfo#377"),
    ),
    Question(
        "tied", "Parameters", "Two layers with one weight are counted once",
        case(models.tied, 1, 16), {"parameters": 512},  # 16·32
    ),
    Question(
        "raw_parameter", "Parameters", "A parameter that belongs to no layer is counted",
        case(models.raw_parameter, *PICTURE), {"parameters": 224},  # 3·8·3·3 + 8
        issues=("sksq96/pytorch-summary#148",),
    ),
    Question(
        "frozen", "Parameters", "Frozen parameters are told apart",
        case(models.frozen, *PICTURE), {"trainable": 32},  # 8·4
        issues=("sksq96/pytorch-summary#156", "sovrasov/flops-counter.pytorch#75"),
    ),
    Question(
        "unused", "Parameters", "A layer that is never called is counted",
        case(models.unused, *PICTURE), {"parameters": 792},  # 3·8·3·3 + 8·8·3·3
    ),
    Question(
        "unused_named", "Parameters", "A layer that is never called is named",
        case(models.unused, *PICTURE), {"unused": "spare"},
    ),
    Question(
        "lazy", "Parameters", "A lazy layer is counted with the shape that it will have",
        case(layer(nn.LazyConv2d, 8, 3, bias=False), *PICTURE), {"parameters": 216},  # 3·8·3·3
    ),
    Question(
        "parameter_bytes", "Parameters", "Memory of parameters of mixed precision",
        case(models.mixed_precision, *PICTURE), {"parameter_bytes": 464},  # 216·2 + 8·4
    ),
    Question(
        "called_twice", "Multiply-accumulates", "A layer that is called twice works twice",
        case(models.called_twice, 1, 8, 16, 16), {"macs": 294_912},  # 2 · 576 · 16·16
        issues=("sksq96/pytorch-summary#37", "sksq96/pytorch-summary#201"),
    ),
    Question(
        "functional", "Multiply-accumulates", "A convolution as a function, `F.conv2d`",
        case(models.functional, *PICTURE), {"macs": 21_168},  # 3·4·3·3 · 14·14
        issues=("TylerYep/torchinfo#126",),
    ),
    Question(
        "matrix_product", "Multiply-accumulates", "A matrix product, `x @ weight`",
        case(models.matrix_product, 1, 5, 16), {"macs": 2_560},  # 5 · 16·32
    ),
    Question(
        "transposed", "Multiply-accumulates", "A transposed convolution works by its input size",
        case(layer(models.ConvTranspose, 8, 4, 3, stride=2), 1, 8, 10, 10), {"macs": 28_800},  # 10·10 · 8·4·3·3
        issues=("sovrasov/flops-counter.pytorch#57", "sovrasov/flops-counter.pytorch#149", "ultralytics/thop#92",
         "facebookresearch/fvcore#78"),
    ),
    Question(
        "same", "Multiply-accumulates", 'Padding `"same"`',
        case(layer(models.Conv, 4, 4, 3, padding="same"), 1, 4, 8, 8), {"macs": 9_216},  # 4·4·3·3 · 8·8
    ),
    Question(
        "same_even", "Multiply-accumulates", 'Padding `"same"` with an even kernel',
        case(layer(models.Conv, 4, 4, 4, padding="same"), 1, 4, 8, 8), {"macs": 16_384},  # 4·4·4·4 · 8·8
    ),
    Question(
        "depthwise", "Multiply-accumulates", "A depthwise convolution",
        case(layer(models.Conv, 8, 8, 3, groups=8), 1, 8, 16, 16), {"macs": 14_112},  # 8·3·3 · 14·14
    ),
    Question(
        "linear_on_sequence", "Multiply-accumulates", "A linear layer on (batch, time, features)",
        case(layer(models.Linear, 16, 32), 1, 5, 16), {"macs": 2_560},  # 5 · 16·32
    ),
    Question(
        "attention", "Multiply-accumulates", "`MultiheadAttention`, with its two matrix products",
        case(models.attention, 1, 10, 16), {"macs": 13_440}, slack=0.05,  # 4·10·16·16 + 2·10·10·16
        issues=("TylerYep/torchinfo#226",),
    ),
    Question(
        "dot_product", "Multiply-accumulates", "`scaled_dot_product_attention`",
        case(models.dot_product, 1, 2, 10, 16), {"macs": 11_520}, slack=0.05,  # 2·10·16·16 + 2 · 2·10·10·16
    ),
    Question(
        "recurrent", "Multiply-accumulates", "An LSTM",
        case(models.recurrent, 1, 5, 8), {"macs": 7_680}, slack=0.15,  # 5 steps · 4 gates · 16 · (8 + 16)
    ),
    Question(
        "unknown", "Multiply-accumulates", "An operation of unknown cost is named (`fft2`)",
        case(models.spectrum, *PICTURE), {"unknown": "fft"},
    ),
    Question(
        "every_shape", "Inputs and sizes", "Output shapes of all layers, in order of execution",
        case(models.reversed_order, *PICTURE), {"shapes": [(8, 7, 7), (4, 5, 5)]},
    ),
    Question(
        "ceil_mode", "Inputs and sizes", "`ceil_mode`: a window that would start in the padding is left out",
        case(layer(nn.MaxPool2d, 2, stride=2, padding=1, ceil_mode=True), 1, 3, 5, 5), {"shapes": [(3, 3, 3)]},
        issues=("pytorch/pytorch#148123", "pytorch/pytorch#57178", "pytorch/pytorch#116420"),
    ),
    Question(
        "dict_input", "Inputs and sizes", "A dict as input",
        case(models.dict_input, 1, 3, 16, 16, data=lambda: ({"image": torch.zeros(PICTURE)},)),
        {"macs": 42_336, "shapes": [(8, 14, 14)]},  # 216 · 14·14
    ),
    Question(
        "none_input", "Inputs and sizes", "None among the inputs",
        case(models.optional_mask, 1, 3, 16, 16, data=lambda: (torch.zeros(PICTURE), None)),
        {"macs": 42_336, "shapes": [(8, 14, 14)]},
    ),
    Question(
        "nested_output", "Inputs and sizes", "A dict with a tuple as the output of a layer",
        case(models.nested_output, *PICTURE), {"macs": 48_608, "shapes": [(4, 14, 14)]},  # (216 + 32) · 14·14
    ),
    Question(
        "unbatched", "Inputs and sizes", "An input without a batch axis",
        without_batch, {"macs": 42_336},  # 216 · 14·14
    ),
    Question(
        "half", "Inputs and sizes", "Half precision",
        half_precision, {"macs": 42_336, "shapes": [(8, 14, 14)]},
    ),
    Question(
        "meta", "Inputs and sizes", "A model on the meta device",
        on_meta, {"macs": 208_224, "shapes": [(8, 14, 14), (16, 12, 12)]},  # 216 · 14·14 + 1152 · 12·12
    ),
    Question(
        "larger_than_memory", "Inputs and sizes", "A model of 100 GB on the meta device",
        case(models.huge, 1, 50_000), {"macs": 25_000_000_000, "shapes": [(250_000,), (50_000,)]},
    ),
    Question(
        "large_batch", "Inputs and sizes", "A batch of 60 GB: 100,000 pictures",
        case(layer(models.Conv, 3, 1, 1), 100_000, 3, 224, 224),
        {"macs": 15_052_800_000, "shapes": [(1, 224, 224)]},  # 100,000 · 3 · 224·224
    ),
    Question(
        "refusal", "Inputs and sizes", "`output_padding` that PyTorch refuses, on the meta device, where it does not",
        impossible_on_meta, {"refusal": "padding"},
        issues=("pytorch/pytorch#178125", "pytorch/pytorch#178127"),
    ),
    Question(
        "unchanged", "What is left behind", "The model and the random numbers stay as they are",
        in_training(models.ordinary), {"unchanged": []},
        issues=("TylerYep/torchinfo#227", "TylerYep/torchinfo#287", "Lyken17/pytorch-OpCounter#82",
         "Lyken17/pytorch-OpCounter#168"),
    ),
    Question(
        "unchanged_after_error", "What is left behind", "They stay so after an error in the model, too",
        in_training(models.failing), {"unchanged_after_error": []},
    ),
    Question(
        "torch_unchanged", "What is left behind", "PyTorch's own functions are the same after such an error",
        in_training(models.failing), {"torch_unchanged": []},
    ),
    Question(
        "field", "Receptive fields", "Of a chain of layers",
        case(models.widened, *PICTURE), {"field": 5},  # 3 + 2
    ),
    Question(
        "field_dilated", "Receptive fields", "With dilation",
        case(lambda: nn.Sequential(models.Conv(3, 4, 3), models.Conv(4, 4, 3, dilation=2)), *PICTURE),
        {"field": 7},  # 3 + 4
        issues=("Fangyh09/pytorch-receptive-field#17",),
    ),
    Question(
        "field_residual", "Receptive fields", "Around a shortcut",
        case(models.residual, *PICTURE), {"field": 5},  # the long way; the short one sees a single pixel
        issues=("Fangyh09/pytorch-receptive-field#17", "frgfm/torch-scan#41"),
    ),
    Question(
        "field_branches", "Receptive fields", "Of concatenated branches",
        case(models.inception, *PICTURE), {"field": 5},
    ),
    Question(
        "field_transposed", "Receptive fields", "Behind a transposed convolution",
        case(lambda: nn.Sequential(models.Conv(3, 4, 3, stride=2, padding=1),
                                   models.ConvTranspose(4, 3, 3, stride=2, padding=1)), *PICTURE),
        {"field": 5},  # every other unit sees two units of the small map: 3 + 2
        issues=("Fangyh09/pytorch-receptive-field#17",),
    ),
    Question(
        "field_resnet50", "Receptive fields", "Of ResNet-50",
        case(models.resnet50_features, 1, 3, 224, 224), {"field": 427},
    ),
    Question(
        "region", "Receptive fields", "The pixels that a corner unit sees, clipped to the picture",
        case(lambda: nn.Sequential(models.Conv(3, 4, 3, padding=1), models.Conv(4, 4, 3, padding=1)), *PICTURE),
        {"region": [(0, 2), (0, 2)]},  # pixels -2…2
    ),
    Question("html", "Reports", "As a table in a notebook", NET, {"html": "<table"}),
    Question("markdown", "Reports", "As a Markdown table", NET, {"markdown": "|"}),
    Question("json", "Reports", "As JSON", NET, {"json": "1368"}),
    Question("dataframe", "Reports", "As a DataFrame", NET, {"dataframe": "DataFrame"}),
    Question("diff", "Reports", "What differs between two models", two_models, {"diff": "widened"}),
    Question("steps", "Reports", "How a size comes about, step by step",
             case(models.widened, 1, 3, 32, 32), {"steps": "14"}),  # (32 + 2·1 - 8)/2 + 1
    Question("inverse", "Reports", "Which padding gives the size that is wanted", NET, {"inverse": [4]}),  # 2·(5 - 1)/2
)  # fmt: skip
