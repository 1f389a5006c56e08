"""IPython inside the page's process: outputs as in Jupyter, recorded in order."""

from __future__ import annotations

import base64
import io
import itertools
import linecache
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl

mpl.use("module://matplotlib_inline.backend_inline")

import matplotlib.pyplot as plt
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.figure import Figure
from matplotlib_inline import backend_inline

from site_builder.page import Cell, Page

FIGURE = "application/x-themed-figure"  # our own entry in IPython's mime bundles
Output = dict[str, Any]  # "kind": text, html, markdown, svg, png, jpeg or error; and "data", or "light" and "dark"


class Outputs:
    """What the cells have shown so far: one list a cell, in the order of Jupyter's display area."""

    def __init__(self) -> None:
        self.cells: list[list[Output]] = [[]]
        self._clear_next = False

    def begin(self) -> None:
        """Start the list of the next cell."""
        self.cells.append([])
        self._clear_next = False

    def add(self, output: Output) -> None:
        """Append an output; text joins the text before it."""
        current = self.cells[-1]
        if self._clear_next:
            current.clear()
            self._clear_next = False
        if output["kind"] == "text" and current and current[-1]["kind"] == "text" and not _has_id(output, current[-1]):
            current[-1]["data"] += output["data"]
        else:
            current.append(output)

    def update(self, display_id: str, output: Output) -> None:
        """Replace, in place, every output that was displayed under `display_id`."""
        for cell in self.cells:
            for position, old in enumerate(cell):
                if old.get("id") == display_id:
                    cell[position] = output

    def finished(self) -> list[list[Output]]:
        """Return every cell's outputs as a page stores them, once nothing can update them any more."""
        return [[_finished(output) for output in cell] for cell in self.cells[1:]]

    def clear(self, wait: bool = False) -> None:
        """Empty the current cell's area, now or when the next output comes."""
        if wait:
            self._clear_next = True
        else:
            self.cells[-1].clear()


def _has_id(*outputs: Output) -> bool:
    return any("id" in output for output in outputs)


class _Stream(io.TextIOBase):
    """Standard output or error of a cell; `write` hands the text on at once, so that the order is kept."""

    def __init__(self, write: Callable[[str], object]):
        self._write = write

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._write(text)
        return len(text)


