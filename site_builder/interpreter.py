"""Runs a reader's code inside Pyodide, in the page's worker: outputs as in a notebook, errors with the cell's lines.

The site publishes this file as it is, so it needs nothing but the standard library.
"""

from __future__ import annotations

import ast
import builtins
import io
import itertools
import json
import linecache
import sys
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

Show = Callable[[str, str], object]  # kind ("text", "error" or "html"), data
KEPT = 4  # namespaces: a reader who goes back and forth between pages finds the last ones again

_namespaces: dict[str, dict[str, Any]] = {}
_labels: set[str] = set()  # of the cells that ran; tracebacks show their lines, and count the others


def execute(request: str, show: Show, arm: Callable[[], object], disarm: Callable[[], object]) -> str:
    """Run one cell, and a check after it in the same namespace.

    Args:
        request: JSON with `page`, `code`, `check` (or null), `fresh` and `label`, such as `Cell In[3]`.
        show: called with each output, at once.
        arm: called before the reader's code; from now on it may be interrupted.
        disarm: called after it.

    Returns:
        JSON with `ok`, `passed` and `error` (null, or its type, message, line in the cell, and text as Jupyter's).
    """
    wanted = json.loads(request)
    names = _namespace(wanted["page"], wanted["fresh"], show)
    parts = [(wanted["label"], wanted["code"], True), ("Check", wanted["check"], False)]
    result: dict[str, Any] = {"ok": True, "passed": None, "error": None}
    for label, code, shown in parts:
        if code is None:
            continue
        error = _run(code, (label, wanted["label"]), names, show if shown else None, (show, arm, disarm))
        if not shown:
            result["passed"] = error is None
        if error:
            return json.dumps(result | {"ok": False, "passed": False if wanted["check"] else None, "error": error})
    return json.dumps(result)


def _namespace(page: str, fresh: bool, show: Show) -> dict[str, Any]:
    new = {"__name__": "__main__", "__builtins__": builtins, "display": lambda *values: _display(values, show)}
    if fresh:
        return new
    names = _namespaces.pop(page, new) | {"display": new["display"]}
    _namespaces[page] = names
    for old in list(_namespaces)[:-KEPT]:
        del _namespaces[old]
    return names


def _run(
    code: str, labels: tuple[str, str], names: dict[str, Any], show: Show | None, calls: tuple[Any, ...]
) -> dict[str, Any] | None:
    """Run a program; return None, or its error as a dictionary. `show` of the last value, or None.

    Of the two labels one is the program's, and one the cell's whose line an error names, also where a check failed.
    """
    label, cell = labels
    to, arm, disarm = calls
    _labels.add(label)
    linecache.cache[label] = (len(code), None, code.splitlines(True), label)
    stdin, sys.stdin = sys.stdin, io.StringIO()
    try:
        with redirect_stdout(_Stream("text", to)), redirect_stderr(_Stream("error", to)):
            body, last = _parts(code, label)
            arm()
            exec(body, names)
            value = eval(last, names) if last else None
            if show and value is not None:
                names["_"] = value
                _display([value], show)
    except BaseException as error:
        disarm()
        return _described(error, cell)
    finally:
        disarm()
        sys.stdin = stdin
    return None


class _Stream(io.TextIOBase):
    """Standard output or error; each piece of text is handed on at once."""

    def __init__(self, kind: str, show: Show):
        self._kind, self._show = kind, show

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._show(self._kind, text)
        return len(text)


def _parts(code: str, label: str) -> tuple[Any, Any]:
    """Compile a cell: its statements, and its last expression, whose value is shown unless a `;` follows."""
    tree = ast.parse(code, label)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not code.rstrip().endswith(";"):
        last = compile(ast.Expression(tree.body.pop().value), label, "eval")  # type: ignore[attr-defined]
    return compile(tree, label, "exec"), last


def _display(values: Any, show: Show) -> None:
    """Show values as a notebook does: as HTML where they know how."""
    for value in values:
        as_html = None if isinstance(value, type) else getattr(value, "_repr_html_", None)
        html = as_html() if as_html else None
        show(*(("html", html) if html else ("text", f"{value!r}\n")))


def _described(error: BaseException, label: str) -> dict[str, Any]:
    name, heading = type(error).__name__, "Traceback (most recent call last)"
    rows = ["-" * 75, f"{name:<{75 - len(heading)}}{heading}"]
    if isinstance(error, SyntaxError) and error.filename == label:
        rows += [f"{label}, line {error.lineno}", f"    {(error.text or '').rstrip()}"]
        if error.offset:
            rows.append(" " * (3 + error.offset) + "^")
        message, line = error.msg, error.lineno
    else:
        frames = [(frame.f_code, at) for frame, at in traceback.walk_tb(error.__traceback__)]
        while frames and frames[0][0].co_filename not in _labels:  # this file's own, before the cell's
            del frames[0]
        rows += _frames(frames)
        message = str(error)
        line = next((at for code, at in reversed(frames) if code.co_filename == label), None)
    text = "\n".join([*rows, "", f"{name}: {message}" if message else name])
    return {"type": name, "message": message, "line": line, "text": text}


def _frames(frames: list[Any]) -> list[str]:
    rows = []
    for own, found in itertools.groupby(frames, key=lambda frame: frame[0].co_filename in _labels):
        group = list(found)
        if not own:
            rows.append(f"[… {len(group)} frames inside the libraries]")
        elif len(group) > 12:  # a recursion without an end
            rows += [row for frame in group[:3] for row in _frame(*frame)]
            rows.append(f"[… {len(group) - 6} frames more]")
            rows += [row for frame in group[-3:] for row in _frame(*frame)]
        else:
            rows += [row for frame in group for row in _frame(*frame)]
    return rows


def _frame(code: Any, line: int) -> list[str]:
    """Three lines of a cell, with an arrow at the last, as in Jupyter."""
    place = f"{code.co_filename}, line {line}"
    rows = [place if code.co_name == "<module>" else f"{place}, in {code.co_name}()"]
    for row in range(max(1, line - 2), line + 1):
        rows.append(f"{'----> ' if row == line else '      '}{row} {linecache.getline(code.co_filename, row).rstrip()}")
    return rows
