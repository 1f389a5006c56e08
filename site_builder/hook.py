"""The site's MkDocs hook: runs the pages before MkDocs renders them, and finishes the HTML.

Everything here is glue between MkDocs' events and the other modules of this folder, which do not know MkDocs.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page as SitePage

from site_builder import (
    checks,
    coverage,
    glossary,
    maths,
    notebook,
    notebooks,
    pyodide,
    quiz,
    reading,
    security,
    slide_deck,
    slides,
    snippets,
    styles,
    vendor,
)
from site_builder.page import FRONT_MATTER, Page, PageError
from site_builder.run import Run, run_pages, warm_up
from site_builder.weave import weave

_COLOURLESS = re.compile(r'<span class="(?:[nwpo]|ow|si)">([^<]*)</span>')  # names, blanks, signs: a fifth of a page
_OUTPUT = re.compile(r'<div class="((?:[^"]*\s)?(?:output|quiz|exercise)(?:\s[^"]*)?)"')  # not for the search index
_KEPT = re.compile(r"(<(?:pre|script|style|textarea)\b.*?</(?:pre|script|style|textarea)>)", re.S)
_BLANKS = re.compile(r"(?<=>)\n(?=</?(?:d[dlt]|div|h\d|li|nav|[ou]l|p|section|t(?:able|body|[dhr]|head))\b)")
_CODE = re.compile(r"<pre><span></span><code>(.*?)</code></pre>", re.S)
PHONE_COLUMNS = 38  # characters of code that a telephone shows without scrolling
log = logging.getLogger("mkdocs.hooks.site_builder")


@dataclass
class _Build:
    """What one build knows; made anew at the start of each."""

    serving: bool = False
    pages: dict[str, Page] = field(default_factory=dict)  # by source path, relative to docs/
    run: Run = field(default_factory=Run)
    errors: list[PageError] = field(default_factory=list)
    decks: list[tuple[SitePage, list[slides.Slide]]] = field(default_factory=list)


_build = _Build()


def on_startup(command: str, dirty: bool) -> None:
    """Under `make serve`, import torch in the background now, so that the first edited cell need not wait for it."""
    _build.serving = command == "serve"
    if _build.serving:
        warm_up()
    logging.getLogger("mkdocs.structure.pages").addFilter(_with_line)  # the logger of the warnings about links


class NotebookFile(File):
    """A notebook that is a page of the site; MkDocs alone would copy it as a picture."""

    def is_documentation_page(self) -> bool:
        """A page, with a title and an address of its own."""
        return True


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Read, check and run every page; add the files that come from npm."""
    _build.pages, _build.errors, _build.decks = {}, [], []
    for file in [file for file in files if file.src_uri.endswith(".ipynb")]:
        files.remove(file)
        files.append(NotebookFile(file.src_uri, config.docs_dir, config.site_dir, config.use_directory_urls))
    for file in files.documentation_pages():
        _read(file, Path(config.docs_dir))
    _build.run = run_pages(_build.pages.values(), log=log.info)
    _build.errors += _build.run.errors
    for file in files.documentation_pages():
        _add_beside(file, files, config)
    for address, path in (vendor.files() | pyodide.files()).items():
        files.append(File.generated(config, address, abs_src_path=str(path)))
    for address, text in pyodide.texts().items():
        files.append(File.generated(config, address, content=text))
    own = [Path(config.docs_dir, name) for name in config.extra["stylesheets"]]
    config.extra["stylesheet"], content = styles.bundle(config.theme.dirs, vendor.KATEX_STYLES, own)
    files.append(File.generated(config, config.extra["stylesheet"], content=content))
    return files


def _read(file: File, docs: Path) -> None:
    path = Path(str(file.abs_src_path))
    try:
        page = notebook.read_page(path, docs.parent)
    except PageError as error:
        _build.errors.append(error)
    else:
        _build.pages[file.src_uri] = page
        _build.errors += checks.typed_numbers(page)


