"""Python for the reader's browser: Pyodide's files, the package and the interpreter, served by the site itself.

`docs/assets/javascripts/python_worker.js` loads them at the first Run, guided by the list that `manifest` writes.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

from site_builder import wheel
from site_builder.cache import ROOT

FOLDER = ROOT / "node_modules" / "pyodide"
LOADED = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
MANIFEST = "assets/python/files.json"
INTERPRETER = "assets/python/interpreter.py"
COUNTED = ("pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")  # fetched; modules are imported, unseen
NOTICE = """Pyodide {version} (Python compiled to WebAssembly), https://pyodide.org
Copyright (C) 2019-2025, Pyodide contributors and Mozilla.

The files pyodide.mjs, pyodide.asm.mjs, pyodide.asm.wasm and pyodide-lock.json are used unchanged under the Mozilla
Public License 2.0, https://www.mozilla.org/MPL/2.0/ . Their source is at
https://github.com/pyodide/pyodide/tree/{version} .

They contain, and python_stdlib.zip is, Python and its standard library: Copyright (c) 2001 Python Software Foundation,
under the PSF License Agreement, https://docs.python.org/3/license.html .
"""


@cache
def version() -> str:
    """Return Pyodide's version, part of its address: a browser must not mix the files of two."""
    return str(json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["version"])


def files() -> dict[str, Path]:
    """Return the files on disk by their address within the site.

    Raises:
        FileNotFoundError: The npm packages are not installed.
    """
    if missing := [name for name in LOADED if not (FOLDER / name).is_file()]:
        raise FileNotFoundError(f"node_modules/pyodide/{missing[0]} is missing. Run `make setup` or `npm ci`.")
    loaded = {f"assets/pyodide/{version()}/{name}": FOLDER / name for name in LOADED}
    return loaded | {wheel.address(): wheel.build(), INTERPRETER: Path(__file__).with_name("interpreter.py")}


def texts() -> dict[str, str]:
    """Return the files that the build writes, by their address."""
    return {MANIFEST: manifest(), f"assets/pyodide/{version()}/NOTICE.txt": NOTICE.format(version=version())}


def manifest() -> str:
    """Return what the worker has to know: addresses from the site's root, and sizes in bytes.

    `download` is what crosses the network, compressed; `bytes` what arrives of the files whose progress can be seen.
    """
    counted = [FOLDER / name for name in COUNTED] + [wheel.build()]
    return json.dumps({
        "pyodide": f"assets/pyodide/{version()}/",
        "wheel": f"{wheel.address()}?{wheel.fingerprint()}",  # the same name can hold another text tomorrow
        "interpreter": INTERPRETER,
        "bytes": sum(path.stat().st_size for path in counted),
        "download": sum(_compressed(path) for path in files().values()),
    })  # fmt: skip


@cache
def _compressed(path: Path) -> int:
    """Return how many bytes a file is on the wire; archives do not become smaller."""
    archive = path.suffix in (".whl", ".zip")
    return path.stat().st_size if archive else len(gzip.compress(path.read_bytes(), 6, mtime=0))
