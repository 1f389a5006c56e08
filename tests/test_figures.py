"""Figures hold the numbers they should, in colours that can be read on light and dark pages."""

import io
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from types import SimpleNamespace as Record

import matplotlib
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from sklearn.datasets import load_sample_image

from cnn_guide import ShapeError, figures
from cnn_guide.figures.board import as_text, text_over
from cnn_guide.figures.convolution import correlate
from cnn_guide.figures.palette import BLACK, SERIES, WHITE, light

IMAGE = np.array([[3, 0, 1, 2], [1, 5, 8, 9], [2, 7, 2, 5], [0, 1, 3, 1]])
VERTICAL = np.array([[1, 0, -1]] * 3)
PHONE = 360 - 2 * 16  # CSS pixels between a page's margins


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    matplotlib.use("Agg")
    plt.close("all")
    with matplotlib.rc_context():
        figures.use_style()
        yield
    plt.close("all")


def training(first: float) -> Record:
    epochs = range(1, 6)
    return Record(
        history=[
            Record(
                epoch=epoch,
                train_loss=first / epoch + 0.1,
                val_loss=first / epoch,
                train_accuracy=0.9 - 0.2 / epoch,
                val_accuracy=1 - first / epoch,
            )
            for epoch in epochs
        ]
    )


def layer(kind: str, output: tuple[int, ...] | None, params: int) -> Record:
    return Record(
        kind=kind, input_shape=(1, 28, 28), output_shape=output, params=params, container=kind == "Sequential"
    )


SUMMARY = Record(
    rows=[
        layer("Sequential", (10,), 108_330),  # a container, whose layers follow
        layer("Conv2d", (16, 26, 26), 160),
        layer("Flatten", (10816,), 0),
        layer("Linear", (10,), 108_170),
    ],
    total_params=108_330,
)
IMAGES = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
DATASET = Record(pick=lambda indices: (IMAGES[indices], indices))  # the labels are 0, 1, 2, …
COLOURED = IMAGES * torch.tensor([1.0, 0.5, 0.1])[:, None, None]  # (5, 3, 8, 8)
PHOTOGRAPHS = Record(pick=lambda indices: (COLOURED[indices], indices))
CALIBRATION = Record(
    ece=0.041,
    bins=[
        Record(low=0.0, high=0.5, count=0, confidence=None, accuracy=None, interval=None),
        Record(low=0.5, high=0.75, count=40, confidence=0.68, accuracy=0.6, interval=(0.446, 0.736)),
        Record(low=0.75, high=1.0, count=960, confidence=0.98, accuracy=0.94, interval=(0.923, 0.953)),
    ],
)
CURVE = Record(x=[0.0, 0.0, 0.2, 1.0], y=[0.0, 0.6, 0.9, 1.0])
VERDICTS = Record(
    predictions=[1, 1, 7, 3, 4],
    probabilities=np.full((5, 10), 0.876),
    mistakes=lambda k: np.array([2, 0])[:k],
    correct=9_270,
    total=10_000,
    accuracy=0.927,
    interval=(0.9217, 0.9319),
    confusion=np.arange(100).reshape(10, 10),
    calibration=lambda: CALIBRATION,
    roc_auc=None,
)
TWO_CLASSES = Record(
    **{
        **vars(VERDICTS),
        "predictions": [1, 1, 1, 0, 0],
        "confusion": [[4_650, 350], [380, 4_620]],
        "roc_auc": 0.89,
        "roc_curve": lambda: CURVE,
        "mistakes": lambda k: np.array([0])[:k],
    }
)
SPARSE = 90 * np.eye(40, dtype=int) + 3 * np.eye(40, k=2, dtype=int)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
CIFAR10 = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]

