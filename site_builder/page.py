"""A page: the Markdown text, and the cells and inline values found in it."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from site_builder import exercise, quiz, widgets
from site_builder.exercise import Exercise

FLAGS = ("hide", "test", "skip", "live")
OPTIONS = ("raises", "alt", "title", "hl_lines", "widget", "publishes")
SECONDS = 60  # a cell's time limit, where the page's front matter gives no `seconds`

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---[ \t]*\n", re.S)
_TOKEN = re.compile(
    r"(?P<comment><!--.*?-->)"
    r"|^(?P<indent>[ ]*)(?P<fence>`{3,}|~{3,})[ ]*(?P<info>[^\n`]*)\n(?P<code>.*?)^(?P=indent)(?P=fence)[ ]*$"
    r"|(?P<ticks>`+)\{py\}[ ]+(?P<inline>[^`\n]+)(?P=ticks)"
    r"|(?P<code_span>(?<!`)(?P<run>`+)(?!`)[^\n]*?(?<!`)(?P=run)(?!`))",
    re.M | re.S,
)
_WORD = re.compile(r'(\w+)(?:=(?:"([^"]*)"|(\S+)))?')


class PageError(Exception):
    """A fault of a page, at a line of its source.

    >>> print(PageError("docs/index.md", 3, "unknown flag `hidden`"))
    docs/index.md:3: unknown flag `hidden`
    """

    def __init__(self, path: str, line: int, message: str):
        super().__init__(path, line, message)
        self.path, self.line, self.message = path, line, message

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Cell:
    """A fenced `python` block: its code without the fence's indent, and the flags on the fence."""

    source: str
    line: int  # of the first line of code
    number: int  # 1, 2, … as Jupyter counts
    flags: frozenset[str] = frozenset()
    raises: str = ""
    alt: tuple[str, ...] = ()
    widget: str = ""  # its name and options; it takes the place of the cell's figure
    publishes: tuple[str, ...] = ()  # files that it writes, which become part of the site
    fence_options: str = ""  # title="…" hl_lines="…", handed on to the highlighter
    indent: str = ""
    span: tuple[int, int] = (0, 0)  # of the whole fence in the text

    @property
    def identity(self) -> tuple[str, ...]:
        """What the results depend on: the look of a cell is not part of it."""
        return ("cell", self.source, "skip" if "skip" in self.flags else "", self.raises, *self.publishes)


@dataclass(frozen=True)
class Inline:
    """An inline value, `` `{py} expression:format` ``."""

    expression: str
    format: str
    line: int
    span: tuple[int, int]

    @property
    def identity(self) -> tuple[str, ...]:
        """What the value depends on."""
        return ("inline", self.expression, self.format)


Token = Cell | Inline


@dataclass(frozen=True)
class Page:
    """A parsed page. `path` is relative to the repository's root, with forward slashes."""

    path: str
    text: str
    meta: dict[str, Any]
    tokens: tuple[Token, ...]
    lines: tuple[int, ...] = ()  # of the file, for each line of the text, where the two differ
    exercises: tuple[Exercise, ...] = ()

    def line_in_file(self, line: int) -> int:
        """Return the line of the file on which a line of the text stands."""
        return self.lines[line - 1] if self.lines else line

    @property
    def seconds(self) -> int:
        """The time limit of each cell, in seconds."""
        return int(self.meta.get("seconds", SECONDS))

    @property
    def cells(self) -> list[Cell]:
        """The page's code cells, in order."""
        return [token for token in self.tokens if isinstance(token, Cell)]


def read(path: Path, root: Path) -> Page:
    """Read and parse the Markdown page at `path`.

    Raises:
        PageError: a fence, a flag, an inline value or the front matter is not understood.
    """
    return parse(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())


