"""How a tool is asked, and the tools that are there anyway: ours, PyTorch's and Lightning's.

A question is a method; a tool without the method does not offer an answer. Each takes a `Case`:

- `parameters`, `trainable`: how many numbers the model holds, and how many of them are not frozen
- `parameter_bytes`: the memory that they take
- `macs`: multiply-accumulates of the whole batch
- `shapes`: output shapes in order of execution, without the batch axis
- `unused`, `unknown`: names of what the model does not use, and of operations whose cost the tool does not know
- `field`, `region`: side of the receptive field of the output, and the pixels that its unit (0, 0) sees
- `html`, `markdown`, `json`, `dataframe`, `diff`: the report in another form
- `steps`, `inverse`: the output size of a window of 8 pixels explained, and the padding that keeps a size
- `refusal`: the message about a padding that cannot be
- `unchanged`, `unchanged_after_error`, `torch_unchanged`: what a report has left behind
"""

from __future__ import annotations

import importlib
import importlib.metadata
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import nn

from benchmarks.inspection.cases import Case
from benchmarks.inspection.footprints import changes_of_model, changes_of_torch
from benchmarks.inspection.installation import versions

Shapes = list[tuple[int, ...]]


class NotOfferedError(Exception):
    """The tool has no way to be asked this, such as an input that it cannot be given."""


class Tool(ABC):
    """A tool, asked in its own words."""

    name: ClassVar[str]
    module: ClassVar[str]
    """What a program imports."""
    home: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    """Distributions that the benchmark installs for it, itself first; none where the project has it anyway."""
    subjects: ClassVar[tuple[str, ...]] = ("module", "meta")
    """The forms of ResNet-50 on which its report is timed: on the CPU, on the meta device, as a description."""
    asked: ClassVar[bool] = True
    """Whether it is asked the questions."""

    def load(self) -> Any:
        """Import the tool."""
        return importlib.import_module(self.module)

    @property
    def version(self) -> str:
        """The version of the distribution that holds the tool: the pinned one, or the one that is there."""
        return versions()[self.needs[0]] if self.needs else importlib.metadata.version(self.module.partition(".")[0])

    @property
    def gives_shapes(self) -> bool:
        """Whether the report holds the shapes of the layers' outputs."""
        return hasattr(self, "shapes")

    @abstractmethod
    def report(self, case: Case) -> Any:
        """Make the tool's whole report, with its defaults: this is what is timed."""

    def refusal(self, case: Case) -> str:
        """Return the message with which a model is refused, or nothing where it is accepted."""
        try:
            self.report(case)
        except Exception as error:
            if "padding" in str(error):
                return str(error)
            raise  # it fails on another thing
        return ""

    def unchanged(self, case: Case) -> list[str]:
        """What of the model, and of the random numbers, the report has changed."""
        return changes_of_model(case.model, lambda: self.report(case))

    def unchanged_after_error(self, case: Case) -> list[str]:
        """What is changed when the model raises an error half-way."""
        return changes_of_model(case.model, quietly(lambda: self.report(case)))

    def torch_unchanged(self, case: Case) -> list[str]:
        """Which functions of PyTorch are others when the model has raised an error half-way."""
        return changes_of_torch(quietly(lambda: self.report(case)))


def quietly(call: Callable[[], object]) -> Callable[[], None]:
    """Return the call with its errors passed over."""

    def done() -> None:
        try:
            call()
        except Exception:  # the error is the model's, and expected
            return

    return done


