"""The three ways to build the same pages that are compared, each in a folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = """\
INHERIT: {config}
docs_dir: docs
site_dir: site
strict: false
nav:  # none: every page is found by itself
theme:
  custom_dir: {custom_dir}
hooks: {hooks}
{plugins}
"""
PLAIN = "plugins: [search]"
JUPYTER = """\
plugins:
  - search
  - mkdocs-jupyter:
      include: ["*.md", "*.ipynb"]
      execute: true
      allow_errors: false  # a failing cell stops the build, as it does in ours
"""


@dataclass(frozen=True)
class Builder:
    """One way to build a folder of pages."""

    name: str
    folder: Path
    command: tuple[str, ...]
    settings: str
    """The lines of the configuration in which the builders differ."""
    prepare: Callable[[str], str] = str
    """What has to be changed in a page so that this builder does the same job."""

    def reset(self, pages: Path) -> None:
        """Start again: the unchanged pages, no cache and no site."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(pages, self.folder / "docs")
        for page in (self.folder / "docs").rglob("*.md"):
            page.write_text(self.prepare(page.read_text(encoding="utf-8")), encoding="utf-8")
        (self.folder / "mkdocs.yml").write_text(self.settings, encoding="utf-8")

    def build(self) -> None:
        """Build the site in a process of its own; a failure ends the benchmark and shows what the builder said."""
        environment = {
            **os.environ,
            "CNN_GUIDE_CACHE": str(self.folder / ".cache"),
            "PYTHONPATH": str(ROOT),
            "NO_MKDOCS_2_WARNING": "1",
        }
        done = subprocess.run(
            self.command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode or not list((self.folder / "site").rglob("index.html")):
            raise SystemExit(f"{self.name} failed:\n{(done.stdout + done.stderr)[-3000:]}")


def configuration(hooks: list[str], plugins: str) -> str:
    """Return the site's own configuration with other hooks and plugins."""
    return CONFIG.format(
        config=ROOT / "mkdocs.yml", custom_dir=ROOT / "site_builder" / "theme", hooks=hooks, plugins=plugins
    )


def for_jupyter(page: str) -> str:
    """Return a page in which mkdocs-jupyter runs the cells that ours runs, marked as its users mark them."""
    page = re.sub(r'^(```python.*) raises="\w+"', r'\1 tags=["raises-exception"]', page, flags=re.M)
    page = re.sub(r'^```python(?: \w+(?:="[^"]*")?)*? skip\b.*$', "```text", page, flags=re.M)
    return re.sub(r"^```(?!python\b)\w.*$", "```text", page, flags=re.M)  # it would run commands for a terminal, too


def builders(folder: Path) -> list[Builder]:
    """Return ours, mkdocs-jupyter that executes the same pages, and plain MkDocs on our woven pages."""
    hook = str(ROOT / "site_builder" / "hook.py")
    mkdocs = (sys.executable, "-m", "mkdocs", "build", "--quiet")
    own = (sys.executable, "-m", "site_builder", "build", "--config", "mkdocs.yml", "--site", "site")
    return [
        Builder("ours", folder / "ours", own, configuration([hook], "")),
        Builder("mkdocs-jupyter", folder / "jupyter", mkdocs, configuration([], JUPYTER), for_jupyter),
        Builder("plain mkdocs", folder / "plain", mkdocs, configuration([], PLAIN)),
    ]
