"""An evaluation counts what it says, and its figures are those of scikit-learn and torchmetrics."""

import json
import math
import warnings
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics
from torch import Tensor, nn
from torchmetrics.functional.classification import multiclass_calibration_error

from cnn_guide import data, training
from cnn_guide.training.judging.calibration import calibration
from cnn_guide.training.judging.outputs import judging

digits = cache(data.Digits)


def network(dropout: float = 0.0) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Dropout(dropout), nn.Linear(32, 10))


class Fixed(nn.Module):
    """Says what it was told, whatever it is shown."""

    def __init__(self, logits: list[list[float]]) -> None:
        super().__init__()
        self.logits = torch.tensor(logits)

    def forward(self, images: Tensor) -> Tensor:
        return self.logits[images.flatten().long()]


def judged(logits: list[list[float]], labels: list[int]) -> training.Evaluation:
    images = torch.arange(len(labels)).float().reshape(-1, 1, 1, 1)
    return training.evaluate(Fixed(logits), data.TensorSet(images, torch.tensor(labels)))


def chance(images: int, classes: int, seed: int = 0, lead: float = 1.0) -> training.Evaluation:
    """Random logits that favour the truth a little."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(classes, (images,), generator=generator)
    logits = torch.randn(images, classes, generator=generator)
    return training.Evaluation(logits + lead * F.one_hot(labels, classes), labels)


# --- counts ---


def test_counts_follow_from_the_logits() -> None:
    """The smallest example that has everything in it."""
    found = judged([[2.0, 0, 0], [1, 3, 0], [0, 1, 0.5], [0, 0, 1]], [0, 0, 2, 2])
    assert found.predictions.tolist() == [0, 1, 1, 2]
    assert (found.correct, found.total, found.accuracy) == (2, 4, 0.5)
    assert found.confusion.tolist() == [[1, 1, 0], [0, 0, 0], [0, 1, 1]]
    assert found.mistakes().tolist() == [1, 2]
    assert found.mistakes(1).tolist() == [1]
    assert found.probabilities.sum(dim=1).tolist() == pytest.approx([1] * 4)
    assert repr(found) == "2 of 4 right: 50.00% (95% interval 15.00% to 85.00%)"
    assert found.top_accuracy(1) == 0.5
    assert found.top_accuracy(2) == found.top_accuracy(99) == 1.0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_the_confusion_counts_each_pair_of_truth_and_guess(pairs: list[tuple[int, int]]) -> None:
    """Counted again, one pair after the other."""
    found = judged([[float(guess == column) for column in range(4)] for _, guess in pairs], [t for t, _ in pairs])
    assert found.confusion.dtype == torch.int64
    assert all(found.confusion[t, g] == pairs.count((t, g)) for t in range(4) for g in range(4))
    assert found.confusion.diagonal().sum() == found.correct
    assert len(found.mistakes()) == found.total - found.correct
    listed = {(each.truth, each.guess): each.count for each in found.confusions()}
    assert listed == {(str(t), str(g)): pairs.count((t, g)) for t, g in pairs if t != g}
    assert list(listed.values()) == sorted(listed.values(), reverse=True)


def test_mistakes_and_confusions_have_the_classes_names() -> None:
    """What is listed can be read without a table of numbers."""
    found = training.Evaluation(
        torch.tensor([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]]), torch.tensor([1, 1, 1]), ("cat", "dog")
    )
    assert [(each.index, each.truth, each.guess) for each in found.worst()] == [(2, "dog", "cat"), (0, "dog", "cat")]
    assert found.worst(1)[0].confidence == pytest.approx(1 / (1 + math.exp(-3)))
    assert [vars(each) for each in found.confusions()] == [{"truth": "dog", "guess": "cat", "count": 2}]


# --- showing images to a network ---


def test_large_sets_are_cut_into_batches_without_a_trace() -> None:
    """The logits are those of one pass over all images."""
    images, labels = torch.rand(2500, 1, 8, 8), torch.randint(0, 10, (2500,))
    model = network(0.5)
    found = training.evaluate(model, data.TensorSet(images, labels))
    with torch.no_grad():
        logits = model.eval()(images)
    torch.testing.assert_close(found.logits, logits)
    assert found.loss == pytest.approx(F.cross_entropy(logits, labels).item())


def test_photographs_are_shown_fewer_at_a_time() -> None:
    """A batch of a thousand large pictures would need gigabytes in the first layer."""
    sizes = []

    class Watching(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            sizes.append(len(images))
            return torch.zeros(len(images), 2)

    pictures = torch.zeros(100, 3, 224, 224, dtype=torch.uint8)
    training.evaluate(Watching(), data.TensorSet(pictures, torch.zeros(100, dtype=torch.int64)))
    assert sizes == [64, 36]


def test_each_layers_mode_is_put_back_even_after_an_error() -> None:
    """Frozen layers keep their own flag, and no gradient is left."""
    model = network(0.5).train()
    model[3].eval()
    modes = [module.training for module in model.modules()]
    training.evaluate(model, digits().val)
    assert [module.training for module in model.modules()] == modes
    with pytest.raises(RuntimeError):
        training.evaluate(model, data.TensorSet(torch.zeros(1, 1, 9, 9), torch.zeros(1).long()))
    assert [module.training for module in model.modules()] == modes
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_network_can_go_on_training_after_it_was_judged() -> None:
    """Its outputs and its batch norms are ordinary tensors again."""
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 10))
    before = [value.clone() for value in model.state_dict().values()]
    found = training.evaluate(model, digits().val)
    assert all(torch.equal(one, other) for one, other in zip(model.state_dict().values(), before, strict=True))
    (model(digits().val.images).sum() + (found.logits * model[3].bias).sum()).backward()
    assert model[0].weight.grad is not None


def test_a_network_works_in_the_precision_of_its_weights() -> None:
    """A half-precision network is fed half-precision images; its judgement is float32."""
    model = network()
    full = training.evaluate(model, digits().val)
    half = training.evaluate(model.to(torch.bfloat16), digits().val)
    assert half.logits.dtype == torch.float32
    torch.testing.assert_close(half.logits, full.logits, atol=0.05, rtol=0.05)


def test_a_data_module_is_judged_on_its_test_images_under_its_names() -> None:
    """`evaluate(model, data)` is short for the usual case."""
    found = training.evaluate(network(), digits())
    assert torch.equal(found.logits, training.evaluate(network(), digits().test).logits)
    assert found.names == digits().classes
    assert training.evaluate(SimpleNamespace(model=network()), digits()).to_dict() == found.to_dict()
    assert training.evaluate(network(), digits(), classes=list("abcdefghij")).names[0] == "a"


# --- one output for two classes ---


def test_one_output_is_judged_as_two_logits() -> None:
    """All figures of z are those of (0, z), and the probability is the sigmoid."""
    z = torch.tensor([[1.2], [-0.3], [0.0], [4.0]])
    labels = torch.tensor([1, 1, 0, 0])
    one, two = training.Evaluation(z, labels), training.Evaluation(torch.cat([torch.zeros(4, 1), z], dim=1), labels)
    assert one.to_dict() == two.to_dict()
    torch.testing.assert_close(one.probabilities[:, 1], z[:, 0].sigmoid())
    assert one.loss == pytest.approx(F.binary_cross_entropy_with_logits(z[:, 0], labels.float()).item())


def test_a_network_with_one_output_can_be_evaluated() -> None:
    """From images to the figures of two classes."""
    images = torch.tensor([-1.0, 2.0, 3.0]).reshape(3, 1, 1, 1)
    found = training.evaluate(nn.Flatten(), data.TensorSet(images, torch.tensor([0, 1, 0])))
    assert found.logits.tolist() == [[0, -1], [0, 2], [0, 3]]
    assert (found.correct, found.names) == (2, ("0", "1"))


# --- scores of the classes: scikit-learn ---


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_scores_are_those_of_scikit_learn(classes: int) -> None:
    """Precision, recall, F1 and support of each class, their means, and the confusion matrix."""
    found = chance(200, classes)
    truth, guess = found.labels.numpy(), found.predictions.numpy()
    expected = sklearn_metrics.precision_recall_fscore_support(truth, guess)
    ours = [(each.precision, each.recall, each.f1, each.support) for each in found.per_class]
    np.testing.assert_allclose(np.array(ours).T, expected)
    means = sklearn_metrics.precision_recall_fscore_support(truth, guess, average="macro")[:3]
    assert found.averages == pytest.approx(means)
    assert found.confusion.tolist() == sklearn_metrics.confusion_matrix(truth, guess).tolist()
    report = sklearn_metrics.classification_report(truth, guess, output_dict=True)
    assert found.accuracy == pytest.approx(report["accuracy"])


def test_a_class_that_is_never_guessed_has_no_precision() -> None:
    """It counts as 0 in the mean, as in scikit-learn; a class without images is left out of it."""
    found = judged([[1.0, 0, 0, 0], [1.0, 0, 0, 0], [0, 0, 1.0, 0]], [0, 1, 2])
    assert [each.precision for each in found.per_class] == [0.5, None, 1.0, None]
    assert [each.recall for each in found.per_class] == [1.0, 0.0, 1.0, None]
    assert [each.f1 for each in found.per_class] == [pytest.approx(2 / 3), 0.0, 1.0, None]
    expected = sklearn_metrics.precision_recall_fscore_support([0, 1, 2], [0, 0, 2], average="macro", zero_division=0)
    assert found.averages == pytest.approx(expected[:3])


# --- calibration: torchmetrics ---


@pytest.mark.parametrize("classes", [2, 10])
@pytest.mark.parametrize("bins", [1, 10, 15])
def test_the_calibration_error_is_that_of_torchmetrics(classes: int, bins: int) -> None:
    """Expected and maximum error, for few and many bins."""
    found = chance(500, classes, lead=2.0)
    ours = found.calibration(bins)
    for norm, value in (("l1", ours.ece), ("max", ours.mce)):
        theirs = multiclass_calibration_error(found.probabilities, found.labels, classes, n_bins=bins, norm=norm)
        assert value == pytest.approx(theirs.item(), abs=1e-6)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50), st.integers(1, 20))
def test_bins_hold_every_image_once(images: list[tuple[float, bool]], bins: int) -> None:
    """Each image lies in the bin of its confidence; the means of the bins make the means of all."""
    confidence, right = (
        torch.tensor([sure for sure, _ in images], dtype=torch.float64),
        torch.tensor([r for _, r in images]),
    )
    found = calibration(confidence, right, bins)
    assert sum(each.count for each in found.bins) == len(images)
    for each in found.bins:
        inside = [(sure, r) for sure, r in images if each.low < sure <= each.high or (sure == 0 == each.low)]
        assert each.count == len(inside)
        if inside:
            assert each.confidence == pytest.approx(sum(sure for sure, _ in inside) / len(inside))
            assert each.accuracy == pytest.approx(sum(r for _, r in inside) / len(inside))
        else:
            assert (each.confidence, each.accuracy, each.interval, each.gap) == (None, None, None, 0.0)
    assert 0 <= found.ece <= found.mce + 1e-12 <= 1 + 1e-12
    assert found.accuracy == pytest.approx(sum(r for _, r in images) / len(images))


def test_a_network_that_is_right_as_often_as_it_says_has_no_error() -> None:
    """Nine right in ten at 90%, and the other way round for one that is always sure."""
    tenths = torch.tensor([True] * 9 + [False])
    assert calibration(torch.full((10,), 0.9), tenths).ece == pytest.approx(0, abs=1e-7)
    assert calibration(torch.full((10,), 1.0), tenths).ece == pytest.approx(0.1)


def test_calibration_needs_images_and_bins() -> None:
    """Both counts are named."""
    with pytest.raises(ValueError, match=r"`bins` \(=0\) and the number of images \(=1\) must be at least 1"):
        calibration(torch.ones(1), torch.ones(1).bool(), 0)


# --- two classes: scikit-learn ---


@pytest.mark.parametrize("seed", range(3))
def test_the_roc_curve_and_its_area_are_those_of_scikit_learn(seed: int) -> None:
    """The same corners, and the same area; ties are one corner."""
    found = chance(300, 2, seed)
    tied = training.Evaluation((4 * found.logits).round() / 4, found.labels)
    for each in (found, tied):
        scores = each.logits.double().softmax(dim=1)[:, 1].numpy()
        x, y, thresholds = sklearn_metrics.roc_curve(each.labels.numpy(), scores, drop_intermediate=False)
        ours = each.roc_curve()
        np.testing.assert_allclose([ours.x, ours.y, ours.thresholds], [x, y, thresholds], atol=1e-6)
        assert each.roc_auc == pytest.approx(sklearn_metrics.roc_auc_score(each.labels.numpy(), scores), abs=1e-6)


def test_the_precision_recall_curve_is_that_of_scikit_learn() -> None:
    """From the strictest threshold to the laxest."""
    found = chance(300, 2)
    scores = found.logits.double().softmax(dim=1)[:, 1].numpy()
    precision, recall, thresholds = sklearn_metrics.precision_recall_curve(found.labels.numpy(), scores)
    ours = found.precision_recall_curve()
    np.testing.assert_allclose(ours.x, recall[::-1], atol=1e-6)
    np.testing.assert_allclose(ours.y, precision[::-1], atol=1e-6)
    np.testing.assert_allclose(ours.thresholds[1:], thresholds[::-1], atol=1e-6)


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.5, 0.9])
def test_a_threshold_trades_precision_for_recall(threshold: float) -> None:
    """Its scores are those of scikit-learn for the guesses that it makes."""
    found = chance(300, 2)
    truth, guess = found.labels.numpy(), (found.probabilities[:, 1] >= threshold).numpy()
    ours = found.at(threshold)
    precision, recall, f1, _ = sklearn_metrics.precision_recall_fscore_support(truth, guess, average="binary")
    assert (ours.precision, ours.recall, ours.f1) == pytest.approx((precision, recall, f1))
    assert ours.accuracy == pytest.approx((truth == guess).mean())
    negatives, false_positives, _, _ = sklearn_metrics.confusion_matrix(truth, guess, labels=[0, 1]).ravel()
    assert ours.false_positive_rate == pytest.approx(false_positives / (negatives + false_positives))


def test_very_sure_networks_are_still_ranked() -> None:
    """In float32 the sigmoids of 20 and 25 are both 1: one would count as half a mistake."""
    found = training.Evaluation(torch.tensor([[25.0], [20.0], [30.0]]), torch.tensor([1, 0, 1]))
    assert found.probabilities[0, 1] == found.probabilities[1, 1]
    assert found.roc_auc == 1.0


def test_without_two_kinds_of_images_there_is_no_roc_curve() -> None:
    """The area is not defined; it is None, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert training.Evaluation(torch.ones(3, 2), torch.ones(3, dtype=torch.int64)).roc_auc is None
        assert chance(20, 3).roc_auc is None
    with pytest.raises(ValueError, match="A threshold needs two classes, and there are 3: see `per_class`"):
        chance(20, 3).roc_curve()
    with pytest.raises(ValueError, match=r"`threshold` \(=1.5\) must lie between 0 and 1: it is a probability"):
        chance(20, 2).at(1.5)


