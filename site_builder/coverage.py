"""The page that says where each section of the lessons that this guide grew from is taught.

It is made from docs/reference/coverage.yaml; its links are checked with all others when the site is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from markdown.extensions.toc import slugify, unique

MARKER = "<!-- coverage -->"
DATA = Path("reference", "coverage.yaml")
_FENCE = re.compile(r"^[ ]*(`{3,}|~{3,})[^\n]*\n.*?^[ ]*\1[ ]*$", re.M | re.S)
_HEADING = re.compile(r"^(#+) +(.*?)(?: *\{ *#([\w-]+) *\})?$", re.M)
_TITLE = re.compile(r"^title: *[\"']?(.*?)[\"']?$", re.M)

Lessons = dict[str, dict[str, Any]]


def fill(markdown: str, docs: Path) -> str:
    """Return a page's Markdown with the tables in place of the marker, where it has one."""
    return markdown.replace(MARKER, tables(stored(docs), docs)) if MARKER in markdown else markdown


def stored(docs: Path) -> Lessons:
    """Return the lessons and their sections."""
    lessons: Lessons = yaml.safe_load((docs / DATA).read_text("utf-8"))
    return lessons


def headings(text: str) -> dict[str, str]:
    r"""Return the headings of a page by their anchors.

    >>> headings("# A page\n\n## What is `ReLU`?\n\n### Short {#long-id}\n\n```python\n# no heading\n```\n")
    {'a-page': 'A page', 'what-is-relu': 'What is ReLU?', 'long-id': 'Short'}
    """
    found, taken = dict[str, str](), set[str]()
    for _, heading, anchor in _HEADING.findall(_FENCE.sub("", text)):
        words = heading.replace("`", "")
        found[anchor or unique(slugify(words, "-"), taken)] = words
    return found


def tables(lessons: Lessons, docs: Path) -> str:
    """Return a table for each lesson: its sections, and links to where they are taught."""
    return "\n\n".join("\n".join(_table(name, lesson, docs)) for name, lesson in lessons.items())


def _table(name: str, lesson: dict[str, Any], docs: Path) -> Iterator[str]:
    yield f"## {name}: {lesson['title']}\n\n{lesson['by'][0].upper()}{lesson['by'][1:]}.\n"
    yield "| line | section | taught in |\n|---|---|---|"
    for section in lesson["sections"]:
        places = [_link(place, docs) for place in section.get("places", [])]
        if "planned" in section:
            places.append(f"planned: *{Path(section['planned']).name.replace('_', ' ')}*")
        places += [section["note"]] if "note" in section else []
        yield f"| {section['line']} | {section['section']} | {'<br>'.join(places)} |"


def _link(place: str, docs: Path) -> str:
    """Return a link whose text is the page's title, and the heading's words where one is named."""
    page, _, anchor = place.partition("#")
    path = docs / f"{page}.md"
    title, words = _page(path, path.stat().st_mtime_ns)
    address = f"../{page}.md" + (f"#{anchor}" if anchor else "")
    return f"[{title}]({address})" if not anchor else f"[{title} › {words.get(anchor, anchor)}]({address})"


@cache  # until it changes, under `make serve`
def _page(path: Path, changed: int) -> tuple[str, dict[str, str]]:
    text = path.read_text("utf-8")
    found = _TITLE.search(text)
    return found[1] if found else path.stem, headings(text)
