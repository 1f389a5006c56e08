"""Random settings of every layer, right and wrong ones: what the fuzz tests draw."""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from cnn_guide import layers

LARGEST = {1: 12, 2: 8, 3: 6}  # pixels along an axis


class Setting(NamedTuple):
    """A layer and an input for it, without the batch axis."""

    kind: str
    arguments: dict[str, object]
    shape: tuple[int, ...]


class Dice(Random):
    """Random arguments, most of them legal."""

    def seldom(self) -> bool:
        return self.random() < 0.04

    def flag(self) -> bool:
        return self.random() < 0.5

    def each(self, axes: int, low: int, high: int) -> object:
        """One number, one an axis, one in a tuple, or a tuple too long."""
        lengths = [0] * 12 + [axes] * 10 + [1, axes + 1]
        length = self.choice(lengths)
        return tuple(self.randint(low, high) for _ in range(length)) if length else self.randint(low, high)

    def step(self, axes: int, high: int) -> object:
        """A kernel size, a stride or a dilation; seldom 0 or below, which nobody takes."""
        return self.each(axes, -1 if self.seldom() else 1, high)

    def sizes(self, axes: int) -> tuple[int, ...]:
        return tuple(self.randint(1, LARGEST[axes]) for _ in range(axes))

    def shape(self, least: int = 0, most: int = 4) -> tuple[int, ...]:
        return tuple(self.randint(1, 5) for _ in range(self.randint(least, most)))

    def channels(self, groups: int) -> int:
        return groups * self.randint(1, 2) + self.seldom()


def convolution(dice: Dice, axes: int) -> Setting:
    groups = dice.choice([1, 1, 1, 2, 3])
    channels = dice.channels(groups)
    arguments = {
        "in_channels": channels,
        "out_channels": dice.channels(groups),
        "kernel_size": dice.step(axes, 4),
        "stride": dice.choice([1, dice.step(axes, 3)]),
        "padding": dice.choice(["same", "valid", 0, dice.each(axes, -dice.seldom(), 3), dice.each(axes, 0, 7), "full"]),
        "dilation": dice.choice([1, dice.step(axes, 3)]),
        "groups": groups,
        "bias": dice.flag(),
        "padding_mode": dice.choice(["zeros", "zeros", "reflect", "replicate", "circular"]),
    }
    return Setting(f"Conv{axes}d", arguments, (channels + dice.seldom(), *dice.sizes(axes)))


def transposed(dice: Dice, axes: int) -> Setting:
    groups = dice.choice([1, 1, 2])
    channels = dice.channels(groups)
    arguments = {
        "in_channels": channels,
        "out_channels": dice.channels(groups),
        "kernel_size": dice.step(axes, 4),
        "stride": dice.step(axes, 3),
        "padding": dice.each(axes, -dice.seldom(), 2),
        "output_padding": dice.choice([0, dice.each(axes, -dice.seldom(), 2)]),
        "groups": groups,
        "bias": dice.flag(),
        "dilation": dice.choice([1, 1, dice.step(axes, 3), dice.each(axes, 0, 2)]),
        "padding_mode": "circular" if dice.seldom() else "zeros",
    }
    return Setting(f"ConvTranspose{axes}d", arguments, (channels + dice.seldom(), *dice.sizes(axes)))


def max_pooling(dice: Dice, axes: int) -> Setting:
    arguments = {
        "kernel_size": dice.step(axes, 5),
        "stride": dice.choice([None, dice.step(axes, 4)]),
        "padding": dice.choice([0, dice.each(axes, -dice.seldom(), 2)]),
        "dilation": dice.choice([1, dice.step(axes, 3)]),
        "ceil_mode": dice.flag(),
        "return_indices": dice.seldom(),
    }
    return Setting(f"MaxPool{axes}d", arguments, (2, *dice.sizes(axes)))


def average_pooling(dice: Dice, axes: int) -> Setting:
    arguments = {
        "kernel_size": dice.step(axes, 5),
        "stride": dice.choice([None, dice.step(axes, 4)]),
        "padding": dice.choice([0, dice.each(axes, -dice.seldom(), 2)]),
        "ceil_mode": dice.flag(),
        "count_include_pad": dice.flag(),
    }
    if axes > 1:
        arguments["divisor_override"] = dice.choice([None, None, 3, -1, int(not dice.seldom())])
    return Setting(f"AvgPool{axes}d", arguments, (2, *dice.sizes(axes)))


def norm_pooling(dice: Dice, axes: int) -> Setting:
    arguments = {
        "norm_type": dice.choice([1, 2, 2.5, -1, int(not dice.seldom())]),
        "kernel_size": dice.choice([dice.randint(1, 4), dice.step(axes, 4)]),
        "stride": dice.choice([None, dice.step(axes, 4)]),
        "ceil_mode": dice.flag(),
    }
    return Setting(f"LPPool{axes}d", arguments, (2, *dice.sizes(axes)))


