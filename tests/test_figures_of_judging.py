"""The figures of an evaluation show its numbers, and files of figures suit light and dark grounds."""

import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image

from cnn_guide import data, figures, training
from cnn_guide.figures.palette import PALETTE, light

DARK = {colour.dark for colour in PALETTE.values()}
LIGHT = {colour.light for colour in PALETTE.values()}


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    matplotlib.use("Agg")
    with matplotlib.rc_context():
        yield
    plt.close("all")


def judged(classes: int = 3, images: int = 200) -> training.Evaluation:
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(classes, (images,), generator=generator)
    logits = torch.randn(images, classes, generator=generator) + 2 * torch.nn.functional.one_hot(labels, classes)
    return training.Evaluation(logits, labels)


def pictures(found: training.Evaluation, channels: int = 1) -> data.TensorSet:
    pixels = torch.arange(found.total).byte()[:, None, None, None].expand(-1, channels, 4, 4)  # their own numbers
    return data.TensorSet(pixels, found.labels)


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible() and text.get_text()]


# --- confusion matrix ---


def test_long_names_stand_upright_above_the_columns() -> None:
    """Beside the rows they lie; so neither meets its neighbour."""
    figure = figures.confusion_matrix(np.eye(3), ["cat", "automobile", "a very long name indeed"])
    turned = [text.get_text() for text in figure.findobj(Text) if text.get_rotation() == 90 and text.get_text()]
    assert turned == ["cat", "automobile", "a very… indeed", "truth"]


def test_of_too_many_classes_those_with_the_most_mistakes_are_drawn() -> None:
    """In their order, with a line that says so."""
    counts = 500 * np.eye(40, dtype=int)
    for row in range(10, 21):
        counts[row, row + 1] = 90
    drawn = texts(figures.confusion_matrix(counts))
    assert "12 of 40 classes: those with the most mistakes" in drawn
    names = [text for text in drawn if len(text) == 2 and text != "90"]
    assert names == [str(number) for number in range(10, 22) for _ in ("row", "column")]


def test_large_tables_have_tints_without_numbers() -> None:
    """Twenty-six letters fit, their counts would not."""
    counts = 9 * np.eye(26, dtype=int) + 4 * np.eye(26, k=1, dtype=int)
    figure = figures.confusion_matrix(counts, "abcdefghijklmnopqrstuvwxyz")
    assert set(texts(figure)) == {*"abcdefghijklmnopqrstuvwxyz", "guess", "truth"}
    assert len([patch for patch in figure.findobj(Rectangle) if patch.get_alpha()]) == 25


def test_large_counts_stay_within_their_cells() -> None:
    """A hundred thousand images of a class, for example."""
    figure = figures.confusion_matrix([[123_456, 7], [8, 98_765]])
    figure.draw_without_rendering()
    number = next(text for text in figure.findobj(Text) if text.get_text() == "123456")
    cell = figure.axes[0].transData.transform([(0, 0), (1, 0)])[:, 0]
    assert number.get_window_extent().width <= cell[1] - cell[0]


# --- reliability and ROC ---


def test_the_points_of_a_reliability_diagram_are_the_bins() -> None:
    """Confidence against accuracy with the interval, and the counts below; empty bins have no point."""
    found = judged().calibration()
    upper, lower = figures.reliability(found).axes
    filled = [each for each in found.bins if each.count]
    points = [container.lines[0].get_xydata()[0] for container in upper.containers]
    np.testing.assert_allclose(points, [(each.confidence, each.accuracy) for each in filled])
    ends = [container.lines[2][0].get_segments()[0][:, 1] for container in upper.containers]
    np.testing.assert_allclose(ends, [each.interval for each in filled])
    assert [bar.get_height() for bar in lower.patches] == [each.count for each in found.bins]
    assert f"calibration error {found.ece:.1%}" in upper.get_title(loc="left")
    assert upper.get_xlim() == lower.get_xlim()


def test_an_roc_curve_goes_through_its_points() -> None:
    """From nothing found to everything taken for a positive, with the area in the title."""
    found = judged(2)
    (axes,) = figures.roc(found.roc_curve(), found.roc_auc).axes
    np.testing.assert_allclose(axes.lines[1].get_xydata(), list(zip(*found.roc_curve()[:2], strict=True)))
    assert f"{found.roc_auc:.3f}" in axes.get_title(loc="left")