# --- what is refused ---


@pytest.mark.parametrize(
    ("logits", "labels", "classes", "words"),
    [
        (
            torch.zeros(0, 3),
            torch.zeros(0).long(),
            None,
            r"`labels` \(shape \(0,\)\) must hold one class for each of N ≥ 1",
        ),
        (torch.zeros(2, 3), torch.zeros(3).long(), None, r"`labels` \(shape \(3,\)\) must hold one class for each"),
        (
            torch.zeros(2, 3),
            torch.tensor([0, 3]),
            None,
            "`labels` hold 3, but the network tells 3 classes apart: 0 to 2",
        ),
        (torch.zeros(2, 3), torch.tensor([-1, 2]), None, "`labels` hold -1, but the network tells 3 classes apart"),
        (
            torch.zeros(2, 1),
            torch.tensor([0, 2]),
            None,
            "`labels` hold 2, but the network tells 2 classes apart: 0 to 1",
        ),
        (
            torch.zeros(1, 3),
            torch.tensor([0]),
            ["a"],
            r"`classes` \(length 1\) must name each of the network's 3 classes",
        ),
        (
            torch.zeros(4),
            torch.zeros(4).long(),
            None,
            r"outputs \(\(4,\)\) must be logits of the shape \(images, classes\)",
        ),
        (
            torch.tensor([[0.0, math.nan], [0, 1]]),
            torch.tensor([0, 1]),
            None,
            "not finite for 1 of 2 images: it has diverged",
        ),
        (torch.tensor([[0.0, -math.inf]]), torch.tensor([0]), None, "try a smaller learning rate"),
    ],
)
def test_what_cannot_be_judged_is_refused(
    logits: Tensor, labels: Tensor, classes: list[str] | None, words: str
) -> None:
    """Each with its reason, and where there is one, the way out."""
    with pytest.raises(ValueError, match=words):
        training.Evaluation(logits, labels, classes)


