"""Imports between the folders point one way, as the table below says."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import cnn_guide

ROOT = Path(__file__).parents[1]
ARROWS = {  # what each part may import, besides itself and the standard library
    "__init__": {"arithmetic", "inspection"},
    "arithmetic": set(),
    "layers": {"arithmetic"},  # a shorter path to arithmetic.layers
    "report": {"arithmetic", "pandas"},
    "inspection": {"arithmetic", "report", "torch"},
    "files": {"filelock"},
    "preprocessing": {"torch", "PIL"},
    "models": {"torch", "files", "preprocessing"},
    "data": {"torch", "pytorch_lightning", "numpy", "sklearn", "PIL", "files", "preprocessing"},
    "training": {
        "models", "data", "inspection", "report", "preprocessing", "torch", "pytorch_lightning", "torchmetrics",
        "jsonargparse", "yaml",
    },
    "export": {"models", "inspection", "preprocessing", "torch", "numpy", "onnx", "onnxruntime"},
    "figures": {"arithmetic", "inspection", "matplotlib", "cycler", "numpy"},
    "cli": {
        "arithmetic", "report", "inspection", "files", "preprocessing", "models", "data", "training", "export",
        "figures", "torch",
    },
}  # fmt: skip
BUILDER_USES = {
    "data",
    "figures",
}  # subpackages that the site builder may look into; else it takes cnn_guide's own names


def part_of(value: object) -> str:
    """The part of the package in which a public name is at home."""
    module = value.__name__ if isinstance(value, ModuleType) else value.__module__
    return module.split(".")[1]


PUBLIC = {name: part_of(getattr(cnn_guide, name)) for name in cnn_guide.__all__}
PUBLIC |= {"__version__": "__init__", "layers": "arithmetic"}


def imports(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a file of this package imports, at its top or inside a function."""
    parents = package.split(".")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = parents[: len(parents) - node.level + 1] if node.level else []
            for alias in node.names:
                yield node.lineno, ".".join([*base, *filter(None, [node.module]), alias.name])


def target(name: str) -> str:
    """The part or the library that an import reaches; nothing for the standard library."""
    top, *rest = name.split(".")
    if top == "cnn_guide" and rest:
        return PUBLIC.get(rest[0], rest[0])
    return "" if top in sys.stdlib_module_names else top


def faults(source: str, package: str, part: str) -> list[str]:
    """What a file in this part of cnn_guide imports against the arrows."""
    allowed = ARROWS[part] | {"", part, "__init__"}
    return [f"line {line}: {part} → {name}" for line, name in imports(source, package) if target(name) not in allowed]


def builder_faults(source: str) -> list[str]:
    """What a file of the site builder takes from cnn_guide that is not public."""
    found = []
    for line, name in imports(source, "site_builder"):
        top, *rest = name.split(".")
        looks_inside = len(rest) == 2 and rest[0] in BUILDER_USES and not rest[1].startswith("_")
        public = not rest or (len(rest) == 1 and rest[0] in dir(cnn_guide)) or looks_inside
        if top == "cnn_guide" and not public:
            found.append(f"line {line}: site_builder → {name}")
    return found


def part_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", part_files("cnn_guide"), ids=lambda path: str(path.relative_to(ROOT)))
def test_package_follows_the_arrows(path):
    """No part of the package imports what the table does not give it."""
    places = path.relative_to(ROOT / "cnn_guide").with_suffix("").parts
    assert faults(path.read_text(encoding="utf-8"), ".".join(["cnn_guide", *places[:-1]]), places[0]) == []


@pytest.mark.parametrize("path", part_files("site_builder"), ids=lambda path: str(path.relative_to(ROOT)))
def test_site_builder_uses_public_names(path):
    """The builder works with any version of the package that has the same public names."""
    assert builder_faults(path.read_text(encoding="utf-8")) == []


def test_every_part_has_an_arrow():
    """A new folder or file at the top of the package asks for a line in the table."""
    found = {
        path.stem for path in (ROOT / "cnn_guide").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert found == set(ARROWS)


@pytest.mark.parametrize(
    ("source", "package", "part", "fault"),
    [
        ("import torch", "cnn_guide.arithmetic", "arithmetic", "line 1: arithmetic → torch"),
        ("def f():\n    import numpy.linalg as la", "cnn_guide.arithmetic.layers", "arithmetic",
            "line 2: arithmetic → numpy.linalg"),
        ("from ..report import Row", "cnn_guide.arithmetic", "arithmetic", "line 1: arithmetic → cnn_guide.report.Row"),
        ("from .. import report", "cnn_guide.arithmetic", "arithmetic", "line 1: arithmetic → cnn_guide.report"),
        ("from ...models.cnn1 import CNN1", "cnn_guide.arithmetic.layers", "arithmetic",
            "line 1: arithmetic → cnn_guide.models.cnn1.CNN1"),
        ("from cnn_guide import summary", "cnn_guide.models", "models", "line 1: models → cnn_guide.summary"),
        ("import cnn_guide.training", "cnn_guide.data", "data", "line 1: data → cnn_guide.training"),
        ("from .training import fit", "cnn_guide", "report", "line 1: report → cnn_guide.training.fit"),
        ("import site_builder.run", "cnn_guide", "cli", "line 1: cli → site_builder.run"),
    ],
)  # fmt: skip
def test_the_test_sees_wrong_arrows(source, package, part, fault):
    """Absolute, relative, lazy and indirect imports are all caught: the tests above can fail."""
    assert faults(source, package, part) == [fault]


@pytest.mark.parametrize(
    ("source", "package", "part"),
    [
        ("import json, os.path\nfrom math import prod", "cnn_guide.arithmetic", "arithmetic"),
        ("from .errors import ShapeError\nfrom . import sizes", "cnn_guide.arithmetic", "arithmetic"),
        ("from ..arithmetic.layers import Layer", "cnn_guide.inspection", "inspection"),
        ("from cnn_guide import conv_output_size, layers", "cnn_guide.figures", "figures"),
        ("from . import __version__", "cnn_guide", "cli"),
    ],
)
def test_right_arrows_pass(source, package, part):
    """What the table allows is not reported."""
    assert faults(source, package, part) == []


def test_the_test_sees_what_is_not_public():
    """The builder may not look behind the public names."""
    for source in (
        "from cnn_guide.arithmetic import sizes",
        "import cnn_guide.cli",
        "from cnn_guide.data import _split",
    ):
        assert len(builder_faults(source)) == 1, source
    for source in ("import cnn_guide", "from cnn_guide import data, summary", "from cnn_guide.figures import PALETTE"):
        assert builder_faults(source) == [], source
