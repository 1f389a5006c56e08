"""Rules against PyTorch: each operation, run on shapes, returns what it returns on numbers."""


# ruff: noqa: PLW0108 - a lambda looks its tensors up when it is called, which `X.mean` does not

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnn_guide import ShapeError, summary

X = torch.rand(2, 8, 6, 6)  # images
S = torch.rand(2, 5, 8)  # sequences
V = torch.rand(3, 2, 4, 6, 6)  # volumes
L = torch.rand(2, 8, 9)  # signals
Q = torch.rand(2, 4, 5, 8)  # heads
W = torch.arange(2 * 8 * 3 * 3.0).view(8, 2, 3, 3)
IDS = torch.tensor([[1, 2, 0], [3, 1, 1]])
MASK = torch.tensor([True, False, True, True, False])

OPERATIONS = [
    # convolution, pooling, padding, resampling
    lambda: F.conv2d(X, torch.zeros(4, 8, 3, 3), stride=2, padding=1),
    lambda: F.conv2d(X, torch.zeros(8, 1, 3, 3), torch.zeros(8), padding="same", groups=8, dilation=2),
    lambda: F.conv2d(X[0], torch.zeros(4, 8, 1, 1)),
    lambda: F.conv2d(X, weight=torch.zeros(4, 8, 2, 2), padding=[1, 0], stride=[2]),
    lambda: F.conv1d(L, torch.zeros(4, 8, 3), padding="valid"),
    lambda: F.conv3d(V, torch.zeros(4, 2, 3, 3, 3)),
    lambda: F.conv_transpose1d(L, torch.zeros(8, 4, 3), stride=2, output_padding=1),
    lambda: F.conv_transpose2d(X, torch.zeros(8, 2, 3, 3), torch.zeros(4), stride=2, groups=2),
    lambda: F.conv_transpose3d(V, torch.zeros(2, 2, 2, 2, 2), dilation=2),
    lambda: F.max_pool2d(X, 2),
    lambda: F.max_pool2d(X, 3, 2, 1, ceil_mode=True),
    lambda: F.max_pool2d(X, 2, return_indices=True)[1],
    lambda: F.max_pool1d(L, [3], stride=[]),
    lambda: torch.max_pool2d(X, 2, 2, 0, 1, False),
    lambda: F.avg_pool2d(X, 3, 2, 1, True, False),
    lambda: F.avg_pool3d(V, 2),
    lambda: F.lp_pool2d(X, 2, 3),
    lambda: F.adaptive_avg_pool2d(X, (1, None)),
    lambda: F.adaptive_avg_pool2d(X, 3),
    lambda: F.adaptive_max_pool2d(X, (2, 3), return_indices=True)[1],
    lambda: F.pad(X, (1, 2, 0, 1)),
    lambda: F.pad(L, (1, 1), "circular"),
    lambda: F.pad(X, (1, 1, 2, 2), mode="reflect"),
    lambda: F.pad(X, (0, 0, 0, 0, 1, 1), value=1.0),
    lambda: F.interpolate(X, scale_factor=2),
    lambda: F.interpolate(X, size=(9, 4), mode="bilinear", align_corners=False),
    lambda: F.interpolate(L, scale_factor=1.7, mode="linear"),
    lambda: F.interpolate(X, size=3, mode="area"),
    lambda: F.pixel_shuffle(X, 2),
    lambda: F.pixel_unshuffle(X, 3),
    lambda: F.unfold(X, 3, padding=1),
    lambda: F.fold(torch.rand(2, 12, 9), (4, 4), 2),
    lambda: F.grid_sample(X, torch.zeros(2, 4, 5, 2), align_corners=False),
    # number by number
    lambda: F.relu(X, inplace=False),
    lambda: torch.relu(X),
    lambda: X.clone().relu_(),
    lambda: F.leaky_relu(X, 0.1),
    lambda: F.prelu(X, torch.zeros(8)),
    lambda: F.glu(X, 1),
    lambda: F.gelu(S, approximate="tanh"),
    lambda: F.hardtanh(X, -1.0, 1.0, True),
    lambda: X + X,
    lambda: X + torch.zeros(8, 1, 1),
    lambda: torch.zeros(8, 1, 1) + X,
    lambda: X[:, :1] * torch.zeros(8, 1, 1),
    lambda: 1 - X,
    lambda: 2**X,
    lambda: X**2,
    lambda: torch.pow(2.0, X),
    lambda: X / 3,
    lambda: IDS / 2,
    lambda: IDS // 2,
    lambda: IDS + 1.5,
    lambda: IDS * X[0, 0, 0, :3],
    lambda: IDS + torch.tensor(1.5),
    lambda: X + torch.tensor(1.5, dtype=torch.float64),
    lambda: X.half() + X,
    lambda: X > 0,
    lambda: (X > 0) & (X < 1),
    lambda: ~(X > 0),
    lambda: torch.where(X > 0, X, -X),
    lambda: torch.where(X > 0, 1.0, 0.0),
    lambda: torch.where(X > 0, X, 0),
    lambda: torch.maximum(X, torch.zeros(6)),
    lambda: X.clamp(0, 1),
    lambda: torch.addcmul(X, X, X, value=2.0),
    lambda: torch.lerp(X, X, 0.5),
    lambda: torch.sqrt(IDS),
    lambda: torch.exp(X),
    lambda: torch.sigmoid(IDS),
    lambda: -X,
    lambda: abs(X),
    lambda: X.transpose(1, 2).relu().stride() and X.transpose(1, 2).relu(),
    lambda: X.clone().mul_(torch.zeros(6)),
    lambda: X.masked_fill(X > 0, 1.0),
    lambda: F.dropout(X, 0.5),
    lambda: F.dropout(X, 0.5, training=False),
    # along axes
    lambda: X.mean((2, 3)),
    lambda: X.mean((2, 3), keepdim=True),
    lambda: X.mean(),
    lambda: X.sum(-1),
    lambda: X.sum(axis=1),
    lambda: IDS.sum(),
    lambda: (IDS > 1).sum(1),
    lambda: X.mean(1, dtype=torch.float64),
    lambda: X.amax((1, 2)),
    lambda: X.max(),
    lambda: X.max(1)[1],
    lambda: X.max(dim=1, keepdim=True).values,
    lambda: torch.max(X, X + 1),
    lambda: X.argmax(1),
    lambda: X.argmax(),
    lambda: X.var(1),
    lambda: X.var((2, 3), unbiased=False),
    lambda: X.std(1, keepdim=True),
    lambda: X.var(1, True, True),
    lambda: X.norm(dim=1),
    lambda: torch.linalg.vector_norm(X, dim=(1, 2), keepdim=True),
    lambda: F.normalize(X, dim=1),
    lambda: (X > 0).any(1),
    lambda: X.topk(3, 1)[1],
    lambda: X.cumsum(1),
    lambda: F.softmax(S, -1),
    lambda: S.softmax(dim=1),
    lambda: torch.log_softmax(S, 2),
    lambda: X.sort(1)[0],
    lambda: torch.logsumexp(X, 1),
    # normalisation
    lambda: F.batch_norm(X, torch.zeros(8), torch.ones(8)),
    lambda: F.batch_norm(X, None, None, training=True),
    lambda: F.layer_norm(S, (8,), torch.ones(8), torch.zeros(8)),
    lambda: F.layer_norm(X, X.shape[1:]),
    lambda: F.group_norm(X, 4, torch.ones(8)),
    lambda: F.instance_norm(X),
    lambda: F.rms_norm(S, (8,)),
    lambda: F.local_response_norm(X, 3),
    # products
    lambda: F.linear(S, torch.zeros(4, 8), torch.zeros(4)),
    lambda: F.bilinear(S, S, torch.zeros(4, 8, 8)),
    lambda: F.linear(S[0, 0], torch.zeros(4, 8)),
    lambda: S @ S.transpose(1, 2),
    lambda: S @ torch.zeros(8),
    lambda: torch.zeros(5) @ S,
    lambda: Q @ Q.mT,
    lambda: torch.matmul(Q, torch.zeros(8, 3)),
    lambda: torch.mm(S[0], S[0].T),
    lambda: torch.bmm(S, S.transpose(1, 2)),
    lambda: torch.addmm(torch.zeros(5), S[0], S[0].T),
    lambda: torch.baddbmm(torch.zeros(2, 1, 5), S, S.mT, beta=0.5),
    lambda: torch.einsum("bchw,bdhw->bcd", X, X),
    lambda: torch.einsum("bnd,d", S, torch.zeros(8)),
    lambda: torch.einsum("bnd,bmd", S, S),
    lambda: torch.einsum("bc,bchw->bchw", X[:, :, 0, 0], X),
    lambda: torch.einsum("b...d,b...d->b...", S, S),
    lambda: torch.einsum("bnd,bmd,bmk->bnk", S, S, S),
    lambda: F.scaled_dot_product_attention(Q, Q, Q),
    lambda: F.scaled_dot_product_attention(Q, Q[:, :1].expand(2, 4, 5, 8), Q, attn_mask=torch.zeros(5, 5)),
    lambda: F.embedding(IDS, torch.zeros(9, 4)),
    lambda: torch.embedding(torch.zeros(9, 4), IDS),
    lambda: torch.outer(S[0, 0], S[0, 1]),
    lambda: torch.dot(S[0, 0], S[0, 1]),
    # moving and making
    lambda: torch.cat([X, X], 1),
    lambda: torch.cat((X, X.half()), dim=-1),
    lambda: torch.cat([X, X], axis=2),
    lambda: torch.stack([X, X], 1),
    lambda: torch.stack((S, S)),
    lambda: X.repeat(1, 2, 1, 1),
    lambda: S.repeat(2, 1, 1, 1),
    lambda: torch.tile(S, (2, 1, 1)),
    lambda: X.view(2, -1),
    lambda: X.reshape(-1, 6),
    lambda: X.permute(0, 2, 3, 1).reshape(2, -1),
    lambda: X.permute(0, 2, 3, 1).contiguous().view(2, -1),
    lambda: X.flatten(2).transpose(1, 2),
    lambda: X.chunk(3, 1)[2],
    lambda: X.split([2, 6], 1)[1],
    lambda: X.split(3, 1)[2],
    lambda: X.unbind(1)[0],
    lambda: X.unsqueeze(1).squeeze(1),
    lambda: X.expand(3, -1, -1, -1, -1) if X.dim() == 3 else X[0].expand(3, -1, -1, -1),
    lambda: X[:, 0],
    lambda: X[..., None, 1:4],
    lambda: X[:, [0, 2]],
    lambda: X[:, torch.tensor([0, 2, 3])],
    lambda: X[..., torch.tensor([[0, 1], [2, 3]])],
    lambda: S[torch.arange(2), torch.tensor([1, 2])],
    lambda: S[:, 1:, torch.tensor([1])],
    lambda: torch.zeros(9, 4)[IDS],
    lambda: torch.zeros(9, 4)[IDS.view(-1)],
    lambda: X.roll(1, 2),
    lambda: torch.roll(X, shifts=(1, 1), dims=(2, 3)),
    lambda: X.flip(1),
    lambda: S.tril(),
    lambda: X.gather(1, torch.zeros(2, 1, 6, 6, dtype=torch.long)),
    lambda: X.index_select(1, torch.tensor([0, 1, 1])),
    lambda: X.to(torch.float16),
    lambda: X.to("cpu", torch.float64),
    lambda: X.to(S),
    lambda: X.to(device="cpu"),
    lambda: X.half(),
    lambda: X.double(),
    lambda: X.long(),
    lambda: X.bool(),
    lambda: IDS.type_as(X),
    lambda: X.type(torch.int32),
    lambda: torch.zeros(2, 3),
    lambda: torch.zeros((2, 3), dtype=torch.float16),
    lambda: torch.ones(size=(2, 3)),
    lambda: torch.full((2, 3), 1),
    lambda: torch.full((2, 3), 1.5),
    lambda: X.new_zeros(3, 4),
    lambda: X.new_zeros((3, 4), dtype=torch.long),
    lambda: torch.zeros_like(X),
    lambda: torch.randn_like(X),
    lambda: torch.rand(2, 3),
    lambda: torch.arange(5),
    lambda: torch.arange(1.0, 2.0, 0.3),
    lambda: torch.arange(5000),
    lambda: torch.linspace(0, 1, 7),
    lambda: torch.meshgrid(torch.arange(3), torch.arange(4), indexing="ij")[0],
    lambda: F.one_hot(IDS, 5),
    lambda: torch.tensor([[1, 2]]),
    lambda: torch.eye(4),
    lambda: torch.as_tensor([1.5, 2.0]),
    lambda: X.T if X.dim() == 2 else X[0, 0].T,
    lambda: X.mT,
    lambda: X.data,
    lambda: X.detach(),
    lambda: torch.complex(X, X).real,
    lambda: X.unfold(2, 3, 1),
    lambda: X.movedim(1, -1),
    lambda: torch.broadcast_to(S[:1], (2, 5, 8)),
    lambda: S.repeat_interleave(2, 1),
    lambda: torch.channel_shuffle(X, 2),
    lambda: X.clone(memory_format=torch.channels_last),
    lambda: F.cosine_similarity(S, S, dim=1),
    lambda: torch.cumprod(S, 1),
    lambda: torch.bernoulli(X),
    lambda: torch.count_nonzero(X, 1),
    lambda: torch.hstack([S, S]),
    lambda: F.affine_grid(torch.zeros(2, 2, 3), (2, 8, 4, 5), align_corners=False),
    lambda: F.grid_sample(V, torch.zeros(3, 4, 5, 6, 3), align_corners=False),
    lambda: torch.tile(S, (2,)),
    lambda: torch.einsum("...ij,jk->...ik", Q, torch.zeros(8, 3)),
    lambda: torch.einsum("...ij,...kj", Q, Q),
    lambda: torch.complex(X, X).H if X.dim() == 2 else torch.complex(X[0, 0], X[0, 0]).H,
    lambda: torch.complex(X, X).mH,
    lambda: torch.complex(X, X).imag,
    lambda: torch.relu(input=X),
    lambda: F.conv2d(input=X, weight=torch.zeros(4, 8, 1, 1)),
    lambda: torch.relu_(X.clone()),
    lambda: F.threshold(X, 0.1, 2.0, inplace=False),
    lambda: torch.clone(X).addmm_(S[0, 0], S[0]) if X.dim() == 2 else X[0, 0].clone().addmm_(S[0, :, :6].T[:6], S[0, :, :6]),
    lambda: X.permute(0, 2, 3, 1) + 1,
    lambda: X[:, ::2] * 2,
    lambda: X.expand(2, 8, 6, 6) + X[:1].expand(2, 8, 6, 6),
    lambda: torch.var(X, dim=1, correction=0),
    lambda: X.norm(),
    lambda: X.median(1)[0],
    lambda: X.bool().sum(),
    lambda: torch.prod(IDS),
    lambda: F.softmax(IDS.float(), 0),
    lambda: IDS.cumsum(1),
    lambda: torch.lstm(S, (torch.zeros(1, 2, 4), torch.zeros(1, 2, 4)), [torch.zeros(16, 8), torch.zeros(16, 4)], False, 1, 0.0, False, False, True)[0],
    lambda: torch.rnn_tanh(S, torch.zeros(1, 5, 4), [torch.zeros(4, 8), torch.zeros(4, 4)], False, 1, 0.0, False, False, False)[0],
    lambda: torch.softmax(S, 1, dtype=torch.float64),
    lambda: X.cpu(),
    lambda: X.to(torch.float32, copy=True),
    lambda: torch.randint(0, 3, (2, 2)),
    lambda: torch.randint(3, size=(2, 2)),
    lambda: torch.full((40, 40), True),
    lambda: torch.eye(40),
    lambda: torch.eye(40, 50),
    lambda: torch.linspace(0, 1, 2000),
    lambda: torch.tensor([0.0] * 2000),
    lambda: torch.hamming_window(8),
    lambda: F.scaled_dot_product_attention(Q, Q[:, :2], Q[:, :2], enable_gqa=True),
    lambda: torch.lstm_cell(S[:, 0], (S[:, 0, :4], S[:, 0, :4]), torch.zeros(16, 8), torch.zeros(16, 4))[1],
    lambda: F.max_pool2d(X[0], 2),
    lambda: torch.Tensor.__rmatmul__(S, torch.zeros(5)),
    lambda: torch.fake_quantize_per_tensor_affine(X, 0.1, 0, 0, 255),
    lambda: torch.gru(S, torch.zeros(1, 2, 4), [torch.zeros(12, 8), torch.zeros(12, 4)], False, 1, 0.0, False, False, True)[0],
    lambda: F.conv2d(X.half(), torch.zeros(4, 8, 1, 1, dtype=torch.half)),
    lambda: F.conv2d(X, torch.zeros(4, 8, 1, 1), None, [1, 1], [0], 1, 1),
    lambda: F.pad(X, (1, 1), value=2.0),
    lambda: F.pad(X, (-1, -1, 0, 0)),
    lambda: X.index_select(dim=1, index=IDS[0]),
    lambda: torch.zeros(0, 4) @ torch.zeros(4, 3),
    lambda: F.avg_pool2d(torch.zeros(0, 8, 6, 6), 2),
]  # fmt: skip
WORDS = [  # what people get wrong most often, in words that name the numbers
    (lambda: X + torch.zeros(5), "(2, 8, 6, 6) and (5,) don't go together: in axis -1 they have 6 and 5, and neither is 1"),
    (lambda: torch.cat([X, X[:, :, :5]], 1), "(2, 8, 6, 6) and (2, 8, 5, 6) can't be joined along axis 1"),
    (lambda: torch.stack([X, X[:1], X]), "(2, 8, 6, 6), (1, 8, 6, 6) and (2, 8, 6, 6) can't be stacked"),
    (lambda: S @ S, "Matrices (2, 5, 8) and (2, 5, 8) can't be multiplied: rows of 8 numbers by columns of 5."),
    (lambda: F.linear(X.flatten(1), torch.zeros(4, 7)), "`weight` (4, 7) does not fit the last axis of the input (2, 288)."),
    (lambda: F.conv2d(X, torch.zeros(4, 3, 3, 3)), "`in_channels` (=3) does not match the 8 channels"),
    (lambda: F.conv2d(X, torch.zeros(4, 8, 3)), "`weight` (4, 8, 3) must have 4 axes, not 3."),
    (lambda: F.conv2d(X.half(), torch.zeros(4, 8, 3, 3)), "The types torch.float16 and torch.float32 do not go together."),
    (lambda: X.softmax(4), "`dim` (=4) must lie between -4 and 3."),
    (lambda: X.view(7, -1), "shape '[7, -1]' is invalid for input of size 576"),
]  # fmt: skip
RARE = [  # left to PyTorch, which loads its compiler for them
    lambda: F.interpolate(X, size=3, mode="bicubic", antialias=True),
    lambda: torch.fft.rfft2(X),
    lambda: torch.cdist(S, S),
    lambda: torch.nn.functional.pairwise_distance(S, S),
    lambda: torch.einsum("bii->bi", S[:, :5, :5]),
    lambda: torch.einsum("bii,bi->bi", S[:, :, :5], S[:, :, 0]),
    lambda: X[[0, 1], :, [0, 1]],
    lambda: X[0, :, [0, 1]],
    lambda: X[None, :, [0]],
    lambda: torch.complex(X, X) * 2,
    lambda: torch.complex(X, X).sum(1),
    lambda: torch.add(X, 1, out=torch.zeros(2, 8, 6, 6)),
    lambda: torch.div(IDS, 2, rounding_mode="floor"),
    lambda: torch.hamming_window(2000),
    lambda: torch.hamming_window(2000, device=X.device),
    lambda: X.var(True),
    lambda: F.linear(S, torch.zeros(8)),
]  # fmt: skip
REFUSED = [
    lambda: F.conv2d(X, torch.zeros(4, 8, 3, 3), torch.zeros(5)),
    lambda: F.conv2d(X, torch.zeros(4, 8, 3, 3, dtype=torch.float64)),
    lambda: F.conv2d(X[None], torch.zeros(4, 8, 3, 3)),
    lambda: F.conv2d(X, torch.zeros(4, 7, 3, 3)),
    lambda: F.conv2d(X, torch.zeros(4, 8, 3, 3), stride=(1, 1, 1)),
    lambda: F.conv2d(X, torch.zeros(4, 8, 7, 7)),
    lambda: F.conv_transpose2d(X, torch.zeros(8, 4, 3, 3), torch.zeros(5)),
    lambda: F.conv_transpose2d(X, torch.zeros(8, 4, 3)),
    lambda: F.max_pool2d(S[0], 2),
    lambda: F.max_pool2d(X, 2, padding=2),
    lambda: F.max_pool2d(X, 9),
    lambda: F.pad(X, (1, 1), "circular"),
    lambda: F.pad(X, (9, 9, 9, 9), "reflect"),
    lambda: F.pad(X, (-4, -4)),
    lambda: F.pixel_shuffle(X, 3),
    lambda: F.interpolate(X, scale_factor=2, mode="trilinear"),
    lambda: F.grid_sample(X, torch.zeros(2, 4, 5, 3), align_corners=False),
    lambda: F.unfold(X, 9),
    lambda: F.fold(torch.rand(2, 13, 9), (4, 4), 2),
    lambda: X + torch.zeros(5),
    lambda: X[:, :1].clone().add_(X),
    lambda: torch.where(X > 0, X, torch.zeros(5)),
    lambda: F.glu(S[..., :5]),
    lambda: F.prelu(X, torch.zeros(3)),
    lambda: F.softmax(S, 3),
    lambda: F.layer_norm(S, (7,)),
    lambda: F.group_norm(X, 3),
    lambda: F.batch_norm(X, torch.zeros(7), torch.ones(7)),
    lambda: F.batch_norm(X[:1, :, 0, 0], None, None, training=True),
    lambda: F.instance_norm(X[..., :1, :1]),
    lambda: IDS.mean(),
    lambda: X.sum(4),
    lambda: X.topk(9, 1),
    lambda: F.cosine_similarity(S, S[:, :3]),
    lambda: F.linear(S, torch.zeros(4, 7)),
    lambda: F.linear(S, torch.zeros(4, 8), torch.zeros(5)),
    lambda: F.bilinear(S, S, torch.zeros(4, 8, 7)),
    lambda: S @ S,
    lambda: S @ torch.zeros(8, 3, dtype=torch.float64),
    lambda: torch.tensor(1.0) @ S,
    lambda: torch.mm(S, S),
    lambda: torch.addmm(torch.zeros(4), S[0], S[0].T),
    lambda: torch.addmm(torch.zeros(3, 5, 5), S[0], S[0].T),
    lambda: torch.outer(S[0], S[0]),
    lambda: torch.einsum("bnd,bmd", S, S[:, :, :7]),
    lambda: torch.einsum("bnd,bmd->bk", S, S),
    lambda: torch.einsum("bn,bmd", S, S),
    lambda: F.embedding(X, torch.zeros(9, 4)),
    lambda: F.scaled_dot_product_attention(Q, Q[..., :7], Q),
    lambda: F.scaled_dot_product_attention(Q, Q[:, :3], Q[:, :3]),
    lambda: torch.cat([X, S]),
    lambda: torch.cat([X, X[:, :, :5]], 1),
    lambda: torch.stack([X, X[:1]]),
    lambda: X.repeat(2, 2),
    lambda: X.view(7, -1),
    lambda: X.permute(0, 2, 3, 1).view(2, -1),
    lambda: X.permute(0, 2, 3, 1).relu().view(2, -1),
    lambda: X[5],
    lambda: X.clone().__setitem__((slice(None), 0), torch.zeros(5)),
    lambda: X.gather(1, torch.zeros(2, dtype=torch.long)),
    lambda: torch.complex(X, X.double()),
    lambda: torch.lstm_cell(S[:, 0], (S[:, 0, :4], S[:, 0, :4]), torch.zeros(16, 7), torch.zeros(16, 4)),
    lambda: torch.relu(X, 1, 2, 3),
    lambda: torch.zeros(5).addmm_(S[0], S[0].T),
    lambda: torch.softmax(S, 1.5),
    lambda: torch.softmax(IDS, 0),
    lambda: torch.gru(S, torch.zeros(1, 2, 4), [torch.zeros(12, 7), torch.zeros(12, 4)], False, 1, 0.0, False, False, True),
]  # fmt: skip
GLOBALS = ("X", "S", "V", "L", "Q")  # what depends on the input; the others do not