FIGURES: dict[str, Callable[[], Figure]] = {
    "convolution_grid": lambda: figures.convolution_grid(IMAGE, VERTICAL, position=(1, 0)),
    "convolution_grid, padded": lambda: figures.convolution_grid(IMAGE, VERTICAL, (1, 1), stride=2, padding=1),
    "convolution_grid, larger": lambda: figures.convolution_grid(np.arange(36).reshape(6, 6), VERTICAL),
    "coverage": lambda: figures.coverage(IMAGE),
    "coverage, several": lambda: figures.coverage({f"padding {p}": np.ones((6, 6)) for p in range(3)}),
    "confusion_matrix": lambda: figures.confusion_matrix(np.arange(100).reshape(10, 10)),
    "confusion_matrix, long names": lambda: figures.confusion_matrix(np.arange(100).reshape(10, 10) * 11, CIFAR10),
    "confusion_matrix, many classes": lambda: figures.confusion_matrix(SPARSE[:26, :26], LETTERS),
    "confusion_matrix, too many classes": lambda: figures.confusion_matrix(
        SPARSE, [f"a class with the number {number}" for number in range(40)]
    ),
    "evaluation": lambda: figures.evaluation(VERDICTS, DATASET, title="CNN 2 on MNIST"),
    "evaluation, two classes": lambda: figures.evaluation(TWO_CLASSES, PHOTOGRAPHS, classes=["other", "automobile"]),
    "image_row": lambda: figures.image_row(IMAGES, titles=range(5)),
    "image_numbers": lambda: figures.image_numbers(np.arange(64).reshape(8, 8)),
    "kernel_gallery": lambda: figures.kernel_gallery(
        photograph(), {"edges": VERTICAL, "more edges": VERTICAL.T, "blur": np.ones((3, 3)) / 9}
    ),
    "mistakes": lambda: figures.mistakes(DATASET, VERDICTS),
    "mistakes, coloured": lambda: figures.mistakes(PHOTOGRAPHS, VERDICTS, classes=CIFAR10),
    "model_comparison": lambda: figures.model_comparison(
        {
            "dense": (104_938, Record(accuracy=0.971, interval=(0.967, 0.974))),
            "CNN 2": (57_274, Record(accuracy=0.977, interval=(0.974, 0.980))),
        }
    ),
    "network": lambda: figures.network(SUMMARY),
    "parameters_against_side": lambda: figures.parameters_against_side(
        [28, 56, 224], {"dense": lambda side: 100 * side**2 + 100, "convolution": lambda side: 1000}
    ),
    "reliability": lambda: figures.reliability(CALIBRATION),
    "roc": lambda: figures.roc(CURVE, 0.89),
    "training_curves": lambda: figures.training_curves({"dense": training(0.3), "CNN 1": training(0.2)}),
}
every_figure = pytest.mark.parametrize("name", FIGURES)
page_figures = [
    name for name in FIGURES if not name.startswith("evaluation")
]  # that one is a file of its own, and wider


def photograph() -> np.ndarray:
    return load_sample_image("china.jpg").mean(axis=2) / 255  # 427×640, full of detail


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible() and text.get_text()]


def is_drawn(text: Text) -> bool:
    """Tell whether a text can be seen: matplotlib keeps labels of ticks outside the axes, and does not draw them."""
    outside = [
        tick.label1
        for axes in text.figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    ]
    return text.get_visible() and bool(text.get_text()) and not any(text is label for label in outside)


def as_svg(figure: Figure) -> str:
    output = io.StringIO()
    figure.savefig(output, format="svg", metadata={"Date": None})
    return output.getvalue()


@cache
def drawn(name: str) -> Figure:
    """A figure as it is laid out on the page, for tests that only look."""
    figure = FIGURES[name]()
    figure.draw_without_rendering()
    return figure


