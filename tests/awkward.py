"""Modules that make trouble for tools that look into models, each for another reason."""

import threading

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint


class Lambda(nn.Module):
    """A function as a module, with layers that it may use."""

    def __init__(self, function, **layers):
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, *args, **kwargs):
        return self.function(self, *args, **kwargs)


class Twice(nn.Module):
    """A layer that is called twice, the second time on a smaller image."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, bias=False)

    def forward(self, x):
        return self.conv(self.conv(x))


class Tied(nn.Module):
    """An embedding whose table is the weight of the last layer, as in language models."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(50, 8)
        self.head = nn.Linear(8, 50, bias=False)
        self.head.weight = self.table.weight

    def forward(self, words):
        return self.head(self.table(words))


class Raw(nn.Module):
    """Parameters of the module itself, used by functions and operators."""

    def __init__(self):
        super().__init__()
        self.filters = nn.Parameter(torch.zeros(6, 3, 3, 3))
        self.scale = nn.Parameter(torch.ones(6, 1, 1))
        self.register_parameter("nothing", None)

    def forward(self, x):
        return F.relu(F.conv2d(x, self.filters, padding=1)) * self.scale


class Residual(nn.Module):
    """A block with a shortcut and an addition in place."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True))

    def forward(self, x):
        y = self.body(x)
        y += x
        return y.relu_()


class Gate(nn.Module):
    """Squeeze and excite: each channel scaled by a number that the whole map decides."""

    def __init__(self):
        super().__init__()
        self.down, self.up = nn.Conv2d(8, 2, 1), nn.Conv2d(2, 8, 1)

    def forward(self, x):
        gate = F.adaptive_avg_pool2d(x, 1)
        return x * torch.sigmoid(self.up(F.relu(self.down(gate))))


class Attention(nn.Module):
    """Attention written out, with the ways of writing it that are in use."""

    def __init__(self, way):
        super().__init__()
        self.way, self.qkv = way, nn.Linear(8, 24)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        if self.way == "matmul":
            return (q @ k.transpose(-2, -1) / 8**0.5).softmax(-1) @ v
        if self.way == "einsum":
            scores = torch.einsum("bqd,bkd->bqk", q, k).softmax(-1)
            return torch.einsum("bqk,bkd->bqd", scores, v)
        if self.way == "bmm":
            return torch.bmm(torch.softmax(torch.bmm(q, k.mT), dim=-1), v)
        return F.scaled_dot_product_attention(q, k, v)


class Keeper(nn.Module):
    """A module that leaves traces of each call on itself."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))
        self.register_buffer("mean", torch.zeros(2))
        self.calls, self.log, self.last = 0, [], None
        self.state = {"steps": [0]}
        self.counter = Counter()
        self.lock = threading.Lock()

    def forward(self, x):
        with self.lock:
            self.calls += 1
        self.log.append(self.calls)
        self.state["steps"][0] += 1
        self.counter.count += 1
        self.seen += 1
        self.last = self.conv(x)
        self.mean.mul_(0.9).add_(self.last.mean((0, 2, 3)), alpha=0.1)
        self.mean[0] = 1.0
        self.register_buffer("added", self.last.detach())
        self.conv.weight.data.clamp_(-1, 1)
        return self.last


class Counter:
    """An object of the model's own that is no module."""

    def __init__(self):
        self.count, self.lock = 0, threading.Lock()


class Fails(nn.Module):
    """A module that gives up half-way, in the middle of a block."""

    def __init__(self, error):
        super().__init__()
        self.keeper, self.error = Keeper(), error

    def forward(self, x):
        self.keeper(x)
        with torch.no_grad():
            self.keeper.conv.weight.mul_(2)
            raise self.error


class Rounded(torch.autograd.Function):
    """A function with a gradient of its own."""

    @staticmethod
    def forward(ctx, x, weight):
        """x W, rounded."""
        ctx.save_for_backward(x, weight)
        return (x @ weight).round()

    @staticmethod
    def backward(ctx, gradient):
        """As if it were not rounded."""
        x, weight = ctx.saved_tensors
        return gradient @ weight.T, x.T @ gradient


class Called(nn.Linear):
    """A class with a way of its own to be called."""

    def __call__(self, x, times=2):
        """Several times."""
        for _ in range(times):
            x = super().__call__(x)
        return x


class Uncopied(nn.Linear):
    """A module that refuses to be copied."""

    def __deepcopy__(self, memo):
        raise RuntimeError("this module is one of a kind")

    __copy__ = __reduce_ex__ = __deepcopy__


class Recursive(nn.Module):
    """A module that calls itself on smaller and smaller images."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 3, padding=1, bias=False)

    def forward(self, x):
        x = self.conv(x)
        return self(F.max_pool2d(x, 2)) if x.shape[-1] > 1 else x


class Decides(nn.Module):
    """A way that depends on what is said."""

    def __init__(self, on):
        super().__init__()
        self.on = on
        self.wide, self.narrow = nn.Linear(4, 8), nn.Linear(4, 2)
        self.register_buffer("threshold", torch.tensor(0.5))
        self.register_buffer("ways", torch.tensor([3, 1]))

    def forward(self, x):
        wide = {
            "shape": lambda: x.shape[-1] > 3,
            "buffer": lambda: self.threshold > 0 and int(self.ways[0]) == 3 and self.ways.tolist()[1] == 1,
            "constant": lambda: (torch.arange(3) * 2).sum().item() == 6,
            "numbers": lambda: x.sum() > 0,
        }[self.on]()
        return self.wide(x) if wide else self.narrow(x)


class Bag(nn.Module):
    """Layers in all sorts of containers, some of which PyTorch does not see."""

    def __init__(self):
        super().__init__()
        self.listed = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
        self.named = nn.ModuleDict({"a": nn.Linear(4, 4), "b": nn.Linear(4, 4)})
        self.hidden = [nn.Linear(4, 4, bias=False)]
        self.shortcut = {"way": self.listed[0]}
        self.function = lambda x: self.named["b"](x)  # noqa: PLW0108 - it holds the module itself

    def forward(self, x):
        for layer in (*self.listed, self.named["a"], *self.hidden, self.shortcut["way"], self.function):
            x = layer(x)
        return x


class Inputs(nn.Module):
    """Takes and returns dictionaries, tuples and None."""

    def __init__(self):
        super().__init__()
        self.image, self.words = nn.Conv2d(3, 4, 3), nn.Embedding(9, 4)

    def forward(self, batch, scale=None, extra=(None, None)):
        features = self.image(batch["image"]).mean((2, 3)) + self.words(batch["words"]).mean(1)
        if scale is not None:
            features = features * scale
        return {"features": features, "nothing": None, "pair": (features, extra)}


def checkpointed(module, x):
    """Run again in the backward pass instead of being kept."""
    return checkpoint(module.layer, x, use_reentrant=False)


def random_numbers(module, x):
    """Noise, a mask and a permutation."""
    noise = torch.randn_like(x) * torch.rand(4) + torch.randperm(4)
    return module.layer(F.dropout(x + noise, 0.5, training=True) * torch.bernoulli(torch.full((4,), 0.5)))


def views(module, x):
    """The same numbers looked at in many ways."""
    n, c, h, w = x.shape
    y = x.view(n, c, -1).permute(0, 2, 1).reshape(n, h, w, c).permute(0, 3, 1, 2)
    y = torch.cat([part[:, :, ::2] for part in y.chunk(2, dim=1)], dim=1)
    return module.layer(y[..., None].squeeze(-1).unflatten(1, (2, -1)).flatten(1, 2))
