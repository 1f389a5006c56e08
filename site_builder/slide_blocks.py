"""What a block of a lesson's HTML is, and what of it a slide shows."""

from __future__ import annotations

import copy
import json
import math
import re
from html import escape

from bs4 import Tag
from bs4.element import NavigableString

from site_builder.slide_layout import Part

LONG = 280  # characters of prose that a slide may show at once
_SENTENCE = re.compile(r"\n|(?<=[.?!])\s+(?=[A-Z])")


def kind_of(block: Tag) -> str:
    """Which method of the reader a block is for; the empty string where there is none."""
    classes = set(block.get_attribute_list("class"))
    for name in ("quiz", "exercise", "widget"):
        if name in classes:
            return name
    if "output" in classes:
        return "output"
    if "highlight" in classes:
        return "cell"
    if "katex-display" in classes or (block.name == "p" and _only(block, "katex-display")):
        return "formula"
    if block.name == "p":
        return "figure" if block.find("img", class_="output") else "paragraph"
    if "admonition" in classes or block.name == "details":
        return "box"
    return {"ul": "list", "ol": "list", "table": "table"}.get(block.name, "")


def _only(block: Tag, name: str) -> bool:
    inner = block.find(class_=name)
    return isinstance(inner, Tag) and inner.get_text().strip() == block.get_text().strip()


def contents(tag: Tag) -> str:
    """What stands in a tag, without the link to its place."""
    tag = copy.copy(tag)
    for link in tag.find_all(class_="headerlink"):
        link.decompose()
    return tag.decode_contents().strip()


def begins_bold(paragraph: Tag) -> bool:
    """Whether a paragraph begins in bold type: it then leads to something, a question or a mistake."""
    first = next((node for node in paragraph.children if str(node).strip()), None)
    return isinstance(first, Tag) and first.name == "strong"


def bold_of(paragraph: Tag | None) -> Tag:
    """The bold words that a paragraph begins with."""
    assert paragraph is not None
    found = paragraph.find("strong")
    assert isinstance(found, Tag)  # the paragraph begins with it
    return found


def sentences(tag: Tag) -> list[str]:
    """The sentences of a paragraph, cut only between its own words, not within an element."""
    parts = [""]
    for node in tag.children:
        if type(node) is NavigableString:
            first, *more = _SENTENCE.split(str(node))
            parts[-1] += escape(first, quote=False)
            parts += [escape(part, quote=False) for part in more]
        else:
            parts[-1] += str(node)
    return [part.strip() for part in parts if part.strip()]


def first_sentence(tag: Tag) -> str:
    """The first sentence of a paragraph, or of a list item's first."""
    inner = tag.find("p", recursive=False)
    return (sentences(inner if isinstance(inner, Tag) else tag) or [""])[0].rstrip(":").rstrip(" ·")


def large(html: str, crowded: bool = False) -> str:
    """A sentence or two as all that a slide says, or all but a short cell: short ones larger."""
    letters = len(re.sub(r"<math.*?</math>|<[^>]+>", "", html, flags=re.S))
    sizes = (
        ((48, 90), (42, 170), (34, LONG), (30, 10**6)) if crowded else ((56, 90), (48, 170), (42, LONG), (34, 10**6))
    )
    size = next(size for size, most in sizes if letters <= most)
    return f'<p class="statement" style="--text:{size}px">{html}</p>'


def text_part(block: Tag, code: bool = False) -> Part:
    """A cell, its text or its table, with as many rows and columns as it will take."""
    if block.name == "table" or block.find("table"):
        rows, columns = _table_size(block)
        return Part(str(block), rows, columns)
    if "error" in block.get_attribute_list("class"):
        return _message_part(block)
    lines = block.get_text().strip("\n").split("\n")
    title = 1.6 if block.find(class_="filename") else 0
    return Part(str(block), len(lines) + title, max(map(len, lines)), code=code)


def _message_part(block: Tag) -> Part:
    """An error without its traceback; it is set in lines of so many letters."""
    message = block.get_text().strip("\n").split("\n\n")[-1]
    rows = sum(max(1, math.ceil(len(line) / 66)) for line in message.split("\n"))
    return Part(
        f'<div class="output error highlight"><pre><code>{escape(message, quote=False)}</code></pre></div>', rows, 66
    )


def _table_size(block: Tag) -> tuple[float, float]:
    """Rows and columns, in lines and letters of code."""
    rows = [
        [0 if cell.get("colspan") else len(cell.get_text()) for cell in row.find_all(["td", "th"])]
        for row in block.find_all("tr")
    ]
    widest = [max(row[at] for row in rows if at < len(row)) for at in range(max(map(len, rows), default=0))]
    return 1.35 * len(rows) + (1.5 if block.find("caption") else 0), sum(widest) + 3.2 * len(widest)


def picture_part(block: Tag) -> Part:
    """A figure; without a size it is taken to be one of the usual size."""
    image = block.find("img")
    size = image.attrs if image else {}
    return Part(str(block), width=float(str(size.get("width", 480))), height=float(str(size.get("height", 300))))


def _mark(text: str) -> str:
    return f'<span class="mark fragment" data-fragment-index="0">{text}</span>'


def options_of(block: Tag, options: Tag) -> str:
    """The options as the reader of the page sees them; one step later, which are right or in what order they belong."""
    order, right = (json.loads(str(block[f"data-{name}"])) for name in ("order", "right"))
    items = ""
    for at, item in zip(order, options.find_all("li", recursive=False), strict=True):
        answer = _mark(str(at + 1)) if block["data-kind"] == "order" else _mark("✓ right") if right[at] else ""
        items += f"<li><span>{contents(item)}</span>{answer}</li>"
    return f"<ul>{items}</ul>"


def key_of(block: Tag) -> str:
    """The number or shape that answers a quiz, shown one step later."""
    keys, right = (json.loads(str(block[f"data-{name}"])) for name in ("keys", "right"))
    return f'<p class="key">{_mark(escape(keys[right.index(1)]))}</p>'