def _add_beside(file: File, files: Files, config: MkDocsConfig) -> None:
    """Put beside the page the code of its cells and exercises, and its notebooks."""
    source = _build.pages.get(file.src_uri)
    results = _build.run.results.get(source.path) if source else None
    if source is None or results is None:
        return
    folder, site = PurePosixPath(file.dest_uri).parent, config.site_url or ""
    try:
        made = {"page.js": snippets.page_script(source)}
        for name in notebooks.names(source):
            made[name] = notebooks.build(source, results, site, solved=name.endswith("_solutions.ipynb"))
    except PageError as error:
        _build.errors.append(error)
    except quiz.QuizError:
        pass  # it will be reported, with its quiz, when the page is woven
    else:
        for name, content in made.items():
            if content:
                files.append(File.generated(config, (folder / name).as_posix(), content=content))


def on_page_context(context: Any, page: SitePage, config: MkDocsConfig, nav: Any) -> Any:
    """Tell the template which notebooks there are."""
    source = _build.pages.get(page.file.src_uri)
    page.meta["notebooks"] = notebooks.names(source) if source else []
    if page.meta["notebooks"]:
        page.meta["colab"] = notebooks.colab(config.repo_url or "", page.url + page.meta["notebooks"][0])
    return context


def on_pre_page(page: SitePage, config: MkDocsConfig, files: Files) -> SitePage:
    """Let notebooks be rendered as notebooks."""
    source = _build.pages.get(page.file.src_uri)
    if source and isinstance(page.file, NotebookFile):
        page.render = _notebook_renderer(page, source)  # type: ignore[method-assign, assignment]
    return page


def _notebook_renderer(page: SitePage, source: Page) -> Callable[[MkDocsConfig, Files], None]:
    def render(config: MkDocsConfig, files: Files) -> None:
        def markdown(text: str) -> str:
            page.markdown = text
            SitePage.render(page, config, files)  # MkDocs' own: title, contents, checked links
            return str(page.content)

        results = _build.run.results.get(source.path)
        if results is None:  # it failed, and will be reported
            results = [None if token in source.cells else "" for token in source.tokens]
        try:
            page.content = notebook.render(source, results, _asset_writer(page, config, files), markdown)
        except PageError as error:
            _build.errors.append(error)
            page.content = ""  # MkDocs goes on to the end, where all faults are reported

    return render


def on_page_markdown(markdown: str, page: SitePage, config: MkDocsConfig, files: Files) -> str:
    """Weave the results into the page."""
    source = _build.pages.get(page.file.src_uri)
    if source is not None:
        page.meta["minutes"] = reading.minutes(source)
    failed = [error for error in _build.errors if error.path == f"docs/{page.file.src_uri}"]
    if failed and _build.serving:
        return "\n\n".join(f'!!! failure "{error.path}:{error.line}"\n\n' + _code(error.message) for error in failed)
    if source is None or source.path not in _build.run.results or page.file.src_uri.endswith(".ipynb"):
        return markdown
    try:
        body = weave(source, _build.run.results[source.path], _asset_writer(page, config, files))
    except PageError as error:  # a key of a quiz that turned out to be no number
        _build.errors.append(error)
        return markdown
    return coverage.fill(FRONT_MATTER.sub("", body, count=1), Path(config.docs_dir))


def _code(text: str) -> str:
    return "\n".join(f"    {row}" for row in ["```text", *text.splitlines(), "```", ""])


def _asset_writer(page: SitePage, config: MkDocsConfig, files: Files) -> Callable[[bytes, str], str]:
    def write(content: bytes, ending: str) -> str:
        name = f"figures/{hashlib.sha256(content).hexdigest()[:16]}.{ending}"
        if not files.get_file_from_path(name):
            files.append(File.generated(config, name, content=content))
        return os.path.relpath(name, os.path.dirname(page.file.src_uri) or ".").replace(os.sep, "/")

    return write


def on_page_content(html: str, page: SitePage, config: MkDocsConfig, files: Files) -> str:
    """Render the formulas."""
    html, refused = maths.render(html)
    source = _build.pages.get(page.file.src_uri)
    for error in refused:
        line = source.line_in_file(checks.line_of(source.text, error.formula, normalise=True)) if source else 1
        message = f"KaTeX refuses ${error.formula}$: {error.message}"
        _build.errors.append(PageError(f"docs/{page.file.src_uri}", line, message))
    html = _OUTPUT.sub(r'<div data-search-exclude class="\1"', html).replace("<table", "<table data-search-exclude")
    html = _CODE.sub(_reachable, _COLOURLESS.sub(r"\1", html))
    if source and slide_deck.is_lesson(page, config.extra["no_lessons"]):
        _read_slides(html, page, source)
        html = _link_terms(html, page, files)  # after the slides, which lie in another folder
    return slides.without_markers(html)


