"""Formulas that carry their symbols and their numbers, so that text, LaTeX and value cannot disagree.

Example:
    >>> n, k, s = Symbol("n", 10), Symbol("k", 3), Symbol("s", 2)
    >>> size = floor((n - k) / s) + 1
    >>> size.text(), size.text(numbers=True), size.value
    ('⌊(n − k) / s⌋ + 1', '⌊(10 − 3) / 2⌋ + 1', 4)
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, TypeAlias

Value: TypeAlias = int | float | Fraction
_LETTER = re.compile(r"[A-Za-z]′?$")
_LETTERS = re.compile(r"(?P<base>[A-Za-z])(?:_(?P<index>\w+))?(?P<prime>′?)$")


class Style(NamedTuple):
    """How a formula is written: with symbols or with numbers, as text or as LaTeX."""

    numbers: bool = False
    latex: bool = False


class Formula(ABC):
    """A term with a value; `+`, `-`, `*` and `/` make larger ones."""

    @property
    @abstractmethod
    def value(self) -> Value:
        """What the term comes to."""

    @property
    def _parts(self) -> tuple[Formula, ...]:
        """The terms it is made of."""
        return ()

    @abstractmethod
    def _write(self, style: Style) -> str:
        """The term in this style."""

    def text(self, numbers: bool = False) -> str:
        """The term as text, with symbols or with the numbers put in."""
        return self._write(Style(numbers))

    def latex(self, numbers: bool = False) -> str:
        """The term in LaTeX, with symbols or with the numbers put in."""
        return self._write(Style(numbers, latex=True))

    def symbols(self) -> Iterator[Symbol]:
        """Its symbols from left to right, one that occurs twice given twice."""
        if isinstance(self, Symbol):
            yield self
        for part in self._parts:
            yield from part.symbols()

    def __add__(self, other: Formula | Value) -> Formula:
        return _joined(self, other, 1)

    def __sub__(self, other: Formula | Value) -> Formula:
        return _joined(self, other, -1)

    def __mul__(self, other: Formula | Value) -> Formula:
        factors = self.factors if isinstance(self, _Product) else (self,)
        return _Product((*factors, _term(other)))

    def __truediv__(self, other: Formula | Value) -> Formula:
        return _Quotient(self, _term(other))

    def __rmul__(self, other: Value) -> Formula:
        return _Product((_term(other), self))


@dataclass(frozen=True)
class _Number(Formula):
    """A number that stands in the formula itself."""

    value: Value = 0

    def _write(self, style: Style) -> str:
        return number(self.value, style.latex)


@dataclass(frozen=True)
class Symbol(Formula):
    """A letter such as `n`, a letter with an index such as `C_in`, or words; what it means goes into the legend."""

    name: str = ""
    value: Value = 0
    meaning: str = ""

    def _write(self, style: Style) -> str:
        if style.numbers:
            written = number(self.value, style.latex)
            return f"({written})" if self.value < 0 else written
        return _latex_name(self.name) if style.latex else self.name


@dataclass(frozen=True)
class _Sum(Formula):
    """Terms added, or taken away where their sign is −1."""

    terms: tuple[Formula, ...]
    signs: tuple[int, ...]

    @property
    def value(self) -> Value:
        return sum(sign * term.value for sign, term in zip(self.signs, self.terms, strict=True))

    @property
    def _parts(self) -> tuple[Formula, ...]:
        return self.terms

    def _write(self, style: Style) -> str:
        written = self.terms[0]._write(style)
        for sign, term in zip(self.signs[1:], self.terms[1:], strict=True):
            inner = _bracketed(term, style) if isinstance(term, _Sum) else term._write(style)
            written += f" {'+' if sign > 0 else '-' if style.latex else '−'} {inner}"
        return written


@dataclass(frozen=True)
class _Product(Formula):
    """Factors multiplied; the dot is left out where no reader misses it, as in 2p and d(k − 1)."""

    factors: tuple[Formula, ...]

    @property
    def value(self) -> Value:
        return math.prod(factor.value for factor in self.factors)

    @property
    def _parts(self) -> tuple[Formula, ...]:
        return self.factors

    def _write(self, style: Style) -> str:
        written = self._factor(self.factors[0], style)
        for left, right in pairwise(self.factors):
            dot = "" if _close(left, right, style) else r" \cdot " if style.latex else "·"
            written += dot + self._factor(right, style)
        return written

    @staticmethod
    def _factor(factor: Formula, style: Style) -> str:
        return _bracketed(factor, style) if isinstance(factor, (_Sum, _Quotient)) else factor._write(style)


@dataclass(frozen=True)
class _Quotient(Formula):
    """One term over another, exactly."""

    above: Formula
    below: Formula

    @property
    def value(self) -> Value:
        ratio = Fraction(self.above.value) / Fraction(self.below.value)
        return ratio.numerator if ratio.denominator == 1 else ratio

    @property
    def _parts(self) -> tuple[Formula, ...]:
        return (self.above, self.below)

    def _write(self, style: Style) -> str:
        if style.latex:
            return rf"\frac{{{self.above._write(style)}}}{{{self.below._write(style)}}}"
        above = _bracketed(self.above, style) if isinstance(self.above, _Sum) else self.above._write(style)
        whole = isinstance(self.below, (Symbol, _Number))
        return f"{above} / {self.below._write(style) if whole else _bracketed(self.below, style)}"


@dataclass(frozen=True)
class _Rounded(Formula):
    """A term rounded down or up to a whole number."""

    inner: Formula
    up: bool = False

    @property
    def value(self) -> int:
        return math.ceil(self.inner.value) if self.up else math.floor(self.inner.value)

    @property
    def _parts(self) -> tuple[Formula, ...]:
        return (self.inner,)

    def _write(self, style: Style) -> str:
        left, right = "⌈⌉" if self.up else "⌊⌋"
        if style.latex:
            name = "ceil" if self.up else "floor"
            left, right = rf"\left\l{name} ", rf" \right\r{name}"
        return f"{left}{self.inner._write(style)}{right}"


def floor(term: Formula) -> Formula:
    """The term, rounded down."""
    return _Rounded(term)


def ceil(term: Formula) -> Formula:
    """The term, rounded up."""
    return _Rounded(term, up=True)


def number(value: Value, latex: bool = False) -> str:
    """A number with commas between thousands and a true minus sign.

    Example:
        >>> number(-10816), number(10816, latex=True)
        ('−10,816', '10{,}816')
    """
    written = f"{value:,}"
    return written.replace(",", "{,}") if latex else written.replace("-", "−")


def words(text: str) -> str:
    r"""Words for LaTeX, with the characters escaped that have a meaning there.

    Example:
        >>> words("in_features")
        '\\text{in\\_features}'
    """
    return r"\text{" + re.sub(r"([_#%&${}])", r"\\\1", text).replace("−", "-") + "}"


def _latex_name(name: str) -> str:
    found = _LETTERS.match(name)
    if not found:
        return words(name)
    index = found["index"]
    below = "" if index is None else f"_{index}" if len(index) == 1 else f"_{{{words(index)}}}"
    return found["base"] + below + found["prime"].replace("′", "'")


def _term(value: Formula | Value) -> Formula:
    return value if isinstance(value, Formula) else _Number(value)


def _joined(left: Formula, right: Formula | Value, sign: int) -> Formula:
    terms, signs = (left.terms, left.signs) if isinstance(left, _Sum) else ((left,), (1,))
    return _Sum((*terms, _term(right)), (*signs, sign))


def _bracketed(term: Formula, style: Style) -> str:
    inner = term._write(style)
    return rf"\left({inner}\right)" if style.latex and "frac" in inner else f"({inner})"


def _close(left: Formula, right: Formula, style: Style) -> bool:
    """Whether two factors can stand side by side without a dot: 2p, d(k − 1), (n − 1)s."""
    if style.numbers:
        return False
    bracket, follows = isinstance(left, _Sum), isinstance(right, _Sum)
    letter, second = (isinstance(term, Symbol) and bool(_LETTER.match(term.name)) for term in (left, right))
    return (isinstance(left, _Number) and (second or follows)) or (letter and follows) or (bracket and second)
