"""The woven pages as files: an MkDocs hook that runs after the site's own, and the function that builds with it."""

from __future__ import annotations

import os
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from benchmarks.builders import ROOT, Builder, configuration

TARGET = "CNN_GUIDE_WOVEN"


def weave_into(folder: Path, ours: Builder, pages: Path) -> Path:
    """Build once with our builder and return the folder of its woven pages and their figures."""
    ours.reset(pages)
    hooks = [str(ROOT / "site_builder" / "hook.py"), __file__]
    (ours.folder / "mkdocs.yml").write_text(configuration(hooks, ""), encoding="utf-8")
    os.environ[TARGET] = str(folder)
    ours.build()
    return folder


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    _write(page.file.src_uri, markdown.encode())
    return markdown


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    if page.file.src_uri.endswith(".ipynb"):  # has no Markdown of its own: its finished HTML is a page as well
        (Path(os.environ[TARGET]) / page.file.src_uri).unlink(missing_ok=True)
        _write(page.file.src_uri.removesuffix(".ipynb") + ".md", html.encode())
    return html


def on_env(env: object, config: MkDocsConfig, files: Files) -> object:
    for file in files:
        if not file.is_documentation_page() and (file.generated_by or file.src_dir == config.docs_dir):
            _write(file.src_uri, file.content_bytes)
    return env


def _write(name: str, content: bytes) -> None:
    path = Path(os.environ[TARGET]) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
