"""What the site gives to a reader's browser so that it can run Python: all of it is there, and its size is told."""

import json
import re
import subprocess
import sys
import zipfile

import pytest

from site_builder import pyodide, wheel
from site_builder.cache import ROOT

WORKER = (ROOT / "docs/assets/javascripts/python_worker.js").read_text(encoding="utf-8")


def test_the_wheel_holds_the_package_alone():
    """Neither the site's builder nor tests reach readers; the name is the one that pages link to."""
    path = wheel.build()
    assert path.name == wheel.address().rsplit("/", 1)[1]
    with zipfile.ZipFile(path) as archive:
        folders = {name.split("/")[0] for name in archive.namelist()}
    assert folders == {"cnn_guide", path.name.removesuffix("-py3-none-any.whl") + ".dist-info"}


def test_the_wheel_works_where_nothing_else_is_installed():
    """From the archive itself, without site-packages, as in a browser."""
    program = f"import sys; sys.path.insert(0, {str(wheel.build())!r})\nimport cnn_guide\nprint(cnn_guide.conv_output_size(28, 3))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True, cwd="/"
    )
    assert done.stdout == "26\n"


def test_the_wheel_is_built_anew_only_after_a_change(tmp_path, monkeypatch):
    """Two builds of the same source agree byte for byte, so browsers need not fetch it again."""
    first = wheel.build().read_bytes()
    monkeypatch.setenv("CNN_GUIDE_CACHE", str(tmp_path))
    again = wheel.build.__wrapped__()
    stamp = again.stat().st_mtime_ns
    assert again.is_relative_to(tmp_path)
    assert again.read_bytes() == first
    assert wheel.build.__wrapped__().stat().st_mtime_ns == stamp


def test_a_wheel_of_another_version_is_refused(tmp_path, monkeypatch):
    """The address in the pages and the file must not drift apart."""
    monkeypatch.setenv("CNN_GUIDE_CACHE", str(tmp_path))
    monkeypatch.setattr("cnn_guide.__version__", "9.9.9")
    with pytest.raises(RuntimeError, match=r"pyproject\.toml and cnn_guide\.__version__ \(='9\.9\.9'\) must agree"):
        wheel.build.__wrapped__()


def test_every_file_that_the_worker_asks_for_is_published():
    """By the addresses in the list that it reads first."""
    published, listed = {*pyodide.files(), *pyodide.texts()}, json.loads(pyodide.manifest())
    assert re.findall(r"assets/python/\w+\.json", WORKER) == [pyodide.MANIFEST]
    assert {listed["interpreter"], listed["wheel"].partition("?")[0]} <= published
    assert {f"{listed['pyodide']}{name}" for name in pyodide.LOADED} <= published
    assert all(path.is_file() for path in pyodide.files().values())
    assert set(re.findall(r"(?<!/)files\.(\w+)", WORKER)) == set(listed)


def test_the_sizes_are_those_of_the_files():
    """A reader on a telephone is told how much is coming; it stays below 8 MB."""
    listed = json.loads(pyodide.manifest())
    assert (
        listed["bytes"]
        == sum((pyodide.FOLDER / name).stat().st_size for name in pyodide.COUNTED) + wheel.build().stat().st_size
    )
    assert 5_000_000 < listed["download"] < 8_000_000
    assert listed["download"] < listed["bytes"]


def test_pyodide_comes_with_its_licence():
    """Its npm package has none, so the notice names licence, source and version."""
    (notice,) = [text for name, text in pyodide.texts().items() if name.endswith("NOTICE.txt")]
    assert "Mozilla" in notice
    assert f"tree/{pyodide.version()} " in notice
    pinned = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]["pyodide"]
    assert pinned == pyodide.version()


def test_missing_packages_are_named_with_the_way_out(monkeypatch, tmp_path):
    """As for the fonts and formulas."""
    monkeypatch.setattr(pyodide, "FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"pyodide\.mjs is missing\. Run `make setup` or `npm ci`"):
        pyodide.files()
