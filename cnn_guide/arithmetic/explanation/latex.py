"""An explanation's formulas in LaTeX, as KaTeX and MathJax understand it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .formula import number, words

if TYPE_CHECKING:
    from .steps import Explanation, Step

WIDTH = 100  # characters of source up to which symbols, numbers and value stand on one line


def write(explanation: Explanation) -> str:
    """All steps in one block of aligned equations, under the headings of their sections; empty without steps."""
    lines = list(_lines(explanation, ""))
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}" if lines else ""


def _lines(explanation: Explanation, path: str) -> Iterator[str]:
    for name, part in explanation.parts:
        yield from _lines(part, f"{path}.{name}" if path else name)
    for section in explanation.sections:
        title = ", ".join(filter(None, (path, section.title)))
        if title and section.steps:
            yield rf"&\textbf{{{_ascii(title)}}}"
        yield from map(_equation, section.steps)


def _equation(step: Step) -> str:
    forms = [step.formula.latex(), step.formula.latex(numbers=True), number(step.value, latex=True)]
    first, *rest = dict.fromkeys(forms)
    head = rf"{words(_ascii(step.name))} &= {first}"
    whole = "".join((head, *(f" = {form}" for form in rest)))
    return whole if len(whole) <= WIDTH else "".join((head, *(f" \\\\\n&= {form}" for form in rest)))


def _ascii(title: str) -> str:
    """KaTeX warns of characters that its fonts lack."""
    return title.replace("→", "to").replace("×", "x").replace("−", "-")
