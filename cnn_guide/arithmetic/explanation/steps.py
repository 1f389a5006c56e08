"""What an explanation is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..arguments import Shape
from ..errors import ShapeError
from .formula import Formula, Value, number


@dataclass(frozen=True)
class Step:
    """One formula: its symbols, the numbers put in, and its value.

    Args:
        name: what is computed, such as "output size".
        formula: how.
    """

    name: str
    formula: Formula

    @property
    def symbols(self) -> str:
        """The formula with symbols, as text."""
        return self.formula.text()

    @property
    def numbers(self) -> str:
        """The formula with the numbers put in, as text."""
        return self.formula.text(numbers=True)

    @property
    def value(self) -> Value:
        """What it comes to."""
        return self.formula.value

    def chain(self) -> list[str]:
        """Symbols, numbers and value, without what would only repeat itself."""
        return list(dict.fromkeys((self.symbols, self.numbers, number(self.value))))


class Section(NamedTuple):
    """Steps under one heading, and what else there is to say of them."""

    title: str
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()


class Convention(NamedTuple):
    """What one library makes of a window along an axis."""

    name: str  # "TensorFlow SAME"
    before: int  # padding, or what is cut off
    after: int
    size: int | None  # None where the window does not fit
    unused: str  # "nothing", or which pixels

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The row as text."""
        sign = "+" if self.after >= 0 else "−"
        return self.name, f"{self.before} {sign} {abs(self.after)}", str(self.size or "refused"), self.unused


class Comparison(NamedTuple):
    """The conventions side by side, for axes with the same settings."""

    title: str
    rows: tuple[Convention, ...]
    note: str = ""
    headings: tuple[str, str, str] = ("padding", "output", "never read")


class Nearest(NamedTuple):
    """The nearest setting that is possible, if one argument alone is changed."""

    name: str
    value: object
    result: int | Shape

    def __str__(self) -> str:
        return f"{self.name}={self.value!r} gives {self.result}"


@dataclass(frozen=True, repr=False)
class Explanation:
    """How a result comes about, step by step; as text, HTML or LaTeX.

    Args:
        subject: the call or the layer, as it is written.
        input: the shape that goes into a layer; None for a call, which names its input.
        value: the result; None where the settings are refused.
        sections: the steps, under headings.
        comparisons: PyTorch's padding beside TensorFlow's SAME and VALID.
        parts: for a container, the explanations of its layers by their names.
        refusal: why there is no result.
        nearest: settings that are possible instead, one argument changed in each.
    """

    subject: str
    input: Shape | None
    value: int | Shape | None
    sections: tuple[Section, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    parts: tuple[tuple[str, Explanation], ...] = ()
    refusal: ShapeError | None = None
    nearest: tuple[Nearest, ...] = ()

    @property
    def heading(self) -> str:
        """What goes in, and what comes out."""
        subject = self.subject if self.input is None else f"{self.subject}: {self.input}"
        if self.value is None:
            return f"{subject}: refused"
        return f"{subject} {'=' if self.input is None else '→'} {self.value}"

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in order, those of the parts first."""
        inner = (step for _, part in self.parts for step in part.steps)
        return (*inner, *(step for section in self.sections for step in section.steps))

    @property
    def notes(self) -> tuple[str, ...]:
        """All sentences about padding, dropped pixels and the like, those of the parts first."""
        inner = (note for _, part in self.parts for note in part.notes)
        return (*inner, *(note for section in self.sections for note in section.notes))

    @property
    def legend(self) -> dict[str, str]:
        """The symbols that occur, and what they mean."""
        found = (symbol for step in self.steps for symbol in step.formula.symbols())
        return {symbol.name: symbol.meaning for symbol in found if symbol.meaning}

    def walk(self, path: str = "") -> Iterator[tuple[str, Explanation]]:
        """Paths and explanations: this one and those of all its parts."""
        yield path, self
        for name, part in self.parts:
            yield from part.walk(f"{path}.{name}" if path else name)

    def text(self) -> str:
        """Lines of at most 80 characters."""
        from . import text  # each way of writing is loaded when it is asked for

        return text.write(self)

    def html(self) -> str:
        """Tables that screen readers can follow; their looks are left to the page's style sheet."""
        from . import html

        return html.write(self)

    def latex(self) -> str:
        """The steps as one block of aligned equations, for a displayed formula."""
        from . import latex

        return latex.write(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, ready for JSON."""
        return {
            "subject": self.subject,
            "input": self.input,
            "value": self.value,
            "sections": [_section_dict(section) for section in self.sections],
            "conventions": [
                {"title": each.title, "note": each.note, "rows": [row._asdict() for row in each.rows]}
                for each in self.comparisons
            ],
            "parts": {name: part.to_dict() for name, part in self.parts},
            "refusal": None if self.refusal is None else str(self.refusal),
            "nearest": [nearest._asdict() for nearest in self.nearest],
            "legend": self.legend,
        }

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.html()


def _section_dict(section: Section) -> dict[str, Any]:
    steps = [
        {
            "name": step.name,
            "symbols": step.symbols,
            "numbers": step.numbers,
            "value": step.value,
            "latex": step.formula.latex(),
        }
        for step in section.steps
    ]
    return {"title": section.title, "steps": steps, "notes": list(section.notes)}
