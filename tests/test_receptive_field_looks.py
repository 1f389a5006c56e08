"""Ways of looking at an axis, and the patterns that repeat themselves on an image without ends."""

import random
from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F

from cnn_guide.arithmetic.patterns import PIXEL, Pattern, meet
from cnn_guide.arithmetic.receptive_field import View
from cnn_guide.arithmetic.windows import (
    Mirror,
    Own,
    Past,
    PeriodicLook,
    Piece,
    Repeat,
    Resampling,
    Shares,
    Stamp,
    Whole,
    Window,
)  # fmt: skip


def units_read(function, inputs):
    """The input units whose gradient is not 0, for each output unit of a linear function on one axis."""
    answers = function(torch.eye(inputs).unsqueeze(1))[:, 0]  # (inputs, outputs)
    return [column.abs().gt(1e-5).nonzero().flatten().tolist() for column in answers.T]


def stamped(draw):
    k, s, p, d = draw.randint(1, 5), draw.randint(1, 4), draw.randint(0, 3), draw.randint(1, 4)
    weight = torch.ones(1, 1, k)
    extra = draw.randint(0, max(s, d) - 1)
    return lambda n, o: Stamp(k, s, p, d), lambda x: F.conv_transpose1d(x, weight, None, s, p, extra, 1, d)


def slid(draw):
    k, s, p, d = draw.randint(1, 5), draw.randint(1, 4), draw.randint(0, 7), draw.randint(1, 9)
    weight = torch.ones(1, 1, k)
    return lambda n, o: Window(k, s, p, d), lambda x: F.conv1d(x, weight, None, s, p, d)


def padded(draw):
    mode, before, after = draw.choice(["reflect", "replicate", "circular"]), draw.randint(0, 4), draw.randint(0, 4)
    return lambda n, o: Window(1, 1, before, 1, mode), lambda x: F.pad(x, (before, after), mode=mode)


def resized(draw):
    mode, size = draw.choice(["nearest", "nearest-exact", "linear", "area"]), draw.randint(1, 30)
    corners = draw.choice([None, True]) if mode == "linear" else None
    return (
        lambda n, o: Resampling(mode, n, o, None, bool(corners)),
        lambda x: F.interpolate(x, size=size, mode=mode, align_corners=corners),
    )


def rescaled(draw):
    """Scales that lead to an equal or doubled size are left out: PyTorch's own answers differ by memory layout there."""
    mode, scale = draw.choice(["nearest", "nearest-exact", "linear"]), draw.choice([2, 3, 1.5, 0.5, 1.3, 2.7, 0.1, 7])

    def function(x):
        if scale != 2 and int(x.shape[2] * scale) in (x.shape[2], 2 * x.shape[2]):
            raise RuntimeError("left out")
        return F.interpolate(x, scale_factor=scale, mode=mode)

    return lambda n, o: Resampling(mode, n, o, scale), function


def shared(draw):
    size = draw.randint(1, 16)
    return Shares, lambda x: F.adaptive_avg_pool1d(x, size)


@pytest.mark.filterwarnings("ignore:The default behavior for interpolate")
@pytest.mark.parametrize("make", [slid, stamped, padded, resized, rescaled, shared])
def test_looks_read_what_torch_reads(make):
    """Every output unit, on axes of many lengths; a look that is sure to cover them leaves none without a source."""
    draw = random.Random(0)
    tried = 0
    while tried < 250:
        inputs = draw.randint(1, 14)
        look_of, function = make(draw)
        try:
            right = units_read(function, inputs)
        except RuntimeError:  # torch refuses the setting
            continue
        tried += 1
        look = look_of(inputs, len(right))
        assert [sorted(set(look.sources(unit, inputs))) for unit in range(len(right))] == right, (look, inputs)
        if look.covers(inputs, len(right)):
            assert all(right), (look, inputs)


@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize(("inputs", "outputs"), [(4, 8), (5, 7), (7, 5), (6, 6), (1, 3)])
def test_bicubic_interpolation_reads_four_units(inputs, outputs, corners):
    """Beyond the ends, the outermost unit stands for the missing ones."""
    image = torch.eye(inputs, dtype=torch.double).unsqueeze(1).unsqueeze(3).expand(-1, -1, -1, inputs)
    answers = F.interpolate(image, size=(outputs, inputs), mode="bicubic", align_corners=corners)[:, 0, :, 0]
    look = Resampling("bicubic", inputs, outputs, None, corners)
    for unit, column in enumerate(answers.T):
        assert sorted(set(look.sources(unit, inputs))) == column.abs().gt(1e-9).nonzero().flatten().tolist()


LOOKS = [
    Window(3, 2, 1), Window(2, 3, -2, 2), Window(3, 1, 4, 2, "reflect"), Stamp(3, 2, 1), Stamp(2, 4, 1, 3), Shares(6, 4),
    Resampling("linear", 4, 6), Resampling("area", 4, 6), Resampling("bicubic", 4, 6), Resampling("nearest", 6, 4),
    Resampling("nearest-exact", 6, 4), Resampling("linear", 5, 9, align_corners=True), Resampling("linear", 9, 5, 0.5),
    Repeat(3), Own(), Mirror(8),
]  # fmt: skip


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_looks_repeat_themselves(look):
    """A period further in the output, everything is a period further in the input; far inside nothing is cut."""
    assert isinstance(look, PeriodicLook)
    outputs, inputs = look.period
    for unit in range(3 * outputs):
        here, there = look.endless(unit), look.endless(unit + outputs)
        assert [place + inputs for place in here] == list(there)
        if len(here) and here[0] >= 0 and here[-1] < 8:
            assert list(look.sources(unit, 8)) in ([*here], []) or not isinstance(look, (Window, Stamp, Repeat, Own))


