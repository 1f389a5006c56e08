"""How the other tools are asked: each with its defaults, apart from printing, as its documentation shows it."""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import logging
import re
from typing import Any

import torch

from benchmarks.inspection.cases import Case
from benchmarks.inspection.tools import FlopCounter, Lightning, NotOfferedError, Ours, Shapes, Tool


class Torchinfo(Tool):
    """Runs the model, with hooks on its modules."""

    name = "torchinfo"
    module = "torchinfo"
    home = "https://github.com/TylerYep/torchinfo"
    needs = ("torchinfo",)

    def report(self, case: Case) -> Any:
        if case.data is not None:
            return self.load().summary(case.model, input_data=list(case.data()), verbose=0)
        return self.load().summary(case.model, input_size=case.shape, device=case.device, verbose=0)

    def parameters(self, case: Case) -> int:
        return int(self.report(case).total_params)

    def trainable(self, case: Case) -> int:
        return int(self.report(case).trainable_params)

    def parameter_bytes(self, case: Case) -> int:
        return int(self.report(case).total_param_bytes)

    def macs(self, case: Case) -> int:
        return int(self.report(case).total_mult_adds)

    def shapes(self, case: Case) -> Shapes:
        return [tuple(layer.output_size[1:]) for layer in self.report(case).summary_list if layer.is_leaf_layer]


class Torchsummary(Tool):
    """Prints its report; what it says is read from there."""

    name = "torchsummary"
    module = "torchsummary"
    home = "https://github.com/sksq96/pytorch-summary"
    needs = ("torchsummary",)

    def report(self, case: Case) -> str:
        if case.data is not None:
            raise NotOfferedError("it takes shapes of float tensors alone")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.load().summary(case.model, case.shape[1:], case.shape[0], str(case.device))
        return printed.getvalue()

    def parameters(self, case: Case) -> int:
        return self._number("Total params", case)

    def trainable(self, case: Case) -> int:
        return self._number("Trainable params", case)

    def shapes(self, case: Case) -> Shapes:
        rows = re.findall(r"\[(-?\d+(?:, \d+)+)\]", self.report(case))
        return [tuple(int(size) for size in row.split(", ")[1:]) for row in rows]

    def _number(self, title: str, case: Case) -> int:
        (number,) = re.findall(rf"^{title}: ([\d,]+)", self.report(case), re.M)
        return int(number.replace(",", ""))


class Fvcore(Tool):
    """Traces the model with TorchScript."""

    name = "fvcore"
    module = "fvcore.nn"
    home = "https://github.com/facebookresearch/fvcore"
    needs = ("fvcore", "iopath", "portalocker", "tabulate", "termcolor")

    def report(self, case: Case) -> Any:
        logging.disable(logging.WARNING)  # it warns of each operation without a rule: `unknown` asks for them
        analysis = self.load().FlopCountAnalysis(case.model, case.arguments())
        analysis.total()
        return analysis

    def parameters(self, case: Case) -> int:
        return int(self.load().parameter_count(case.model)[""])

    def macs(self, case: Case) -> int:
        return int(self.report(case).total())

    def unknown(self, case: Case) -> list[str]:
        return list(self.report(case).unsupported_ops())

    def markdown(self, case: Case) -> str:
        return str(self.load().flop_count_table(self.report(case)))


class Ptflops(Tool):
    """Runs the model, with hooks and patched functions."""

    name = "ptflops"
    module = "ptflops"
    home = "https://github.com/sovrasov/flops-counter.pytorch"
    needs = ("ptflops",)

    def report(self, case: Case) -> tuple[int, int]:
        macs, parameters = self.load().get_model_complexity_info(
            case.model,
            case.shape[1:] or (1,),
            as_strings=False,
            print_per_layer_stat=False,
            input_constructor=lambda _: self._batch(case),
        )
        if macs is None or parameters is None:
            raise RuntimeError(f"it returned ({macs}, {parameters})")
        return macs, parameters

    def _batch(self, case: Case) -> Any:
        """Return the only argument as it is, and several by their names."""
        arguments = case.arguments()
        if len(arguments) == 1 and isinstance(arguments[0], torch.Tensor):
            return arguments[0]
        return dict(zip(inspect.signature(case.model.forward).parameters, arguments, strict=False))

    def parameters(self, case: Case) -> int:
        return int(self.report(case)[1])

    def macs(self, case: Case) -> int:
        return int(self.report(case)[0])


