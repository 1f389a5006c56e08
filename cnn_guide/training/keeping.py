"""What a run leaves in its folder: the checkpoints of the best and of the last epoch, and a table of all epochs."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint

from cnn_guide.training.metrics import Epoch

BEST, LAST, TABLE, CONFIG = "best.ckpt", "last.ckpt", "metrics.csv", "config.yaml"


class Keeper(Checkpoint):
    """Writes checkpoints under a temporary name first: a process that is killed meanwhile loses nothing.

    Lightning's `ModelCheckpoint` writes to the system's temporary folder and moves the file, which copies it where
    that folder is another disk; and it forgets the best value when the run's folder was moved.

    Args:
        folder: The run's folder; made when the first file is written.
        save_every: Steps after which `last.ckpt` is written within an epoch, too; None: at its end alone.
        config: The run's settings as YAML; None: not written.
    """

    def __init__(self, folder: Path, save_every: int | None = None, config: str | None = None) -> None:
        self.folder = folder
        self.config = config
        self.save_every = save_every
        self.lowest = float("inf")  # validation loss

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write the settings."""
        if trainer.is_global_zero and self.config is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write(CONFIG, self.config)

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        """Write `last.ckpt`, if it is time to."""
        if self.save_every is not None and trainer.global_step % self.save_every == 0:
            self._save(trainer, LAST)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write `best.ckpt`, if it is the best, `last.ckpt` and the table."""
        history: list[Epoch] = pl_module.history  # type: ignore[assignment]  # Lightning takes it for a tensor
        best = not history[-1].val_loss >= self.lowest  # without validation images, which gives nan: each
        if best:
            self.lowest = history[-1].val_loss
            self._save(trainer, BEST)
        self._save(trainer, LAST)
        if trainer.is_global_zero:
            self._write(TABLE, _table(history))

    def state_dict(self) -> dict[str, Any]:
        """Return the lowest validation loss so far."""
        return {"lowest": self.lowest}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the lowest validation loss of the run that was cut off."""
        self.lowest = state_dict["lowest"]

    def _save(self, trainer: pl.Trainer, name: str) -> None:
        part = self.folder / f"{name}.part"
        trainer.save_checkpoint(part)  # by all processes together
        if trainer.is_global_zero:
            part.replace(self.folder / name)
        trainer.strategy.barrier()

    def _write(self, name: str, text: str) -> None:
        part = self.folder / f"{name}.part"
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(self.folder / name)


def _table(history: list[Epoch]) -> str:
    """One line an epoch, as comma-separated values."""
    return "".join(",".join(map(str, row)) + "\n" for row in [Epoch._fields, *history])