class _Formatter(DisplayFormatter):  # type: ignore[misc]
    def format(self, obj: Any, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        if isinstance(obj, Figure):
            from site_builder import theming  # imports cnn_guide, which is never loaded before the fork

            return {FIGURE: theming.draw(obj)}, {}
        bundle, metadata = super().format(obj, include, exclude)
        return bundle, metadata


class _Publisher(DisplayPublisher):  # type: ignore[misc]
    def publish(
        self, data: dict[str, Any], metadata: Any = None, *, transient: Any = None, update: bool = False, **_: Any
    ) -> None:
        output, display_id = as_output(data), (transient or {}).get("display_id")
        if display_id:
            output["id"] = display_id
        if update:
            self.shell.outputs.update(display_id, output)
        else:
            self.shell.outputs.add(output)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear(wait)


class _Hook(DisplayHook):  # type: ignore[misc]
    """Shows the value of a cell's last expression, without the `Out[1]:` prompt."""

    def start_displayhook(self) -> None: ...

    def write_output_prompt(self) -> None: ...

    def finish_displayhook(self) -> None: ...

    def write_format_data(self, data: dict[str, Any], metadata: Any = None) -> None:
        self.shell.outputs.add(as_output(data))

    def __call__(self, result: Any = None) -> None:
        super().__call__(result)
        if isinstance(result, Figure):
            plt.close(result)  # shown once, though pyplot would show its open figures again after the cell


class _Compiler(CachingCompiler):  # type: ignore[misc]
    """Compiles a cell under the page's path and at the page's line, so that tracebacks name both."""

    path, line = "<cell>", 1

    def ast_parse(self, source: str, filename: str = "", symbol: str = "exec") -> Any:
        return super().ast_parse("\n" * (self.line - 1) + source, self.path, symbol)

    def cache(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> str:
        """Remember the cell under the page's path, for inspect.getsource and for tracebacks."""
        old = linecache.cache.get(self.path)
        rows = list(old[2]) if old and len(old) == 4 else []
        new = (raw_code or transformed_code).splitlines(True)
        rows += ["\n"] * (self.line - 1 + len(new) - len(rows))
        rows[self.line - 1 : self.line - 1 + len(new)] = new
        linecache.cache[self.path] = (sum(map(len, rows)), None, rows, self.path)
        return self.path


class Shell(InteractiveShell):  # type: ignore[misc]
    """The interpreter of one page; make one a process."""

    display_pub_class, displayhook_class, compiler_class = _Publisher, _Hook, _Compiler

    def __init__(self, **options: Any):
        self.outputs = Outputs()
        super().__init__(**options)
        self.events.register("post_execute", backend_inline.flush_figures)
        plt.ion()  # so that figures show at the end of their cell without plt.show(), as in Jupyter
        from cnn_guide import figures

        figures.use_style()

    def init_display_formatter(self) -> None:
        """Let figures through our own formatter."""
        self.display_formatter = _Formatter(parent=self)
        self.configurables.append(self.display_formatter)

    def enable_gui(self, gui: Any = None) -> None:
        """Without a window system there is nothing to enable; pyplot asks all the same."""

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """Errors are kept by `run_cell`'s result; nothing is printed."""

    showsyntaxerror = showindentationerror = showtraceback

    def execute(self, source: str, path: str, line: int) -> tuple[list[Output], str, BaseException | None]:
        """Run one cell.

        Returns:
            Its outputs (later cells may still update them), what it wrote to standard error, the error that ended it.
        """
        self.outputs.begin()
        self.compile.path, self.compile.line = path, line
        errors: list[str] = []
        with _captured(lambda text: self.outputs.add({"kind": "text", "data": text}), errors.append):
            result = self.run_cell(source, store_history=True)
        return self.outputs.cells[-1], "".join(errors), result.error_in_exec or result.error_before_exec

    def value(self, expression: str, spec: str, path: str, line: int) -> str:
        """Return the formatted value of an inline expression."""
        code = compile("\n" * (line - 1) + expression.strip(), path, "eval")
        value = eval(code, self.user_ns)
        text = format(value, spec)
        return text.replace("-", "−") if isinstance(value, (int, float)) else text  # a real minus sign in prose


def as_output(bundle: dict[str, Any]) -> Output:
    """Choose, from IPython's mime bundle, what a notebook would show."""
    if FIGURE in bundle:
        figure = bundle[FIGURE]
        return {name: _text(value) if isinstance(value, bytes) else value for name, value in figure.items()}
    for mime, kind in (
        ("text/html", "html"), ("text/markdown", "markdown"), ("image/svg+xml", "svg"), ("image/png", "png"),
        ("image/jpeg", "jpeg"), ("text/latex", "markdown"),
    ):  # fmt: skip
        if mime in bundle:
            name = "light" if mime.startswith("image/") else "data"
            return {"kind": kind, name: _text(bundle[mime])}
    return {"kind": "text", "data": bundle.get("text/plain", "") + "\n"}


def _text(data: str | bytes) -> str:
    return base64.b64encode(data).decode() if isinstance(data, bytes) else data


def _finished(output: Output) -> Output:
    """Show what a terminal would after carriage returns, and forget display ids."""
    if output["kind"] == "text":
        rows = output["data"].split("\n")
        return {"kind": "text", "data": "\n".join(row.rstrip("\r").rpartition("\r")[2] for row in rows)}
    return {name: value for name, value in output.items() if name != "id"}


@contextmanager
def _captured(write: Callable[[str], object], write_error: Callable[[str], object]) -> Iterator[None]:
    """Send Python's standard streams to the callbacks, and afterwards what libraries in C wrote past them."""
    python_streams = sys.stdout, sys.stderr, sys.stdin
    with tempfile.TemporaryFile() as below, tempfile.TemporaryFile() as below_error, open(os.devnull) as nothing:
        saved = os.dup(1), os.dup(2)
        os.dup2(below.fileno(), 1)
        os.dup2(below_error.fileno(), 2)
        sys.stdout, sys.stderr, sys.stdin = _Stream(write), _Stream(write_error), nothing
        try:
            yield
        finally:
            sys.stdout, sys.stderr, sys.stdin = python_streams
            for number, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, number)
                os.close(copy)
        for file, callback in ((below, write), (below_error, write_error)):
            file.seek(0)
            if text := file.read().decode(errors="replace"):
                callback(text)


def jupyter_traceback(error: BaseException, page: Page) -> str:
    """Format an error that a page shows, as Jupyter does, with the page's own frames only.

    Library frames are counted, not printed: their paths are the builder's, not the reader's.

    Args:
        error: what the cell raised.
        page: the page, under whose path its cells were compiled.
    """
    name, heading = type(error).__name__, "Traceback (most recent call last)"
    rows = ["-" * 75, f"{name:<{75 - len(heading)}}{heading}"]
    if isinstance(error, SyntaxError) and error.filename == page.path and error.lineno:
        cell = _cell_at(page, error.lineno)
        rows += [f"Cell In[{cell.number}], line {error.lineno - cell.line + 1}", f"    {(error.text or '').rstrip()}"]
        return "\n".join([*rows, "", f"{name}: {error.msg}", ""])
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    while frames and frames[0][0].co_filename != page.path:  # IPython's own, before the cell's
        del frames[0]
    for own, group in itertools.groupby(frames, key=lambda frame: frame[0].co_filename == page.path):
        if own:
            for code, line in group:
                rows += _shown_frame(page, code.co_name, line)
        else:
            rows.append(f"[… {len(list(group))} frames inside the libraries]")
    return "\n".join([*rows, "", f"{name}: {error}", ""])


def _cell_at(page: Page, line: int) -> Cell:
    return [cell for cell in page.cells if cell.line <= line][-1]


def _shown_frame(page: Page, function: str, line: int) -> list[str]:
    """Three lines of a cell, with an arrow at the last, as in Jupyter."""
    cell = _cell_at(page, line)
    place = f"Cell In[{cell.number}], line {line - cell.line + 1}"
    rows = [place if function == "<module>" else f"{place}, in {function}()"]
    for row in range(max(cell.line, line - 2), line + 1):
        arrow = "----> " if row == line else "      "
        rows.append(f"{arrow}{row - cell.line + 1} {linecache.getline(page.path, row).rstrip()}")
    return rows