class Thop(Tool):
    """Runs the model, with hooks; its buffers hold the counts."""

    name = "thop"
    module = "thop"
    home = "https://github.com/Lyken17/pytorch-OpCounter"
    needs = ("thop",)

    def report(self, case: Case) -> Any:
        return self.load().profile(case.model, inputs=case.arguments(), verbose=False)

    def parameters(self, case: Case) -> int:
        return int(self.report(case)[1])

    def macs(self, case: Case) -> int:
        return int(self.report(case)[0])


class UltralyticsThop(Thop):
    """A continuation of thop under the same module name."""

    name = "ultralytics-thop"
    home = "https://github.com/ultralytics/thop"
    needs = ("ultralytics-thop",)


class Calflops(Tool):
    """Runs the model, with patched functions."""

    name = "calflops"
    module = "calflops"
    home = "https://github.com/MrYxJ/calculate-flops.pytorch"
    needs = (
        *("calflops", "accelerate", "huggingface-hub", "transformers", "tokenizers", "safetensors", "regex"),
        *("httpx2", "httpcore2", "h11", "anyio", "truststore"),
    )

    def report(self, case: Case) -> Any:
        silent = {"print_results": False, "output_as_string": False}
        if case.data is not None:
            return self.load().calculate_flops(case.model, args=list(case.data()), **silent)
        return self.load().calculate_flops(case.model, input_shape=case.shape, **silent)

    def parameters(self, case: Case) -> int:
        return int(self.report(case)[2])

    def macs(self, case: Case) -> int:
        return int(self.report(case)[1])


class Torchscan(Tool):
    """Its receptive fields are those of each layer alone, so `field` is no question for it."""

    name = "torchscan"
    module = "torchscan"
    home = "https://github.com/frgfm/torch-scan"
    needs = ("torchscan",)

    def report(self, case: Case) -> Any:
        return self.load().crawl_module(case.model, args=case.arguments())

    def parameters(self, case: Case) -> int:
        return self._total("parameters", case)

    def trainable(self, case: Case) -> int:
        return self._total("trainable_parameters", case)

    def parameter_bytes(self, case: Case) -> int:
        return self._total("parameter_bytes", case)

    def macs(self, case: Case) -> int:
        totals = self.report(case)["totals"]
        if totals["macs"]["status"] == "complete":
            return int(totals["macs"]["value"])
        return int(totals["operator_flops"]["known_value"]) // 2  # its second way of counting

    def shapes(self, case: Case) -> Shapes:
        outputs = [layer["output"] for layer in self.report(case)["layers"]]
        return [tuple(output["shape"][1:]) for output in outputs if "shape" in output]

    def unknown(self, case: Case) -> list[str]:
        return [str(found.get("operator") or found["message"]) for found in self.report(case)["diagnostics"]]

    def json(self, case: Case) -> str:
        return json.dumps(self.report(case))

    def diff(self, case: Case) -> str:
        other = Case(case.other or case.model, case.shape)
        return str(self.load().compare_reports(self.report(case), self.report(other)))

    def _total(self, name: str, case: Case) -> int:
        return int(self.report(case)["totals"][name]["known_value"])


class TorchscanStructure(Torchscan):
    """The part of torchscan's report that has shapes and parameters, and no costs."""

    name = "torchscan (structure)"
    asked = False

    def report(self, case: Case) -> Any:
        return self.load().crawl_module(case.model, args=case.arguments(), mode="structure")


