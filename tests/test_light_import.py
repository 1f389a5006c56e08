"""Importing the package, and its arithmetic, loads no heavy library; the package's names load on first use."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import cnn_guide

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "numpy", "pytorch_lightning", "matplotlib", "sklearn", "pandas", "PIL", "onnx", "jsonargparse")
COMPILER = ("torch._dynamo", "sympy")  # PyTorch loads them in seconds, for many operations on the meta device
LIGHT_USE = """
import cnn_guide
from cnn_guide import conv_output_size, count_parameters, explain, layers, receptive_field, solve_padding, summary
str(explain(conv_output_size, 32, kernel_size=8, stride=2, padding=1)), solve_padding(28, 28, kernel_size=3)
network = layers.Sequential(layers.Conv2d(1, 16, 3), layers.Flatten(), layers.Linear(10816, 10))
report = summary(network, (1, 28, 28))
str(report), report._repr_html_(), report.to_markdown(), report.to_json()
count_parameters(network), str(receptive_field(network, (1, 28, 28)))
"""


def heavy_modules_after(program: str) -> list[str]:
    """Heavy libraries that a fresh interpreter has loaded after running the program."""
    report = f"\nimport sys\nprint(*sorted(set({(*HEAVY, *COMPILER)!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program + report], capture_output=True, text=True, check=True, cwd=ROOT
    )  # fmt: skip
    return done.stdout.split()


@pytest.mark.parametrize(
    "program",
    [
        "import cnn_guide",
        "from cnn_guide import *",
        "import cnn_guide; dir(cnn_guide)",
        LIGHT_USE,
        "from cnn_guide.cli import main; main(['conv', '32', '--kernel-size', '8'])\nprint()",
    ],
    ids=["import", "star import", "dir", "use", "conv command"],
)
def test_light_use_loads_nothing_heavy(program):
    """Descriptions need the standard library alone."""
    assert set(heavy_modules_after(program)) & set(HEAVY) == set()


@pytest.mark.parametrize("heavy", ["torch", "numpy"])
def test_the_test_sees_what_is_loaded(heavy):
    """A program that does import the library is caught: the test above can fail."""
    assert heavy in heavy_modules_after(f"import {heavy}")


def test_modules_load_torch_when_they_come():
    """What needs torch does load it, so the test above is not passed by doing nothing."""
    assert "torch" in heavy_modules_after("from cnn_guide import models; models.create('cnn2')")


def test_summaries_do_not_load_the_compiler():
    """A summary of the lessons' networks is there at once; PyTorch's own answers on shapes would load its compiler."""
    setup = "import torch; from cnn_guide import models, summary; "
    assert set(heavy_modules_after(setup + "summary(models.create('cnn2'), (1, 28, 28))")) & set(COMPILER) == set()
    assert "torch._dynamo" in heavy_modules_after("import torch; torch.relu(torch.empty(3, device='meta'))")


def test_dir_lists_the_public_names():
    """Completion shows what there is before anything is loaded."""
    modules = {"data", "export", "figures", "models", "preprocessing", "report", "training"}
    assert set(dir(cnn_guide)) == {*cnn_guide.__all__, "__version__", *modules}


@pytest.mark.parametrize("name", cnn_guide.__all__)
def test_every_public_name_exists(name):
    """Nothing in __all__ is a promise only."""
    assert getattr(cnn_guide, name) is not None


def test_unknown_names_get_the_closest_one():
    """A slip is answered by the name that was meant."""
    with pytest.raises(
        AttributeError, match=r"'cnn_guide' has no attribute 'conv_outputsize'\. Did you mean 'conv_output_"
    ):
        cnn_guide.conv_outputsize  # noqa: B018
    with pytest.raises(AttributeError, match=r"has no attribute 'xyzzy'\.$"):
        cnn_guide.xyzzy  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'sumary' from 'cnn_guide'"):
        from cnn_guide import sumary  # noqa: F401


def test_version_is_that_of_the_distribution():
    """The package and its metadata tell the same version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cnn_guide.__version__ == project["version"]