def parse(text: str, path: str = "page.md") -> Page:
    r"""Find the cells and inline values of a page.

    >>> head = "---\njupyter: {kernelspec: {name: python3}}\n---\n"
    >>> page = parse(head + "```python\nn = 2\n```\n\nTwice two is `{py} n * 2`.", "docs/a.md")
    >>> [token.identity[:2] for token in page.tokens]
    [('cell', 'n = 2\n'), ('inline', 'n * 2')]

    Raises:
        PageError: a fence, a flag, an inline value or the front matter is not understood.
    """
    meta, tokens, exercises = front_matter(text, path), list[Token](), list[Exercise]()
    for match in _TOKEN.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["inline"]:
            tokens.append(_inline(match, line, path))
        elif match["fence"] and _is_python(match["info"], path, line):
            tokens.append(_cell(match, line, path, number=1 + sum(isinstance(token, Cell) for token in tokens)))
        elif _is_quiz(match):
            tokens += _quiz(match, line, path)
        elif _is_exercise(match):
            exercises.append(_exercise(match, line, path))
            tokens += _values(exercise.prose(match["code"]), match, path)
    _refuse_unclosed(text, tokens, path)
    if tokens and "kernelspec" not in (meta.get("jupyter") or {}):
        raise PageError(path, 1, "the page has cells but its front matter has no `jupyter: kernelspec:`; "
                                 "copy it from another lesson, so that the page opens as a notebook too")  # fmt: skip
    return Page(path, text, meta, tuple(tokens), exercises=tuple(exercises))