def test_an_evaluation_needs_images() -> None:
    """An accuracy of nothing is not 0."""
    with pytest.raises(ValueError, match="`dataset` must hold at least one image"):
        training.evaluate(network(), data.TensorSet(torch.zeros(0, 1, 8, 8), torch.zeros(0).long()))


def test_a_network_must_return_a_tensor() -> None:
    """A tuple of outputs is named."""

    class Two(nn.Module):
        def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
            return images, images

    with judging(Two()) as judge, pytest.raises(ValueError, match=r"outputs \(tuple\) must be logits"):
        judge(torch.zeros(1, 1, 2, 2))


# --- reports ---


def test_the_record_is_json_and_holds_what_the_reference_names() -> None:
    """No NaN, no tensors; null where nothing is defined."""
    found = judged([[1.0, 0, 0], [0, 0, 1.0]], [0, 1])
    record = json.loads(found.to_json())
    assert record == found.to_dict()
    assert list(record) == [
        *(
            "version",
            "total",
            "correct",
            "accuracy",
            "interval",
            "loss",
            "classes",
            "confusion",
            "per_class",
            "averages",
        ),
        *("calibration", "confusions", "mistakes", "two_classes"),
    ]
    assert record["per_class"][1] == {
        **{"name": "1", "support": 1, "guessed": 0, "correct": 0, "precision": None, "recall": 0.0, "f1": 0.0}
    }
    assert record["mistakes"] == [
        {"index": 1, "truth": "1", "guess": "2", "confidence": pytest.approx(0.576, abs=1e-3)}
    ]
    assert record["two_classes"] is None
    assert len(record["calibration"]["bins"]) == 15
    two = chance(50, 2).to_dict()["two_classes"]
    assert (two["positive"], two["threshold"]) == ("1", 0.5)
    assert 0.5 < two["roc_auc"] < 1