class Ours(Tool):
    """`cnn_guide.summary` and its kin."""

    name = "cnn_guide"
    module = "cnn_guide"
    home = "https://github.com/cnn-guide/cnn-guide"
    subjects = ("description", "module", "meta")

    @property
    def version(self) -> str:
        """The package's own version."""
        return str(self.load().__version__)

    def report(self, case: Case) -> Any:
        from cnn_guide import summary

        if not case.batched:
            return summary(case.model, case.shape, batched=False)
        if case.data is not None:
            return summary(case.model, input_data=case.data())
        return summary(case.model, case.shape[1:], batch_size=case.shape[0])

    def parameters(self, case: Case) -> int:
        return int(self.report(case).total_params)

    def trainable(self, case: Case) -> int:
        return int(self.report(case).trainable_params)

    def macs(self, case: Case) -> int:
        return int(self.report(case).macs)

    def shapes(self, case: Case) -> Shapes:
        return [row.output_shape for row in self.report(case).rows if not row.container]

    def unused(self, case: Case) -> list[str]:
        return list(self.report(case).unused)

    def unknown(self, case: Case) -> list[str]:
        return list(self.report(case).unknown)

    def field(self, case: Case) -> int:
        from cnn_guide import receptive_field

        return max(receptive_field(case.model, case.shape[1:]).size)

    def region(self, case: Case) -> list[tuple[int, int]]:
        from cnn_guide import receptive_field

        return [tuple(side) for side in receptive_field(case.model, case.shape[1:]).region((0, 0))]

    def html(self, case: Case) -> str:
        return str(self.report(case)._repr_html_())

    def markdown(self, case: Case) -> str:
        return str(self.report(case).to_markdown())

    def json(self, case: Case) -> str:
        return str(self.report(case).to_json())

    def dataframe(self, case: Case) -> str:
        return type(self.report(case).to_dataframe()).__name__

    def diff(self, case: Case) -> str:
        from cnn_guide import summary

        return str(self.report(case).diff(summary(case.other, case.shape[1:], batch_size=case.shape[0])))

    def parameter_bytes(self, case: Case) -> int:
        return sum(self.report(case).cost.parameter_bytes.values())

    def steps(self, case: Case) -> str:
        from cnn_guide import conv_output_size, explain

        return str(explain(conv_output_size, case.shape[-1], kernel_size=8, stride=2, padding=1))

    def inverse(self, case: Case) -> list[int]:
        from cnn_guide import solve_padding

        return list(solve_padding(28, 28, kernel_size=5, dilation=2))


class FlopCounter(Tool):
    """`FlopCounterMode` of PyTorch: counts the operations of a real forward pass."""

    name = "FlopCounterMode"
    module = "torch.utils.flop_counter"
    home = "https://docs.pytorch.org/docs/stable/index.html"

    def report(self, case: Case) -> Any:
        with torch.no_grad(), self.load().FlopCounterMode(display=False) as counter:
            case.model(*case.arguments())
        return counter

    def macs(self, case: Case) -> int:
        return int(self.report(case).get_total_flops()) // 2

    def unchanged(self, case: Case) -> list[str]:
        raise NotOfferedError("it is the program itself that runs the model")


class Lightning(Tool):
    """`ModelSummary` of PyTorch Lightning, for a LightningModule with an example input."""

    name = "Lightning"
    module = "pytorch_lightning"
    home = "https://github.com/Lightning-AI/pytorch-lightning"

    @property
    def version(self) -> str:
        return importlib.metadata.version("pytorch-lightning")

    def report(self, case: Case) -> Any:
        return self.load().utilities.model_summary.ModelSummary(self._lightning_module(case), max_depth=-1)

    def _lightning_module(self, case: Case) -> nn.Module:
        class Example(self.load().LightningModule):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.model = case.model
                self.example_input_array = case.arguments()

            def forward(self, *arguments: Any) -> Any:
                return self.model(*arguments)

        return Example()

    def parameters(self, case: Case) -> int:
        return int(self.report(case).total_parameters)

    def trainable(self, case: Case) -> int:
        return int(self.report(case).trainable_parameters)

    def macs(self, case: Case) -> int:
        return int(self.report(case).total_flops) // 2

    def shapes(self, case: Case) -> Shapes:
        return [tuple(sizes[1:]) for sizes in self.report(case).out_sizes if isinstance(sizes, Sequence) and sizes[1:]]
