"""What identifies a network for those who hold weights for it: its tensors, its cost, and what it answers.

    parameters 25557032
    macs 4089184256
    training 0.1 …
    evaluation 0.2 …
    conv1 weight 64×3×7×7
    bn1 weight 64, bias 64, running_mean 64, running_var 64, num_batches_tracked scalar int64

After the totals come some logits, then one line a module with the names, shapes and types of its tensors, in the
order of `state_dict`. The type is left out where it is float32.
"""

from itertools import groupby

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

PICTURE = (3, 224, 224)


def facts(network: nn.Module) -> list[str]:
    """All lines, in order; the network is filled with fixed numbers."""
    lines = tensors(network)
    cost = totals(network)
    answers = [f"{mode} {' '.join(f'{each:.10g}' for each in values)}" for mode, values in logits(network).items()]
    return [*cost, *answers, *lines]


def tensors(network: nn.Module) -> list[str]:
    """The lines of the tensors: one a module."""
    named = [(*key.rpartition(".")[::2], tensor) for key, tensor in network.state_dict().items()]
    return [
        f"{module} {', '.join(f'{name} {described(tensor)}' for _, name, tensor in group)}"
        for module, group in groupby(named, key=lambda each: each[0])
    ]


def described(tensor: Tensor) -> str:
    """A tensor's shape, and its type where it is not the usual one."""
    shape = "×".join(map(str, tensor.shape)) or "scalar"
    return shape if tensor.dtype == torch.float32 else f"{shape} {str(tensor.dtype).removeprefix('torch.')}"


def totals(network: nn.Module) -> list[str]:
    """The lines of the parameters and of the multiply-accumulates of one picture, as PyTorch counts them."""
    with FlopCounterMode(display=False) as counter:
        network.to("meta").eval()(torch.empty(1, *PICTURE, device="meta"))
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return [f"parameters {parameters}", f"macs {counter.get_total_flops() // 2}"]


def logits(network: nn.Module) -> dict[str, list[float]]:
    """Answers to two fixed pictures with fixed numbers in all tensors; it fills the network with them.

    First in training mode, without dropping anything, then in evaluation mode, with the statistics that the first
    has moved: padding, strides, activations, the constants of the normalisation and its momentum all have a say.
    In double precision, so that rounding has none.
    """
    network.double().to_empty(device="cpu")
    fill(network)
    pictures = waves(2 * 3 * 64 * 64).view(2, 3, 64, 64)
    answers = {}
    for mode in ("training", "evaluation"):
        network.train(mode == "training")
        with torch.no_grad():
            outputs = network(pictures)
        each = outputs if isinstance(outputs, tuple) else (outputs,)  # GoogLeNet's heads answer too, in training
        answers[mode] = torch.cat([output[:, :4].flatten() for output in each]).tolist()
    return answers


def fill(network: nn.Module) -> None:
    """Give all tensors fixed numbers, such that activations neither vanish nor explode; nothing is dropped."""
    for module in network.modules():
        if hasattr(module, "p"):  # dropout and stochastic depth
            module.p = 0.0
    for name, tensor in network.state_dict().items():
        last = name.rpartition(".")[-1]
        if tensor.dtype != torch.float64:
            tensor.zero_()
        elif tensor.numel() > max(tensor.shape):  # the kernels of convolutions and dense layers
            spread(tensor, 2 / tensor[0].numel() ** 0.5, 0.0)
        else:
            spread(tensor, 0.1, 1.0 if last in ("weight", "running_var", "layer_scale") else 0.0)


def spread(tensor: Tensor, scale: float, mean: float) -> None:
    """Write the waves over all numbers of a tensor, again and again."""
    flat, pattern = tensor.view(-1), mean + scale * waves(997)  # a prime: no two rows get the same numbers
    whole = flat.numel() // 997 * 997
    flat[:whole].view(-1, 997).copy_(pattern)
    flat[whole:].copy_(pattern[: flat.numel() - whole])


def waves(count: int) -> Tensor:
    """Numbers that look random, and are the same everywhere."""
    return torch.arange(count, dtype=torch.float64).square().sin()
