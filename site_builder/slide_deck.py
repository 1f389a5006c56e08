"""The document of a deck: its slides in one page, which is read from top to bottom where scripts do not run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from bs4 import BeautifulSoup

from site_builder import security
from site_builder.slides import Slide

FOLDER = "slides"  # beside the lesson's index.html
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.I)


def is_lesson(page: Any, no_lessons: Sequence[str]) -> bool:
    """Whether a page of MkDocs gets slides: it is Markdown, in a section of lessons, and does not refuse them."""
    section = page.ancestors[-1].title if page.ancestors else None
    refused = page.meta.get("slides") is False
    return section is not None and section not in no_lessons and page.file.src_uri.endswith(".md") and not refused


def render(slides: Sequence[Slide], template: Any, context: dict[str, Any]) -> str:
    """Return the HTML of a deck, with its content security policy.

    Args:
        slides: the lesson's.
        template: of Jinja, `theme/slides.html`.
        context: what the template needs to know of the page and of the site.
    """
    named = zip(slides, _names(slides), strict=True)
    sections = groupby(named, key=lambda pair: pair[0].section)
    columns = ("\n".join(_slide(slide, name) for slide, name in section) for _, section in sections)
    markup = "\n".join(f"<section>\n{column}\n</section>" for column in columns)
    return security.with_policy(template.render(sections=_moved(markup), **context))


def _slide(slide: Slide, name: str) -> str:
    level = 1 if slide.kind == "title" else 2
    kicker = f'<p class="kicker">{slide.kicker}</p>' if slide.kicker else ""
    said = "".join(slide.notes)
    notes = f'<details class="said"><summary>Notes</summary>{said}</details>' if said else ""
    heading = f"{kicker}<h{level}>{slide.title}</h{level}>"
    return f'<section class="slide slide--{slide.kind}" id="{name}">{heading}{slide.body}{notes}</section>'


def _names(slides: Sequence[Slide]) -> list[str]:
    """An address for each slide: that of its section, with a number from its second slide on.

    >>> _names([Slide("A", "", anchor="a"), Slide("A", "", anchor="a"), Slide("B", "", anchor="b")])
    ['a', 'a-slide-2', 'b']
    """
    counts, names = dict[str, int](), []
    for slide in slides:
        counts[slide.anchor] = counts.get(slide.anchor, 0) + 1
        names.append(slide.anchor + (f"-slide-{counts[slide.anchor]}" if counts[slide.anchor] > 1 else ""))
    return names


def _moved(html: str) -> str:
    """Return HTML of the lesson for the folder below it, without the lesson's anchors, and with links to files.

    >>> _moved('<p id="a"><a href="#b">b</a> <a href="../c/#d">d</a> <img src="e.svg#only-light"/></p>')
    '<p><a href="../index.html#b">b</a> <a href="../../c/index.html#d">d</a> <img src="../e.svg#only-light"/></p>'
    """
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup.find_all(True):
        if tag.name != "section":
            del tag["id"]
        for key in ("href", "src"):
            if key in tag.attrs and not _SCHEME.match(str(tag[key])):
                tag[key] = _below(str(tag[key]))
    for wide in soup.select(".katex-display, table"):
        wide["tabindex"] = "0"  # it may scroll on a telephone
    return str(soup)


def _below(address: str) -> str:
    path, sign, anchor = address.partition("#")
    path = "../" + path
    return path + ("index.html" if path.endswith("/") else "") + sign + anchor
