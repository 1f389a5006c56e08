"""Fitting a network to a data set: one call, quiet, repeatable."""

from collections.abc import Sequence
from pathlib import Path

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback
from torch import nn

from cnn_guide.data import ImageData
from cnn_guide.training.classifier import ImageClassifier
from cnn_guide.training.configuration import configuration
from cnn_guide.training.optimisers import Groups
from cnn_guide.training.run import Fit, Run


def fit(
    model: nn.Module | str,
    data: ImageData,
    *,
    epochs: int = 5,
    learning_rate: float = 1e-3,
    optimizer: str = "adam",
    schedule: str = "constant",
    weight_decay: float = 0.0,
    momentum: float = 0.9,
    warmup: float = 0.0,
    label_smoothing: float = 0.0,
    loss: str = "auto",
    groups: dict[str, float] | Groups | None = None,
    weights: str | None = None,
    fresh_head: bool = False,
    freeze: Sequence[str] = (),
    seed: int = 0,
    folder: str | Path | None = None,
    resume: bool = False,
    patience: int | None = None,
    save_every: int | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool | None = None,
    accelerator: str = "auto",
    devices: int = 1,
    strategy: str = "auto",
    precision: str = "32-true",
    accumulate: int = 1,
    compile: bool = False,  # noqa: A002  # torch's own word
    channels_last: bool = False,
    deterministic: bool = False,
) -> Fit:
    """Train a network in place, and note what each epoch brings.

    The result depends on the network's first weights and on `seed`, on nothing else. The first weights are drawn where
    the network is made: call `torch.manual_seed` before that. Training the same network again goes on where it was.
    `seed` decides the order of the images and what dropout drops; torch's own random state is put back afterwards.

    Example:
        >>> from cnn_guide.data import Digits
        >>> result = fit("dense", Digits(image_size=28), epochs=2, progress=False)
        >>> [record.epoch for record in result.history]
        [1, 2]

    Args:
        model: Maps images (N, C, H, W) to logits (N, classes); or its name, see `ImageClassifier`.
        data: Gives the training and the validation images.
        epochs: Passes over the training images.
        learning_rate: The optimiser's step size.
        optimizer: "adam", "adamw", "sgd" or "rmsprop".
        schedule: How the learning rate changes: "constant", "cosine", "step" or "one_cycle".
        weight_decay: How strongly weights are pulled towards 0.
        momentum: Of "sgd" and "rmsprop".
        warmup: Epochs at the start in which the learning rate rises to its full size.
        label_smoothing: The share of the truth that is spread over all classes.
        loss: "cross_entropy", "binary", or "auto": binary for a network with one output.
        groups: Learning rates of their own: patterns of parameters' names, each with a rate, or groups of parameters.
        weights: Where the network starts: a name of published weights, a run's folder or a file; left out, as it is.
        fresh_head: Whether the last layer keeps its own first weights.
        freeze: Patterns of the names of parameters that do not learn.
        seed: Decides the shuffles and the dropout, and the first weights of a network given by its name.
        folder: Where settings, logs and checkpoints are kept; left out, nothing is written.
        resume: Whether to go on with the run in `folder`, if there is one.
        patience: Epochs without a lower validation loss after which the training stops; left out, it goes on.
        save_every: Steps after which a checkpoint is written within an epoch, too; left out, at its end alone.
        callbacks: Lightning's callbacks.
        progress: Whether to show a progress bar on stderr; left out, only where stderr is a terminal.
        accelerator: Lightning's name for the device: "auto" takes a GPU where there is one, "cpu" never.
        devices: Devices, or processes on the CPU, that share each batch.
        strategy: How they work together: "auto", "ddp", "fsdp" and what else Lightning knows.
        precision: Lightning's name for the numbers: "32-true", "bf16-mixed", "16-mixed".
        accumulate: Batches whose gradients make one step.
        compile: Let torch compile the network; needs a C++ compiler.
        channels_last: Lay images and filters out channel by channel within each pixel.
        deterministic: Refuse operations that are not repeatable on a GPU.

    Returns:
        The trained network, its history and the time.

    Raises:
        ValueError: If an argument is out of range, or the run in `folder` is another one.
        FileExistsError: If `folder` holds a run and `resume` was not asked for.
    """
    if epochs < 1:
        raise ValueError(f"`epochs` (={epochs}) must be at least 1.")
    classifier = ImageClassifier(
        model, loss=loss, optimizer=optimizer, learning_rate=learning_rate, weight_decay=weight_decay,
        momentum=momentum, schedule=schedule, warmup=warmup, label_smoothing=label_smoothing, groups=groups,
        weights=weights, fresh_head=fresh_head, freeze=freeze, seed=seed, channels_last=channels_last, compile=compile,
    )  # fmt: skip
    trainer = {
        "max_epochs": epochs, "accelerator": accelerator, "devices": devices, "strategy": strategy,
        "precision": precision, "accumulate_grad_batches": accumulate, "deterministic": deterministic,
    }  # fmt: skip
    config = configuration(classifier, data, trainer, patience=patience, save_every=save_every)
    run = Run(None if folder is None else Path(folder), resume, patience, save_every, progress, config)
    options = run.trainer_options() | trainer
    options["callbacks"] += callbacks
    return run.train(classifier, data, epochs, lambda: pl.Trainer(**options))