def _link_terms(html: str, page: SitePage, files: Files) -> str:
    listed, file = _build.pages.get(glossary.PAGE), files.get_file_from_path(glossary.PAGE)
    if listed is None or file is None:  # a site without a glossary
        return html
    return glossary.link(html, glossary.terms(listed.text), file.url_relative_to(page.file))


def _read_slides(html: str, page: SitePage, source: Page) -> None:
    """Make the page's slides; `page.meta["slides"]` tells the page's template that there are some."""
    try:
        _build.decks.append((page, slides.read(html)))
    except slides.SlideError as error:
        _build.errors.append(PageError(source.path, checks.line_of(source.text, error.marker), str(error)))
    page.meta["slides"] = True


def _reachable(match: re.Match[str]) -> str:
    """Let code that may scroll sideways be reached by keyboard; `reader.js` takes it back where it does not scroll."""
    lines = unescape(re.sub(r"<[^>]+>", "", match[1])).splitlines()
    if max(map(len, lines), default=0) <= PHONE_COLUMNS:
        return match[0]
    return match[0].replace("<code>", '<code tabindex="0">', 1)


def on_env(env: Any, config: MkDocsConfig, files: Files) -> Any:
    """Stop before anything is written when a page has a fault; report the faults of all pages together."""
    if _build.run.skipped:
        log.info("%d cell(s) skipped: %s", len(_build.run.skipped), ", ".join(_build.run.skipped))
    errors = sorted(set(map(str, _build.errors)))
    if errors and _build.serving:
        for error in errors:
            log.error(error)
    elif errors:
        raise PluginError(f"{len(errors)} fault(s) in the pages; nothing was published.\n\n" + "\n\n".join(errors))
    for page, deck in _build.decks:
        _write_slides(deck, page, env, config, files)
    return env


def _write_slides(deck: list[slides.Slide], page: SitePage, env: Any, config: MkDocsConfig, files: Files) -> None:
    address = f"{os.path.dirname(page.file.dest_uri)}/{slide_deck.FOLDER}/index.html"
    about = {
        "title": page.title,
        "description": page.meta.get("description", page.title),
        "site_name": config.site_name,
        "lesson_url": page.canonical_url,
        "stylesheet": config.extra["stylesheet"],
        "root": "../" * address.count("/"),
    }
    content = slide_deck.render(deck, env.get_template("slides.html"), about)
    files.append(File.generated(config, address, content=content))


def on_post_page(output: str, page: SitePage, config: MkDocsConfig) -> str:
    """Give the page its content security policy (`mkdocs serve` adds a script of its own afterwards, so not there)."""
    return output if _build.serving else security.with_policy(_without_indents(output))


def _without_indents(page: str) -> str:
    """Take away the blanks that nobody sees, a tenth of a page: at the starts of lines, and around blocks."""
    parts = _KEPT.split(page.replace(' xmlns="http://www.w3.org/2000/svg"', ""))  # HTML knows its drawings without it
    parts[::2] = [_BLANKS.sub("", re.sub(r"\n\s+", "\n", part)) for part in parts[::2]]
    return "".join(parts)


def on_post_template(output: str, template_name: str, config: MkDocsConfig) -> str:
    """The same for pages made from templates, such as 404.html."""
    return security.with_policy(output) if template_name.endswith(".html") and not _build.serving else output


def _with_line(record: logging.LogRecord) -> bool:
    """Let MkDocs' warnings about links name the line: `docs/page.md:12` instead of `Doc file 'page.md'`."""
    message = record.getMessage()
    match = re.match(r"Doc file '([^']+)' contains (?:a|an)(?: \w+)* link '([^']+)'", message)
    page = _build.pages.get(match[1]) if match else None
    if match and page:
        line = page.line_in_file(checks.line_of(page.text, match[2]))
        record.msg, record.args = f"docs/{match[1]}:{line}:" + message[len(f"Doc file '{match[1]}'") :], ()
    return True
