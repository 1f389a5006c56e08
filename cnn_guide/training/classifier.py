"""The Lightning module: what one training step is, and what is noted down in each epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from cnn_guide.data import BatchLoader, ImageData
from cnn_guide.data.seeds import mixed
from cnn_guide.training import losses, optimisers
from cnn_guide.training.describing import about, build, describe
from cnn_guide.training.metrics import Epoch, Tally
from cnn_guide.training.naming import known
from cnn_guide.training.transfer.finetuning import prepare
from cnn_guide.training.transfer.freezing import hold_statistics, parameter_groups

OURS, FORMAT = "cnn_guide", 1  # the entry of a checkpoint that is ours, and the version of what it holds
Batch = tuple[Tensor, Tensor]


class ImageClassifier(pl.LightningModule):
    """Trains a network that maps images to logits.

    What dropout drops in a step depends on the seed, the epoch, the step and the process alone, so that a training that
    was cut off can be taken up anywhere.

    Example:
        >>> classifier = ImageClassifier(nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), optimizer="sgd")
        >>> classifier(torch.zeros(2, 1, 8, 8)).shape
        torch.Size([2, 10])

    Args:
        network: Maps images (N, C, H, W) to logits (N, classes), or (N, 1) for two classes; trained in place. Or its
            name: one of `models.names()`, or "package.module:factory"; it is built when the images are known.
        options: Arguments of the network of that name.
        loss: "cross_entropy", "binary", or "auto": binary for a network with one output.
        optimizer: "adam", "adamw", "sgd" or "rmsprop".
        learning_rate: The optimiser's step size.
        weight_decay: How strongly weights are pulled towards 0.
        momentum: Of "sgd" and "rmsprop".
        schedule: How the learning rate changes: "constant", "cosine", "step" or "one_cycle".
        warmup: Epochs at the start in which it rises to its full size; fractions are allowed.
        label_smoothing: The share of the truth that is spread over all classes.
        groups: Learning rates of their own: patterns of parameters' names, each with a rate, or groups of parameters as
            torch's optimisers take them (see `parameter_groups`); left out, one rate for all.
        weights: Where the network starts: a name of published weights, a run's folder or a file; left out, as it is.
        fresh_head: Whether the last layer keeps its own first weights.
        freeze: Patterns of the names of parameters that do not learn (see `freeze`).
        seed: Decides the first weights of a network given by its name, and what dropout drops.
        channels_last: Lay images and filters out channel by channel within each pixel: often faster, but networks that
            call `view` on feature maps refuse it.
        compile: Let torch compile the network; needs a C++ compiler.

    Raises:
        ValueError: If a name is unknown or a number out of range.
    """

    def __init__(
        self,
        network: nn.Module | str,
        *,
        options: Mapping[str, Any] | None = None,
        loss: str = "auto",
        optimizer: str = "adam",
        learning_rate: float = 1e-3,
        weight_decay: float = 0.0,
        momentum: float = 0.9,
        schedule: str = "constant",
        warmup: float = 0.0,
        label_smoothing: float = 0.0,
        groups: dict[str, float] | optimisers.Groups | None = None,
        weights: str | None = None,
        fresh_head: bool = False,
        freeze: Sequence[str] = (),
        seed: int = 0,
        channels_last: bool = False,
        compile: bool = False,  # noqa: A002  # torch's own word
    ) -> None:
        super().__init__()
        _refuse(optimizer, schedule, learning_rate, weight_decay=weight_decay, momentum=momentum, warmup=warmup)
        self.loss = losses.Loss(loss, label_smoothing)
        self.optimizer, self.learning_rate, self.weight_decay = optimizer, learning_rate, weight_decay
        self.momentum, self.schedule, self.warmup = momentum, schedule, warmup
        self.groups, self.weights, self.fresh_head, self.freezing = groups, weights, fresh_head, list(freeze)
        self.seed, self.channels_last, self.compiled = seed, channels_last, compile
        self.network = network if isinstance(network, nn.Module) else None
        self.description = describe(network, options or {})
        self.about: dict[str, Any] = {}
        self.history: list[Epoch] = []
        self.train_tally, self.val_tally = Tally(), Tally()
        self._place: dict[str, int] | None = None  # where an epoch was cut off

    def build(self, data: ImageData) -> None:
        """Note what the images are, and make the network that was given by its name, for their classes and channels.

        Args:
            data: The images that the network is to learn.
        """
        if self.about:  # done before
            return
        self.about = about(data)
        if self.network is None:
            self.network, self.description = build(self.description, data, self.seed)
        prepare(self.network, weights=self.weights, fresh_head=self.fresh_head, freeze=self.freezing)

    @property
    def built(self) -> nn.Module:
        """The network; one that was given by its name is there once `build` has been called."""
        if self.network is None:
            raise ValueError(f"`network` (={self.description['name']!r}) is built with `build(data)`.")
        return self.network

    def configure_model(self) -> None:
        """Build the network, if it is not there yet; Lightning calls this before it uses the network."""
        images = getattr(self.trainer, "datamodule", None)
        if images is not None:
            self.build(images)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, classes) of images (N, C, H, W)."""
        images = images.contiguous(memory_format=torch.channels_last) if self.channels_last else images
        logits: Tensor = self.built(images)
        return logits

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of one batch; Lightning computes its gradients and lets the optimiser take a step."""
        images, labels = batch
        _seed(mixed(self.seed, self.current_epoch, batch_idx, self.global_rank), images.device)
        outputs = self(images)
        logits = losses.main_head(outputs)
        if batch_idx == 0 and self.about:
            losses.refuse_other_classes(logits, len(self.about["classes"]))
        loss = self.loss(outputs, labels)
        weight = self._weight(batch_idx)
        _count(self.train_tally, loss, logits, labels, weight)
        return loss if weight == 1 else loss * weight

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Count the loss, without label smoothing, and the right guesses of one validation batch."""
        images, labels = batch
        logits = losses.main_head(self(images))
        loader = self.trainer.val_dataloaders
        weight = loader.weight(batch_idx) if isinstance(loader, BatchLoader) else 1.0
        _count(self.val_tally, self.loss.plain(logits, labels), logits, labels, weight)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return the optimiser and its schedule, which counts steps; frozen parameters may thaw, and are among them."""
        groups = self.groups
        if isinstance(groups, Mapping):
            groups = parameter_groups(self.built, groups)
        optimizer = optimisers.optimizer(
            self.optimizer,
            groups or self.built.parameters(),
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
        )
        steps = int(self.trainer.estimated_stepping_batches)
        warmup = round(self.warmup * steps / (self.trainer.max_epochs or 1))
        scheduler = optimisers.schedule(self.schedule, optimizer, steps=steps, warmup=warmup)
        return (
            {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}
            if scheduler
            else optimizer
        )

    def on_train_epoch_start(self) -> None:
        """Begin the counts of an epoch anew."""
        self.train_tally.reset()
        hold_statistics(self.built)

    def on_train_start(self) -> None:
        """Take an epoch that was cut off up at its next batch (Lightning would begin with its first)."""
        loader, place = self.trainer.train_dataloader, self._place
        if isinstance(loader, BatchLoader) and place and place["batches"] < len(loader):
            loader.load_state_dict(place)
        self._place = None
        hold_statistics(self.built)

    def on_validation_epoch_start(self) -> None:
        """Begin the counts of the validation anew."""
        self.val_tally.reset()

    def on_train_epoch_end(self) -> None:
        """Note the epoch down; Lightning has run the validation by then."""
        epoch = Epoch(self.current_epoch + 1, *self.train_tally.means(), *self.val_tally.means())
        self.history.append(epoch)
        self.log_dict({name: value for name, value in epoch._asdict().items() if name != "epoch" and value == value})

    def arguments(self) -> dict[str, Any]:
        """What the classifier was made with, as plain values; groups of parameters are their rates alone."""
        names = "optimizer learning_rate weight_decay momentum schedule warmup weights fresh_head seed channels_last"
        return {
            "network": self.description["name"],
            "options": self.description["options"],
            "loss": self.loss.name,
            "label_smoothing": self.loss.label_smoothing,
            "groups": _rates(self.groups),
            "freeze": self.freezing,
            "compile": self.compiled,
            **{name: getattr(self, name) for name in names.split()},
        }

    def settings(self) -> dict[str, Any]:
        """What decides the weights that come out, as plain values; the devices and the number of epochs apart."""
        unimportant = ("network", "options", "compile")
        return {
            "network": self.description,
            "parameters": sum(parameter.numel() for parameter in self.built.parameters()),
            "data": self.about["data"] or self.about["image_shape"],
            "classes": self.about["classes"],
            **{name: value for name, value in self.arguments().items() if name not in unimportant},
        }

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what makes the file readable on its own, and where within an epoch it was written."""
        loader = self.trainer.train_dataloader
        checkpoint[OURS] = {
            "format": FORMAT,
            **self.about,
            "network": self.description,
            "settings": self.settings(),
            "history": self.get_extra_state(),
            "epochs": self.trainer.max_epochs,
            "finished": self.trainer.should_stop,
            "counted": self.train_tally.sums(),
            "place": loader.state_dict() if isinstance(loader, BatchLoader) else None,
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the counts of an epoch that was cut off."""
        self._place = checkpoint[OURS]["place"]
        if self.global_rank == 0:  # the sums are those of all processes
            self.train_tally.resume(checkpoint[OURS]["counted"])

    def get_extra_state(self) -> list[list[float]]:
        """Return the history, which goes where the weights go: into checkpoints, and from process to process."""
        return [list(epoch) for epoch in self.history]

    def set_extra_state(self, state: list[list[float]]) -> None:
        """Take the history over."""
        self.history = [Epoch(int(number), *measured) for number, *measured in state]

    def __setattr__(self, name: str, value: Any) -> None:
        """Store Lightning's note on the running hook, a dozen a step, without torch's search for modules."""
        if name == "_current_fx_name":
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)

    def _weight(self, number: int) -> float:
        """Make the mean of means over processes, and over accumulated batches, the mean over their images.

        The last batch is smaller than the others, as are some processes' shares of it.
        """
        loader, together = self.trainer.train_dataloader, self.trainer.accumulate_grad_batches
        if not isinstance(loader, BatchLoader):
            return 1.0
        first = number - number % together
        sizes = [loader.batch_sampler.size(other) for other in range(first, min(first + together, len(loader)))]
        return loader.weight(number) * together * loader.batch_sampler.size(number) / sum(sizes)


def _rates(groups: dict[str, float] | optimisers.Groups | None) -> Any:
    """Learning rates as plain values, with the number of parameters that each is for."""
    if groups is None or isinstance(groups, Mapping):
        return groups and dict(groups)
    return [[group.get("lr"), len(list(group["params"]))] for group in groups]


def _seed(seed: int, device: torch.device) -> None:
    """Seed the numbers that dropout draws; `torch.manual_seed` would spend milliseconds on devices not in use."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)


def _count(tally: Tally, loss: Tensor, logits: Tensor, labels: Tensor, weight: float) -> None:
    if weight > 0:  # a process without a share of a small last batch holds a copy of an image
        tally.count(loss.detach(), losses.right(logits.detach(), labels))


def _refuse(optimizer: str, schedule: str, learning_rate: float, **numbers: float) -> None:
    known("optimizer", optimizer, optimisers.OPTIMIZERS)
    known("schedule", schedule, optimisers.SCHEDULES)
    if not learning_rate > 0:
        raise ValueError(f"`learning_rate` (={learning_rate}) must be above 0; 1e-3 is a good start for Adam.")
    for name, value in numbers.items():
        if not value >= 0:
            raise ValueError(f"`{name}` (={value}) must be at least 0.")