def adaptive_pooling(dice: Dice, axes: int) -> Setting:
    kind = dice.choice(["AdaptiveAvgPool", "AdaptiveMaxPool"])
    size = dice.step(axes, 9)
    if isinstance(size, tuple) and dice.flag():
        size = tuple(None if dice.flag() else each for each in size)
    return Setting(f"{kind}{axes}d", {"output_size": None if dice.seldom() else size}, (2, *dice.sizes(axes)))


def padding(dice: Dice, axes: int) -> Setting:
    kind = dice.choice(["ZeroPad", "ConstantPad", "ReflectionPad", "ReplicationPad", "CircularPad"])
    low, high = dice.choice([(0, 2), (0, 7), (-2, 3), (-5, 7)])
    numbers = dice.choice([0, *[2 * axes] * 4, 2, 3, 2 * axes + 2])
    pads = tuple(dice.randint(low, high) for _ in range(numbers)) if numbers else dice.randint(low, high)
    arguments = {"padding": pads} | ({"value": 0.0} if kind == "ConstantPad" else {})
    shape = dice.shape() if kind in ("ZeroPad", "ConstantPad") and dice.flag() else (2, *dice.sizes(axes))
    return Setting(f"{kind}{axes}d", arguments, shape)


def upsampling(dice: Dice, axes: int) -> Setting:
    shape = dice.shape(0, 5) if dice.seldom() else (2, *dice.sizes(axes))
    scales = [0.3, 0.5, 0.7, 1.0, 1.5, 1.7, 2, 2.6, 3, dice.uniform(0.05, 3), -1.0, 0.0, float("inf"), float("nan")]
    scale = dice.choice(scales[:10] if not dice.seldom() else scales)
    if dice.seldom():
        scale = 0.0
    by_size = dice.flag()
    size = dice.choice([dice.step(axes, 9), dice.randint(1, 9)]) if by_size else None
    arguments = {
        "size": size,
        "scale_factor": dice.choice([scale, (scale,) * axes, (scale,)]) if not by_size or scale == 0 else None,
    }
    kinds = ["Upsample"] * 8 + ["UpsamplingNearest2d", "UpsamplingBilinear2d"]
    kind = dice.choice(kinds)
    if kind == "Upsample":
        own = {1: "linear", 2: "bilinear", 3: "trilinear"}[axes]
        modes = ["nearest", "nearest-exact", "area", own, own, "bicubic", "linear"]
        arguments["mode"] = "cubic" if dice.seldom() else dice.choice(modes)
        arguments["align_corners"] = dice.choice([None, None, True, False])
        arguments["recompute_scale_factor"] = dice.choice([None, None, True, False])
    return Setting(kind, arguments, shape)


def rearranging(dice: Dice, axes: int) -> Setting:
    factor = dice.randint(-dice.seldom(), 3)
    shape = dice.shape(0 if dice.seldom() else 2, 4)
    if len(shape) > 2 and dice.flag():
        shape = (*shape[:-3], shape[-3] * max(factor, 1) ** 2, *(max(factor, 1) * size for size in shape[-2:]))
    dims = [dim for dim in range(-len(shape) - 1, len(shape) + 2) if dim % (len(shape) + 1)]  # the batch axis is ours
    choices = {
        "PixelShuffle": {"upscale_factor": factor},
        "PixelUnshuffle": {"downscale_factor": factor},
        "ChannelShuffle": {"groups": factor},
    }
    if dims:
        choices["Flatten"] = {"start_dim": dice.choice([1, dice.choice(dims)]), "end_dim": dice.choice(dims)}
        sizes = tuple(dice.randint(-1, 4) for _ in range(dice.randint(0, 3)))
        dim = dice.choice(dims)
        if shape and -len(shape) <= dim < len(shape) + 1 and dice.flag():
            sizes = dice.choice([(shape[(dim % (len(shape) + 1)) - 1],), (-1, 1), (-1, 2), (1, -1, 1)])
        choices["Unflatten"] = {"dim": dim, "unflattened_size": sizes}
    kind = dice.choice(list(choices))
    return Setting(kind, choices[kind], shape)


def blocks(dice: Dice, axes: int) -> Setting:
    arguments = {
        "kernel_size": dice.step(2, 3),
        "dilation": dice.choice([1, dice.step(2, 2)]),
        "padding": dice.each(2, -dice.seldom(), 2),
        "stride": dice.step(2, 2),
    }
    sizes = dice.sizes(2)
    if dice.flag():
        return Setting("Unfold", arguments, (2, *sizes))
    try:
        columns = layers.Unfold(**arguments).output_shape((2, *sizes))
    except (ValueError, TypeError):
        columns = (4, 4)
    shape = tuple(size + dice.seldom() for size in columns)
    return Setting("Fold", arguments | {"output_size": sizes if not dice.seldom() else sizes[:1]}, shape)