# --- the picture of an evaluation ---


def test_the_picture_says_what_the_evaluation_says() -> None:
    """Accuracy, interval, counts, calibration, and the surest mistakes."""
    found = judged()
    figure = figures.evaluation(found, pictures(found), title="a network on noise", classes=["ant", "bee", "cow"])
    drawn = texts(figure)
    low, high = found.interval
    assert f"{found.accuracy:.2%} right" in drawn
    assert f"{found.correct} of 200 images, 95% interval {low:.2%} to {high:.2%}" in drawn
    assert "a network on noise" in drawn
    assert {str(count) for count in found.confusion.flatten().tolist() if count} <= set(drawn)
    images = [int(axes.images[0].get_array().max() * 255 + 0.5) for axes in figure.axes if axes.images]
    assert images == found.mistakes(8).tolist()
    names = ("ant", "bee", "cow")
    first = found.worst(1)[0]
    assert f"{names[int(first.truth)]} → {names[int(first.guess)]}\n{first.confidence:.0%} sure" in drawn


@pytest.mark.parametrize(("k", "drawn"), [(0, 0), (3, 3), (11, 11)])
def test_as_many_mistakes_are_drawn_as_are_wanted(k: int, drawn: int) -> None:
    """Eight in a row; none without their images."""
    found = judged()
    assert len([axes for axes in figures.evaluation(found, pictures(found, 3), k=k).axes if axes.images]) == drawn
    assert not [axes for axes in figures.evaluation(found).axes if axes.images]


def test_two_classes_have_their_roc_curve_in_the_picture() -> None:
    """There is room for it below the small table."""
    found = judged(2)
    assert any("positives found" in text for text in texts(figures.evaluation(found)))
    assert not any("positives found" in text for text in texts(figures.evaluation(judged(3))))


def test_a_network_without_a_mistake_has_a_picture_too() -> None:
    """Nothing is drawn where nothing is wrong."""
    found = training.Evaluation(5 * torch.eye(4), torch.arange(4))
    assert "100.00% right" in texts(figures.evaluation(found, pictures(found)))


def test_normalised_images_are_drawn_as_they_were() -> None:
    """What a network is shown may be normalised; people see the picture."""
    found = judged()
    plain = pictures(found, 3)
    normalised = data.TensorSet(plain.pixels, plain.labels, mean=(0.5, 0.4, 0.3), std=(0.2, 0.2, 0.2))
    drawn = [
        [np.asarray(axes.images[0].get_array()) for axes in figures.mistakes(each, found).axes]
        for each in (plain, normalised)
    ]
    np.testing.assert_array_equal(drawn[0], drawn[1])


# --- light and dark files ---


def as_svg(path: Path, *, dark: bool = False) -> str:
    found = judged()
    figures.save(figures.evaluation(found, pictures(found)), path, dark=dark)
    return path.read_text(encoding="utf-8")


def test_an_svg_holds_both_themes(tmp_path: Path) -> None:
    """Every light colour has a variable beside it, which the viewer's dark theme sets."""
    svg = as_svg(tmp_path / "both.svg")
    sheet = re.search(r"<style>@media \(prefers-color-scheme: dark\) {:root {(.*?)}}</style>", svg)
    assert sheet
    variables = dict(pair.split(":") for pair in sheet[1].strip(";").split(";"))
    assert variables == {f"--{name}": colour.dark for name, colour in PALETTE.items()}
    for property_, colour, name in re.findall(r"(fill|stroke): (#\w{6}); \1: var\(--(\w+), \2\)", svg):
        assert colour == light(name), property_
    plain = re.sub(r"(fill|stroke): #\w{6}; \1: var\(.*?\)", "", svg.replace(sheet[0], ""))
    assert not [colour for colour in LIGHT if colour in plain]


