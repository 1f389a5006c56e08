"""Weave results into a page: plain Markdown that any generator can render."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import PurePosixPath
from typing import Any

from site_builder import exercise, judging, quiz, snippets, widgets
from site_builder.page import Cell, Page, PageError, replace_exercises, replace_quizzes

Asset = Callable[[bytes, str], str]  # (content, file ending) → address of the file, relative to the page
_ENDING = {"svg": "svg", "png": "png", "jpeg": "jpg"}


def weave(page: Page, results: Sequence[Any], asset: Asset) -> str:
    r"""Return the page's Markdown with outputs after the cells, and values in place of inline expressions.

    >>> from site_builder.page import parse
    >>> page = parse("---\njupyter: {kernelspec: {}}\n---\nTwice two is `{py} 2 * 2`.")
    >>> weave(page, ["4"], asset=None).splitlines()[-1]
    'Twice two is 4.'
    """
    parts, at = list[str](), 0
    styles: set[str] = set()
    needing = {number for number, own in snippets.parts(page).items() if len(own) > 1}
    for token, result in zip(page.tokens, results, strict=True):
        parts.append(page.text[at : token.span[0]])
        parts.append(_cell(token, result or [], asset, styles, needing) if isinstance(token, Cell) else result)
        at = token.span[1]
    text = replace_quizzes("".join(parts) + page.text[at:], lambda source, number: _quiz(page, source, number))
    runs, notebook = judging.runs(page), f"{PurePosixPath(page.path).stem}.ipynb"
    return replace_exercises(text, lambda found, number: exercise.render(found, number, runs[number - 1], notebook))


def _quiz(page: Page, source: str, number: int) -> str:
    try:
        return quiz.render(source, number)
    except quiz.QuizError as error:
        raise PageError(page.path, 1, f"quiz {number} of the page: {error}") from None


def _cell(
    cell: Cell, outputs: Sequence[dict[str, Any]], asset: Asset, styles: set[str], needing: Collection[int] = ()
) -> str:
    if "test" in cell.flags:
        return ""
    needs = ".needs " if cell.number in needing else ""  # others before it: there are two ways to copy it
    info = f"{{ .python .cell {needs}#cell-{cell.number} {cell.fence_options}".rstrip()
    blocks = [] if "hide" in cell.flags else [_fence(cell.source, info + " }")]
    alt, files = iter(cell.alt), [output for output in outputs if output["kind"] == "file"]
    shown = [_output(output, alt, asset, styles) for output in outputs if output not in files]
    if cell.widget:
        scripts = [asset(widgets.script(file["name"], file["data"]), "js") for file in files]
        shown = [widgets.box(cell.widget, "\n\n".join(shown), cell.number, scripts)]
    text = "\n\n".join(block for block in blocks + shown if block)
    if "live" in cell.flags:
        bar = '<div class="live__bar"></div>'  # where live.js puts its buttons, so that nothing moves when it does
        text = "\n\n".join(block for block in [*blocks, bar, *shown] if block)
        text = f'<div class="live" data-cell="{cell.number}" markdown="1">\n\n{text}\n\n</div>'
    return "\n".join(cell.indent + row if row else row for row in text.split("\n"))


def _output(output: dict[str, Any], alt: Any, asset: Asset, styles: set[str]) -> str:
    kind = output["kind"]
    if kind == "text":
        return _fence(output["data"].strip("\n") + "\n", "{ .text .output .no-copy }") if output["data"].strip() else ""
    if kind == "error":
        return _fence(output["data"].strip("\n") + "\n", "{ .text .output .error .no-copy }")
    if kind == "html":
        return _html(output["data"], styles)
    if kind == "markdown":
        return str(output["data"]).strip("\n")
    return _picture(output, next(alt, ""), asset)


def _html(markup: str, styles: set[str]) -> str:
    """Return the markup in a block that keys can scroll; a style sheet that the page has already is left out."""
    sheets = set(re.findall(r"<style>.*?</style>", markup, flags=re.S))
    for sheet in sheets & styles:
        markup = markup.replace(sheet, "")
    styles |= sheets
    markup = re.sub(r"<th[^>]*></th>", "<td></td>", markup)  # pandas' corner: an empty heading says nothing to anybody
    stop = "" if "tabindex=" in markup else ' tabindex="0"'
    return f'<div class="output"{stop}>{one_line(markup)}</div>'


def _picture(output: dict[str, Any], alt: str, asset: Asset) -> str:
    """Return an image for each theme; Material shows the one whose address ends in the theme's name."""
    kind, themes = _ENDING[output["kind"]], [theme for theme in ("light", "dark") if theme in output]
    size = "".join(f" {name}={output[name]}" for name in ("width", "height") if name in output)
    text = html.escape(alt).replace("[", "&#91;").replace("]", "&#93;")
    images = []
    for theme in themes:
        content = output[theme].encode() if kind == "svg" else base64.b64decode(output[theme])
        only = f"#only-{theme}" if len(themes) > 1 else ""
        images.append(f"![{text}]({asset(content, kind)}{only}){{ .output loading=lazy{size} }}")
    return "\n".join(images)


def _fence(source: str, info: str) -> str:
    """Return a fenced block; the fence is longer than any run of backticks inside."""
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", source)), default=0))
    return f"{ticks} {info}\n{source.removesuffix(chr(10))}\n{ticks}"


def one_line(markup: str) -> str:
    """Put HTML on one line, so that Markdown leaves it alone; line ends inside `<pre>` are kept as `&#10;`."""
    parts = re.split(r"(<pre\b.*?</pre>)", markup, flags=re.S)
    return "".join(
        part.replace("\n", "&#10;") if position % 2 else re.sub(r"\s*\n\s*", " ", part)
        for position, part in enumerate(parts)
    ).strip()
