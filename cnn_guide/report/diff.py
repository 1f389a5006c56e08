"""Two networks compared layer by layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from . import records
from .columns import COLUMNS, WORDS
from .quantities import Bytes, listed, signed, written
from .rows import Row
from .summary import Summary
from .table import Table, Total

Key = tuple[str, int]  # a layer's name, and how often it has come before
Kind = Literal["added", "removed", "changed"]
SIGNS = {"removed": "−", "before": "−", "added": "+", "after": "+"}
USUAL = ("Layer", "Output", "Parameters", "MACs")  # columns


class Change(NamedTuple):
    """A layer that is not the same in both networks.

    Args:
        kind: "added", "removed" or "changed".
        before: its row in the first network; None where it is added.
        after: its row in the second network; None where it is removed.
    """

    kind: Kind
    before: Row | None
    after: Row | None


@dataclass(frozen=True, repr=False)
class Diff:
    """What changes from one network to another; layers are matched by their names.

    Args:
        before: summary of the first network.
        after: summary of the second.
        changes: layers that are added, removed or changed, in the order in which data passes.
        fields: names of the layers in which the receptive field alone differs, by a change at or before the first.
    """

    before: Summary
    after: Summary
    changes: tuple[Change, ...]
    fields: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether any layer differs."""
        return bool(self.changes or self.fields)

    @property
    def unchanged(self) -> int:
        """How many layers are the same in both."""
        return len(self.after.rows) - len(self.fields) - sum(change.after is not None for change in self.changes)

    def to_dict(self) -> dict[str, Any]:
        """The totals of both and the changes, as plain Python values."""
        return {
            "version": records.VERSION,
            "before": _overview(self.before),
            "after": _overview(self.after),
            "unchanged": self.unchanged,
            "fields": self.fields,
            "changes": [
                {"kind": kind, "before": before and before._asdict(), "after": after and after._asdict()}
                for kind, before, after in self.changes
            ],
        }

    def to_json(self, indent: int | None = 2) -> str:
        """The totals of both and the changes, as JSON."""
        return records.to_json(self.to_dict(), indent)

    def to_dataframe(self) -> Any:
        """The changed rows as a pandas DataFrame, with the column `change`: added, removed, before or after.

        Raises:
            ImportError: if pandas is not installed.
        """
        return records.dataframe([{"change": word, **row._asdict()} for word, row in self._lines()], "Diff")

    def to_text(self, width: int | None = None) -> str:
        """The table as text, with as many columns as fit into so many characters; None takes the terminal's width."""
        return self._table().text(width)

    def to_markdown(self) -> str:
        """The table in Markdown."""
        return self._table().markdown()

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _lines(self) -> Iterator[tuple[str, Row]]:
        """Each row that is shown, with its place in the change."""
        for kind, before, after in self.changes:
            if before is not None:
                yield ("before" if after is not None else kind), before
            if after is not None:
                yield ("after" if before is not None else kind), after

    def _table(self) -> Table:
        headings = self._headings()
        lines = list(self._lines())
        rows = tuple(
            (f"{SIGNS[word]} {row.name or '(itself)'}", word, *(COLUMNS[heading](row) for heading in headings))
            for word, row in lines
        )
        return Table(
            title=f"{self.before.title} → {self.after.title}",
            headings=("Name", "Change", *headings),
            rows=rows,
            branches=("",) * len(rows),
            totals=tuple(self._totals()),
            left=2 + sum(heading in WORDS for heading in headings),
            optional=("Change",),
        )

    def _headings(self) -> list[str]:
        """The columns of every table, and those without which two lines of a change would look the same."""
        wanted = set(USUAL)
        for _, before, after in self.changes:
            differing = _differing(before, after) if before and after else list(USUAL)
            if not wanted.intersection(differing):
                wanted.update(differing)
        return [heading for heading in COLUMNS if heading in wanted]

    def _totals(self) -> Iterator[Total]:
        yield Total("Unchanged", self.unchanged, "layers" if self.unchanged != 1 else "layer")
        if self.fields:
            yield Total("Field alone", len(self.fields), f"other receptive fields: {listed(self.fields)}")
        yield _total("Parameters", self.before.total_params, self.after.total_params)
        if self.before.macs is not None and self.after.macs is not None:
            yield _total("MACs", self.before.macs, self.after.macs)
        for name, note in (("inference_bytes", "in inference"), ("training_bytes", "in training")):
            before, after = (getattr(summary.cost, name, None) for summary in (self.before, self.after))
            if before is not None and after is not None:
                yield Total("Activations", Bytes(after), f"{note}, {written(Bytes(before))} before")


def difference(before: Summary, after: Summary) -> Diff:
    """What changes from one network to another."""
    old, new = _named(before), _named(after)
    changes, fields = list[Change](), list[str]()
    for key in _merged(list(old), list(new)):
        one, other = old.get(key), new.get(key)
        if one is None or other is None:
            changes.append(Change("added" if one is None else "removed", one, other))
        elif (differing := _differing(one, other)) == ["Field"]:
            fields.append(other.name)
        elif differing:
            changes.append(Change("changed", one, other))
    return Diff(before, after, tuple(changes), tuple(fields))


def _merged(old: list[Key], new: list[Key]) -> Iterator[Key]:
    """The keys of both lists, those that only the old one has where they were."""
    from difflib import SequenceMatcher

    for _, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield from (key for key in old[start:end] if key not in new)
        yield from new[new_start:new_end]


def _differing(before: Row, after: Row) -> list[str]:
    """Headings of the columns in which two rows differ."""
    return [heading for heading, cell in COLUMNS.items() if cell(before) != cell(after)]


def _named(summary: Summary) -> dict[Key, Row]:
    """Rows by their name and by how often it has come before."""
    times: Counter[str] = Counter()
    rows = {}
    for row in summary.rows:
        rows[row.name, times[row.name]] = row
        times[row.name] += 1
    return rows


def _overview(summary: Summary) -> dict[str, Any]:
    record = summary.to_dict()
    del record["rows"]
    return record


def _total(label: str, before: int, after: int) -> Total:
    """The new number, the difference and how many times as much it is."""
    ratio = f", {after / before:.3g} times" if before and after != before else ""
    return Total(label, after, f"{signed(after - before)}{ratio}" if after != before else "as before")
