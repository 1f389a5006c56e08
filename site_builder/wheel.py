"""The project's own wheel, published with the site: readers' browsers unpack it, notebooks in Colab install it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import cnn_guide
from site_builder.cache import ROOT, folder

_ABOUT = ("pyproject.toml", "README.md", "LICENSE")  # what the wheel holds besides the package


def address() -> str:
    """Return where the wheel lies within the site.

    >>> address()
    'assets/wheels/cnn_guide-0.1.0-py3-none-any.whl'
    """
    return f"assets/wheels/cnn_guide-{cnn_guide.__version__}-py3-none-any.whl"


@cache
def build() -> Path:
    """Return the wheel; it is built when the package or its description has changed since the last time."""
    target = folder() / "wheels" / fingerprint() / Path(address()).name
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        _build(target)
    return target


def fingerprint() -> str:
    """Return a short hash of what the wheel is made from."""
    digest = hashlib.sha256()
    package = ROOT / "cnn_guide"
    sources = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for path in sorted([*sources, Path(__file__).resolve(), *(ROOT / name for name in _ABOUT)]):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _build(target: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder  # 0.1 s, needed only where the package has changed

    scratch = target.parent / str(os.getpid())
    with _one_date():
        (made,) = WheelBuilder(str(ROOT)).build(directory=str(scratch), versions=["standard"])
    if Path(made).name != target.name:
        raise RuntimeError(f"the wheel is called {Path(made).name}, not {target.name}: the version in pyproject.toml "
                           f"and cnn_guide.__version__ (={cnn_guide.__version__!r}) must agree")  # fmt: skip
    Path(made).replace(target)
    scratch.rmdir()


@contextmanager
def _one_date() -> Iterator[None]:
    """Let hatchling date all files alike, whoever calls: the figures of the pages are drawn under another date."""
    date = os.environ.pop("SOURCE_DATE_EPOCH", None)
    try:
        yield
    finally:
        if date is not None:
            os.environ["SOURCE_DATE_EPOCH"] = date