class Operation(nn.Module):
    """One operation as a network."""

    def __init__(self, operation):
        super().__init__()
        self.operation, self.seen = operation, []

    def forward(self, *tensors):
        names = self.operation.__globals__ | dict(zip(GLOBALS, tensors, strict=True))
        result = type(self.operation)(self.operation.__code__, names)()
        RESULTS.append((tuple(result.shape), result.dtype, result.stride()))
        return result


RESULTS = []


def returned(operation):
    """Shape, type and order in memory of what the operation returns, on numbers and on shapes."""
    RESULTS.clear()
    inputs = tuple(globals()[name] for name in GLOBALS)
    torch.manual_seed(0)
    Operation(operation)(*inputs)
    report = summary(Operation(operation), input_data=inputs)
    return RESULTS, report


@pytest.mark.parametrize(
    "operation", OPERATIONS + RARE, ids=lambda operation: f"line {operation.__code__.co_firstlineno}"
)
def test_operations_return_what_pytorch_returns(operation):
    """The same shape, type and strides on shapes as on numbers."""
    (on_numbers, on_shapes), _ = returned(operation)
    assert on_shapes == on_numbers


def test_no_rule_needs_the_compiler():
    """Operations that are in use are answered at once: PyTorch would first load its compiler, which takes a second."""
    code = """
        import sys
        from test_inspection_rules import GLOBALS, OPERATIONS, Operation, summary
        inputs = tuple(vars(sys.modules["test_inspection_rules"])[name] for name in GLOBALS)
        for operation in OPERATIONS:
            summary(Operation(operation), input_data=inputs)
            loaded = [name for name in ("sympy", "torch._dynamo", "torch._inductor") if name in sys.modules]
            assert not loaded, (operation.__code__.co_firstlineno, loaded)
    """
    folder = Path(__file__).parent
    result = subprocess.run(
        [sys.executable, "-c", dedent(code)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("operation", REFUSED, ids=lambda operation: f"line {operation.__code__.co_firstlineno}")
def test_what_pytorch_refuses_is_refused(operation):
    """An operation that fails on numbers fails on shapes."""
    inputs = tuple(globals()[name] for name in GLOBALS)
    with pytest.raises((RuntimeError, ValueError, IndexError, TypeError, AssertionError)):
        Operation(operation)(*inputs)
    with pytest.raises((ShapeError, ValueError, TypeError, AssertionError)):
        summary(Operation(operation), input_data=inputs)


@pytest.mark.parametrize(
    "operation",
    [
        lambda: X[X > 0],
        lambda: X.nonzero(),
        lambda: torch.masked_select(X, X > 0),
        lambda: torch.unique(X),
        lambda: X.sum().item(),
        lambda: torch.equal(X, X),
        lambda: X.numpy(),
        lambda: F.one_hot(X.long()),
        lambda: torch.zeros(3)[X[0, 0, 0, :3] > 0],
    ],
)
def test_what_depends_on_numbers_is_refused(operation):
    """Where even the shape depends on the pixels, the message says so."""
    inputs = tuple(globals()[name] for name in GLOBALS)
    with pytest.raises(ValueError, match="Operation asks for the numbers in a tensor"):
        summary(Operation(operation), input_data=inputs)


@pytest.mark.parametrize(("operation", "words"), WORDS)
def test_refusals_name_the_numbers(operation, words):
    """The message has the shapes, and what does not fit."""
    inputs = tuple(globals()[name] for name in GLOBALS)
    with pytest.raises(ShapeError) as caught:
        summary(Operation(operation), input_data=inputs)
    assert str(caught.value).startswith("Operation: ")
    assert words in str(caught.value)