def test_looks_are_values():
    """Two of a kind with the same values are one."""
    assert len({Window(3), Window(3, 1), Stamp(3), Window(3, before=1)}) == 3
    assert repr(Repeat(2)) == "Repeat(factor=2)"


def test_looks_without_a_period():
    """They have a meaning on real axes only."""
    assert [list(Past().sources(unit, 3)) for unit in range(3)] == [[0], [0, 1], [0, 1, 2]]
    assert list(Whole().sources(5, 3)) == [0, 1, 2]
    assert [list(Piece(1).sources(unit, 2)) for unit in range(4)] == [[], [0], [1], []]
    assert (Piece(0).covers(2, 2), Piece(0).covers(2, 3), Past().covers(3, 3)) == (True, False, True)


def random_look(draw, units):
    """A look at an axis with so many units that repeats itself, and the units that it gives."""
    k, s, d = draw.randint(1, 4), draw.randint(1, 3), draw.randint(1, 2)
    choices = [
        (Window(k, s, 0, d), (units - d * (k - 1) - 1) // s + 1),
        (Stamp(k, s, 0, d), (units - 1) * s + d * (k - 1) + 1),
        (Repeat(k), units * k),
        (Mirror(units), units),
        (Resampling("linear", units, 2 * units), 2 * units),
        (Resampling("nearest", units, units * 3 // 2), units * 3 // 2) if units % 2 == 0 else (Own(), units),
        (Shares(units, units * 2 // 3), units * 2 // 3) if units % 3 == 0 else (Own(), units),
    ]
    return draw.choice(choices)


def random_view(draw, view, units, depth=3):
    """A chain of looks, with branches that meet."""
    for _ in range(depth):
        look, after = random_look(draw, units)
        if not 40 < after < 700:
            continue
        view, units = view.through((look,), (after,)), after
        if draw.random() < 0.4:
            side = view.through((Window(draw.choice([1, 3, 5]), 1, draw.randint(0, 2)),), (units,))
            view = View.united([view, side])
    return view, units


@pytest.mark.parametrize("seed", range(8))
def test_patterns_are_what_units_in_the_middle_see(seed):
    """On a long axis, a unit far from the ends sees exactly the span that the pattern says."""
    draw = random.Random(seed)
    for _ in range(50):
        view, units = random_view(draw, View.of_input((240,)), 240)
        pattern = view.patterns[0]
        for unit in range(units // 2 - 6, units // 2 + 6):
            assert (pattern.at(unit),) == view.region((unit,)), (pattern, unit)
        spans = [view.region((unit,))[0] for unit in range(units)]
        assert view.size[0] >= max((last - first + 1 for first, last in filter(None, spans)), default=0)


def test_patterns_have_the_fewest_spans():
    """What is put back together after upsampling is as simple as before."""
    doubled = PIXEL.through(Repeat(2), 8, 16)
    assert doubled == Pattern(((0, 0), (0, 0)), 1)
    assert doubled.through(Window(2, 2), 16, 8) == PIXEL
    assert doubled.through(Window(3, 1, 1), 16, 16) == Pattern(((-1, 0), (0, 1)), 1)


def test_patterns_of_branches_that_go_on_at_different_paces_are_listed():
    """Nothing repeats itself; the spans are those of the units that there are."""
    slow, fast = Pattern(((0, 0),), 1), Pattern(((0, 1),), 2)
    both, aligned = meet([slow, fast], units=4)
    assert both == Pattern(((0, 1), (1, 3), (2, 5), (3, 7)), None)
    assert not aligned
    assert (both.size, both.start, both.jump, both.uniform) == (5, 0, Fraction(3, 2), False)
    assert both.through(Window(2), 4, 3) == Pattern(((0, 3), (1, 5), (2, 7)), None)
    assert both.through(Whole(), 4, 1) == Pattern(((0, 7),), 0)
    assert meet([both, both.through(Own(), 4, 4)], units=4) == (both, True)


def test_patterns_of_units_that_see_nothing():
    """Gaps of a transposed convolution see no pixel; nobody is larger than nothing."""
    nothing = Pattern((None,), 1)
    assert (nothing.size, nothing.start, nothing.uniform) == (0, 0, True)
    assert nothing.through(Window(3), 8, 6) == nothing
    assert Pattern((None, None), None).jump == 0
    assert meet([nothing, PIXEL], units=3) == (PIXEL, True)
    gaps = PIXEL.through(Stamp(1, 2), 4, 7)
    assert gaps == Pattern(((0, 0), None), 1)
    assert meet([gaps, gaps.through(Mirror(7), 7, 7)], units=7)[0].shift is None


def test_a_whole_axis_lines_up_with_anything():
    """Units that all see the same have no centres to compare."""
    whole = PIXEL.through(Whole(), 5, 5)
    assert meet([whole, PIXEL], units=5) == (Pattern(((0, 4),) * 5, None), True)
    assert meet([whole, whole], units=5) == (whole, True)
