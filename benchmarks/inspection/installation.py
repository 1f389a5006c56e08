"""Installs each tool into a folder of its own, without PyTorch: their needs cannot clash, and two are called `thop`."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ROOT / "benchmarks" / "peers.txt"
FOLDER = ROOT / ".cache" / "bench" / "peers"


class NotInstalledError(Exception):
    """Pip could not install a tool; the message is pip's."""


def install(distributions: tuple[str, ...], folder: Path = FOLDER) -> Path:
    """Return the folder with these distributions, named by the first, in the pinned versions; filled on first use."""
    wanted = hashlib.sha256(f"{sys.version}{distributions}{VERSIONS.read_text('utf-8')}".encode()).hexdigest()
    target = folder / distributions[0]
    stamp = target / ".versions"
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return target
    shutil.rmtree(target, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    command = [*pip, "--target", str(target), *(f"{each}=={versions()[each]}" for each in distributions)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstalledError(reason(done.stderr))
    stamp.write_text(wanted, "utf-8")
    return target


def versions() -> dict[str, str]:
    """Return the pinned version of each distribution.

    >>> versions()["torchinfo"]
    '1.8.0'
    """
    return dict(re.findall(r"^([\w-]+)==(\S+)$", VERSIONS.read_text("utf-8"), re.M))


def reason(messages: str) -> str:
    r"""Return what pip's messages say about the cause: an unfit Python first, else the last error.

    >>> reason("ERROR: Ignored: 1.0 Requires-Python <3.10; 1.1 Requires-Python <3.11\nERROR: No matching distribution")
    'it asks for Python <3.11'
    >>> reason("WARNING: slow\nERROR: No matching distribution found for x==1.0")
    'No matching distribution found for x==1.0'
    """
    if pythons := re.findall(r"Requires-Python ([^\s;]+)", messages):
        return f"it asks for Python {pythons[-1]}"
    errors = re.findall(r"^ERROR: (.*)", messages, re.M)
    return str(errors[-1]) if errors else "pip failed without a message"


def environment(folder: Path | None) -> dict[str, str]:
    """Return the variables of a process that finds the tool in its folder, and this repository."""
    paths = [str(ROOT), *([str(folder)] if folder else [])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "KERAS_BACKEND": "torch", "PYTHONWARNINGS": "ignore"}
