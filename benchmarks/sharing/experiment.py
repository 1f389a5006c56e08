"""Train networks on pictures as they are, shifted and shuffled; judge each on pictures that no training has seen."""

from __future__ import annotations

import time
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnn_guide import count_parameters, data, models, training

NETWORKS = ("dense", "cnn1", "cnn2_plain", "fully_convolutional")
WAYS: dict[str, tuple[str, ...]] = {  # how the training pictures are changed, and which networks learn from them
    "as they are": NETWORKS,
    "shifted": ("dense",),
    "shuffled": NETWORKS,
}
SEEDS = (0, 1, 2, 3, 4)  # decide the first weights, the order of the pictures and the shuffle
SHIFTS = (0, 1, 2, 3, 4, 5, 6)  # pixels; MNIST leaves a frame of four around the digit
LARGEST = 4  # pixels by which "shifted" training pictures move, at most, either way
IMAGES, EPOCHS, BATCH = 5_000, 5, 64
JUDGED = 5  # every so many test pictures


class Shuffle(nn.Module):
    """The pixels of every picture in another order, the same for all pictures (N, C, H, W)."""

    def __init__(self, pixels: int, seed: int) -> None:
        super().__init__()
        self.register_buffer("order", torch.randperm(pixels, generator=torch.Generator().manual_seed(seed)))

    def forward(self, images: Tensor) -> Tensor:
        return images.flatten(2)[:, :, self.order].reshape(images.shape)


def shifted(images: Tensor, pixels: int) -> Tensor:
    """Move pictures, a quarter of them each way, and fill up with black; what leaves the picture is lost.

    >>> shifted(torch.tensor([[[[1, 2], [3, 4]]]]).expand(4, 1, 2, 2), 1).flatten(1).tolist()
    [[0, 1, 0, 3], [2, 0, 4, 0], [0, 0, 1, 2], [3, 4, 0, 0]]

    Args:
        images: (N, C, H, W); the first goes to the right, the next to the left, then down, up, and so on.
        pixels: How far.

    Returns:
        Images of the same shape.
    """
    height, width = images.shape[-2:]
    padded = F.pad(images, (pixels,) * 4)
    moved = torch.empty_like(images)
    for way, (down, right) in enumerate(((0, 1), (0, -1), (1, 0), (-1, 0))):
        top, left = pixels * (1 - down), pixels * (1 - right)
        moved[way::4] = padded[way::4, :, top : top + height, left : left + width]
    return moved


def digits(way: str, images: int = IMAGES) -> data.ImageData:
    """Return the first training digits of MNIST, and one in five of its test digits."""
    mnist = data.mnist_or_digits()
    some = mnist.train.subset(torch.arange(min(images, len(mnist.train))))
    test = mnist.test.subset(torch.arange(0, len(mnist.test), JUDGED))
    augmentation = data.Augmentation(shift=LARGEST) if way == "shifted" else None
    return data.ImageData(mnist.name, mnist.classes, some, test, batch_size=BATCH, augmentation=augmentation)


def run(way: str, network: str, seed: int, pictures: data.ImageData, epochs: int = EPOCHS) -> dict[str, Any]:
    """Train once; return the accuracy on the test pictures, and on those moved by each of `SHIFTS`."""
    start = time.perf_counter()
    torch.manual_seed(seed)
    model = models.create(network)
    if way == "shuffled":
        model = nn.Sequential(Shuffle(pictures.test.images[0].numel(), seed), *model)
    fit = training.fit(model, pictures, epochs=epochs, seed=seed, progress=False)
    accuracy = [accuracy_at(fit.model, pictures.test, pixels) for pixels in (SHIFTS if way != "shuffled" else (0,))]
    return {
        "way": way,
        "network": network,
        "seed": seed,
        "parameters": count_parameters(fit.model).total,
        "accuracy": accuracy,
        "seconds": round(time.perf_counter() - start, 1),
    }


def accuracy_at(model: nn.Module, test: data.TensorSet, pixels: int) -> float:
    """Return the share of the test pictures that are named rightly after a shift."""
    return training.evaluate(model, data.TensorSet(shifted(test.images, pixels), test.labels)).accuracy


def measured() -> dict[str, Any]:
    """Train every network in every way with every seed."""
    start, runs = time.perf_counter(), list[dict[str, Any]]()
    pictures = {way: digits(way) for way in WAYS}
    for seed, way in product(SEEDS, WAYS):
        for network in WAYS[way]:
            runs.append(run(way, network, seed, pictures[way]))
            print(f"{way}, {network}, seed {seed}: {runs[-1]['accuracy'][0]:.1%}", flush=True)
    some = pictures["as they are"]
    return {
        "data": some.name,
        "images": len(some.train),
        "judged": len(some.test),
        "epochs": EPOCHS,
        "seconds": round(time.perf_counter() - start, 1),
        "runs": runs,
    }