def front_matter(text: str, path: str) -> dict[str, Any]:
    """Return the YAML front matter as a dictionary.

    Raises:
        PageError: it is not YAML, or `seconds` is not a positive whole number.
    """
    match = FRONT_MATTER.match(text)
    try:
        meta = yaml.safe_load(match[1]) or {} if match else {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise PageError(path, (mark.line if mark else 0) + 2, f"the front matter is not YAML: {error}") from None
    if not isinstance(meta, dict):
        raise PageError(path, 1, f"the front matter must be `key: value` lines (got {meta!r})")
    seconds = meta.get("seconds", SECONDS)
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 1:
        raise PageError(path, 1, f"`seconds` (={seconds!r}) must be a whole number of seconds, 1 or more")
    return meta


def _is_python(info: str, path: str, line: int) -> bool:
    language = info.split()[0] if info.split() else ""
    if language in ("py", "python3", "pycon", "ipython") or re.match(r"\{[ ]*\.?python\b", info):
        raise PageError(path, line, f"a ```{language or info} block would be shown but never run; "
                                    "write ```python (and `skip` if it must not run)")  # fmt: skip
    return language == "python"


def _cell(match: re.Match[str], line: int, path: str, number: int) -> Cell:
    flags, options = _words(match["info"].strip()[len("python") :], path, line)
    indent = len(match["indent"])
    code = "".join(row[indent:] if row[:indent].isspace() else row for row in match["code"].splitlines(True))
    alt = tuple(part.strip() for part in options["alt"].split(" | ")) if options.get("alt") else ()
    shown = " ".join(f'{name}="{options[name]}"' for name in ("title", "hl_lines") if options.get(name))
    widget = options.get("widget", "")
    _refuse_widget(widget, bool(alt), match["indent"], path, line)
    publishes = tuple(options.get("publishes", "").split())
    raises = options.get("raises", "")
    _refuse_live(flags, bool(alt or widget or publishes), path, line)
    return Cell(code, line + 1, number, flags, raises, alt, widget, publishes, shown, match["indent"], match.span())


def _refuse_widget(widget: str, described: bool, indent: str, path: str, line: int) -> None:
    """Refuse a widget that does not exist, or without a still picture for paper and for readers without scripts."""
    if not widget:
        return
    try:
        widgets.parse(widget)
    except widgets.WidgetError as error:
        raise PageError(path, line, str(error)) from None
    if not described:
        raise PageError(path, line, 'a cell with a widget draws its still picture: give it an alt="…"')
    if indent:
        raise PageError(path, line, "a cell with a widget must not be indented; end the block around it first")


def _refuse_live(flags: frozenset[str], drawn: bool, path: str, line: int) -> None:
    """Refuse a live cell that there is no code of to change, or whose output the browser cannot make."""
    if "live" not in flags:
        return
    if others := sorted(flags & {"hide", "test", "skip"}):
        raise PageError(path, line, f"a `live` cell is shown and run; take `live` or `{others[0]}` away")
    if drawn:
        raise PageError(path, line, "a `live` cell shows text and tables; figures and files need libraries "
                                    "that readers’ browsers have not")  # fmt: skip


def _is_quiz(match: re.Match[str]) -> bool:
    return bool(match["fence"]) and match["info"].split()[:1] == ["quiz"]


def _quiz(match: re.Match[str], line: int, path: str) -> list[Inline]:
    """The computed values in a quiz; the rest of it is read when they are known."""
    if match["indent"]:
        raise PageError(path, line, "a quiz must not be indented; end the block around it first")
    try:
        quiz.check_source(match["code"])
    except quiz.QuizError as error:
        raise PageError(path, line + 1 + error.line, str(error)) from None
    return _values(match["code"], match, path)


def _values(prose: str, match: re.Match[str], path: str) -> list[Inline]:
    """The computed values in a fence; `prose` is what it holds, with blanks for what is not to be searched."""
    start, end = match.span("code")
    text = match.string[:start] + prose + match.string[end:]
    inlines = (found for found in _TOKEN.finditer(text, start, end))
    return [_inline(found, text.count("\n", 0, found.start()) + 1, path) for found in inlines if found["inline"]]


def _is_exercise(match: re.Match[str]) -> bool:
    return bool(match["fence"]) and match["info"].split()[:1] == ["exercise"]


def _exercise(match: re.Match[str], line: int, path: str) -> Exercise:
    if match["indent"]:
        raise PageError(path, line, "an exercise must not be indented; end the block around it first")
    try:
        return exercise.parse(match["info"], match["code"], line + 1)
    except exercise.ExerciseError as error:
        raise PageError(path, error.line, str(error)) from None


def replace_quizzes(text: str, render: Callable[[str, int], str]) -> str:
    """Return a text with each quiz fence replaced by `render(source, number)`; fences within fences are left alone."""
    numbers = count(1)

    def replace(match: re.Match[str]) -> str:
        return render(match["code"], next(numbers)) if _is_quiz(match) else match[0]

    return _TOKEN.sub(replace, text)


def replace_exercises(text: str, render: Callable[[Exercise, int], str]) -> str:
    """The same for exercises: each fence is replaced by `render(exercise, number)`."""
    numbers = count(1)

    def replace(match: re.Match[str]) -> str:
        return render(_exercise(match, 1, ""), next(numbers)) if _is_exercise(match) else match[0]

    return _TOKEN.sub(replace, text)


def _words(info: str, path: str, line: int) -> tuple[frozenset[str], dict[str, str]]:
    """Split what follows ```python into flags and options; every word must be known."""
    flags, options = set[str](), dict[str, str]()
    rest = _WORD.sub("", info).strip()
    if rest:
        raise PageError(path, line, f'cannot read {rest!r} after ```python; write flags and option="value" pairs')
    for word in _WORD.finditer(info):
        name, value = word[1], word[2] if word[2] is not None else word[3]
        if value is None and name in FLAGS:
            flags.add(name)
        elif value is not None and name in OPTIONS:
            options[name] = value
        else:
            raise PageError(path, line, _unknown(name, value))
    return frozenset(flags), options


def _unknown(name: str, value: str | None) -> str:
    known = [*FLAGS, *(f'{option}="…"' for option in OPTIONS)]
    if (value is None and name in OPTIONS) or (value is not None and name in FLAGS):
        return f"`{name}` after ```python {'needs a value' if value is None else 'takes no value'}: {', '.join(known)}"
    close = difflib.get_close_matches(name, [*FLAGS, *OPTIONS], 1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    return f"unknown flag `{name}` after ```python{hint} Known: {', '.join(known)}"


def _inline(match: re.Match[str], line: int, path: str) -> Inline:
    text = match["inline"].strip()
    for expression, spec in _splits(text):
        try:
            ast.parse(expression, mode="eval")
        except SyntaxError:
            continue
        return Inline(expression, spec, line, match.span())
    raise PageError(path, line, f"`{{py}} {text}` is not an expression with an optional :format")


def _splits(text: str) -> Iterable[tuple[str, str]]:
    """Yield (expression, format): the whole text first, then cut at each colon from the right."""
    yield text, ""
    at = text.rfind(":")
    while at > 0:
        yield text[:at].strip(), text[at + 1 :].strip()
        at = text.rfind(":", 0, at)


def _refuse_unclosed(text: str, tokens: Iterable[Token], path: str) -> None:
    """A fence without an end would silently turn the rest of the page into prose."""
    inside = [match.span() for match in _TOKEN.finditer(text) if match["fence"] or match["comment"]]
    for match in re.finditer(r"^[ ]*(?:`{3,}|~{3,})[ ]*(python|quiz|exercise)\b", text, re.M):
        if not any(start <= match.start() < end for start, end in inside):
            line = text.count("\n", 0, match.start()) + 1
            raise PageError(path, line, f"this ```{match[1]} block is never closed; end it with ``` at the same indent")
