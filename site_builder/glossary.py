"""Link each term of the glossary from where a lesson first uses it.

The terms are the headings below "## The terms" in the glossary's Markdown; nothing has to be marked in the lessons.
A comment below a heading names other forms, `<!-- also: scalar product -->`, or keeps the term without links,
`<!-- unlinked -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

PAGE = "reference/glossary.md"
START = "## The terms"
_HEADING = re.compile(r"^### (?P<term>[^\n{]+?)[ ]*\{ *#(?P<id>[\w-]+) *\}\n+(?:<!-- (?P<note>[^\n]*?) -->)?", re.M)
_TOKEN = re.compile(
    r"<!--.*?-->|<(?P<end>/?)(?P<tag>[a-zA-Z][\w-]*)(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^'\">])*)>", re.S
)
_CLASS = re.compile(r"\bclass=[\"']([^\"']*)[\"']")
_SECTION = re.compile(r"\bid=[\"']sources[\"']")
_TAGS = {"a", "button", "code", "h1", "h2", "h3", "h4", "h5", "h6", "math", "pre", "script", "style", "summary", "svg"}
_CLASSES = {"arithmatex", "exercise", "katex", "katex-display", "output", "quiz", "widget"}


def terms(source: str) -> dict[str, str]:
    r"""Return each form of each term with the id of its heading.

    >>> terms("## The terms\n\n### Stride { #stride }\n\n<!-- also: step length -->\nHow far the window moves.")
    {'stride': 'stride', 'step length': 'stride'}
    """
    found = dict[str, str]()
    _, _, listed = source.partition(START)
    for match in _HEADING.finditer(listed):
        kind, _, others = (match["note"] or "").partition(":")
        if kind.strip() == "unlinked":
            continue
        for form in [_plain(match["term"]), *others.split(",")]:
            if form.strip():
                found[form.strip()] = match["id"]
    return found


def _plain(heading: str) -> str:
    """A heading begins with a capital letter, which its term has only if it has others, as ReLU and MAC have."""
    return heading if any(letter.isupper() for letter in heading[1:]) else heading[0].lower() + heading[1:]


def link(html: str, known: Mapping[str, str], address: str) -> str:
    """Return a page's HTML with the first use of each term linked.

    Headings, code, formulas, links, quizzes, exercises, widgets, outputs and the sources are left alone.

    Args:
        html: the content of the page.
        known: the terms, from `terms`.
        address: of the glossary, as seen from the page.

    >>> link("<p>Stride is a step. The stride…</p>", {"stride": "stride"}, "g/")
    '<p><a class="term" href="g/#stride">Stride</a> is a step. The stride…</p>'
    """
    pattern, ids = _pattern(tuple(known)), dict(known)
    used = set[str]()

    def first(match: re.Match[str]) -> str:
        form = next(form for form in _singulars(match[0]) if form in ids)
        if ids[form] in used:
            return match[0]
        used.add(ids[form])
        return f'<a class="term" href="{address}#{ids[form]}">{match[0]}</a>'

    return "".join(pattern.sub(first, part) if prose else part for prose, part in _parts(html)) if known else html


def _parts(html: str) -> Iterator[tuple[bool, str]]:
    """Yield the page piece by piece, each with whether it is text in which terms may be linked."""
    at, depth, closing, over = 0, 0, "", False
    for token in _TOKEN.finditer(html):
        yield not depth and not over, html[at : token.start()]
        yield False, token[0]
        at, tag, attributes = token.end(), (token["tag"] or "").lower(), token["attributes"] or ""
        over = over or (tag == "h2" and bool(_SECTION.search(attributes)))
        if depth:  # wait for the end of what is left alone, past others of its name
            depth += 0 if tag != closing else -1 if token["end"] else 1
        elif tag and not token["end"] and not attributes.endswith("/") and _is_left_alone(tag, attributes):
            depth, closing = 1, tag
    yield not depth and not over, html[at:]


def _is_left_alone(tag: str, attributes: str) -> bool:
    classes = _CLASS.search(attributes)
    return tag in _TAGS or bool(classes and _CLASSES & set(classes[1].split()))


@lru_cache
def _pattern(forms: tuple[str, ...]) -> re.Pattern[str]:
    """Find any of the forms, the longest first, in the singular or plural, at the start of a sentence or within."""
    choices = []
    for form in sorted(forms, key=len, reverse=True):
        words = re.escape(form).replace(r"\ ", r"\s+")
        if form.islower():
            words = f"[{form[0].upper()}{form[0]}]{words[1:]}"
        else:
            words += r"(?!\s\d)"  # CNN 1 is a name
        choices.append(words)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(choices)})(?:e?s)?(?![\w-])")


def _singulars(found: str) -> Iterator[str]:
    """Yield what the form may be of which these words were found."""
    words = " ".join(found.split())
    for word in (words, words[0].lower() + words[1:]):
        yield word
        yield word.removesuffix("s")
        yield word.removesuffix("es")
