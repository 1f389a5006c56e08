"""Summaries and costs as plain values, to and from JSON; the JSON Schema is made from the classes themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cost import Cost
    from .summary import Summary

VERSION = 1  # of the records; it rises when a key changes its meaning or goes
DERIVED_OF_SUMMARY = ("total_params", "trainable_params", "frozen_params", "macs", "unknown", "complete")
DERIVED_OF_COST = ("flops", "complete")


def summary_record(summary: Summary) -> dict[str, Any]:
    """A summary as plain values."""
    own = {name: getattr(summary, name) for name in ("model", "input_shape", "batch_size", "unused")}
    derived = {name: getattr(summary, name) for name in DERIVED_OF_SUMMARY}
    cost = summary.cost and cost_record(summary.cost)
    return {"version": VERSION, **own, **derived, "cost": cost, "rows": [row._asdict() for row in summary.rows]}


def cost_record(cost: Cost) -> dict[str, Any]:
    """Costs as plain values."""
    derived = {name: getattr(cost, name) for name in DERIVED_OF_COST}
    return {"version": VERSION, **vars(cost), "parameter_bytes": dict(cost.parameter_bytes), **derived}


def summary_of(record: Mapping[str, Any]) -> Summary:
    """The summary of a record."""
    from .rows import Row
    from .summary import Summary

    _check(record, "Summary", "version", "model", "input_shape", "rows")
    for row in record["rows"]:
        _check(row, "Row", "name", "kind")
    rows = tuple(Row(**_tuples({name: row[name] for name in Row._fields if name in row})) for row in record["rows"])
    cost = record.get("cost") and cost_of(record["cost"])
    names = ("model", "input_shape", "batch_size", "unused")
    return Summary(**_tuples({name: record[name] for name in names if name in record}), rows=rows, cost=cost)


def cost_of(record: Mapping[str, Any]) -> Cost:
    """The costs of a record."""
    from .cost import Cost

    _check(record, "Cost", "version", "macs", "parameter_bytes")
    return Cost(**_tuples({name: record[name] for name in Cost.__dataclass_fields__ if name in record}))


def _check(record: Mapping[str, Any], what: str, *needed: str) -> None:
    """Refuse a record that lacks what every version has, or that another version has written."""
    missing = [name for name in needed if name not in record]
    if missing:
        raise ValueError(f"`record` is not that of a {what}: it has no {missing[0]!r}.")
    version = record.get("version", VERSION)
    if version != VERSION:
        raise ValueError(f"`version` (={version!r}) must be {VERSION}: another version of cnn-guide wrote the record.")


def _tuples(record: Mapping[str, Any]) -> dict[str, Any]:
    """Lists, which JSON makes of tuples, as tuples again."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in record.items()}


def to_json(record: Mapping[str, Any], indent: int | None) -> str:
    """A record as JSON."""
    import json

    return json.dumps(record, indent=indent)


def from_json(text: str) -> Mapping[str, Any]:
    """The record in a JSON text.

    Raises:
        ValueError: if it holds anything else.
    """
    import json

    record = json.loads(text)
    if not isinstance(record, dict):
        raise ValueError(f"`text` holds a {type(record).__name__}, not a record.")
    return record


def dataframe(records: Sequence[Mapping[str, Any]], what: str) -> Any:
    """Records as the rows of a pandas DataFrame."""
    try:
        from pandas import DataFrame  # type: ignore[import-untyped]
    except ImportError as error:
        raise ImportError(f"{what}.to_dataframe needs pandas: pip install pandas") from error
    return DataFrame(list(records)).convert_dtypes()  # numbers that may be missing stay integers
