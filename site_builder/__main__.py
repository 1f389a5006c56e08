"""`python -m site_builder build | run | lint | lesson`: what the Makefile calls."""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from site_builder import judging, lesson, lint, notebook
from site_builder.cache import ROOT
from site_builder.page import Page, PageError
from site_builder.run import run_pages


def build(config_file: Path, site: Path) -> int:
    """Build the whole site in strict mode; replace the old one only when all went well."""
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, BuildError

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)-8s %(message)s"))
    logger = logging.getLogger("mkdocs")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    new, old = site.with_name(site.name + ".new"), site.with_name(site.name + ".old")
    try:
        config = load_config(str(config_file), site_dir=str(new.resolve()), strict=True)
        config.plugins.on_startup(command="build", dirty=False)
        mkdocs_build(config)
        config.plugins.on_shutdown()
    except (Abort, BuildError) as error:
        shutil.rmtree(new, ignore_errors=True)
        print(f"\n{error}\n\nThe site was not changed.", file=sys.stderr)
        return 1
    finally:
        logger.removeHandler(handler)
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    new.rename(site)
    shutil.rmtree(old, ignore_errors=True)
    return 0


def run(paths: Sequence[Path]) -> int:
    """Run single pages with the answers of their exercises, and print what fails."""
    pages, unread = _read(paths)
    done = run_pages(pages)
    faults = [*done.errors, *(fault for page in pages for fault in judging.faults(page))]
    for fault in faults:
        print(fault, file=sys.stderr)
    bad = len({fault.path for fault in faults}) + unread
    print(f"{len(pages) + unread - bad} page(s) fine, {bad} with a fault")
    return 1 if bad else 0


def _read(paths: Iterable[Path]) -> tuple[list[Page], int]:
    """Read the pages; print and count the faults of those that cannot be."""
    pages, faults = [], 0
    for path in paths:
        try:
            pages.append(notebook.read_page(path.resolve(), ROOT))
        except PageError as error:
            print(error, file=sys.stderr)
            faults += 1
    return pages, faults


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m site_builder", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    builder = commands.add_parser("build", help="build the site in strict mode")
    builder.add_argument("--config", type=Path, default=ROOT / "mkdocs.yml")
    builder.add_argument("--site", type=Path, default=ROOT / "site")
    runner = commands.add_parser("run", help="run single pages and print what fails")
    runner.add_argument("pages", type=Path, nargs="+")
    commands.add_parser("lint", help="check the cells of all pages with Ruff")
    scaffold = commands.add_parser("lesson", help="start a new lesson, e.g. foundations/my_topic")
    scaffold.add_argument("name")
    options = parser.parse_args(arguments)
    if options.command == "build":
        return build(options.config, options.site)
    if options.command == "run":
        return run(options.pages)
    if options.command == "lint":
        pages, faults = _read(sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.ipynb")]))
        return lint.main(pages) or int(faults > 0)
    return lesson.main(options.name)


if __name__ == "__main__":
    sys.exit(main())
