"""What a fresh process does for the benchmark, told by its argument, a JSON object; what it prints is the answer."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.training.clock import Clock
from benchmarks.training.contestants import BY_NAME


def run(task: dict[str, Any]) -> dict[str, Any]:
    """Train once.

    Args:
        task: `contestant`, `folder` with arrays, `data` and `batch`, `steps` of an epoch, `epochs`, and `started`, the
            time by the monotonic clock at which the process was started.

    Returns:
        Seconds of the epochs, seconds to the end of the first step (of the process and of the call), the accuracy.
    """
    train = BY_NAME[task["contestant"]].prepare(Path(task["folder"]), task["data"], task["batch"])
    clock = Clock(task["steps"])
    called = time.monotonic()
    accuracy = train(clock, task["epochs"])
    if clock.count != task["steps"] * task["epochs"]:
        raise RuntimeError(f"{task['contestant']} took {clock.count} steps, not {task['steps']} in each epoch.")
    first = clock.wall[0]
    return {
        "epochs": clock.epochs,
        "first_of_process": first - task["started"],
        "first_of_call": first - called,
        "accuracy": accuracy,
    }


def main() -> None:
    with contextlib.redirect_stdout(sys.stderr):
        found = run(json.loads(sys.argv[1]))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
