"""The site's page on the results: its text, with the tables and numbers of the results in its cells.

Its section on training is made by `benchmarks.training.page`.
"""

from __future__ import annotations

import pprint
from typing import Any

from benchmarks.inspection import tables
from benchmarks.inspection.installation import ROOT
from benchmarks.inspection.questions import QUESTIONS
from benchmarks.inspection.wants import OURS, batches, find, missed, next_best
from benchmarks.training import page as training

RESULTS = ROOT / "benchmarks" / "results" / "inspection.json"
PAGE = ROOT / "docs" / "reference" / "benchmarks.md"
TEMPLATE = ROOT / "benchmarks" / "inspection" / "page.md"


def render(results: dict[str, Any], trained: dict[str, Any] | None = None) -> str:
    """Return the page, with the results of training that are given, or that lie in the repository."""
    trained = trained or training.stored()
    values = {
        "measured": pprint.pformat(numbers(results), sort_dicts=False, width=100),
        "measured_table": tables.measured_table(results),
        "answers_table": tables.answers_table(results),
        "absent": absent(results),
        "trained": pprint.pformat(training.numbers(trained), sort_dicts=False, width=100),
        "training_table": training.training_table(trained),
    }
    page = TEMPLATE.read_text("utf-8")
    for name, value in values.items():
        page = page.replace("{" + name + "}", value)
    return page


def numbers(results: dict[str, Any]) -> dict[str, Any]:
    """Return what the sentences of the page say."""
    large = batches(results)[-1]
    ours, description = (find(results, subject, large) for subject in ("module", "description"))
    small, big, meta = (next_best(results, *way) for way in (("module", 1), ("module", large), ("meta", large)))
    times = {found["statement"]: tables.duration(found["seconds"]) for found in results["imports"]}
    (_, right), (second, second_right) = ranking(results)
    machine = results["machine"]
    return {
        "date": results["date"],
        "module": tables.duration(ours["seconds"]),
        "memory": tables.size(ours["memory"]),
        "description": tables.duration(description["seconds"]),
        "batch": large,
        "next": small["tool"],
        "next_time": tables.duration(small["seconds"]),
        "next_large": big["tool"],
        "next_large_time": tables.duration(big["seconds"]),
        "next_meta": meta["tool"],
        "next_meta_time": tables.duration(meta["seconds"]),
        "import": times["import cnn_guide"],
        "light": next(time for statement, time in times.items() if statement.startswith("from cnn_guide")),
        "questions": len(QUESTIONS),
        "right": right,
        "second": second,
        "second_right": second_right,
        "missed": "; ".join(missed(results)) or "nothing",
        "processor": machine["processor"],
        "cores": machine["cores"],
        "gibibytes": machine["memory"],
        "software": f"{machine['system']}, Python {machine['python']}, PyTorch {machine['torch']}",
    }


def ranking(results: dict[str, Any]) -> tuple[tuple[str, int], tuple[str, int]]:
    """Return our tool and the best of the others, each with how many questions it answers rightly."""
    scores = tables.scores(results)
    ours = scores.pop(OURS)
    return (OURS, ours), max(scores.items(), key=lambda item: item[1])


def absent(results: dict[str, Any]) -> str:
    """Return a line for each tool that could not be installed."""
    return "\n".join(
        f"- [{each['tool']}]({each['home']}) cannot be installed: `{each['reason']}`." for each in results["absent"]
    )
