"""CNN 2 trained in several ways: with our `fit`, in a bare loop of PyTorch, with Lightning, and with Keras.

Each way learns the same training images in shuffled batches with Adam, judges the validation images after every epoch,
and keeps loss and accuracy of both. The settings are each library's own but for what would write files or print.
Imports stand inside the functions: how long they take is part of what is measured.
"""

from __future__ import annotations

import importlib.metadata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from benchmarks.training.clock import Clock

if TYPE_CHECKING:
    from torch import Tensor, nn

RATE = 1e-3
PARAMETERS = 57_274  # of CNN 2, whoever builds it


class Contestant(ABC):
    """A way of training."""

    name: ClassVar[str]
    title: ClassVar[str]
    """What the table calls it, as HTML."""
    home: ClassVar[str]
    distribution: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    """Distributions that the benchmark installs for it; none where the project has them anyway."""

    @abstractmethod
    def prepare(self, folder: Path, data: str, batch: int) -> Callable[[Clock, int], float]:
        """Import what is needed, load the images and build the network.

        Args:
            folder: arrays of the training and validation images.
            data: name of the data set that they come from.
            batch: images a batch.

        Returns:
            What trains for so many epochs and gives the accuracy on the validation images.
        """

    @property
    def version(self) -> str:
        """The version of the distribution that is measured."""
        return importlib.metadata.version(self.distribution)


class Ours(Contestant):
    """`cnn_guide.training.fit`, on the data module that belongs to the images."""

    name = "cnn_guide"
    title = "<code>training.fit</code>"
    home = "https://github.com/cnn-guide/cnn-guide"
    distribution = "cnn-guide"

    def prepare(self, folder: Path, data: str, batch: int) -> Callable[[Clock, int], float]:
        from cnn_guide import models, training

        images, network = data_module(data, batch), models.create("cnn2")
        images.setup("fit")  # reads them, as the others do here

        def train(clock: Clock, epochs: int) -> float:
            with watched(clock):
                fit = training.fit(
                    network, images, epochs=epochs, learning_rate=RATE, progress=False, accelerator="cpu"
                )
            return float(fit.history[-1].val_accuracy)

        return train


class Bare(Contestant):
    """A loop over the tensors, with nothing around it."""

    name = "PyTorch"
    title = "Bare loop"
    home = "https://docs.pytorch.org/docs/stable/optim.html"
    distribution = "torch"
    tricks: ClassVar[dict[str, bool]] = {}
    """Options of the optimiser."""

    def prepare(self, folder: Path, data: str, batch: int) -> Callable[[Clock, int], float]:
        import torch

        training, validation, network = *tensors(folder), cnn2()
        optimizer = torch.optim.Adam(network.parameters(), lr=RATE, **self.tricks)

        def train(clock: Clock, epochs: int) -> float:
            with watched(clock):
                for _ in range(epochs):
                    bare_pass(network, training, torch.randperm(len(training[1])).split(batch), optimizer)
                    with torch.no_grad():
                        judged = bare_pass(network, validation, torch.arange(len(validation[1])).split(batch))
            return judged[1]

        return train


class Fused(Bare):
    """The same loop with the one trick that `fit` uses: all parameters are changed in one call."""

    name = "PyTorch, fused"
    title = "Bare loop with a fused optimiser"
    tricks: ClassVar[dict[str, bool]] = {"fused": True}


class Lightning(Contestant):
    """A LightningModule that logs loss and accuracy, fed by PyTorch's own DataLoader, which fetches image by image."""

    name = "Lightning"
    title = "Lightning with a <code>DataLoader</code>"
    home = "https://github.com/Lightning-AI/pytorch-lightning"
    distribution = "pytorch-lightning"

    def prepare(self, folder: Path, data: str, batch: int) -> Callable[[Clock, int], float]:
        import pytorch_lightning as pl
        from torch.utils.data import DataLoader, TensorDataset

        training, validation = (TensorDataset(*part) for part in tensors(folder))
        module = lightning_module(cnn2())

        def train(clock: Clock, epochs: int) -> float:
            trainer = pl.Trainer(
                max_epochs=epochs,
                accelerator="cpu",
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
            )
            loaders = DataLoader(training, batch, shuffle=True), DataLoader(validation, batch)
            with watched(clock):
                trainer.fit(module, *loaders)
            return float(trainer.callback_metrics["val_accuracy"])

        return train