def test_the_record_lists_as_many_mistakes_as_are_wanted() -> None:
    """Twenty are enough to look at; None lists all."""
    found = chance(500, 10)
    wrong = found.total - found.correct
    assert [len(found.to_dict(k)["mistakes"]) for k in (0, 7, None)] == [0, 7, wrong]
    assert len(found.to_dict()["mistakes"]) == 20


def test_the_report_says_everything_in_lines() -> None:
    """Accuracy first, then a line a class, then what else there is to know."""
    found = training.Evaluation(chance(400, 2).logits, chance(400, 2).labels, ("other", "car"))
    lines = found.to_text(80).splitlines()
    assert lines[0] == repr(found)
    assert [line.split()[0] for line in lines[4:6]] == ["other", "car"]
    for label in ("Mean of classes", "Loss", "Calibration error", "ROC AUC", "Most confused", "Surest mistakes"):
        assert any(line.startswith(label) for line in lines), label
    assert str(found).startswith(repr(found))
    assert "| other | " in found.to_markdown()
    assert found._repr_html_().count("<tr>") == 3 + 6


def test_a_network_without_mistakes_has_none_to_report() -> None:
    """No empty headings."""
    text = judged([[1.0, 0], [0, 1.0]], [0, 1]).to_text(80)
    assert "2 of 2 right" in text
    assert "confused" not in text
    assert "mistakes" not in text


