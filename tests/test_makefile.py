"""The Makefile on machines that lack something, and when there is nothing to do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from site_builder.cache import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


FROM_OUTSIDE = {  # what a `make` around these tests hands down
    "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "VENV", "PYTHON", "CONSTRAINTS", "TORCH_INDEX", "SITE", "ARGS",
}  # fmt: skip


def make(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in FROM_OUTSIDE}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def checkout(tmp_path):
    for name in ("Makefile", "pyproject.toml", "package-lock.json", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def python(folder: Path, script: str) -> str:
    """Write a stand-in for python3 that runs `script` in a shell."""
    path = folder / "python-stand-in"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return f"PYTHON={path}"


def test_help_is_the_default_and_names_every_target(checkout):
    done = make(folder=checkout)
    assert done.returncode == 0
    assert {"serve", "test", "site", "setup", "lint", "bench", "lesson"} <= {
        row.split()[1] for row in done.stdout.splitlines()
    }


def test_an_old_python_is_refused_with_a_way_out(checkout):
    done = make("setup", python(checkout, 'case "$*" in *version_info*) exit 1;; *--version*) echo Python 3.8.1;; esac'),
                folder=checkout)  # fmt: skip
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stdout
    assert "Python 3.8.1" in done.stdout


def test_a_missing_ensurepip_is_named_with_a_way_out(checkout):
    done = make("setup", python(checkout, 'case "$*" in *ensurepip*) exit 1;; esac'), folder=checkout)
    assert done.returncode != 0
    assert "modules venv and ensurepip are missing" in done.stdout
    assert "apt install python3-venv" in done.stdout
    assert not (checkout / ".venv").exists()


def test_torch_can_come_from_an_index_of_its_own(checkout):
    """In a step without dependencies, so that everything else still comes from the usual index."""
    done = make("--dry-run", "setup", "TORCH_INDEX=https://example.org/cpu", folder=checkout)
    (step,) = [row for row in done.stdout.splitlines() if "--index-url" in row]
    assert "--no-deps --index-url https://example.org/cpu torch" in step


def test_the_newest_versions_can_be_tried(checkout):
    done = make("--dry-run", "setup", "CONSTRAINTS=", folder=checkout)
    assert "--constraint" not in done.stdout
    assert "--constraint constraints.txt" in make("--dry-run", "setup", folder=checkout).stdout


def test_a_finished_setup_is_not_done_again(checkout):
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / ".ready").touch()
    assert "Nothing to be done" in make("setup", folder=checkout).stdout


def test_data_beside_the_checkout_are_found(checkout, monkeypatch):
    """And a folder that the reader names goes before them."""
    monkeypatch.delenv("CNN_GUIDE_DATA", raising=False)
    (checkout / "Makefile").write_text(
        (checkout / "Makefile").read_text() + '\nprint:\n\t@echo "data: $$CNN_GUIDE_DATA"\n'
    )
    assert make("print", folder=checkout).stdout.strip() == "data:"
    (checkout / "data").mkdir()
    assert make("print", folder=checkout).stdout.strip() == f"data: {checkout / 'data'}"
    assert make("print", "CNN_GUIDE_DATA=/elsewhere", folder=checkout).stdout.strip() == "data: /elsewhere"
