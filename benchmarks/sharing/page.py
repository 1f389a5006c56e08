"""The results in the lesson: a cell of its own, from which its figure, its table and its sentences are computed."""

from __future__ import annotations

import json
import pprint
import re
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from benchmarks.sharing.experiment import SHIFTS, WAYS

Results = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "weight_sharing.json"
LESSON = ROOT / "docs" / "foundations" / "weight_sharing.md"
_CELL = re.compile(r"(?<=^recorded = ).*?(?=^```$)", re.M | re.S)


def stored() -> Results:
    """Return the results in the repository."""
    found: Results = json.loads(RESULTS.read_text("utf-8"))
    return found


def shown(results: Results) -> dict[str, Any]:
    """Return what the lesson holds: the accuracies of the seeds, by way, network and shift."""
    accuracies: dict[str, Any] = {}
    for way, networks in WAYS.items():
        for network in networks:
            runs = [run for run in results["runs"] if (run["way"], run["network"]) == (way, network)]
            by_shift = zip(*(run["accuracy"] for run in runs), strict=True)
            accuracies[way, network] = [tuple(round(one, 4) for one in seeds) for seeds in by_shift]
    kept = ("data", "images", "judged", "epochs", "date")
    return {**{name: results[name] for name in kept}, "shifts": SHIFTS, "accuracy": accuracies}


def with_results(text: str, results: Results) -> str:
    """Return the lesson's text with these results in its cell."""
    literal = pprint.pformat(shown(results), sort_dicts=False, width=110, compact=True)
    changed, count = _CELL.subn(lambda _: literal + "\n", text)
    if count != 1:
        raise ValueError(f"{LESSON.name} must have one cell that ends in `recorded = …` (found {count}).")
    return changed


def as_text(results: Results) -> str:
    """Return the results as lines for the terminal."""
    lines = []
    for (way, network), by_shift in shown(results)["accuracy"].items():
        marks = "  ".join(f"{mean(seeds):.1%} ± {stdev(seeds):.1%}" for seeds in by_shift)
        lines.append(f"{way:12}{network:22}{marks}")
    return "\n".join(lines)