@cache
def svg_of(name: str) -> str:
    return as_svg(FIGURES[name]())


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def blend(colour: str, ground: str, alpha: float) -> str:
    parts = [(int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(alpha * top + (1 - alpha) * below):02x}" for top, below in parts)


# --- the palette ---


def test_the_contrast_formula_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("name", sorted(set(figures.PALETTE) - {"grid", "paper"}))
def test_each_colour_can_be_read_as_text_on_both_pages(name: str) -> None:
    colour = figures.PALETTE[name]
    assert contrast(colour.light, "#ffffff") >= 4.5
    assert contrast(colour.dark, figures.PALETTE["paper"].dark) >= 4.5


@pytest.mark.parametrize("name", ["blue", "orange"])
def test_ink_can_be_read_on_the_strongest_tint(name: str) -> None:
    ink, colour = figures.PALETTE["ink"], figures.PALETTE[name]
    board = figures.convolution_grid([[1]], [[1 if name == "blue" else -1]])
    strongest = max(patch.get_alpha() for patch in board.findobj(Rectangle) if patch.get_alpha())
    assert contrast(ink.light, blend(colour.light, "#ffffff", strongest)) >= 4.5
    assert contrast(ink.dark, blend(colour.dark, figures.PALETTE["paper"].dark, strongest)) >= 4.5


def test_colours_are_unique_and_never_grey_so_that_replacing_them_is_safe() -> None:
    lights = [colour.light for colour in figures.PALETTE.values()]
    assert len(set(lights)) == len(lights)
    assert not set(lights) & {colour.dark for colour in figures.PALETTE.values()}
    assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for pair in figures.PALETTE.values() for colour in pair)
    assert not [colour for colour in lights if colour[1:3] == colour[3:5] == colour[5:7]]
    assert set(SERIES) <= set(figures.PALETTE)


@given(st.floats(0, 1))
def test_numbers_on_pixels_can_be_read_on_any_grey(brightness: float) -> None:
    level = f"{round(255 * brightness):02x}"
    assert contrast(text_over(brightness), f"#{level * 3}") >= 4.5


# --- every figure ---


@every_figure
def test_every_colour_has_a_dark_twin_or_belongs_to_a_pixel(name: str) -> None:
    colours = set(re.findall(r"#[0-9a-f]{6}\b", svg_of(name)))
    assert colours <= {light(colour) for colour in figures.PALETTE} | {BLACK, WHITE}
    assert light("ink") in colours or "image_numbers" in name


@every_figure
def test_the_ground_is_transparent(name: str) -> None:
    figure = drawn(name)
    assert figure.get_facecolor()[3] == 0
    assert all(axes.get_facecolor()[3] == 0 for axes in figure.axes if not axes.images)


@every_figure
def test_two_runs_give_the_same_small_file(name: str) -> None:
    first, second = svg_of(name), as_svg(FIGURES[name]())
    assert first == second
    assert len(first) < 150_000


@pytest.mark.parametrize("name", page_figures)
def test_text_can_be_read_on_a_phone(name: str) -> None:
    figure = drawn(name)
    shrunk = min(1.0, PHONE / (96 * figure.get_tightbbox().width))
    sizes = [text.get_fontsize() for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    assert min(sizes) * 96 / 72 * shrunk >= 7.5  # CSS pixels


@every_figure
def test_no_text_leaves_the_figure_or_lies_on_another(name: str) -> None:
    figure = drawn(name)
    boxes = [text.get_window_extent() for text in figure.findobj(Text) if is_drawn(text)]
    width, height = figure.bbox.size
    assert all(box.x0 >= -1 and box.x1 <= width + 1 and box.y0 >= -1 and box.y1 <= height + 1 for box in boxes)
    pairs = [(one, other) for at, one in enumerate(boxes) for other in boxes[:at]]
    assert not [pair for pair in pairs if pair[0].shrunk(0.8, 0.6).overlaps(pair[1].shrunk(0.8, 0.6))]


@every_figure
def test_a_figure_looks_the_same_without_use_style_and_leaves_the_readers_style_alone(name: str) -> None:
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.use("Agg")
        before = dict(matplotlib.rcParams)
        plain = FIGURES[name]()
        assert dict(matplotlib.rcParams) == before
    styled = FIGURES[name]()
    looks = [
        [(text.get_text(), text.get_color(), text.get_fontsize()) for text in f.findobj(Text)] for f in (plain, styled)
    ]
    assert looks[0] == looks[1]


# --- convolutions ---


@given(
    image=arrays.arrays(np.float64, st.tuples(st.integers(3, 8), st.integers(3, 8)), elements=st.integers(-9, 9)),
    kernel=arrays.arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 3)), elements=st.integers(-3, 3)),
    stride=st.integers(1, 3),
)
def test_the_drawn_output_is_that_of_torch(image: np.ndarray, kernel: np.ndarray, stride: int) -> None:
    expected = F.conv2d(torch.tensor(image)[None, None], torch.tensor(kernel)[None, None], stride=stride)
    np.testing.assert_array_equal(correlate(image, kernel, stride), expected[0, 0].numpy())


