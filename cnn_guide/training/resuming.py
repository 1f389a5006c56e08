"""Whether a training is the one that a folder holds, and whether that is finished."""

from pathlib import Path
from typing import Any

from cnn_guide.training.classifier import OURS, ImageClassifier


def is_finished(checkpoint: dict[str, Any], epochs: int) -> bool:
    """Whether so many epochs are over, or the training has stopped before, since it got no better."""
    ours = checkpoint[OURS]
    return bool(ours["finished"]) or len(ours["history"]) >= epochs


def refuse_another_run(checkpoint: dict[str, Any], classifier: ImageClassifier, epochs: int, path: Path) -> None:
    """Refuse to go on with other settings: Lightning would take over the old ones, or the wrong weights.

    Args:
        checkpoint: Of the run that was cut off.
        classifier: What is to be trained now.
        epochs: Epochs now; a constant schedule can go on longer than was planned.
        path: Where the checkpoint lies.

    Raises:
        ValueError: If a setting differs.
    """
    ours = checkpoint[OURS]
    then, now = dict(ours["settings"]), classifier.settings()
    if now["schedule"] != "constant" or now["warmup"]:
        then["epochs"], now["epochs"] = ours["epochs"], epochs
    differing = [name for name in now if then.get(name) != now[name]]
    if differing:
        name = differing[0]
        raise ValueError(
            f"`resume`: the run in {path.parent} has {name} = {then.get(name)}, not {now[name]}. "
            "Go on with the same settings, or name another folder."
        )
