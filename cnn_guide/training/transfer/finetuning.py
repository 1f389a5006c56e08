"""Fine-tuning: start from trained weights, and thaw a network part by part while it trains."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytorch_lightning as pl
from pytorch_lightning.callbacks import BaseFinetuning
from torch import Tensor, nn
from torch.optim import Optimizer

from cnn_guide import models
from cnn_guide.training.transfer import freezing
from cnn_guide.training.transfer.freezing import Selection
from cnn_guide.training.transfer.heads import head_names


def prepare(
    network: nn.Module, *, weights: str | Path | None = None, fresh_head: bool = False, freeze: Iterable[str | int] = ()
) -> nn.Module:
    """Make a network ready for fine-tuning: trained weights, a fresh head, frozen parts.

    Example:
        >>> network = prepare(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)), freeze=["0.*"])
        >>> [parameter.requires_grad for parameter in network.parameters()]
        [False, False, True, True]

    Args:
        network: Built for the new classes; changed in place.
        weights: A name of published weights, or the path of a run's folder, a checkpoint (`.ckpt`) or a state dict. The
            head keeps its first weights where the other network had another number of classes.
        fresh_head: Whether it keeps them although the numbers agree.
        freeze: Patterns and depths, as for `training.freeze`.

    Returns:
        The same network.

    Raises:
        ValueError: If a pattern fits nothing, or the weights are another network's.
        OSError: If the weights cannot be had.
    """
    freezing.freeze(network, freeze)  # a wrong pattern is found before anything is downloaded
    if weights is not None:
        first = _head(network)
        models.load_weights(network, _source(weights))
        if fresh_head:
            network.load_state_dict(first, strict=False)
    return network


def _head(network: nn.Module) -> dict[str, Tensor]:
    """A copy of the head's weights, by their keys in the network's state dict."""
    keys = tuple(f"{name}." for name in head_names(network))
    return {key: value.clone() for key, value in network.state_dict().items() if key.startswith(keys)}


def _source(weights: str | Path) -> str | Path | Mapping[str, Tensor]:
    """What `models.load_weights` reads: of a checkpoint or a run of ours, the network's part."""
    path = Path(weights)
    path = path / "best.ckpt" if path.is_dir() else path
    if path.suffix != ".ckpt":
        return weights
    from cnn_guide.training.checkpoints import PREFIX, read  # which imports the classifier, which imports this file

    state = read(path)["state_dict"].items()
    return {name.removeprefix(PREFIX): value for name, value in state if name.startswith(PREFIX)}


class GradualUnfreezing(BaseFinetuning):
    """Freezes a network, and lets its parts train from given epochs on, usually from the head backwards.

    The first steps of a fresh head send large, random gradients back; what is frozen keeps its features meanwhile.
    All parameters are the optimiser's from the beginning, so learning rates, schedules and resumed runs need no care.

    Example:
        >>> from cnn_guide import data, training
        >>> network = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
        >>> head_first = GradualUnfreezing({0: "3", 1: "*"})  # the head in epoch 0, all from epoch 1 on
        >>> _ = training.fit(network, data.Digits(), epochs=2, callbacks=[head_first], progress=False)
        >>> all(parameter.requires_grad for parameter in network.parameters())
        True

    Args:
        stages: What begins to train in which epoch, counted from 0: patterns or a depth, as for `training.unfreeze`.
            What no stage names stays frozen.

    Raises:
        ValueError: If there is no stage for epoch 0, or an epoch is below 0.
    """

    def __init__(self, stages: Mapping[int, str | int | list[str]]) -> None:
        super().__init__()
        if not stages or min(stages) != 0:
            raise ValueError(
                f"`stages` (={dict(stages)}) must begin with epoch 0, so that something trains from the start."
            )
        self.stages: dict[int, Selection] = dict(sorted(stages.items()))

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Refuse several processes: they agree before the training on which gradients they share."""
        if trainer.world_size > 1:
            raise ValueError(
                f"`GradualUnfreezing` cannot train on several devices (here {trainer.world_size}): parameters that "
                "thaw later would drift apart. Train twice instead: with `freeze`, then from its checkpoint without."
            )
        super().setup(trainer, pl_module, stage)

    def freeze_before_training(self, pl_module: pl.LightningModule) -> None:
        """Freeze everything, after a trial of all stages, so that a wrong one stops the run at once."""
        network = _network(pl_module)
        for what in self.stages.values():
            freezing.unfreeze(network, what)
        freezing.freeze(network, "*")
        self._thaw(network, 0)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Thaw what a resumed run had thawed before; within an epoch, Lightning does not announce the epoch again."""
        self._thaw(_network(pl_module), trainer.current_epoch)

    def finetune_function(self, pl_module: pl.LightningModule, epoch: int, optimizer: Optimizer) -> None:
        """Thaw what is due; Lightning calls it as an epoch begins."""
        self._thaw(_network(pl_module), epoch)

    def _thaw(self, network: nn.Module, epoch: int) -> None:
        for first, what in self.stages.items():
            if first <= epoch:
                freezing.unfreeze(network, what)


def _network(module: pl.LightningModule) -> nn.Module:
    """The network within an `ImageClassifier`; other Lightning modules are taken whole."""
    network = getattr(module, "network", module)
    return network if isinstance(network, nn.Module) else module
