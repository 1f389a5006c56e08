"""Training by a recipe, exactly as a reader does: the command in a process of its own, timed as a whole."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from cnn_guide import count_parameters, data, training

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "experiments"


class Want(NamedTuple):
    """What a recipe is to reach: a share of the test pictures, within a time."""

    accuracy: float
    seconds: float


RECIPES: dict[str, Want | None] = {  # files of benchmarks/recipes, and what is wanted of them
    "mnist_cnn2": Want(0.990, 180),
    "mnist_fully_convolutional": Want(0.994, 600),
    "cars": Want(0.950, 600),
    "nine_classes": None,
}


def measured(name: str) -> dict[str, Any]:
    """Train by a recipe, and judge the network of the last epoch on the test pictures."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    words = ["train", "--config", f"benchmarks/recipes/{name}.yaml", "--folder", str(folder), "--json"]
    start, before = time.perf_counter(), processor_seconds()
    print(f"{name}: {' '.join(command(name))}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "cnn_guide.cli", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    seconds, spent = time.perf_counter() - start, processor_seconds() - before
    told = json.loads(done.stdout)
    return {
        "command": " ".join(command(name)),
        "seconds": round(seconds, 1),  # from the start of Python to the marks on the test pictures
        "training_seconds": round(told["seconds"], 1),
        "processor_seconds": round(spent, 1),
        "epochs": len(told["epochs"]),
        "val_accuracy": told["epochs"][-1]["val_accuracy"],
        **judged(folder / "last.ckpt"),
    }


def command(name: str) -> list[str]:
    """Return what a reader types."""
    return ["cnn-guide", "train", "--config", f"benchmarks/recipes/{name}.yaml"]


def judged(checkpoint: Path) -> dict[str, Any]:
    """Return the marks of a trained network on the test pictures of its data set."""
    trained = training.load(checkpoint)
    assert trained.data is not None  # our recipes name their data sets
    found = training.evaluate(trained.model, data.create(trained.data["name"], **trained.data["options"]).test)
    return {
        "network": getattr(trained.model, "architecture", ""),
        "parameters": count_parameters(trained.model).total,
        "data": trained.data["name"],
        **marks(found),
    }


def marks(found: training.Evaluation) -> dict[str, Any]:
    """Return the marks of an evaluation; recall and precision are those of the last class, as cars are."""
    confusion = found.confusion.double()
    recalls = confusion.diag() / confusion.sum(dim=1)
    return {
        "correct": found.correct,
        "total": found.total,
        "accuracy": found.accuracy,
        "interval": [round(end, 4) for end in found.interval],
        "balanced_accuracy": round(float(recalls.mean()), 4),
        "recall": round(float(recalls[-1]), 4),
        "precision": round(float(confusion[-1, -1] / confusion[:, -1].sum().clamp(min=1)), 4),
    }


def processor_seconds() -> float:
    """Return the processor time of the processes that were started from here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