class Keras(Contestant):
    """`model.fit` on arrays, with PyTorch below."""

    name = "Keras"
    title = "Keras on PyTorch"
    home = "https://github.com/keras-team/keras"
    distribution = "keras"
    needs = ("keras", "absl-py", "h5py", "ml_dtypes", "namex", "optree", "rich")

    @property
    def version(self) -> str:
        """The pinned version: it is installed apart from the project."""
        from benchmarks.inspection.installation import versions

        return versions()[self.distribution]

    def prepare(self, folder: Path, data: str, batch: int) -> Callable[[Clock, int], float]:
        import keras

        (images, labels), validation = (
            (part[0].numpy().transpose(0, 2, 3, 1), part[1].numpy()) for part in tensors(folder)
        )
        model = keras_cnn2(keras, images.shape[1:])

        def train(clock: Clock, epochs: int) -> float:
            class Timed(keras.optimizers.Adam):  # Keras' own optimisers have no hooks
                def apply(self, *arguments: Any, **named: Any) -> Any:
                    done = super().apply(*arguments, **named)
                    clock()
                    return done

            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(Timed(learning_rate=RATE), loss, metrics=["accuracy"])
            made = model.fit(images, labels, batch, epochs, validation_data=validation, verbose=0)
            return float(made.history["val_accuracy"][-1])

        return train


CONTESTANTS: tuple[Contestant, ...] = (Ours(), Bare(), Fused(), Lightning(), Keras())
BY_NAME = {contestant.name: contestant for contestant in CONTESTANTS}


def data_module(name: str, batch: int) -> Any:
    """Our data module of a name; the digits are drawn at MNIST's size."""
    from cnn_guide import data

    return data.create(name, batch_size=batch, **({"image_size": 28} if name == "digits" else {}))


def tensors(folder: Path) -> list[tuple[Tensor, Tensor]]:
    """The training and the validation images (N, C, H, W) with their labels (N,), from the arrays in the folder."""
    import numpy as np
    import torch

    names = [(f"{part}_images.npy", f"{part}_labels.npy") for part in ("training", "validation")]
    return [
        (torch.from_numpy(np.load(folder / images)), torch.from_numpy(np.load(folder / labels)))
        for images, labels in names
    ]


def bare_pass(network: nn.Module, data: Any, batches: Any, optimizer: Any = None) -> tuple[float, float]:
    """Show the network all images, once; learn from them if there is an optimiser. Return mean loss and accuracy."""
    import torch
    import torch.nn.functional as F

    loss_sum, right = torch.zeros(()), torch.zeros((), dtype=torch.long)
    network.train(optimizer is not None)
    for index in batches:
        images, labels = data[0][index], data[1][index]
        logits = network(images)
        loss = F.cross_entropy(logits, labels)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        loss_sum += loss.detach() * len(labels)
        right += (logits.argmax(dim=1) == labels).sum()
    return float(loss_sum) / len(data[1]), float(right) / len(data[1])


@contextmanager
def watched(clock: Clock) -> Iterator[None]:
    """Let the clock note every step of every optimiser of PyTorch."""
    from torch.optim.optimizer import register_optimizer_step_post_hook

    handle = register_optimizer_step_post_hook(clock)
    try:
        yield
    finally:
        handle.remove()


def cnn2() -> nn.Module:
    """CNN 2 as a program without the guide would write it."""
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(800, 64), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(64, 16), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(16, 10),
    )  # fmt: skip


def keras_cnn2(keras: Any, shape: tuple[int, ...]) -> Any:
    """CNN 2 in Keras."""
    layers = keras.layers
    return keras.Sequential([
        keras.Input(shape),
        layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(64, activation="relu"), layers.Dropout(0.5),
        layers.Dense(16, activation="relu"), layers.Dropout(0.5),
        layers.Dense(10),
    ])  # fmt: skip


def lightning_module(network: nn.Module) -> Any:
    """What Lightning's documentation shows: a step that logs its loss, and the accuracy beside it."""
    import pytorch_lightning as pl
    import torch
    import torch.nn.functional as F

    class Module(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
            return self.step("train", *batch)

        def validation_step(self, batch: tuple[Tensor, Tensor]) -> None:
            self.step("val", *batch)

        def step(self, part: str, images: Tensor, labels: Tensor) -> Tensor:
            logits = self.network(images)
            loss = F.cross_entropy(logits, labels)
            accuracy = (logits.argmax(dim=1) == labels).float().mean()
            metrics = {f"{part}_loss": loss, f"{part}_accuracy": accuracy}
            self.log_dict(metrics, on_step=False, on_epoch=True, batch_size=len(labels))
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=RATE)

    return Module()
