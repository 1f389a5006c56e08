"""What pre-training is worth: cars from few labelled pictures, after nine other classes, or from scratch.

Every training of the table takes about as many steps, and sees as many pictures, whatever the number of labels.
"""

from __future__ import annotations

import time
from math import ceil
from typing import Any

from benchmarks.experiments.recipes import FOLDER, marks
from benchmarks.experiments.recipes import measured as recipe
from cnn_guide import training
from cnn_guide.training.lightning_cli import Training

LABELLED = (25, 50, 100, 500)  # pictures, half of them cars
SEEDS = (0, 1, 2, 3, 4)  # decide which pictures these are, the first weights, and the order
STEPS, BATCH = 200, 32
PRETRAINED = "nine_classes"
WAYS: dict[str, tuple[str, ...]] = {  # words beside the recipe `few_cars.yaml`
    "fine-tuned": ("--model.weights={weights}",),
    "frozen features": ("--model.weights={weights}", "--model.freeze=['-1']", "--model.learning_rate=0.01"),
    "from scratch": (),
}


def measured() -> dict[str, Any]:
    """Pre-train, if no pre-trained network lies there, and then train and judge all ways, labels and seeds."""
    checkpoint = FOLDER / PRETRAINED / "last.ckpt"
    if not checkpoint.exists():
        recipe(PRETRAINED)
    start = time.perf_counter()
    runs = [run(way, labelled, seed) for seed in SEEDS for labelled in LABELLED for way in WAYS]
    return {
        "pretrained": PRETRAINED,
        "steps": STEPS,
        "batch": BATCH,
        "seconds": round(time.perf_counter() - start, 1),
        "runs": runs,
    }


def run(way: str, labelled: int, seed: int) -> dict[str, Any]:
    """Train in one way from so many pictures, and judge on all test pictures."""
    start = time.perf_counter()
    training_ = Training(words(way, labelled, seed))
    fit = training_.train()
    found = marks(training.evaluate(fit.model, training_.datamodule.test))
    kept = {name: found[name] for name in ("accuracy", "balanced_accuracy", "recall", "precision")}
    result = {"way": way, "labelled": labelled, "seed": seed, **kept, "seconds": round(time.perf_counter() - start, 1)}
    print(f"{labelled:4} labelled, seed {seed}, {way}: {found['balanced_accuracy']:.1%} balanced", flush=True)
    return result


def words(way: str, labelled: int, seed: int) -> list[str]:
    """Return the options of `cnn-guide train` for one run."""
    weights = FOLDER / PRETRAINED / "last.ckpt"
    return [
        "--config=benchmarks/recipes/few_cars.yaml",
        f"--data.labelled={labelled}",
        f"--data.seed={seed}",
        f"--model.seed={seed}",
        f"--trainer.max_epochs={ceil(STEPS / ceil(labelled / BATCH))}",
        *(word.format(weights=weights) for word in WAYS[way]),
    ]
