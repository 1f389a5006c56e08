"""`python -m site_builder.attempt [pure]`: run programs, each in a fresh namespace, and say what they raised.

With `pure`, only what a reader's browser has can be imported: Python's own modules and the package's pure core.
This module imports nothing else, so that whatever is loaded, an answer has loaded.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import io
import json
import sys
import traceback
from collections.abc import Sequence
from typing import Any

# of Python's own modules, those that Pyodide leaves out, and those that cannot work in a browser
_ABSENT = (
    "curses dbm ensurepip fcntl grp idlelib lzma multiprocessing pwd readline resource socket sqlite3 ssl subprocess "
    "syslog termios tkinter turtle venv"
)


class Pure(importlib.abc.MetaPathFinder):
    """Refuses every module that a browser has not."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Let Python go on searching for what a browser has."""
        top = name.partition(".")[0]
        if top != "cnn_guide" and (top not in sys.stdlib_module_names or top in _ABSENT.split()):
            raise ModuleNotFoundError(f"{name} cannot be imported in the page", name=name)


def attempt(code: str, check: str) -> dict[str, Any] | None:
    r"""Run an answer, then its check; return what was raised: type, message, and the line of the answer, if any.

    >>> attempt("n = 3\n", "assert n == 2, 'two'")
    {'type': 'AssertionError', 'message': 'two', 'line': None}
    >>> attempt("n = 2\n", "assert n == 2, 'two'")
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(code, "<answer>", "exec"), names)
            exec(compile(check, "<check>", "exec"), names)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == "<answer>"]
        return {"type": type(error).__name__, "message": str(error), "line": lines[-1] if lines else None}
    return None


def main(arguments: Sequence[str]) -> None:
    """Read a list of pairs, answer and check, and write a list of what they raised."""
    if "pure" in arguments:
        sys.meta_path.insert(0, Pure())
    json.dump([attempt(code, check) for code, check in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
