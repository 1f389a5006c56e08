"""The files that readers open stay short: an architecture fits a few screens, a function one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODELS = sorted((ROOT / "cnn_guide" / "models").glob("*.py"))
PACKAGE = sorted((ROOT / "cnn_guide").rglob("*.py"))


def function_lengths(source: str) -> Iterator[tuple[str, int]]:
    """Name and lines of each function, without its signature and its docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            code = node.body[ast.get_docstring(node) is not None :]
            yield node.name, node.end_lineno - code[0].lineno + 1 if code else 0


def too_long(path: Path, most: int) -> list[str]:
    found = function_lengths(path.read_text(encoding="utf-8"))
    return [f"{path.name}: {name} has {lines} lines" for name, lines in found if lines > most]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_an_architecture_can_be_read_at_one_sitting(path):
    """About 200 lines a file, 30 a function."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 200
    assert too_long(path, 30) == []


def test_functions_fit_a_screen():
    """Nowhere in the package does a function need scrolling."""
    assert [fault for path in PACKAGE for fault in too_long(path, 35)] == []


def test_the_test_sees_a_long_function():
    """Signatures and docstrings are not counted, lines of code are."""
    source = 'def f():\n    """One.\n\n    Two.\n    """\n    a = 1\n    return a\n'
    assert list(function_lengths(source)) == [("f", 2)]
    assert list(function_lengths("class A:\n    def g(self):\n" + "        pass\n" * 40)) == [("g", 40)]
