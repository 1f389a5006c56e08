"""Ways of places through PyTorch's operations: the regions of modules against gradients."""

import random
import warnings

import pytest
import torch
import torch.nn.functional as F
from functional import Functional
from torch import nn

from cnn_guide import receptive_field
from cnn_guide.inspection.effective import _numbers_of
from cnn_guide.inspection.places import follow, place_input


def positive(network):
    """The network with weights above zero, so that no influence is lost by chance."""
    network = network.double().eval()
    for parameter in network.parameters():
        nn.init.uniform_(parameter, 0.05, 0.6)
    return network


def span(gradient, axis):
    others = [other for other in range(gradient.dim()) if other != axis]
    seen = (gradient.sum(dim=others) if others else gradient).nonzero().flatten()
    return (int(seen[0]), int(seen[-1])) if len(seen) else None


def wrong_units(network, size, strict=False, most=120):
    """Units whose region differs from that of their gradient, and how many were looked at."""
    torch.manual_seed(0)
    network = positive(network)
    row = receptive_field(network, size, strict=strict).output
    image = (torch.rand(1, *size, dtype=torch.double) + 0.5).requires_grad_()
    output = network(image)
    units = list(torch.ones(row.view.units).nonzero().tolist())
    random.Random(0).shuffle(units)
    wrong = {}
    for unit in map(tuple, units[:most]):
        chosen = _numbers_of(output, row, unit).sum()
        (gradient,) = torch.autograd.grad(chosen, image, retain_graph=True, materialize_grads=True)
        seen = gradient[0].abs().sum(0)
        seen = torch.where(seen > 1e-12, seen, 0)
        right = tuple(span(seen, axis) for axis in range(seen.dim()))
        if row.region(unit) != right:
            wrong[unit] = row.region(unit), right
    return wrong, len(units)


def conv(before, after, *args, **options):
    return nn.Conv2d(before, after, *args, **options)


def windows_of(x, side):
    """(N, C, H, W) as windows: (N · windows, side², C)."""
    n, c, h, w = x.shape
    x = x.permute(0, 2, 3, 1).reshape(n, h // side, side, w // side, side, c)
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, side * side, c)