def test_a_dark_svg_has_no_light_colour(tmp_path: Path) -> None:
    """The ground is the dark page's."""
    svg = as_svg(tmp_path / "dark.svg", dark=True)
    assert not [colour for colour in LIGHT if colour in svg]
    assert PALETTE["paper"].dark in svg
    assert PALETTE["ink"].dark in svg


@pytest.mark.parametrize(("dark", "ground"), [(False, PALETTE["paper"].light), (True, PALETTE["paper"].dark)])
def test_a_png_has_the_ground_of_its_theme(tmp_path: Path, dark: bool, ground: str) -> None:
    """No transparent corner shows what lies behind."""
    figures.save(figures.confusion_matrix(np.eye(2)), tmp_path / "a.png", dark=dark)
    image = Image.open(tmp_path / "a.png").convert("RGBA")
    assert image.getpixel((0, 0)) == (*matplotlib.colors.to_rgba_array(ground)[0][:3] * 255, 255)


@pytest.mark.parametrize("name", ["a.svg", "a.png", "a.pdf"])
def test_a_figure_gives_the_same_file_each_time(tmp_path: Path, name: str) -> None:
    """Without a date, a random name or the reader's own style in it."""
    contents = []
    for style in ({}, {"svg.hashsalt": None, "svg.fonttype": "none", "figure.facecolor": "pink"}):
        with matplotlib.rc_context(style):
            figures.save(figures.confusion_matrix(np.eye(2)), tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]


def test_a_figure_can_be_saved_again_and_again(tmp_path: Path) -> None:
    """By us and by matplotlib, under the guide's style: nothing moves, and nothing is warned of."""
    figures.use_style()
    figure = figures.evaluation(judged())
    places = [axes.get_position().bounds for axes in figure.axes]
    for _ in range(2):
        figures.save(figure, tmp_path / "a.png")
        figure.savefig(tmp_path / "b.svg", bbox_inches="tight")
    assert [axes.get_position().bounds for axes in figure.axes] == places


def test_a_figure_that_is_done_with_is_forgotten(tmp_path: Path) -> None:
    """A program that writes many would keep them all in memory, and a page would show them."""
    figures.save(figures.confusion_matrix(np.eye(2)), tmp_path / "kept.png")
    assert len(plt.get_fignums()) == 1
    figures.save(figures.confusion_matrix(np.eye(2)), tmp_path / "closed.png", close=True)
    assert len(plt.get_fignums()) == 1


def test_dark_figures_are_recoloured_in_place() -> None:
    """Lines, texts, bars and error bars; what has no partner stays."""
    figure = figures.reliability(judged().calibration())
    figures.recolour(figure)
    upper, _ = figure.axes
    colours = {matplotlib.colors.to_hex(text.get_color()) for text in figure.findobj(Text) if text.get_text()}
    assert colours <= DARK
    bars = [bar for bar in upper.collections if isinstance(bar, LineCollection)]
    assert {matplotlib.colors.to_hex(bar.get_color()[0]) for bar in bars} == {PALETTE["blue"].dark}


def test_darken_replaces_every_colour_of_the_palette() -> None:
    """In any case of letters, and nothing else."""
    assert (
        figures.darken(f"fill: {light('ink').upper()}; stroke: #123456")
        == f"fill: {PALETTE['ink'].dark}; stroke: #123456"
    )
    assert figures.darken("".join(sorted(LIGHT))).count("#") == len(LIGHT)


def test_another_ending_is_refused(tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(ValueError, match=r"`path` \(='.*a.gif'\) must end with .svg, .png, .pdf"):
        figures.save(figures.confusion_matrix(np.eye(2)), tmp_path / "a.gif")
    assert not list(tmp_path.iterdir())


def test_coloured_images_are_drawn_in_colour() -> None:
    """On one scale from 0 to 1, or to 255; grey ones still start at the darkest."""
    red = np.zeros((3, 2, 2))
    red[0] = 0.5
    (axes,) = figures.image_row([red]).axes
    assert axes.images[0].get_array()[0, 0].tolist() == [0.5, 0, 0]
    (axes,) = figures.image_row([255 * red]).axes
    assert axes.images[0].get_array()[0, 0].tolist() == [0.5, 0, 0]
    assert axes.images[0].get_array().shape == (2, 2, 3)
