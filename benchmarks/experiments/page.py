"""The site's page of results: its text, with the measurements in a cell from which its tables are computed."""

from __future__ import annotations

import json
import pprint
from statistics import mean, stdev
from typing import Any

from benchmarks.experiments.recipes import RECIPES, ROOT
from benchmarks.experiments.transfer import WAYS

Results = dict[str, Any]

RESULTS = ROOT / "benchmarks" / "results" / "experiments.json"
PAGE = ROOT / "docs" / "reference" / "results.md"
TEMPLATE = ROOT / "benchmarks" / "experiments" / "page.md"
SHOWN = ("command", "network", "parameters", "data", "epochs", "seconds", "correct", "total", "accuracy", "interval")
SHOWN += ("balanced_accuracy", "recall", "precision")


def stored() -> Results:
    """Return the results in the repository."""
    return json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}


def render(results: Results) -> str:
    """Return the page."""
    recipes = {name: recipe(results[name], want) for name, want in RECIPES.items() if name in results}
    text = TEMPLATE.read_text("utf-8")
    values = {"recipes": recipes, "few": few(results["transfer"]), "about": surroundings(results)}
    for name, value in values.items():
        text = text.replace("{" + name + "}", pprint.pformat(value, sort_dicts=False, width=110, compact=True))
    return text


def recipe(result: Results, want: Any) -> dict[str, Any]:
    """Return what the page shows of a recipe, and what was wanted of it."""
    return {**{name: result[name] for name in SHOWN}, "wanted": tuple(want) if want else None}


def few(transfer: Results) -> dict[str, Any]:
    """Return the marks of all runs: by measure, then by number of labels and way, one a seed."""
    runs = transfer["runs"]
    labels = sorted({run["labelled"] for run in runs})
    return {
        measure: {
            count: {way: [round(run[measure], 4) for run in of(runs, count, way)] for way in WAYS} for count in labels
        }
        for measure in ("balanced_accuracy", "accuracy")
    } | {name: transfer[name] for name in ("steps", "batch", "seconds")}


def of(runs: list[Results], labelled: int, way: str) -> list[Results]:
    """Return the runs of one way with so many labels."""
    return [run for run in runs if (run["labelled"], run["way"]) == (labelled, way)]


def surroundings(results: Results) -> dict[str, Any]:
    """Return when and where the newest of the results were measured."""
    newest = max(results.values(), key=lambda result: result["date"])
    return {name: newest[name] for name in ("date", "machine", "versions")}


def missed(results: Results) -> list[str]:
    """Return a sentence for each recipe that does not reach what is wanted, and for each row where transfer loses."""
    sentences = []
    for name, want in RECIPES.items():
        if want and name in results:
            found = results[name]
            if found["accuracy"] < want.accuracy or found["seconds"] > want.seconds:
                sentences.append(f"{name}: {found['accuracy']:.2%} in {found['seconds']:.0f} s, wanted {want}")
    for labelled, ways in few(results["transfer"])["balanced_accuracy"].items() if "transfer" in results else ():
        if mean(ways["fine-tuned"]) <= mean(ways["from scratch"]):
            sentences.append(f"transfer, {labelled} labelled: fine-tuning is no better than a fresh start")
    return sentences


def as_text(results: Results) -> str:
    """Return the results as lines for the terminal."""
    lines = [
        f"{name:<26}{found['accuracy']:.2%} of {found['total']:,}, balanced {found['balanced_accuracy']:.2%}, "
        f"{found['epochs']} epochs in {found['seconds']:.0f} s (processor {found['processor_seconds']:.0f} s)"
        for name, found in results.items()
        if name in RECIPES
    ]
    for labelled, ways in few(results["transfer"])["balanced_accuracy"].items() if "transfer" in results else ():
        marks = ", ".join(f"{way} {mean(values):.1%} ± {stdev(values):.1%}" for way, values in ways.items())
        lines.append(f"{labelled:4} labelled: {marks}")
    return "\n".join(lines)
