"""Runs every contestant in fresh processes, in turn, and gathers the results."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.inspection.installation import ROOT, NotInstalledError, environment, install
from benchmarks.inspection.running import machine, say
from benchmarks.training.contestants import Contestant, data_module

Results = dict[str, Any]

BATCH = 128
THREADS = 2
BUDGET = 320  # seconds for all rounds
PATIENCE = 300  # seconds that a process may take


def run(contestants: Sequence[Contestant], data: str, epochs: int, rounds: int, threads: int = THREADS) -> Results:
    """Train with each contestant in every round, and return what was measured.

    Args:
        contestants: who takes part.
        data: "mnist" or "digits".
        epochs: of each process; between them lies one measured epoch less.
        rounds: the most processes of each contestant; as many as fit into the budget, but two at least.
        threads: that PyTorch may use.
    """
    folders, absent = installed(contestants)
    present = [contestant for contestant in contestants if contestant.name in folders]
    with tempfile.TemporaryDirectory() as folder:
        sizes = write_arrays(Path(folder), data)
        steps = ceil(sizes["training"] / BATCH)
        task = {"folder": folder, "data": data, "batch": BATCH, "steps": steps, "epochs": epochs}
        runs = in_rounds(rounds, lambda each: fresh(task, each, folders[each.name], threads), present)
    return {
        "date": datetime.date.today().isoformat(),
        "machine": {**machine(), "threads": threads},
        "data": {"name": data, **sizes, "batch": BATCH},
        "contestants": [{"contestant": each.name, "home": each.home, "version": each.version} for each in present],
        "absent": absent,
        "runs": runs,
    }


def in_rounds(
    most: int, train: Callable[[Contestant], Results], contestants: list[Contestant], budget: float = BUDGET
) -> list[Results]:
    """Return what each training has measured, round by round, until another round would not fit into the budget."""
    runs: list[Results] = []
    began = time.monotonic()
    for number in range(1, most + 1):
        if number > 2 and (time.monotonic() - began) * number / (number - 1) > budget:
            break
        runs += [{"contestant": each.name, "round": number, **train(each)} for each in rotated(contestants, number)]
    return runs


def rotated(contestants: list[Contestant], number: int) -> list[Contestant]:
    """Return the order of a round: another one begins each time, so that nobody always follows the same one.

    >>> rotated(["a", "b", "c"], 1), rotated(["a", "b", "c"], 2)
    (['b', 'c', 'a'], ['c', 'a', 'b'])
    """
    first = number % len(contestants)
    return contestants[first:] + contestants[:first]


def installed(contestants: Sequence[Contestant]) -> tuple[dict[str, Path | None], list[dict[str, str]]]:
    """Install what contestants need; return where it is, and which of them are absent for which reason."""
    folders: dict[str, Path | None] = {}
    absent = []
    for contestant in contestants:
        try:
            folders[contestant.name] = install(contestant.needs) if contestant.needs else None
        except NotInstalledError as error:
            absent.append({"contestant": contestant.name, "reason": str(error)})
    return folders, absent


def write_arrays(folder: Path, data: str) -> dict[str, int]:
    """Write the images and labels that all learn from, and return how many there are."""
    module = data_module(data, BATCH)
    for part, images in (("training", module.train), ("validation", module.val)):
        np.save(folder / f"{part}_images.npy", images.images.numpy())
        np.save(folder / f"{part}_labels.npy", images.labels.numpy())
    return {"training": len(module.train), "validation": len(module.val)}


def fresh(task: Results, contestant: Contestant, folder: Path | None, threads: int) -> Results:
    """Return what one training in a fresh process has measured."""
    variables = {**environment(folder), "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", "benchmarks.training.job"]
    words = json.dumps({**task, "contestant": contestant.name, "started": time.monotonic()})
    done = subprocess.run(
        [*command, words], cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    if done.returncode:
        raise RuntimeError(f"{contestant.name} failed:\n{done.stderr}")
    found: Results = json.loads(done.stdout)
    epochs = ", ".join(f"{each['wall']:.2f} s" for each in found["epochs"])
    say(f"{contestant.name}: epochs {epochs}; first batch after {found['first_of_process']:.1f} s")
    return found