def test_a_convolution_shows_all_its_numbers_and_the_sum_of_one_window() -> None:
    drawn = texts(figures.convolution_grid(IMAGE, VERTICAL, position=(0, 0)))
    assert drawn[:16] == [as_text(value) for value in IMAGE.flat]
    assert drawn[16:25] == ["1", "0", "−1"] * 3
    assert drawn[25:29] == ["−5", "−4", "−10", "−2"]
    assert drawn[29:32] == ["image 4×4", "kernel 3×3", "output 2×2"]
    assert drawn[-1] == "3·1 + 0·0 − 1·1 + 1·1 + 5·0 − 8·1 + 2·1 + 7·0 − 2·1 = −5"


def frames(figure: Figure, colour: str) -> list[tuple[float, ...]]:
    patches = [p for p in figure.findobj(Rectangle) if not p.get_fill()]
    wanted = matplotlib.colors.to_rgba(light(colour))
    return [(*p.get_xy(), p.get_width(), p.get_height()) for p in patches if p.get_edgecolor() == wanted]


def test_the_window_moves_by_the_stride_within_the_padded_image() -> None:
    first = frames(figures.convolution_grid(IMAGE, VERTICAL, (0, 0), stride=2, padding=1), "orange")
    figure = figures.convolution_grid(IMAGE, VERTICAL, (1, 1), stride=2, padding=1)
    moved = frames(figure, "orange")
    assert [after[0] - before[0] for before, after in zip(first, moved, strict=True)] == pytest.approx([2, 1])
    assert [after[1] - before[1] for before, after in zip(first, moved, strict=True)] == pytest.approx([2, 1])
    assert moved[0][2:] == (3, 3)
    assert moved[1][2:] == (1, 1)
    assert [frame[2:] for frame in frames(figure, "blue")] == [(4, 4)]  # where the image ends and the zeros begin
    assert "image 4×4 with padding 1" in texts(figure)
    assert texts(figure)[:36].count("0") == 20 + 2  # the border, and the image's own


def test_a_tensor_with_a_gradient_can_be_drawn() -> None:
    kernel = torch.tensor([[0.5, -0.25]], requires_grad=True)
    assert texts(figures.convolution_grid(torch.ones(1, 1, 2), kernel))[2:5] == ["0.5", "−0.25", "0.25"]


def test_a_kernel_that_does_not_fit_is_refused_as_everywhere() -> None:
    with pytest.raises(ShapeError, match="kernel_size"):
        figures.convolution_grid(IMAGE, np.ones((5, 5)))


@pytest.mark.parametrize("position", [(2, 0), (0, 2), (-1, 0)])
def test_a_position_outside_the_output_is_refused(position: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"`position` \(=.*\) must lie within the output \(2×2, counted from 0\)"):
        figures.convolution_grid(IMAGE, VERTICAL, position)


def test_coverage_writes_each_count_and_shares_one_scale() -> None:
    figure = figures.coverage({"padding 0": [[1, 2]], "padding 1": [[4, 4]]})
    assert texts(figure) == ["1", "2", "padding 0", "4", "4", "padding 1"]
    tints = [patch.get_alpha() for patch in figure.findobj(Rectangle) if patch.get_alpha()]
    assert [tint / tints[-1] for tint in tints] == pytest.approx([0.25, 0.5, 1, 1])


def test_many_panels_go_on_in_a_new_row() -> None:
    titles = FIGURES["coverage, several"]().findobj(Text)
    rows = [text.get_position()[1] for text in titles if text.get_text().startswith("padding")]
    assert rows[0] == rows[1] < rows[2]


