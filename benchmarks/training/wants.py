"""The results in short, and what we want of ourselves, checked against them."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

Results = dict[str, Any]

OURS, BARE, FUSED = "cnn_guide", "PyTorch", "PyTorch, fused"


def of(results: Results, contestant: str) -> dict[str, float]:
    """Return the medians of one contestant: seconds of an epoch and to the first batch; and the accuracy."""
    runs = [run for run in results["runs"] if run["contestant"] == contestant]
    epochs = [epoch for run in runs for epoch in run["epochs"]]
    walls = [epoch["wall"] for epoch in epochs]
    return {
        "epoch": statistics.median(walls),
        "fastest": min(walls),
        "slowest": max(walls),
        "cpu": statistics.median(epoch["cpu"] for epoch in epochs),
        **{
            key: statistics.median(run[key] for run in runs)
            for key in ("first_of_call", "first_of_process", "accuracy")
        },
    }


def ratio(results: Results, contestant: str, to: str, what: str = "epoch") -> float:
    """Return how many times as long one contestant takes as another."""
    return of(results, contestant)[what] / of(results, to)[what]


def missed(results: Results) -> list[str]:
    """Return a sentence for each want that is missed."""
    return [
        f"{what} is {found:.3g}, wanted {kind} {limit}"
        for what, found, kind, limit in wants(results)
        if (found > limit if kind == "at most" else found < limit)
    ]


def wants(results: Results) -> Iterator[tuple[str, float, str, float]]:
    """Yield what is wanted: its name, its value, `at most` or `at least`, and the limit."""
    yield "an epoch of ours / of the bare loop", ratio(results, OURS, BARE), "at most", 1.10
    yield "its processor time / the bare loop's", ratio(results, OURS, BARE, "cpu"), "at most", 1.10
    if FUSED in names(results):
        yield "an epoch of ours / of the loop with the same trick", ratio(results, OURS, FUSED), "at most", 1.10
    for name in others(results):
        yield f"an epoch of ours / of {name}", ratio(results, OURS, name), "at most", 1.0
    if results["data"]["name"] == "mnist":  # who does not learn is not measured rightly
        for each in results["contestants"]:
            yield f"accuracy of {each['contestant']}", of(results, each["contestant"])["accuracy"], "at least", 0.95


def others(results: Results) -> list[str]:
    """Return the libraries that we are compared with."""
    return [name for name in names(results) if name not in (OURS, BARE, FUSED)]


def names(results: Results) -> list[str]:
    """Return the contestants, in the order of the table."""
    return [each["contestant"] for each in results["contestants"]]