def dense(dice: Dice, axes: int) -> Setting:
    shape, features = dice.shape(), dice.randint(1, 5)
    choices = {
        "Linear": {"in_features": features, "out_features": dice.randint(1, 4), "bias": dice.flag()},
        "Embedding": {
            "num_embeddings": features,
            "embedding_dim": dice.randint(1, 4),
            "padding_idx": dice.choice([None, dice.randint(-6, 6)]),
        },
        "Identity": {},
    }
    kind = dice.choice(list(choices))
    if kind == "Linear" and shape and dice.flag():
        shape = (*shape[:-1], features)
    return Setting(kind, choices[kind], shape)


def normalisation(dice: Dice, axes: int) -> Setting:
    channels, groups = dice.randint(1, 6), dice.randint(1, 3)
    switches = {"affine": dice.flag()}
    tracked = switches | {"num_features": channels, "track_running_stats": dice.flag()}
    shape = dice.shape(0, 4)
    last = shape[-dice.randint(1, 2) :] if dice.flag() else dice.shape(0, 2)
    if len(last) == 1 and dice.flag():
        last = last[0]
    choices = {
        f"BatchNorm{axes}d": (tracked, (channels + dice.seldom(), *dice.sizes(axes))),
        f"InstanceNorm{axes}d": (
            tracked,
            (channels + dice.seldom(), *(dice.sizes(axes) if dice.flag() else (1,) * axes)),
        ),
        "BatchNorm1d": (tracked, (channels,)),
        "GroupNorm": ({"num_groups": groups, "num_channels": channels} | switches, (channels + dice.seldom(), *shape)),
        "LayerNorm": ({"normalized_shape": last, "elementwise_affine": dice.flag(), "bias": dice.flag()}, shape),
        "RMSNorm": ({"normalized_shape": last, "elementwise_affine": dice.flag()}, shape),
        "LocalResponseNorm": ({"size": dice.randint(int(not dice.seldom()), 6)}, shape),
    }
    kind = dice.choice(list(choices))
    return Setting(kind, *choices[kind])


def activation(dice: Dice, axes: int) -> Setting:
    number, other = (dice.choice([-1, 0, 0.2, 1.0, 3]) for _ in range(2))
    choices = {
        "LeakyReLU": {"negative_slope": number},
        "RReLU": {"lower": number, "upper": other},
        "ELU": {"alpha": number},
        "CELU": {"alpha": number},
        "GELU": {"approximate": dice.choice(["none", "tanh", "erf"])},
        "Hardtanh": {"min_val": number, "max_val": other},
        "Hardshrink": {"lambd": number},
        "Softshrink": {"lambd": number},
        "Softplus": {"beta": number, "threshold": other},
        "Threshold": {"threshold": number, "value": other},
        "PReLU": {"num_parameters": dice.randint(int(not dice.seldom()), 3), "init": number},
        **{name: {"inplace": dice.flag()} for name in (
            "ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid", "Dropout", "AlphaDropout",
            "FeatureAlphaDropout", "Dropout1d", "Dropout2d", "Dropout3d"
        )},
        **{name: {} for name in ("Sigmoid", "LogSigmoid", "Tanh", "Tanhshrink", "Softsign")},
    }  # fmt: skip
    kind = dice.choice(list(choices))
    if "Dropout" in kind:
        choices[kind]["p"] = dice.choice([0, 0.5, 1, 1.5, -0.1])
    return Setting(kind, choices[kind], dice.shape())


def along_axis(dice: Dice, axes: int) -> Setting:
    kind = dice.choice(["Softmax", "LogSoftmax", "Softmin", "GLU", "GLU", "Softmax2d"])
    if kind == "Softmax2d":
        return Setting(kind, {}, dice.shape(3, 4))
    return Setting(kind, {"dim": None if kind != "GLU" and dice.flag() else dice.randint(-5, 5)}, dice.shape())


def attention(dice: Dice, axes: int) -> Setting:
    heads = dice.randint(int(not dice.seldom()), 3)
    size = max(heads, 1) * dice.randint(1, 3) + dice.seldom()
    arguments = {
        "embed_dim": size,
        "num_heads": heads,
        **{name: dice.flag() for name in ("bias", "add_bias_kv", "add_zero_attn")},
        **{name: dice.choice([None, None, size, 5]) for name in ("kdim", "vdim")},
    }
    return Setting("MultiheadAttention", arguments, (dice.randint(1, 5), size + dice.seldom()))


SETTINGS: dict[Callable[[Dice, int], Setting], int] = {
    convolution: 8000, transposed: 6000, max_pooling: 3000, average_pooling: 2000, norm_pooling: 1000,
    adaptive_pooling: 1200, padding: 3000, upsampling: 2000, rearranging: 2500, blocks: 1000, dense: 600,
    normalisation: 1500, activation: 1000, along_axis: 400, attention: 300,
}  # fmt: skip


def drawn(draw: Callable[[Dice, int], Setting], number: int) -> Iterator[Setting]:
    """So many settings, the same ones each time, on one to three axes."""
    dice = Dice(draw.__name__)
    return (draw(dice, dice.randint(1, 3)) for _ in range(number))