def test_a_gallery_draws_the_responses_signed_where_a_kernel_sums_to_zero() -> None:
    figure = figures.kernel_gallery(np.eye(6), {"edges": VERTICAL, "blur": np.ones((3, 3)) / 9})
    image, edges, blur = figure.axes[:3]
    assert [axes.get_title(loc="left") for axes in (image, edges, blur)] == ["image", "edges", "blur"]
    np.testing.assert_array_equal(image.images[0].get_array(), np.eye(6))
    np.testing.assert_allclose(edges.images[0].get_array(), correlate(np.eye(6), VERTICAL))
    low, high = edges.images[0].get_clim()
    assert low == -high < 0
    assert blur.images[0].get_clim() == (0, 1)


# --- images ---


def test_images_stand_in_rows_under_their_titles_on_one_scale() -> None:
    figure = figures.image_row([np.eye(3), 2 * np.eye(3), np.eye(3)], titles=["a", "b", "c"], columns=2)
    assert [axes.get_title() for axes in figure.axes] == ["a", "b", "c"]
    assert {axes.images[0].get_clim() for axes in figure.axes} == {(0, 2)}
    assert len({round(axes.get_position().y0, 3) for axes in figure.axes}) == 2


@pytest.mark.parametrize(
    ("images", "titles", "words"),
    [
        ([], None, "`images` must hold at least one image"),
        ([np.eye(2)], ["a", "b"], r"`titles` \(length 2\) must hold one title for each of the 1 images"),
        (
            [np.zeros((2, 4, 4))],
            None,
            r"`images` \(shape \(2, 4, 4\)\) must have the shape \(H, W\), \(1, H, W\) or \(3, H, W\)",
        ),
    ],
)
def test_images_that_cannot_be_drawn_are_refused(
    images: list[np.ndarray], titles: list[str] | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        figures.image_row(images, titles)


def test_each_pixels_number_is_black_or_white_by_its_brightness() -> None:
    figure = figures.image_numbers([[0, 255], [64, 200]])
    numbers = {text.get_text(): text.get_color() for text in figure.findobj(Text) if text.get_text()}
    assert numbers == {"0": WHITE, "255": BLACK, "64": WHITE, "200": BLACK}


def test_few_images_are_as_large_as_is_asked_where_there_is_room() -> None:
    """Two fit at the width that is asked for; five share the width that there is."""
    narrow, wide, many = (
        figures.image_row([np.eye(3)] * n, largest=inches) for n, inches in ((2, 1.5), (2, 2.5), (5, 2.5))
    )
    assert [figure.get_figwidth() for figure in (narrow, wide)] == [3, 5]
    assert many.get_figwidth() == pytest.approx(figures.image_row([np.eye(3)] * 5).get_figwidth())


def test_an_all_black_image_can_be_drawn() -> None:
    assert texts(figures.image_numbers(np.zeros((2, 2)))) == ["0"] * 4
    assert len(figures.image_row([np.zeros((2, 2))]).axes) == 1


def test_mistakes_say_truth_guess_and_how_sure() -> None:
    assert texts(figures.mistakes(DATASET, VERDICTS)) == ["2 → 7\n88% sure", "0 → 1\n88% sure"]
    names = [f"class {label}" for label in "abcdefghij"]
    assert texts(figures.mistakes(DATASET, VERDICTS, 1, classes=names)) == ["class c\n→ class h\n88% sure"]


def test_without_a_mistake_there_is_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="`verdicts` holds no mistake"):
        figures.mistakes(DATASET, Record(mistakes=lambda k: np.array([], dtype=int)))


# --- tables and curves ---


def test_a_confusion_matrix_tints_the_mistakes_and_mutes_the_rest() -> None:
    figure = figures.confusion_matrix([[95, 4, 1], [0, 98, 2], [8, 0, 92]])
    assert texts(figure)[:9] == ["95", "4", "1", "·", "98", "2", "8", "·", "92"]
    colours = [text.get_color() for text in figure.findobj(Text) if text.get_text()][:9]
    assert [colour == light("muted") for colour in colours] == [
        count in ("95", "98", "92", "·") for count in texts(figure)[:9]
    ]
    tints = [patch.get_alpha() for patch in figure.findobj(Rectangle) if patch.get_alpha()]
    assert [tint / max(tints) for tint in tints] == pytest.approx([4 / 8, 1 / 8, 2 / 8, 1])


