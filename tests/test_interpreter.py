"""What runs readers' code in the page: outputs, errors and namespaces, here without a browser."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from site_builder import interpreter

Run = Callable[..., tuple[dict[str, Any], list[tuple[str, str]]]]


@pytest.fixture
def run(monkeypatch) -> Run:
    """Runs code as the worker does; returns the result and the outputs, with joined text."""
    monkeypatch.setattr(interpreter, "_namespaces", {})

    def execute(code: str, check: str | None = None, page: str = "a", fresh: bool = False, number: int = 1) -> Any:
        shown: list[tuple[str, str]] = []

        def show(kind: str, data: str) -> None:
            if shown and shown[-1][0] == kind == "text":
                data = shown.pop()[1] + data
            shown.append((kind, data))

        request = {"page": page, "code": code, "check": check, "fresh": fresh, "label": f"Cell In[{number}]"}
        return json.loads(interpreter.execute(json.dumps(request), show, lambda: None, lambda: None)), shown

    return execute


class Table:
    def _repr_html_(self) -> str:
        return "<table></table>"


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("n = 2\nn * 2", [("text", "4\n")]),
        ("print('a')\n'b'", [("text", "a\n'b'\n")]),
        ("1; 2", [("text", "2\n")]),
        ("1;", []),
        ("None", []),
        ("n = 2", []),
        ("", []),
        ("import sys; print('a', file=sys.stderr)", [("error", "a"), ("error", "\n")]),
        ("from test_interpreter import Table\nTable()", [("html", "<table></table>")]),
        ("from test_interpreter import Table\nTable", [("text", "<class 'test_interpreter.Table'>\n")]),
        ("display(1, 2)", [("text", "1\n2\n")]),
    ],
)
def test_a_cell_shows_what_a_notebook_would(run, code, shown):
    """Printed text, the value of the last expression, HTML where there is some."""
    result, outputs = run(code)
    assert result == {"ok": True, "passed": None, "error": None}
    assert outputs == shown


def test_cells_of_a_page_share_names_and_pages_do_not(run):
    """As in a notebook; a fresh run sees nothing, and leaves nothing."""
    run("n = 3")
    assert run("n")[1] == [("text", "3\n")]
    assert run("n", page="b")[0]["error"]["type"] == "NameError"
    assert run("n", fresh=True)[0]["error"]["type"] == "NameError"
    assert run("m = 1", fresh=True)[0]["ok"]
    assert run("m")[0]["error"]["type"] == "NameError"


def test_names_of_pages_left_long_ago_are_given_up(run):
    """Memory does not grow with each page that is visited."""
    for page in "abcdef":
        run("n = 1", page=page)
    assert list(interpreter._namespaces) == list("cdef")


def test_an_error_names_the_line_and_looks_like_a_notebook_s(run):
    """The innermost line of the cell itself, with the line that led there."""
    result, _ = run("def half(n):\n    return n / 0\n\nhalf(1)", number=7)
    assert not result["ok"]
    error = result["error"]
    assert (error["type"], error["message"], error["line"]) == ("ZeroDivisionError", "division by zero", 2)
    assert error["text"].splitlines()[1:] == [
        "ZeroDivisionError                         Traceback (most recent call last)",
        "Cell In[7], line 4",
        "      2     return n / 0",
        "      3 ",
        "----> 4 half(1)",
        "Cell In[7], line 2, in half()",
        "      1 def half(n):",
        "----> 2     return n / 0",
        "",
        "ZeroDivisionError: division by zero",
    ]


def test_an_error_inside_a_library_is_told_from_the_cell_s_line(run):
    """Frames of libraries are counted, not shown."""
    error = run("import json\njson.loads('[')")[0]["error"]
    assert error["line"] == 2
    assert "frames inside the libraries]" in error["text"]
    assert "decoder.py" not in error["text"]


def test_a_slip_of_the_pen_is_shown_with_its_place(run):
    """Nothing of the cell runs then."""
    result, outputs = run("print(1)\nx = (")
    assert (result["error"]["type"], result["error"]["line"]) == ("SyntaxError", 2)
    assert "    x = (" in result["error"]["text"]
    assert outputs == []


def test_a_recursion_without_end_is_told_in_a_few_lines(run):
    """Nobody reads a thousand frames."""
    error = run("def f(): return f()\nf()")[0]["error"]
    assert error["type"] == "RecursionError"
    assert len(error["text"].splitlines()) < 30


@pytest.mark.parametrize(
    ("code", "ok", "passed", "kind"),
    [
        ("n = 2", True, True, None),
        ("n = 3", False, False, "AssertionError"),
        ("m = 2", False, False, "NameError"),
        ("n = 1 / 0", False, False, "ZeroDivisionError"),
    ],
)
def test_a_check_runs_after_the_code_in_its_names(run, code, ok, passed, kind):
    """Its message reaches the reader; it shows nothing itself, and does not run after an error."""
    result, outputs = run(code, check="assert n == 2, 'two, not three'\nn", fresh=True)
    assert (result["ok"], result["passed"]) == (ok, passed)
    assert (result["error"] or {}).get("type") == kind
    assert outputs == []


def test_an_error_below_a_check_names_the_line_of_the_cell(run):
    """Readers see their own code, not the check's."""
    result, _ = run("def double(n):\n    print(n)\n    return n.twice\n", check="found = double(2)", fresh=True)
    assert (result["error"]["type"], result["error"]["line"]) == ("AttributeError", 3)


def test_an_exit_is_an_error_like_others(run):
    """It must not end the interpreter."""
    assert run("raise SystemExit(3)")[0]["error"]["type"] == "SystemExit"
    assert run("1")[0]["ok"]


def test_reading_input_fails_at_once(run):
    """There is no keyboard to wait for."""
    assert run("input()")[0]["error"]["type"] == "EOFError"


def test_classes_of_a_cell_work_as_in_a_program(run):
    """Dataclasses look their module up by name."""
    assert run("from dataclasses import dataclass\n@dataclass\nclass A:\n    n: int\nA(1)")[1] == [("text", "A(n=1)\n")]
