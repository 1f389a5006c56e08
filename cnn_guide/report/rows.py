"""What is known of one call of one layer."""

from __future__ import annotations

from typing import NamedTuple

from ..arithmetic.arguments import Shape


class Row(NamedTuple):
    """One call of one layer; shapes are without the batch axis, costs are those of the whole batch.

    Args:
        name: the layer's path in the network, such as `features.0`; "" for the network itself.
        kind: the layer's class.
        input_shape: shape of the first tensor that goes in; None where the layer is not called or no input is known.
        output_shape: shape of the first tensor that comes out; None where `input_shape` is.
        params: numbers in the layer's own parameters that no earlier row has counted.
        trainable_params: those of `params` that training changes.
        weights: those of `params` in tensors named weight.
        biases: those of `params` in tensors named bias.
        macs: multiply-accumulates of convolutions, linear layers and matrix products; None without an input or a call.
        operations: all arithmetic operations; None without an input or a call.
        output_bytes: memory of what the layer's operations newly make; None without an input or a call.
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

    def including(self, inner: Row) -> Row:
        """The row with the numbers of a layer inside it added to its own."""
        return self._replace(
            params=self.params + inner.params,
            trainable_params=self.trainable_params + inner.trainable_params,
            weights=self.weights + inner.weights,
            biases=self.biases + inner.biases,
            macs=_sum(self.macs, inner.macs),
            operations=_sum(self.operations, inner.operations),
            output_bytes=_sum(self.output_bytes, inner.output_bytes),
            unknown=self.unknown + inner.unknown,
        )


def _sum(one: int | None, other: int | None) -> int | None:
    """Sum of two numbers, as far as they are known."""
    return other if one is None else one if other is None else one + other
