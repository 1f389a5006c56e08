"""What PyTorch itself says of a module: a run on numbers, watched."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode


@dataclass
class Seen:
    """What a run on numbers shows."""

    shapes: list[tuple[str, tuple[int, ...] | None]]  # of the first outputs, in the order in which the calls begin
    macs: int
    inference_bytes: int
    training_bytes: int


def watched(model, args, kwargs):
    """Run a module on the CPU in evaluation mode, and watch."""
    shapes, running = [], []

    def enter(module, args, kwargs, name):
        shapes.append([name, None])
        running.append(shapes[-1])

    def leave(module, args, output, name):
        running.pop()[1] = next((tuple(leaf.shape) for leaf in tree_leaves(output) if isinstance(leaf, Tensor)), None)

    model.eval()
    handles = []
    for name, module in model.named_modules():
        handles.append(
            module.register_forward_pre_hook(lambda m, a, k, name=name: enter(m, a, k, name), with_kwargs=True)
        )
        handles.append(module.register_forward_hook(lambda m, a, o, name=name: leave(m, a, o, name)))
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        model(*args, **kwargs)
    for handle in handles:
        handle.remove()
    memory = _Memory(model, (args, kwargs))
    with torch.no_grad(), memory:
        model(*args, **kwargs)
    return Seen([tuple(shape) for shape in shapes], counter.get_total_flops() // 2, memory.most, memory.made)


class _Memory(TorchDispatchMode):
    """Follows the memory of all tensors that are made while it is on."""

    def __init__(self, model, inputs):
        super().__init__()
        self.known, self.alive = {}, {}  # bytes by their address
        self.most = self.made = 0
        tensors = [*model.parameters(), *model.buffers()]
        self.models = {tensor.untyped_storage()._cdata for tensor in tensors}
        for leaf in tree_leaves(inputs):
            self._add(leaf)

    def _add(self, leaf):
        if not isinstance(leaf, Tensor) or leaf.untyped_storage()._cdata in self.models:
            return
        storage = leaf.untyped_storage()
        self.alive = {key: entry for key, entry in self.alive.items() if not entry[0].expired()}
        if storage._cdata not in self.alive:
            self.alive[storage._cdata] = (StorageWeakRef(storage), storage.nbytes())
            self.made += storage.nbytes()
        self.most = max(self.most, sum(size for _, size in self.alive.values()))

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """One operation; only its first result counts, since the others are for the backward pass."""
        result = func(*args, **(kwargs or {}))
        multiple = isinstance(result, (tuple, list)) and "native" not in str(func) and "indices" not in str(func)
        for leaf in result if multiple else [result[0] if isinstance(result, tuple) else result]:
            self._add(leaf)
        return result
