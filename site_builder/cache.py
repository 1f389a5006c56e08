"""Results of pages on disk, under a key of everything that they depend on."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from cnn_guide import data
from site_builder.page import Page

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = ("torch", "pytorch-lightning", "torchmetrics", "numpy", "scikit-learn", "scipy", "matplotlib",
             "matplotlib-inline", "pillow", "pandas", "ipython")  # fmt: skip
KEPT = 8  # results a page: going back to an earlier text of a page is free


def folder() -> Path:
    """Return the cache folder: `CNN_GUIDE_CACHE`, or `.cache` in the repository."""
    return Path(os.environ.get("CNN_GUIDE_CACHE") or ROOT / ".cache")


def environment(sources: Iterable[Path] | None = None) -> str:
    """Return a hash of what all pages depend on: Python, libraries, the package's and the runner's source, data."""
    digest = hashlib.sha256(f"{sys.version} {platform.machine()} {data.fingerprint()}".encode())
    for name in LIBRARIES:
        digest.update(f"{name}={_version(name)}".encode())
    for path in sorted(sources if sources is not None else _sources()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _sources() -> list[Path]:
    runner = [ROOT / "site_builder" / name for name in ("page.py", "shell.py", "run.py", "theming.py")]
    return [*(ROOT / "cnn_guide").rglob("*.py"), *runner]


@cache
def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def key(page: Page, environment: str) -> str:
    """Return the key of a page's results: its cells and inline values in `environment`."""
    identity = json.dumps([environment, [token.identity for token in page.tokens]])
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def load(page: Page, environment: str) -> list[Any] | None:
    """Return the stored results, or None where there are none (or only a damaged file)."""
    try:
        results = json.loads(_path(page, environment).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return results if isinstance(results, list) and len(results) == len(page.tokens) else None


def store(page: Page, environment: str, results: list[Any]) -> None:
    """Write the results; a reader sees all of them or nothing."""
    path = _path(page, environment)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(results), encoding="utf-8")
    temporary.replace(path)
    newest = sorted(path.parent.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in newest[KEPT:]:
        old.unlink(missing_ok=True)


def _path(page: Page, environment: str) -> Path:
    return folder() / "pages" / page.path.replace("/", "--") / f"{key(page, environment)}.json"