def test_a_network_without_mistakes_has_a_confusion_matrix_too() -> None:
    assert texts(figures.confusion_matrix(np.eye(2) * 5))[:4] == ["5", "·", "·", "5"]


@pytest.mark.parametrize(("confusion", "classes"), [(np.zeros((2, 3)), None), (np.zeros((2, 2)), ["a"])])
def test_a_confusion_matrix_is_square(confusion: np.ndarray, classes: list[str] | None) -> None:
    with pytest.raises(ValueError, match="must have one row and one column for each class"):
        figures.confusion_matrix(confusion, classes)


def test_a_network_is_drawn_layer_by_layer_with_its_share_of_the_parameters() -> None:
    figure = figures.network(SUMMARY)
    assert texts(figure) == [
        *("layer", "output", "parameters"),
        *("input", "1×28×28"),
        *("Conv2d", "16×26×26", "160"),
        *("Flatten", "10816", "–"),
        *("Linear", "10", "108,170"),
        *("total", "108,330"),
    ]
    widths = [patch.get_width() for patch in figure.findobj(Rectangle) if patch.get_alpha()]
    assert [width / 0.99 for width in widths] == pytest.approx([160 / 108_330, 0, 108_170 / 108_330])


def test_an_unknown_shape_is_said_to_be_unknown() -> None:
    drawn = texts(figures.network(Record(rows=[layer("Mystery", None, 0)], total_params=0)))
    assert drawn[5:8] == ["Mystery", "unknown", "–"]


def test_a_network_without_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="`summary` has no layers"):
        figures.network(Record(rows=[], total_params=0))


def test_parameters_are_drawn_where_they_belong() -> None:
    (axes,) = FIGURES["parameters_against_side"]().axes
    dense, convolution = axes.lines
    assert dense.get_xydata().tolist() == [[28, 78_500], [56, 313_700], [224, 5_017_700]]
    assert convolution.get_ydata().tolist() == [1000] * 3
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert {text.get_text(): text.get_color() for text in axes.texts} == {
        "dense": light("blue"),
        "convolution": light("orange"),
    }


def test_curves_show_training_dashed_and_validation_solid() -> None:
    loss, accuracy = FIGURES["training_curves"]().axes
    for axes, quantity in ((loss, "loss"), (accuracy, "accuracy")):
        dashed, solid = axes.lines[:2]
        history = training(0.3).history
        assert dashed.get_ydata().tolist() == [getattr(record, f"train_{quantity}") for record in history]
        assert solid.get_ydata().tolist() == [getattr(record, f"val_{quantity}") for record in history]
        assert (dashed.get_linestyle(), solid.get_linestyle()) == ("--", "-")
        assert [text.get_text() for text in axes.texts] == ["CNN 1", "dense"][:: 1 if quantity == "loss" else -1]


def test_labels_of_lines_that_end_together_stand_apart() -> None:
    loss, _ = figures.training_curves({name: training(0.3) for name in "abcdef"}).axes
    heights = sorted(text.get_position()[1] for text in loss.texts)
    assert min(after - before for before, after in pairwise(heights)) > 0.08


def test_curves_need_a_training() -> None:
    with pytest.raises(ValueError, match="`fits` must hold at least one training"):
        figures.training_curves({})


def test_networks_are_compared_with_their_intervals() -> None:
    (axes,) = FIGURES["model_comparison"]().axes
    assert [text.get_text() for text in axes.texts] == ["dense\n97.1%", "CNN 2\n97.7%"]
    (bars,) = axes.containers[0].lines[2]
    assert bars.get_segments()[0].tolist() == [
        pytest.approx([104_938, 0.967]),
        pytest.approx([104_938, 0.974]),
    ]
