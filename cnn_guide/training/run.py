"""One training, from its settings to the trained network: where it is kept, and how it is taken up again."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback, EarlyStopping, TQDMProgressBar
from pytorch_lightning.loggers import TensorBoardLogger
from torch import nn

from cnn_guide.data import ImageData
from cnn_guide.training.checkpoints import read, take_over
from cnn_guide.training.classifier import OURS, ImageClassifier
from cnn_guide.training.keeping import BEST, LAST, Keeper
from cnn_guide.training.metrics import Epoch
from cnn_guide.training.resuming import is_finished, refuse_another_run
from cnn_guide.training.surroundings import prepared, undisturbed

DEFAULTS: dict[str, Any] = {  # of Lightning's trainer
    "logger": False,  # no lightning_logs/
    "enable_checkpointing": False,
    "enable_model_summary": False,  # cnn_guide.summary shows more
    "num_sanity_val_steps": 0,
    "use_distributed_sampler": False,  # our loaders part the batches themselves
}


@dataclass(frozen=True, eq=False)
class Fit:
    """A trained network and how it went.

    Args:
        model: The network that was given, now trained and in evaluation mode.
        history: One record an epoch.
        seconds: How long the training took, validation included.
        folder: Where the run is kept; None: nowhere.
        best: The checkpoint of the epoch with the lowest validation loss.
        last: The checkpoint of the last epoch.
        earlier: How many epochs were over when the run was taken up; 0 where it began anew.
    """

    model: nn.Module
    history: list[Epoch]
    seconds: float
    folder: Path | None = None
    best: Path | None = None
    last: Path | None = None
    earlier: int = 0


@dataclass(frozen=True)
class Run:
    """A training that is to be done, or taken up again.

    Args:
        folder: Where it is kept; None: nowhere.
        resume: Whether to go on with the run in the folder, if there is one.
        patience: Epochs without a lower validation loss after which the training stops; None: never.
        save_every: Steps after which a checkpoint is written within an epoch, too; None: at its end alone.
        progress: Whether to show a progress bar; None: where stderr is a terminal.
        config: The settings as YAML, for the folder; None: not written.
    """

    folder: Path | None = None
    resume: bool = False
    patience: int | None = None
    save_every: int | None = None
    progress: bool | None = None
    config: str | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        for name in ("patience", "save_every"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"`{name}` (={value}) must be at least 1, or None.")
        if self.resume and self.folder is None:
            raise ValueError("`resume` needs the `folder` of the run that is to go on.")

    def trainer_options(self) -> dict[str, Any]:
        """What Lightning's trainer is made with."""
        progress = sys.stderr.isatty() if self.progress is None else self.progress
        callbacks: list[Callback] = [TQDMProgressBar()] if progress else []
        options = DEFAULTS | {"enable_progress_bar": progress, "callbacks": callbacks}
        if self.patience is not None:
            callbacks.append(EarlyStopping("val_loss", patience=self.patience))
        if self.folder is not None:
            callbacks.append(Keeper(self.folder, self.save_every, self.config))
            logger = TensorBoardLogger(self.folder, name="tensorboard", version="")
            options |= {"enable_checkpointing": True, "logger": logger}
        return options

    def train(self, classifier: ImageClassifier, data: ImageData, epochs: int, make: Callable[[], pl.Trainer]) -> Fit:
        """Train, or go on, and leave the process as it was.

        Args:
            classifier: What is trained; its network is changed in place.
            data: Gives the images.
            epochs: Passes over the training images, those before the training was cut off included.
            make: Makes Lightning's trainer, for so many epochs.

        Raises:
            FileExistsError: If the folder holds a run that is not to be resumed.
            ValueError: If it holds another one.
        """
        classifier.build(data)
        checkpoint = self._to_resume(classifier, epochs)
        start = time.perf_counter()
        if checkpoint is not None and is_finished(checkpoint, epochs):
            take_over(classifier, checkpoint)
        else:
            _train(classifier, data, make, self._path(LAST) if checkpoint else None)
        seconds = time.perf_counter() - start
        earlier = 0 if checkpoint is None else len(checkpoint[OURS]["history"])
        kept = self.folder, self._path(BEST), self._path(LAST)
        return Fit(classifier.built, classifier.history, seconds, *kept, earlier)

    def _to_resume(self, classifier: ImageClassifier, epochs: int) -> dict[str, Any] | None:
        """The last checkpoint of the run in the folder, if that is to go on."""
        path = self._path(LAST)
        if path is None:
            return None
        if not self.resume:
            raise FileExistsError(
                f"`folder` (={str(self.folder)!r}) holds a run already. Pass resume=True (--resume) to go on with it, "
                "or name another folder."
            )
        checkpoint = read(path)
        refuse_another_run(checkpoint, classifier, epochs, path)
        return checkpoint

    def _path(self, name: str) -> Path | None:
        """A checkpoint of the run, if it is there."""
        path = None if self.folder is None else self.folder / name
        return path if path is not None and path.exists() else None


def _train(classifier: ImageClassifier, data: ImageData, make: Callable[[], pl.Trainer], resume: Path | None) -> None:
    layout = {"channels_last": classifier.channels_last, "compiled": classifier.compiled}
    with undisturbed(classifier.seed), prepared(classifier.built, **layout):
        trainer = make()
        classifier.train()
        batches = data.train_dataloader(classifier.seed)
        trainer.fit(classifier, batches, data.val_dataloader(), ckpt_path=resume, weights_only=True)
        classifier.eval()
