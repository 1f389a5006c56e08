"""What a network is told to make small, and when a guess is right."""

import torch.nn.functional as F
from torch import Tensor

from cnn_guide.training.naming import known

LOSSES = ("auto", "cross_entropy", "binary")
AUXILIARY = 0.3  # what an auxiliary head counts beside the main one: GoogLeNet (Szegedy et al. 2014), section 5


class Loss:
    """Cross-entropy, of several classes or of two, with what auxiliary heads add.

    Example:
        >>> import torch
        >>> labels = torch.tensor([0, 1])
        >>> Loss()(torch.zeros(2, 10), labels)  # ln 10: ten classes, nothing known
        tensor(2.3026)
        >>> Loss()(torch.zeros(2, 1), labels)  # one output: class 1 where it is above 0; ln 2
        tensor(0.6931)

    Args:
        name: "cross_entropy" (logits (N, classes)), "binary" (logits (N, 1), labels 0 and 1), or "auto": by the shape.
        label_smoothing: The share of the truth that is spread over all classes, from 0 to below 1.

    Raises:
        ValueError: If there is no loss of that name, or `label_smoothing` is out of range.
    """

    def __init__(self, name: str = "auto", label_smoothing: float = 0.0) -> None:
        if not 0 <= label_smoothing < 1:
            raise ValueError(f"`label_smoothing` (={label_smoothing}) must be at least 0 and below 1; 0.1 is usual.")
        self.name = known("loss", name, LOSSES)
        self.label_smoothing = label_smoothing

    def __call__(self, outputs: Tensor | tuple[Tensor, ...], labels: Tensor) -> Tensor:
        """Return the mean loss of a batch, a scalar; further outputs are those of auxiliary heads, 0.3 each."""
        if isinstance(outputs, Tensor):
            return self._one(outputs, labels)
        main, *auxiliary = (self._one(head, labels) for head in outputs if head is not None)
        return main + AUXILIARY * sum(auxiliary) if auxiliary else main

    def plain(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss of a batch without label smoothing: what an evaluation finds."""
        return Loss(self.name)._one(logits, labels)

    def _one(self, logits: Tensor, labels: Tensor) -> Tensor:
        if self.name == "binary" or (self.name == "auto" and logits.shape[1] == 1):
            truth = labels.to(logits) * (1 - self.label_smoothing) + self.label_smoothing / 2
            return F.binary_cross_entropy_with_logits(logits.squeeze(1), truth)
        return F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing)


def main_head(outputs: Tensor | tuple[Tensor, ...]) -> Tensor:
    """Return the logits that count: those of the first head where there are several."""
    return outputs if isinstance(outputs, Tensor) else outputs[0]


def right(logits: Tensor, labels: Tensor) -> Tensor:
    """Return which images are guessed right, bool, shape (N,).

    Args:
        logits: Shape (N, classes), or (N, 1): class 1 where it is above 0.
        labels: Classes, shape (N,).
    """
    return (logits.squeeze(1) > 0) == labels if logits.shape[1] == 1 else logits.argmax(dim=1) == labels


def refuse_other_classes(logits: Tensor, classes: int) -> None:
    """Refuse logits that cannot name all classes, or that name more.

    Raises:
        ValueError: If the outputs are not (N, classes), nor (N, 1) for two classes.
    """
    if logits.ndim == 2 and (logits.shape[1] == classes or (logits.shape[1] == 1 and classes == 2)):
        return
    raise ValueError(
        f"The network's outputs have the shape {tuple(logits.shape)}, but the images have {classes} classes: "
        f"it must be (images, {classes}). Build it with num_classes={classes}."
    )