def windows_back(x, side, shape):
    n, c, h, w = shape
    x = x.view(n, h // side, w // side, side, side, c).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(n, h, w, c).permute(0, 3, 1, 2)


def swin(x, project, shift):
    """A block of a Swin transformer: attention inside windows, shifted by half of one."""
    tokens = windows_of(torch.roll(x, (-shift, -shift), (2, 3)), 4)
    query, key, value = project(tokens).chunk(3, dim=-1)
    scores = query @ key.transpose(-2, -1) * 0.1
    seen = windows_back(scores.softmax(-1) @ value, 4, x.shape)
    return x + torch.roll(seen, (shift, shift), (2, 3))


def tokens(x):
    return x.flatten(2).transpose(1, 2)


def into_zeros(x, part):
    out = torch.zeros(1, 1, 6, 3, dtype=x.dtype)
    out[:, :, 1:4] = part(x)
    return out


def shifted_in_time(x, part):
    """Some channels see the next frame, some the last, as in a temporal shift module."""
    y = part(x)
    out = torch.zeros_like(y)
    out[:, :-1, 0] = y[:, 1:, 0]
    out[:, 1:, 1] = y[:, :-1, 1]
    out[:, :, 2:] = y[:, :, 2:]
    return out


OPERATIONS = {  # name: module, input
    "transposed with gaps": (nn.Sequential(conv(1, 2, 3), nn.ConvTranspose2d(2, 2, 2, 3, 1, 1, dilation=2)), (1, 7, 8)),
    "max unpooling": (nn.Sequential(nn.AvgPool2d(2), Functional(lambda x: F.interpolate(x, scale_factor=2))), (1, 6, 8)),
    "aligned corners": (nn.Sequential(conv(1, 2, 3, 2), nn.Upsample((7, 9), mode="bilinear", align_corners=True), conv(2, 2, 3)), (1, 9, 8)),
    "bicubic": (nn.Upsample(size=(7, 4), mode="bicubic"), (1, 4, 9)),
    "padding modes": (nn.Sequential(conv(1, 2, 3, padding=1, padding_mode="reflect"), conv(2, 2, 5, padding=2, padding_mode="circular"), conv(2, 1, 3, 2, 1, padding_mode="replicate")), (1, 9, 7)),
    "same padding": (conv(1, 1, (3, 5), padding="same", dilation=(2, 1)), (1, 9, 8)),
    "valid padding": (conv(1, 1, 3, padding="valid"), (1, 5, 5)),
    "norm pooling": (nn.LPPool2d(2, 3, 2), (1, 8, 9)),
    "adaptive pooling": (nn.Sequential(conv(1, 2, 3), nn.AdaptiveAvgPool2d((3, None)), conv(2, 2, 2)), (1, 9, 9)),
    "pixels and channels": (nn.Sequential(conv(1, 4, 3), nn.PixelShuffle(2), conv(1, 1, 3, padding=1), nn.PixelUnshuffle(2)), (1, 6, 8)),
    "crop": (Functional(lambda x, c: c(x)[:, :, 1:-1, ::2], conv(1, 2, 3)), (1, 9, 9)),
    "crop to concatenate": (Functional(lambda x, c: torch.cat([c(x), x[..., 1:-1, 1:-1]], 1), conv(1, 2, 3)), (1, 7, 7)),
    "last row": (Functional(lambda x, c: c(x)[:, :, -1], conv(1, 2, 3)), (1, 7, 6)),
    "new axes": (Functional(lambda x, c: c(x)[:, None, ..., 1], conv(1, 2, 3)), (1, 7, 6)),
    "concatenated rows": (Functional(lambda x, c, d: d(torch.cat([c(x), x], 2)), conv(1, 1, 3, padding=(0, 1)), conv(1, 1, 3, padding=2)), (1, 6, 5)),
    "concatenated with a parameter": (Functional(lambda x, c: torch.cat([torch.ones(1, 1, 1, 4, dtype=x.dtype), c(x)], 2), conv(1, 1, 3)), (1, 6, 6)),
    "pooled row beside a map": (Functional(lambda x: torch.cat([x.mean(2, keepdim=True), x], 2)), (1, 4, 5)),
    "units that see padding": (Functional(lambda x, c, d: (lambda y: y + d(y))(c(x)), conv(1, 1, 2, padding=3), conv(1, 1, (3, 1), padding=(1, 0))), (1, 3, 4)),
    "flatten and linear": (nn.Sequential(conv(1, 2, 3, 2), nn.Flatten(), nn.Linear(18, 3)), (1, 8, 7)),
    "linear on the last axis": (nn.Linear(7, 3), (1, 6, 7)),
    "channels last": (Functional(lambda x, c, f: f(c(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2), conv(1, 2, 3), nn.Linear(2, 3)), (1, 6, 7)),
    "axes exchanged": (Functional(lambda x, c: c(x.transpose(2, 3)), conv(1, 1, (3, 1), (2, 1))), (1, 6, 8)),
    "axes moved": (Functional(lambda x, c: c(x.movedim(-1, 2)).swapaxes(2, 3), conv(1, 1, (3, 1), (2, 1))), (1, 6, 8)),
    "every second pixel": (Functional(lambda x, c: c(torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1)), conv(4, 2, 3)), (1, 8, 8)),
    "pixels to channels by view": (Functional(lambda x, c: c(x.view(1, 1, 3, 2, 4, 2).permute(0, 1, 3, 5, 2, 4).reshape(1, 4, 3, 4)), conv(4, 2, 2)), (1, 6, 8)),
    "channel shuffle by view": (Functional(lambda x, c: c(x).view(1, 2, 2, 4, 5).transpose(1, 2).reshape(1, 4, 4, 5), conv(1, 4, 3)), (1, 6, 7)),
    "windows": (Functional(lambda x, f: f(windows_of(x, 2)), nn.Linear(1, 1)), (1, 6, 8)),
    "mean of windows": (Functional(lambda x, c: windows_of(c(x), 2).mean(1), conv(1, 1, 3, padding=1)), (1, 6, 8)),
    "windows and back": (Functional(lambda x: x + windows_back(windows_of(x, 2).softmax(1), 2, x.shape)), (1, 6, 8)),
    "halves of rows": (Functional(lambda x: x.view(1, 1, 2, 3, 8).mean(2) + x.view(1, 1, 2, 3, 8)[:, :, 0] + x[:, :, 3:]), (1, 6, 8)),
    "mosaic": (Functional(lambda x, c: c(x.view(1, 1, 3, 2, 8).mean(3, keepdim=True).expand(-1, -1, -1, 2, -1).flatten(2, 3)), conv(1, 1, 3)), (1, 6, 8)),
    "rows as channels": (Functional(lambda x, c: c(x.permute(0, 2, 1, 3)), conv(5, 2, (1, 3))), (1, 5, 6)),
    "pooled map beside a map": (Functional(lambda x, c: c(torch.cat([x, x.mean((2, 3), keepdim=True).expand_as(x)], 1)), conv(2, 1, 3)), (1, 5, 6)),
    "matrix on the left, in reverse": (Functional(lambda x: x.__rmatmul__(torch.ones(3, 5, dtype=x.dtype))), (1, 5, 4)),
    "product of parameters added": (Functional(lambda x: torch.baddbmm(x[0], *torch.ones(2, 1, 4, 4, dtype=x.dtype))), (1, 4, 4)),
    "grid of a map": (Functional(lambda x: x.view(1, 1, 3, 2, 4, 2).mean((2, 4)) + 0), (1, 6, 8)),
    "flip": (Functional(lambda x, c: x.flip(3) + c(x), conv(1, 1, 3, padding=1)), (1, 5, 6)),
    "roll": (Functional(lambda x, c: c(torch.roll(x, (2, -1), (2, 3))), conv(1, 1, 3)), (1, 6, 6)),
    "repeated pixels": (Functional(lambda x, c: c(x.repeat_interleave(3, 2)), conv(1, 1, 3, 2)), (1, 4, 5)),
    "repeated channels": (Functional(lambda x, c: c(x.repeat(1, 2, 1, 1).expand(2, -1, -1, -1)), conv(2, 1, 3)), (1, 4, 5)),
    "chunks": (Functional(lambda x, c: c(x.chunk(2, 2)[1]) + x.split((2, 4), 2)[0].sum(), conv(1, 1, 2)), (1, 6, 5)),
    "rows one by one": (Functional(lambda x, c: c(x).unbind(2)[1] + x.select(2, 0)[..., 2:], conv(1, 1, 3)), (1, 6, 5)),
    "narrow": (Functional(lambda x, c: c(x.narrow(3, 1, 3)), conv(1, 1, 3)), (1, 4, 5)),
    "stack": (Functional(lambda x, c: torch.stack([x, c(x)], 1).mean(1), conv(1, 1, 3, padding=1)), (1, 5, 5)),
    "written into zeros": (Functional(into_zeros, conv(1, 1, 3)), (1, 5, 5)),
    "shift in time": (Functional(lambda x, c: shifted_in_time(x.permute(0, 2, 1, 3, 4), lambda y: c(y[0])[None]), conv(1, 3, 3)), (1, 3, 4, 5)),
    "frames as a batch": (Functional(lambda x, c: c(x.transpose(1, 2).reshape(4, 2, 5, 6)).view(1, 4, 2, 3, 4), conv(2, 2, 3)), (2, 4, 5, 6)),
    "padding by function": (Functional(lambda x, c: c(F.pad(x, (1, -2, 3, 0))), conv(1, 1, 3, 2)), (1, 7, 8)),
    "padding of one axis": (Functional(lambda x, c: c(F.pad(x, (2, 0), mode="constant", value=1.0)), conv(1, 1, 3, 2)), (1, 7, 8)),
    "padding of channels": (Functional(lambda x, c: c(x) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, 1)), conv(1, 2, 3, 2, 1)), (1, 7, 8)),
    "padding by reflection": (Functional(lambda x, c: c(F.pad(x, (1, 2, 3, 0), mode="reflect")), conv(1, 1, 3, 2)), (1, 7, 8)),
    "unfold and fold": (Functional(lambda x, f: F.fold(f(F.unfold(x, 3, 1, 1, 2).transpose(1, 2)).transpose(1, 2), (9, 8), 3, 1, 1, 2), nn.Linear(9, 9)), (1, 9, 8)),
    "unfold": (nn.Unfold((3, 2), padding=1, stride=2), (2, 7, 8)),
    "windows of a tensor": (Functional(lambda x: x.unfold(2, 3, 2).unfold(3, 2, 1)), (1, 7, 6)),
    "sequence": (nn.Sequential(nn.Conv1d(1, 2, 3, 2, 1), nn.ConvTranspose1d(2, 1, 4, 3, 1)), (1, 11)),
    "sequence as a map": (Functional(lambda x, c: c(x.unsqueeze(3)).squeeze(3), conv(1, 1, (3, 1))), (1, 8)),
    "volume": (nn.Sequential(nn.Conv3d(1, 2, 3, (1, 2, 1), 1), nn.AvgPool3d(2)), (1, 5, 6, 5)),
    "mean of rows": (Functional(lambda x, c: c(x).mean(2), conv(1, 1, 3)), (1, 6, 7)),
    "gate of rows": (Functional(lambda x, c: x * c(x).mean(3, keepdim=True), conv(1, 1, 3, padding=1)), (1, 5, 6)),
    "global pooling and padding": (nn.Sequential(conv(1, 2, 3), nn.AdaptiveAvgPool2d(1), conv(2, 2, 3, padding=2)), (1, 6, 5)),
    "global pooling brought back": (Functional(lambda x, c: c(x) + F.interpolate(F.adaptive_avg_pool2d(x, 1), (4, 4), mode="bilinear"), conv(1, 1, 3)), (1, 6, 6)),
    "spatial pyramid": (Functional(lambda x, c, f: f(torch.cat([F.adaptive_avg_pool2d(c(x), k).flatten(1) for k in (1, 2, 3)], 1)), conv(1, 2, 3, 2), nn.Linear(28, 3)), (1, 10, 9)),
    "softmax over places": (Functional(lambda x, c: c(x).flatten(2).softmax(-1), conv(1, 2, 3)), (1, 5, 5)),
    "softmax over columns": (Functional(lambda x, c: F.softmax(c(x), dim=3), conv(1, 2, 3)), (1, 5, 6)),
    "running sum": (Functional(lambda x, c: c(x).cumsum(2), conv(1, 1, 3)), (1, 6, 6)),
    "gated half": (Functional(lambda x, c: F.glu(c(x), 2), conv(1, 1, 3)), (1, 6, 5)),
    "norm of rows": (Functional(lambda x, c: torch.norm(c(x), 2, 3), conv(1, 1, 3)), (1, 6, 5)),
    "larger of two": (Functional(lambda x, c: torch.logaddexp(c(x), x[..., 1:-1, 1:-1]), conv(1, 1, 3)), (1, 6, 5)),
    "recurrent": (Functional(lambda x, r: r(x.transpose(1, 2))[0], nn.LSTM(2, 3, batch_first=True)), (2, 6)),
    "recurrent, tokens first": (Functional(lambda x, r: r(x.permute(2, 0, 1))[0], nn.GRU(2, 3)), (2, 6)),
    "recurrent both ways": (Functional(lambda x, r: r(x.transpose(1, 2))[0], nn.GRU(2, 3, batch_first=True, bidirectional=True)), (2, 6)),
    "last state": (Functional(lambda x, r: r(x.transpose(1, 2))[1][0], nn.LSTM(2, 3, 2, batch_first=True)), (2, 6)),
    "one step": (Functional(lambda x, r: r(x[..., 2], r(x[..., 1])), nn.GRUCell(2, 2)), (2, 6)),
    "attention with heads": (Functional(lambda x, c, a: (lambda t: t + a(t, t, t)[0])(tokens(c(x))), conv(1, 4, 2, 2), nn.MultiheadAttention(4, 2, batch_first=True)), (1, 6, 8)),
    "attention by hand": (Functional(lambda x, f: (lambda t: t + (f(t) @ t.transpose(-1, -2)).softmax(-1) @ t)(tokens(x)), nn.Linear(2, 2)), (2, 3, 4)),
    "attention in batches": (Functional(lambda x: (lambda t: torch.bmm(F.softmax(torch.bmm(t, t.mT), -1), t))(tokens(x))), (2, 3, 4)),
    "attention by sums": (Functional(lambda x: (lambda t: torch.einsum("bij,bjc->bic", torch.einsum("bic,bjc->bij", t, t).softmax(-1), t))(tokens(x))), (2, 3, 4)),
    "attention in one call": (Functional(lambda x, f: (lambda t: F.scaled_dot_product_attention(f(t), t, t))(tokens(x)), nn.Linear(2, 2)), (2, 3, 4)),
    "linear attention": (Functional(lambda x: (lambda t: t @ (t.softmax(1).mT @ t))(tokens(x))), (2, 3, 4)),
    "scores added up": (Functional(lambda x: (lambda t: torch.baddbmm(torch.zeros(1, 12, 12, dtype=x.dtype), t, t.mT).sum(-1))(tokens(x))), (2, 3, 4)),
    "sum over rows by letters": (Functional(lambda x: torch.einsum("nchw,hk->nckw", x, torch.ones(5, 3, dtype=x.dtype))), (1, 5, 4)),
    "sum over rows with dots": (Functional(lambda x: torch.einsum("...hw,hk->...kw", x, torch.ones(5, 3, dtype=x.dtype))), (1, 5, 4)),
    "matrix on the left": (Functional(lambda x: torch.ones(3, 5, dtype=x.dtype) @ x), (1, 5, 4)),
    "windows of attention": (Functional(lambda x, f: swin(swin(x, f, 0), f, 2), nn.Linear(2, 6)), (2, 8, 12)),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_regions_follow_the_operations(name):
    """Whatever a module does to its tensors, each unit's region is that of its gradient."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of PyTorch about even kernels and nested tensors
        wrong, units = wrong_units(*OPERATIONS[name])
    assert units
    assert not wrong


def random_step(draw, shape):
    """An operation on maps, as a function; it may or may not fit a map of this shape."""
    dim, other = draw.choice([2, 3]), draw.choice([2, 3])
    size, a, b, k = shape[dim], draw.randint(0, 2), draw.randint(0, 2), draw.randint(1, 3)
    mode = draw.choice(["constant", "reflect", "replicate", "circular"])
    filters = torch.full((1, shape[1], k, b + 1), 0.5, dtype=torch.double)
    steps = [
        lambda x: F.conv2d(x, filters.to(x.dtype), stride=(a + 1, 1), padding=(1, b), dilation=(1, 2)),
        lambda x: F.avg_pool2d(x, (k, 2), (2, 1), ceil_mode=True),
        lambda x: F.conv_transpose2d(x, filters.transpose(0, 1).to(x.dtype), stride=2, padding=a),
        lambda x: F.pad(x, (a, b, 1, 1 - k), mode=mode) if mode == "constant" else F.pad(x, (a, b, 1, 0), mode=mode),
        lambda x: x.narrow(dim, a, size - a - b),
        lambda x: x[:, :, a :: b + 1, : size - 1],
        lambda x: x.flip(dim),
        lambda x: torch.roll(x, k, dim),
        lambda x: x.transpose(2, 3),
        lambda x: x.repeat_interleave(2, dim),
        lambda x: torch.cat([x, x.flip(other)[:, :, :k]], 2),
        lambda x: torch.cat([x, torch.roll(x, a, dim)], 1),
        lambda x: x + x.mean(dim, keepdim=True),
        lambda x: x + torch.roll(x, k, dim),
        lambda x: x.cumsum(dim),
        lambda x: x.unflatten(dim, (-1, 2)).mean(dim + 1),
        lambda x: x.unflatten(dim, (2, -1)).mean(dim),
        lambda x: x + x.unflatten(dim, (-1, 3)).softmax(dim + 1).flatten(dim, dim + 1),
        lambda x: torch.stack(x.chunk(2, dim)).sum(0) if size % 2 == 0 else x,
        lambda x: x @ torch.full((x.shape[-1], 3), 0.5, dtype=x.dtype),
        lambda x: F.interpolate(x, size=(5, 6 + a), mode="bilinear", align_corners=bool(b)),
        lambda x: F.adaptive_avg_pool2d(x, (None, 2 + a)),
    ]
    return draw.choice(steps)


def random_steps(draw, shape):
    """A chain of them that fits an input of this shape."""
    steps, x = [], torch.rand(1, *shape, dtype=torch.double)
    while len(steps) < 4:
        step = random_step(draw, x.shape)
        try:
            after = step(x)
        except RuntimeError:
            continue
        if 0 < after.numel() <= 400:
            steps.append(step)
            x = after
    return steps


def in_a_row(x, steps):
    for step in steps:
        x = step(x)
    return x


@pytest.mark.parametrize("seed", range(5))
def test_regions_follow_random_chains_of_functions(seed):
    """Slices, flips, blocks, sums over rows and the like, four in a row."""
    draw = random.Random(seed)
    for _ in range(40):
        shape = (1, draw.randint(4, 8), draw.randint(4, 8))
        steps = random_steps(draw, shape)
        wrong, _ = wrong_units(Functional(lambda x, steps=steps: in_a_row(x, steps)), shape, most=20)
        assert not wrong


def test_another_tensor_may_only_lend_its_type_or_shape():
    """What is brought to the type or the shape of a map sees nothing of it."""
    network = Functional(
        lambda x: x + torch.ones(1, dtype=torch.int8).type_as(x) + torch.ones(1).expand_as(x).type_as(x)
    )
    assert receptive_field(network, (1, 4, 4)).output.size == (1, 1)


def test_unforeseen_arguments_lose_the_place():
    """A summary is worth more than its fields: what a way is not made for is no error."""
    image = torch.empty(1, 1, 4, 4, device="meta")
    place_input(image, (2, 3))
    result = torch.empty(1, 1, 4, 4, device="meta")
    follow("pad", (image,), {}, result)
    assert "`pad`: the way through it is unknown for these arguments" in result.__dict__["_place"].lost


def test_arguments_may_be_named():
    """The first argument is the input under any name."""
    image, result = torch.empty(2, 1, 1, 4, 4, device="meta")
    place_input(image, (2, 3))
    follow("relu", (), {"input": image}, result)
    assert result.__dict__["_place"] is image.__dict__["_place"]
    network = Functional(lambda x: F.group_norm(input=torch.relu(input=x), num_groups=1))
    assert receptive_field(network, (1, 4, 4)).output.size == (1, 1)
    assert receptive_field(network, (1, 4, 4), strict=True).output.size == (4, 4)


def changed_through_a_view(x, conv):
    whole = x * 1
    part = whole[:, :1]
    part.add_(conv(x))
    return whole


def put_back(x, conv):
    whole = x * 1
    whole[:, :1] += conv(x)
    return whole


def changed_as_a_whole(x, conv):
    flat = conv(x).flatten(1)
    flat += 1
    return flat.relu_()


def test_changes_through_a_view_reach_the_whole_tensor():
    """A field that left them out would be too small: it is followed where Python puts the part back, else refused."""
    conv = nn.Conv2d(2, 1, 5, padding=2)
    with pytest.raises(ValueError, match="places are lost: a tensor is changed through a view of it"):
        receptive_field(Functional(changed_through_a_view, conv), (2, 9, 9))
    assert wrong_units(Functional(put_back, conv), (2, 9, 9)) == ({}, 81)
    assert receptive_field(Functional(changed_as_a_whole, conv), (2, 9, 9)).output.size == (5, 5)
