"""The results in the lesson: a cell of its own, from which its figure and its sentences are computed."""

from __future__ import annotations

import json
import pprint
import re
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from benchmarks.fields.experiment import STACKS

Results = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "receptive_fields.json"
LESSON = ROOT / "docs" / "foundations" / "receptive_fields.md"
MEASURES = ("accuracy", "fresh", "trained")
_CELL = re.compile(r"(?<=^recorded = ).*?(?=^```$)", re.M | re.S)


def stored() -> Results:
    """Return the results in the repository."""
    found: Results = json.loads(RESULTS.read_text("utf-8"))
    return found


def shown(results: Results) -> dict[str, Any]:
    """Return what the lesson holds: for each stack its field, its parameters, and the measures of all seeds."""
    stacks: dict[str, Any] = {}
    for stack in STACKS:
        runs = [run for run in results["runs"] if run["stack"] == stack]
        numbers = {measure: tuple(round(run[measure], 4) for run in runs) for measure in MEASURES}
        stacks[stack] = {"field": runs[0]["field"], "parameters": runs[0]["parameters"], **numbers}
    kept = ("data", "images", "judged", "epochs", "date")
    return {**{name: results[name] for name in kept}, "stacks": stacks}


def with_results(text: str, results: Results) -> str:
    """Return the lesson's text with these results in its cell."""
    literal = pprint.pformat(shown(results), sort_dicts=False, width=110, compact=True)
    changed, count = _CELL.subn(lambda _: literal + "\n", text)
    if count != 1:
        raise ValueError(f"{LESSON.name} must have one cell that ends in `recorded = …` (found {count}).")
    return changed


def as_text(results: Results) -> str:
    """Return the results as lines for the terminal."""
    lines = [f"{'dilations':15}{'field':>6}{'accuracy':>18}{'fresh, pixels':>18}{'trained, pixels':>18}"]
    for stack, found in shown(results)["stacks"].items():
        accuracy, *widths = ((mean(found[measure]), stdev(found[measure])) for measure in MEASURES)
        pixels = "".join(f"{f'{middle:.1f} ± {spread:.1f}':>18}" for middle, spread in widths)
        lines.append(f"{stack:15}{found['field']:6}{f'{accuracy[0]:.1%} ± {accuracy[1]:.1%}':>18}{pixels}")
    return "\n".join(lines)