class Torchlens(Tool):
    """Runs the model and keeps a record of every operation."""

    name = "torchlens"
    module = "torchlens"
    home = "https://github.com/johnmarktaylor91/torchlens"
    needs = ("torchlens", "graphviz", "safetensors")

    def report(self, case: Case) -> Any:
        return self.load().summary(case.model, list(case.arguments()))

    def _trace(self, case: Case) -> Any:
        return self.load().trace(case.model, list(case.arguments()), save=None)

    def parameters(self, case: Case) -> int:
        return int(self.report(case).total_params)

    def trainable(self, case: Case) -> int:
        return int(self.report(case).trainable_params)

    def macs(self, case: Case) -> int:
        return int(self.report(case).total_macs_forward)

    def shapes(self, case: Case) -> Shapes:
        return [tuple(row.shape[1:]) for row in self.report(case).rows if row.kind == "op" and row.shape]

    def unused(self, case: Case) -> list[str]:
        return list(self._trace(case).unexecuted_param_names)

    def unknown(self, case: Case) -> list[str]:
        return [str(operation) for operation in self._trace(case).unknown_flop_ops]

    def field(self, case: Case) -> int:
        return max(self._trace(case).layer_list[-1].receptive_field.size)

    def region(self, case: Case) -> list[tuple[int, int]]:
        box = self._trace(case).layer_list[-1].receptive_field.at((0, 0))
        return [(axis.clipped_start, axis.clipped_stop - 1) for axis in box.axes if axis.kind == "windowed"]

    def html(self, case: Case) -> str:
        return str(self.report(case).to_html())

    def markdown(self, case: Case) -> str:
        return str(self.report(case).to_markdown())

    def json(self, case: Case) -> str:
        return json.dumps(self.report(case).to_dict(), default=str)

    def dataframe(self, case: Case) -> str:
        return type(self.report(case).to_pandas()).__name__

    def diff(self, case: Case) -> str:
        from torchlens.differential import diff_report

        other = Case(case.other or case.model, case.shape)
        return str(diff_report(self._trace(other), self._trace(case)).rows)


class RfaToolbox(Tool):
    """Receptive fields alone, from a TorchScript trace."""

    name = "rfa_toolbox"
    module = "rfa_toolbox"
    home = "https://github.com/MLRichter/receptive_field_analysis_toolbox"
    needs = ("rfa_toolbox", "graphviz")
    subjects = ()

    def report(self, case: Case) -> Any:
        return self.load().create_graph_from_pytorch_model(case.model, input_res=case.shape)

    def field(self, case: Case) -> int:
        last = self.report(case).all_layers[-1].receptive_field_max
        return int(max(last) if isinstance(last, tuple) else last)


class Keras(Tool):
    """Summarises Keras networks alone: it is timed on its own ResNet-50, and asked nothing about modules."""

    name = "Keras"
    module = "keras"
    home = "https://github.com/keras-team/keras"
    needs = ("keras", "absl-py", "h5py", "ml_dtypes", "namex", "optree", "rich")
    subjects = ("keras",)
    asked = False
    gives_shapes = True

    def resnet50(self) -> Any:
        return self.load().applications.ResNet50(weights=None)

    def report(self, case: Case) -> Any:
        printed: list[str] = []
        case.model.summary(print_fn=printed.append)
        return printed


TOOLS: tuple[Tool, ...] = (
    Ours(),
    Torchinfo(),
    Torchsummary(),
    Fvcore(),
    Ptflops(),
    Thop(),
    UltralyticsThop(),
    Calflops(),
    Torchscan(),
    TorchscanStructure(),
    Torchlens(),
    RfaToolbox(),
    Lightning(),
    FlopCounter(),
    Keras(),
)
BY_NAME = {tool.name: tool for tool in TOOLS}