def test_of_many_classes_the_worst_are_shown() -> None:
    """A thousand lines would hide what there is to see."""
    found = chance(3000, 100, lead=3.0)
    lines = found.to_text(80).splitlines()
    shown = [each for line in lines for each in found.per_class if line.split()[:2] == [each.name, str(each.support)]]
    assert len(shown) == 30
    rest = [each.f1 for each in found.per_class if each not in shown]
    assert max(each.f1 for each in shown) <= min(rest)
    assert any("above: the 30 with the lowest F1" in line for line in lines)
    assert any(line.startswith("Among the first 5") for line in lines)


# --- the interval ---


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, Statistics in Medicine 17, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_that_of_the_literature(correct: int, total: int, low: float, high: float) -> None:
    """Four published examples."""
    assert training.wilson_interval(correct, total) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_the_interval_holds_the_share_and_mirrors(counts: tuple[int, int]) -> None:
    """It lies within 0 and 1, around the share; failures have the mirrored one."""
    correct, total = counts
    low, high = training.wilson_interval(correct, total)
    assert 0 <= low < high <= 1
    assert low - 1e-9 <= correct / total <= high + 1e-9
    assert training.wilson_interval(total - correct, total) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("correct", "total"), [(-1, 5), (6, 5), (0, 0)])
def test_impossible_counts_are_refused(correct: int, total: int) -> None:
    """Both counts are named."""
    with pytest.raises(ValueError, match=rf"`correct` \(={correct}\) must lie between 0 and `total` \(={total}\)"):
        training.wilson_interval(correct, total)


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_the_surest_mistake_comes_first(seed: int) -> None:
    """Mistakes are sorted by the probability of the wrong guess."""
    found = chance(40, 4, seed)
    sureness = [each.confidence for each in found.worst()]
    assert sureness == sorted(sureness, reverse=True)
    assert {each.index for each in found.worst()} == {
        index
        for index, (truth, guess) in enumerate(zip(found.labels, found.predictions, strict=True))
        if truth != guess
    }
