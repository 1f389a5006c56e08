"""Run pages in parallel, each in its own process forked from one that has torch imported."""

from __future__ import annotations

import base64
import contextlib
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from site_builder import cache
from site_builder.page import Cell, Page, PageError, Token

PRELOADED = ["torch", "pytorch_lightning", "torchmetrics", "sklearn.datasets", "matplotlib.pyplot",
             "matplotlib.backends.backend_svg", "matplotlib_inline.backend_inline", "site_builder.shell"]  # fmt: skip
FIXED = {  # set before the fork server starts, so that every page's process has them
    "OMP_NUM_THREADS": "1",  # pages share the cores: threads of one would only wait for another's; one is safe to fork
    "OPENBLAS_NUM_THREADS": "1",
    "SOURCE_DATE_EPOCH": "0",  # no dates inside figures
    "PYTHONHASHSEED": "0",  # sets print in the same order
    "MALLOC_TRIM_THRESHOLD_": "2000000000",  # glibc keeps the large buffers of a training step, which otherwise
    "MALLOC_MMAP_THRESHOLD_": "2000000000",  # cost a quarter of its time in page faults
}
_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
_CONTEXT: Any = multiprocessing.get_context(_METHOD)
_ADDRESS = re.compile(r" (?:object )?at 0x[0-9a-f]{6,}")
STARTUP = 120  # seconds that the fork server may take to import torch on a slow machine
Result = Any  # of a cell: a list of outputs, None where it is skipped; of an inline value: its text


@dataclass
class Run:
    """What a run of pages gave."""

    results: dict[str, list[Result]] = field(default_factory=dict)  # by the page's path
    errors: list[PageError] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)  # of the pages that were executed, not found in the cache
    skipped: list[str] = field(default_factory=list)  # "docs/page.md:12" for each cell with the flag `skip`


def warm_up() -> None:
    """Start the process that the pages are forked from, without waiting for it."""
    os.environ.update({name: os.environ.get(name, value) for name, value in FIXED.items()})
    if _METHOD == "forkserver":
        from multiprocessing import forkserver

        _CONTEXT.set_forkserver_preload(PRELOADED)
        forkserver.ensure_running()


def run_pages(pages: Iterable[Page], jobs: int | None = None, log: Callable[[str], object] = print) -> Run:
    """Return the results of every page: from the cache where nothing they depend on has changed, else by running it.

    Args:
        pages: parsed pages.
        jobs: how many pages run at once (default: the number of processors).
        log: called with one line for each page that was executed.
    """
    environment, run, missing = cache.environment(), Run(), list[Page]()
    for page in pages:
        run.skipped += [f"{page.path}:{cell.line - 1}" for cell in page.cells if "skip" in cell.flags]
        if not page.tokens:
            run.results[page.path] = []
        elif (results := cache.load(page, environment)) is not None:
            run.results[page.path] = results
        else:
            missing.append(page)
    if missing:
        _execute(missing, jobs or os.cpu_count() or 1, environment, run, log)
    return run


def _execute(pages: list[Page], jobs: int, environment: str, run: Run, log: Callable[[str], object]) -> None:
    warm_up()
    pages.sort(
        key=lambda page: (-page.seconds, -len(page.tokens))
    )  # the longest first, so that none is left at the end
    processes: list[Any] = []
    pool = ThreadPoolExecutor(jobs)
    try:
        futures = {pool.submit(_run_page, page, processes): page for page in pages}
        for future in as_completed(futures):
            page, (results, errors, seconds) = futures[future], future.result()
            log(f"ran {page.path} in {seconds:.1f} s" + (": FAILED" if errors else ""))
            run.seconds[page.path] = seconds
            run.errors += errors
            if not errors:
                cache.store(page, environment, results)
                run.results[page.path] = results
    finally:  # after Ctrl-C, too, no page goes on running
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            _end(process)
    run.errors.sort(key=lambda error: (error.path, error.line))


def _run_page(page: Page, processes: list[Any]) -> tuple[list[Result], list[PageError], float]:
    """Run a page in a new process, and watch it: each cell has the page's time limit."""
    start, line, results = time.monotonic(), 1, list[Result]()
    reader, writer = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_child, args=(writer, page))
    process.start()
    processes.append(process)
    writer.close()
    errors: list[PageError] = []
    limit = page.seconds + STARTUP
    try:
        while reader.poll(limit):
            kind, content = reader.recv()
            if kind == "line":
                line, limit = content, page.seconds
            else:
                results, errors = content
                break
        else:
            errors.append(_timeout(page, line))
    except EOFError:
        process.join()
        errors.append(
            PageError(page.path, line, f"{_name(page, line)} killed its process ({_status(process.exitcode)})")
        )
    finally:
        _end(process)
        reader.close()
    return results, errors, time.monotonic() - start


def _timeout(page: Page, line: int) -> PageError:
    return PageError(page.path, line, f"{_name(page, line)} did not end within {page.seconds} s; "
                                      "make it do less, or raise `seconds:` in the page's front matter")  # fmt: skip


def _name(page: Page, line: int) -> str:
    return next((f"cell {cell.number}" for cell in page.cells if cell.line == line), "the code on this line")


