"""The section on training of the site's page of benchmarks: its table, and the numbers of its sentences."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.inspection.installation import ROOT
from benchmarks.inspection.tables import duration, link, table
from benchmarks.training.contestants import BY_NAME
from benchmarks.training.wants import BARE, FUSED, OURS, missed, names, of, others, ratio

Results = dict[str, Any]

RESULTS = ROOT / "benchmarks" / "results" / "training.json"
TITLES = {"mnist": "MNIST", "digits": "the built-in digits"}


def stored() -> Results:
    """Return the results in the repository."""
    results: Results = json.loads(RESULTS.read_text("utf-8"))
    return results


def numbers(results: Results) -> dict[str, Any]:
    """Return what the sentences of the page say."""
    ours, data, machine = of(results, OURS), results["data"], results["machine"]
    return {
        "date": results["date"],
        "data": TITLES[data["name"]],
        **{key: f"{data[key]:,}" for key in ("training", "validation", "batch")},
        "threads": machine["threads"],
        "rounds": max(run["round"] for run in results["runs"]),
        "epochs": len([epoch for run in results["runs"] if run["contestant"] == OURS for epoch in run["epochs"]]),
        "epoch": duration(ours["epoch"]),
        "to_bare": f"{ratio(results, OURS, BARE):.2f}",
        "cpu_to_bare": f"{ratio(results, OURS, BARE, 'cpu'):.2f}",
        "to_fused": f"{ratio(results, OURS, FUSED):.2f}",
        "others": "; ".join(f"{name} {ratio(results, name, BARE):.2f}" for name in others(results)),
        "first": duration(ours["first_of_call"]),
        "missed": "; ".join(missed(results)) or "nothing",
        "software": f"{machine['system']}, Python {machine['python']}, PyTorch {machine['torch']}",
        "processor": machine["processor"],
    }


def training_table(results: Results) -> str:
    """Return the table of times as HTML."""
    heads = ["Way", "Epoch", "Fastest to slowest", "To the bare loop", "Processor"]
    heads += ["First batch after the call", "After the start of the process", "Validation accuracy"]
    rows = [row(results, each) for each in results["contestants"]]
    return table(f"An epoch of CNN 2 on {TITLES[results['data']['name']]}, {results['date']}", heads, rows)


def row(results: Results, contestant: Results) -> list[str]:
    """Return the cells of one contestant."""
    name = contestant["contestant"]
    found = of(results, name)
    return [
        f"{BY_NAME[name].title}<br>{link(' '.join([name, contestant['version']]), contestant['home'])}",
        duration(found["epoch"]),
        f"{duration(found['fastest'])} to {duration(found['slowest'])}",
        f"{ratio(results, name, BARE):.2f}",
        duration(found["cpu"]),
        duration(found["first_of_call"]),
        duration(found["first_of_process"]),
        f"{found['accuracy']:.1%}",
    ]


def as_text(results: Results) -> str:
    """Return the results for the terminal."""
    lines = []
    for name in names(results):
        found = of(results, name)
        spread = f"{duration(found['fastest'])} to {duration(found['slowest'])}"
        first = (
            f"{duration(found['first_of_call'])} after the call, {duration(found['first_of_process'])} after the start"
        )
        lines.append(
            f"{name}: {duration(found['epoch'])} an epoch ({spread}), {ratio(results, name, BARE):.2f} of the bare "
            f"loop, {duration(found['cpu'])} of the processor; first batch {first}; accuracy {found['accuracy']:.1%}"
        )
    return "\n".join([*lines, *(f"{each['contestant']} is absent: {each['reason']}" for each in results["absent"])])
