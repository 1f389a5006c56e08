"""What we want of ourselves, checked against the results."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

Results = dict[str, Any]

OURS = "cnn_guide"
MEGABYTE = 10**6
FAILED = {"seconds": math.inf, "memory": math.inf}


def missed(results: Results) -> list[str]:
    """Return a sentence for each want that is missed."""
    return [
        f"{what} is {found:.3g}, wanted {kind} {limit}"
        for what, found, kind, limit in wants(results)
        if (found > limit if kind == "at most" else found < limit)
    ]


def wants(results: Results) -> Iterator[tuple[str, float, str, float]]:
    """Yield what is wanted: its name, its value, `at most` or `at least`, and the limit."""
    for batch in batches(results):
        described, ours = (find(results, subject, batch) or FAILED for subject in ("description", "module"))
        yield f"summary of the description, batch {batch}, in ms", 1000 * described["seconds"], "at most", 0.5
        yield f"summary of the module, batch {batch}, in ms", 1000 * ours["seconds"], "at most", 10
        yield f"its memory, batch {batch}, in MB", ours["memory"] / MEGABYTE, "at most", 10
        if peer := next_best(results, "module", batch):
            yield f"{peer['tool']} / ours, batch {batch}", peer["seconds"] / ours["seconds"], "at least", 10
    for found in results["imports"]:
        if found["statement"] == f"import {OURS}":
            yield "import, in ms", 1000 * found["seconds"], "at most", 30
            yield "heavy libraries that it loads", len(found["loads"]), "at most", 0
    wrong = [answer for answer in results["answers"] if answer["tool"] == OURS and answer["verdict"] != "right"]
    yield "questions that ours does not answer rightly", len(wrong), "at most", 0


def batches(results: Results) -> list[int]:
    """Return the sizes of batches that were measured."""
    return sorted({found["batch"] for found in results["measurements"] if found["subject"] == "module"})


def find(results: Results, subject: str, batch: int, tool: str = OURS) -> Results | None:
    """Return a measurement, or None where there is none or the tool failed."""
    for found in results["measurements"]:
        if (found["tool"], found["subject"], found.get("batch")) == (tool, subject, batch) and "seconds" in found:
            return dict(found)
    return None


def next_best(results: Results, subject: str, batch: int) -> Results | None:
    """Return the measurement of the fastest other tool whose report holds the shapes of the layers' outputs."""
    others = [
        found
        for found in results["measurements"]
        if (found["subject"], found.get("batch")) == (subject, batch)
        and found["tool"] != OURS
        and found["shapes"]
        and "seconds" in found
    ]
    return min(others, key=lambda found: found["seconds"], default=None)
