"""Train networks that differ in the width of their fields alone; measure their effective fields before and after."""

from __future__ import annotations

import time
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn

from cnn_guide import count_parameters, data, receptive_field, training
from cnn_guide.inspection.effective import EffectiveField

STACKS: dict[str, tuple[int, ...]] = {  # the dilation of each 3×3 convolution
    "1, 1, 1": (1, 1, 1),
    "1, 2, 2": (1, 2, 2),
    "1, 2, 4": (1, 2, 4),
    "1, 3, 7": (1, 3, 7),
    "eight times 1": (1,) * 8,
}
CHANNELS = {3: (8, 16, 16), 8: (8,) * 8}  # of the maps, by the number of convolutions
SEEDS = (0, 1, 2)  # decide the first weights and the order of the pictures
IMAGES, EPOCHS, BATCH, LEARNING_RATE = 3_000, 6, 32, 0.01
JUDGED = 5  # every so many test pictures
MEASURED = 200  # test pictures whose gradients are averaged


def network(stack: str) -> nn.Sequential:
    """Return convolutions, whose maps are as large as the picture, and a mean of each map in front of ten logits."""
    dilations = STACKS[stack]
    sizes = (1, *CHANNELS[len(dilations)])
    parts = list[nn.Module]()
    for before, after, dilation in zip(sizes, sizes[1:], dilations, strict=False):
        convolution = nn.Conv2d(before, after, 3, padding=dilation, dilation=dilation, bias=False)
        parts += [convolution, nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(nn.Sequential(*parts), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(sizes[-1], 10))


def digits(images: int = IMAGES) -> data.ImageData:
    """Return the first training digits and one in five of the test digits, standardised."""
    every = data.mnist_or_digits()
    train = every.train.subset(torch.arange(min(images, len(every.train))))
    test = every.test.subset(torch.arange(0, len(every.test), JUDGED))
    mean, deviation = train.images.mean(), train.images.std()
    scaled = [data.TensorSet((part.images - mean) / deviation, part.labels) for part in (train, test)]
    return data.ImageData(every.name, every.classes, *scaled, batch_size=BATCH)


def effective_field(model: nn.Sequential, images: Tensor) -> EffectiveField:
    """How much each pixel counts for the middle unit of the last map: its mean gradient over real pictures."""
    model.eval()
    pictures = images[:MEASURED].clone().requires_grad_()
    row, column = (side // 2 for side in images.shape[-2:])
    model[0](pictures)[:, :, row, column].sum().backward()
    assert pictures.grad is not None
    shares = pictures.grad.abs().sum(dim=(0, 1))
    view = receptive_field(model[0], tuple(images.shape[1:]))
    return EffectiveField(shares / shares.sum(), (row, column), "", view.region((row, column)))


def run(stack: str, seed: int, pictures: data.ImageData, epochs: int = EPOCHS) -> dict[str, Any]:
    """Train once; return the accuracy, and the width of the effective field before and after."""
    start = time.perf_counter()
    torch.manual_seed(seed)
    model = network(stack)
    test = pictures.test
    fresh = effective_field(model, test.images)
    settings: dict[str, Any] = {"learning_rate": LEARNING_RATE, "schedule": "cosine"}  # ends with small, quiet steps
    fit = training.fit(model, pictures, epochs=epochs, seed=seed, progress=False, **settings)
    trained = effective_field(fit.model, test.images)  # type: ignore[arg-type]  # fit returns what it was given
    return {
        "stack": stack,
        "seed": seed,
        "parameters": count_parameters(fit.model).total,
        "field": receptive_field(model[0], tuple(test.images.shape[1:])).size[0],
        "accuracy": training.evaluate(fit.model, test).accuracy,
        "fresh": round(sum(fresh.size) / 2, 3),  # the mean of height and width
        "trained": round(sum(trained.size) / 2, 3),
        "seconds": round(time.perf_counter() - start, 1),
    }


def measured() -> dict[str, Any]:
    """Train every stack with every seed."""
    start, runs, pictures = time.perf_counter(), list[dict[str, Any]](), digits()
    for seed, stack in product(SEEDS, STACKS):
        runs.append(run(stack, seed, pictures))
        print(runs[-1], flush=True)
    return {
        "data": pictures.name,
        "images": len(pictures.train),
        "judged": len(pictures.test),
        "epochs": EPOCHS,
        "seconds": round(time.perf_counter() - start, 1),
        "runs": runs,
    }
