"""What is known of one layer, and of a network's costs as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..arithmetic.arguments import Shape


class Row(NamedTuple):
    """One call of one layer; shapes are without the batch axis, costs are those of the whole batch.

    Args:
        name: the layer's path in the network, such as `features.0`; "" for the network itself.
        kind: the layer's class.
        input_shape: of its first tensor; None where the layer is not called or no input is known.
        output_shape: likewise.
        params: numbers in the layer's own parameters that no earlier row has counted.
        trainable_params: those of them that training changes.
        weights: those of `params` in tensors named weight.
        biases: those of `params` in tensors named bias.
        macs: multiply-accumulates of convolutions, linear layers and matrix products; None without an input or a call.
        operations: all arithmetic operations; None likewise.
        output_bytes: memory of what the layer's operations newly make; None likewise.
        receptive_field: pixels that one unit of the output sees along each axis; None where places are lost.
        unknown: operations of the layer whose costs are not known.
        container: whether the layer joins layers with rows of their own.
        shared: whether its parameters are counted in an earlier row.
        called: False where an input is given and no data passes through the layer.
        more_outputs: tensors that the layer returns besides the first.
    """

    name: str
    kind: str
    input_shape: Shape | None = None
    output_shape: Shape | None = None
    params: int = 0
    trainable_params: int = 0
    weights: int = 0
    biases: int = 0
    macs: int | None = None
    operations: int | None = None
    output_bytes: int | None = None
    receptive_field: Shape | None = None
    unknown: tuple[str, ...] = ()
    container: bool = False
    shared: bool = False
    called: bool = True
    more_outputs: int = 0

    @property
    def joins_only(self) -> bool:
        """Whether all that the row could count is counted in the rows of its children."""
        costs = (self.params, self.macs, self.operations, self.output_bytes, self.unknown, self.shared)
        return self.container and not any(costs)


@dataclass(frozen=True)
class Cost:
    """What a forward pass costs; a number that leaves something out says so in `unknown`.

    Args:
        macs: multiply-accumulates of convolutions, linear layers and matrix products; None without an input.
        operations: all arithmetic operations; None without an input.
        inference_bytes: most memory that inputs and outputs of layers take at one time, without gradients.
        training_bytes: memory of the input and of all outputs, which training keeps for its backward pass.
        parameter_bytes: memory of the parameters, by the name of their type, such as "float32".
        buffer_bytes: memory of the tensors that are stored but not trained.
        unknown: operations that are left out, each with its layer.
    """

    macs: int | None = None
    operations: int | None = None
    inference_bytes: int | None = None
    training_bytes: int | None = None
    parameter_bytes: Mapping[str, int] = field(default_factory=dict)
    buffer_bytes: int = 0
    unknown: tuple[str, ...] = ()

    @property
    def flops(self) -> int | None:
        """Floating-point operations of the multiply-accumulates: two for each; None without an input."""
        return None if self.macs is None else 2 * self.macs

    @property
    def complete(self) -> bool:
        """Whether the costs are known and leave nothing out."""
        return self.macs is not None and not self.unknown