def _status(code: int | None) -> str:
    return f"signal {signal.Signals(-code).name}" if code and code < 0 else f"exit code {code}"


def _end(process: Any) -> None:
    """Stop the page's process with everything that it started."""
    if hasattr(os, "killpg") and process.pid:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.is_alive():
        process.kill()
    process.join()


def _child(pipe: Connection, page: Page) -> None:
    """Run the page's tokens in order, in one namespace, in an empty folder of its own."""
    if hasattr(os, "setsid"):
        os.setsid()
    from site_builder.shell import Shell

    _seed()
    home = os.getcwd()
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        try:
            pipe.send(("end", _run_tokens(Shell.instance(), page, lambda line: pipe.send(("line", line)))))
        finally:
            os.chdir(home)


def _seed() -> None:
    """Give a page whose author forgot to seed the same numbers at every build; torch would start anywhere."""
    import random

    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


def _run_tokens(shell: Any, page: Page, progress: Callable[[int], object]) -> tuple[list[Result], list[PageError]]:
    """Run every cell and inline value until one fails; return all results, or none and the fault."""
    values: list[str] = []
    for token in page.tokens:
        progress(token.line)
        value, error = _run_token(shell, token, page)
        if error:
            return [], [error]
        values += [] if value is None else [value]
    outputs, texts = iter(shell.outputs.finished()), iter(values)
    return [_result(token, outputs, texts) for token in page.tokens], []


def _result(token: Token, outputs: Iterator[list[Any]], texts: Iterator[str]) -> Result:
    if isinstance(token, Cell):
        return None if "skip" in token.flags else next(outputs)
    return next(texts)


def _run_token(shell: Any, token: Token, page: Page) -> tuple[str | None, PageError | None]:
    """Run one cell or inline value; return the text of an inline value, and the fault that there is."""
    path = page.path
    if isinstance(token, Cell):
        if "skip" in token.flags:
            return None, None
        outputs, stderr, error = shell.execute(token.source, path, token.line)
        if error is not None and type(error).__name__ == token.raises:
            from site_builder.shell import jupyter_traceback

            outputs.append({"kind": "error", "data": jupyter_traceback(error, page)})
            error = None
        elif error is None and token.raises:
            message = f"cell {token.number} should raise {token.raises}, but it ended without an error"
            return None, PageError(path, token.line - 1, message)
        fault = _fault(token, outputs, stderr, error, path)
        return None, fault or _publish(token, outputs, path)
    try:
        return shell.value(token.expression, token.format, path, token.line), None
    except Exception as error:
        return None, PageError(path, token.line, f"`{{py}} {token.expression}` raised {short_traceback(error, path)}")


def _publish(cell: Cell, outputs: list[dict[str, Any]], path: str) -> PageError | None:
    """Keep the files that the cell wrote for the site among its outputs."""
    for name in cell.publishes:
        if not os.path.isfile(name):
            message = f'cell {cell.number} has publishes="{name}" but wrote no such file'
            return PageError(path, cell.line - 1, message)
        with open(name, "rb") as file:
            outputs.append({"kind": "file", "name": name, "data": base64.b64encode(file.read()).decode()})
    return None


def _fault(
    cell: Cell, outputs: Sequence[dict[str, Any]], stderr: str, error: BaseException | None, path: str
) -> PageError | None:
    if error is not None:
        line = _line(error, path) or cell.line
        return PageError(path, line, f"cell {cell.number} raised {short_traceback(error, path)}")
    if stderr.strip():
        return PageError(path, cell.line, f"cell {cell.number} wrote to standard error:\n{_indented(stderr.strip())}")
    if "test" in cell.flags:
        return None
    pictures = sum(output["kind"] in ("svg", "png", "jpeg") for output in outputs)
    if pictures != len(cell.alt):
        told = f'{len(cell.alt)} in alt="…"' if cell.alt else 'no alt="…"'
        message = f"cell {cell.number} shows {pictures} figure(s) but has {told}; say what there is to see"
        return PageError(path, cell.line - 1, message + (', several joined by " | "' if pictures > 1 else ""))
    for output in outputs:
        if output["kind"] == "text" and (match := _ADDRESS.search(output["data"])):
            message = f"cell {cell.number} shows a memory address ({match[0].strip()!r}), which differs at every run; "
            return PageError(path, cell.line, message + "end the cell with `;` or print what matters")
    return None


def _line(error: BaseException, path: str) -> int | None:
    """The innermost line of the page itself that the error went through."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == path]
    if lines:
        return lines[-1]
    return error.lineno if isinstance(error, SyntaxError) and error.filename == path else None


def short_traceback(error: BaseException, path: str) -> str:
    """Return the error, then the frames of the page and of the package, without those of the libraries."""
    frames = [
        f"{os.path.relpath(frame.filename, cache.ROOT) if os.path.isabs(frame.filename) else frame.filename}"
        f":{frame.lineno} in {frame.name}: {frame.line}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.line and (frame.filename == path or str(cache.ROOT / "cnn_guide") in frame.filename)
    ]
    message = error.msg if isinstance(error, SyntaxError) else error
    return "\n".join([f"{type(error).__name__}: {message}", *(f"    {frame}" for frame in frames)])


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines()[-20:])
