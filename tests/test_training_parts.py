"""What a training is made of: losses, optimisers, schedules, counts, checkpoints."""

import pickle
from math import log
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnn_guide import data, models, training
from cnn_guide.training.losses import Loss, right
from cnn_guide.training.metrics import Tally
from cnn_guide.training.optimisers import factor, optimizer, schedule


def network(outputs: int = 10) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, outputs))


# --- losses ---


def test_one_output_is_judged_as_two_logits() -> None:
    """Binary cross-entropy of z is the cross-entropy of (0, z), smoothed or not; right is what the larger one says."""
    outputs, labels = torch.randn(50, 1), torch.randint(0, 2, (50,))
    both = torch.cat([torch.zeros(50, 1), outputs], dim=1)
    for smoothing in (0.0, 0.2):
        expected = F.cross_entropy(both, labels, label_smoothing=smoothing)
        torch.testing.assert_close(Loss("auto", smoothing)(outputs, labels), expected)
    assert torch.equal(right(outputs, labels), right(both, labels))


def test_auxiliary_heads_count_three_tenths() -> None:
    """As in GoogLeNet's paper; a head that is absent counts nothing, and the validation asks the main one alone."""
    heads = tuple(torch.randn(4, 3) for _ in range(3))
    labels = torch.tensor([0, 1, 2, 0])
    one, two, three = (F.cross_entropy(head, labels) for head in heads)
    torch.testing.assert_close(Loss()(heads, labels), one + 0.3 * two + 0.3 * three)
    assert Loss()((heads[0], None), labels) == one
    assert Loss("auto", 0.5).plain(heads[0], labels) == one


class Headed(nn.Module):
    """A network with an auxiliary head, in training alone."""

    def __init__(self) -> None:
        super().__init__()
        self.main, self.side = nn.Linear(64, 10), nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Any:
        x = images.flatten(1)
        return (self.main(x), self.side(x)) if self.training else self.main(x)


def test_a_network_with_an_auxiliary_head_trains() -> None:
    """Both heads learn; the accuracy is that of the main one."""
    model = Headed()
    before = model.side.weight.clone()
    fit = training.fit(model, data.Digits(), epochs=2, learning_rate=1e-2)
    assert fit.history[-1].val_accuracy > 0.8
    assert not torch.equal(model.side.weight, before)


def test_two_classes_with_one_output() -> None:
    """A network with one output learns two classes by itself, and a wrong number of outputs is named."""
    digits = data.Digits()
    small = data.TensorSet(digits.train.images, (digits.train.labels > 4).long())
    halves = data.ImageData("halves", ("0 to 4", "5 to 9"), small, small, batch_size=64)
    assert training.fit(network(1), halves, epochs=6, learning_rate=1e-2).history[-1].val_accuracy > 0.8
    with pytest.raises(
        ValueError, match=r"shape \(64, 3\), but the images have 2 classes.*Build it with num_classes=2"
    ):
        training.fit(network(3), halves, epochs=1)


# --- optimisers and schedules ---


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("adam", lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.01)),
        ("adamw", lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.01)),
        ("sgd", lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.01, momentum=0.9, nesterov=True)),
        ("rmsprop", lambda p: torch.optim.RMSprop(p, lr=0.1, weight_decay=0.01, momentum=0.9)),
    ],
)
def test_an_optimiser_takes_torchs_steps(name: str, theirs: Any) -> None:
    """Fused or not, the numbers are those of torch's own."""
    ours_network, other = network(), network()
    ours = optimizer(name, ours_network.parameters(), learning_rate=0.1, weight_decay=0.01, momentum=0.9)
    for model, steps in ((ours_network, ours), (other, theirs(other.parameters()))):
        for _ in range(3):
            steps.zero_grad()
            model(torch.ones(2, 1, 8, 8)).square().sum().backward()
            steps.step()
    for one, two in zip(ours_network.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(one, two)


@pytest.mark.parametrize(
    ("name", "shares"),
    [
        ("constant", [1, 1, 1, 1, 1]),
        ("cosine", [1, 0.8536, 0.5, 0.1464, 0]),  # (1 + cos(πt)) / 2 at quarters
        ("step", [1, 1, 0.1, 0.01, 0.01]),
        ("one_cycle", [0.04, 0.9357, 0.8117, 0.2831, 0]),
    ],
)
def test_a_schedule_has_these_shares_of_the_rate(name: str, shares: list[float]) -> None:
    """At the start, the quarters and the end of a training."""
    assert [factor(name, step, 100, 0) for step in (0, 25, 50, 75, 100)] == pytest.approx(shares, abs=1e-3)


def test_the_warm_up_rises_to_the_full_rate() -> None:
    """Step by step, and then the schedule begins."""
    assert [factor("cosine", step, 12, 4) for step in range(5)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


def test_a_schedule_keeps_the_proportions_of_groups() -> None:
    """Each group's rate is multiplied by the same share; a constant rate needs no schedule."""
    model = network()
    groups = [{"params": [model[1].weight], "lr": 0.1}, {"params": [model[1].bias], "lr": 0.01}]
    made = optimizer("sgd", groups, learning_rate=1.0, weight_decay=0.0, momentum=0.0)
    scheduler = schedule("step", made, steps=2)
    assert scheduler is not None
    made.step()
    scheduler.step()
    assert [group["lr"] for group in made.param_groups] == pytest.approx([0.01, 0.001])
    assert schedule("constant", made, steps=2) is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"optimizer": "adan"}, r"`optimizer` \(='adan'\) must be one of adam, .* Did you mean 'adam'\?"),
        ({"schedule": "cosin"}, r"`schedule` \(='cosin'\) .* Did you mean 'cosine'\?"),
        ({"loss": "mse"}, r"`loss` \(='mse'\) must be one of auto, cross_entropy, binary"),
        ({"weight_decay": -1.0}, r"`weight_decay` \(=-1.0\) must be at least 0"),
        ({"label_smoothing": 1.0}, r"`label_smoothing` \(=1.0\) must be at least 0 and below 1"),
        ({"patience": 0}, r"`patience` \(=0\) must be at least 1, or None"),
        ({"save_every": 0}, r"`save_every` \(=0\) must be at least 1, or None"),
    ],
)
def test_settings_are_checked_before_anything_begins(options: dict[str, Any], words: str, tmp_path: Path) -> None:
    """The message names the argument, its value and the rule; nothing is written."""
    with pytest.raises(ValueError, match=words):
        training.fit(network(), data.Digits(), folder=tmp_path / "run", **options)
    assert list(tmp_path.iterdir()) == []


def test_options_belong_to_a_name() -> None:
    """A network that is there already cannot be made otherwise."""
    with pytest.raises(ValueError, match=r"`options` \(=\{'num_classes': 3\}\) belong to a name"):
        training.ImageClassifier(network(), options={"num_classes": 3})


def test_frozen_parts_and_rates_of_groups() -> None:
    """Patterns choose what stays and what learns at another rate: a tiny one hardly moves anything."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.Linear(16, 16), nn.Linear(16, 10))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    training.fit(model, data.Digits(), epochs=1, freeze=["1"], groups={"2": 1e-9})
    moved = {name: (value - before[name]).abs().max().item() for name, value in model.state_dict().items()}
    assert moved["1.weight"] == moved["1.bias"] == 0
    assert 0 <= moved["2.weight"] < 1e-6 < 1e-3 < moved["3.weight"]


# --- counts ---


def test_a_tally_means_over_images_not_batches() -> None:
    """A small last batch counts less; nothing counted gives nan."""
    tally = Tally()
    assert all(mean != mean for mean in tally.means())
    tally.update(torch.tensor(1.0), torch.tensor([True, True, False]))
    tally.update(torch.tensor(5.0), torch.tensor([False]))
    assert tally.means() == (2.0, 0.5)
    assert tally.compute().tolist() == [2.0, 0.5]
    again = Tally()
    again.resume(tally.sums())
    again.update(torch.tensor(2.0), torch.tensor([True]))
    assert again.means() == pytest.approx((2.0, 0.6))


# --- checkpoints ---


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> training.Fit:
    """A run of a named network with a folder."""
    images = data.Digits(batch_size=500, image_size=28, seed=2)
    return training.fit("cnn1", images, epochs=3, accelerator="cpu", folder=tmp_path_factory.mktemp("runs") / "run")


def test_a_checkpoint_makes_the_network_again(run: training.Fit) -> None:
    """Name, options, classes, preparation and images are in the file; the folder stands for its best checkpoint."""
    assert run.folder is not None
    assert run.last is not None
    trained = training.load(run.last)
    assert (trained.model.architecture, trained.model.training, trained.epoch) == ("cnn1", False, 3)
    for name, value in run.model.state_dict().items():
        assert torch.equal(trained.model.state_dict()[name], value)
    assert trained.classes == tuple("0123456789")
    assert trained.data is not None
    images = data.create(trained.data["name"], **trained.data["options"])
    assert (images.seed, images.image_shape, images.preprocessing) == (2, (1, 28, 28), trained.preprocessing)
    best = min(run.history, key=lambda epoch: epoch.val_loss)
    assert training.load(run.folder).epoch == best.epoch
    assert str(run.folder.parent).encode() not in run.last.read_bytes()  # no path of this machine


def test_the_table_has_a_line_an_epoch(run: training.Fit) -> None:
    """In the order of `Epoch`; TensorBoard's file is there, too."""
    assert run.folder is not None
    lines = (run.folder / "metrics.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join(training.Epoch._fields)
    assert [float(value) for value in lines[-1].split(",")] == list(run.history[-1])
    assert list((run.folder / "tensorboard").glob("events.out.tfevents.*"))


def test_loading_leaves_torchs_random_state_alone(run: training.Fit) -> None:
    """The first weights, which are replaced, are drawn aside."""
    state = torch.get_rng_state()
    training.load(str(run.last))
    assert torch.equal(torch.get_rng_state(), state)


class Malicious:
    """Runs a command where a pickle is trusted."""

    def __reduce__(self) -> Any:
        return (Path.touch, (Path("executed"),))


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (None, FileNotFoundError, "There is no checkpoint"),
        (b"", ValueError, "is damaged, or holds more than tensors"),
        (b"not a checkpoint", ValueError, "is damaged, or holds more than tensors"),
        (pickle.dumps(Malicious()), ValueError, "is damaged, or holds more than tensors"),
        ({"state_dict": {}}, ValueError, "is no checkpoint of `fit`"),
        ({"state_dict": {}, "cnn_guide": {"format": 99}}, ValueError, "has the format 99, which this version"),
    ],
)
def test_files_that_are_no_checkpoints_are_named(
    content: Any, error: type[Exception], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in them is executed."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "strange.ckpt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(error, match=words):
        training.load(path)
    assert not Path("executed").exists()


def test_a_network_of_ones_own_must_be_given(tmp_path: Path) -> None:
    """The file cannot make it, and does not choose what is imported; other weights than its are named."""
    fit = training.fit(network(), data.Digits(), epochs=1, folder=tmp_path / "run")
    assert fit.last is not None
    with pytest.raises(ValueError, match=r"not one of `models.names\(\)`: make it, and pass it as `network`"):
        training.load(fit.last)
    loaded = training.load(fit.last, network())
    assert torch.equal(loaded.model[1].weight, fit.model[1].weight)
    with pytest.raises(ValueError, match="holds the weights of another network"):
        training.load(fit.last, models.create("cnn1"))


def test_a_half_written_checkpoint_is_damaged(run: training.Fit, tmp_path: Path) -> None:
    """It is said so."""
    assert run.last is not None
    (tmp_path / "half.ckpt").write_bytes(run.last.read_bytes()[:20_000])
    with pytest.raises(ValueError, match=r"half\.ckpt is damaged"):
        training.load(tmp_path / "half.ckpt")


# --- learning rates ---


def test_the_search_for_a_rate_stops_where_the_loss_explodes() -> None:
    """It suggests a rate at which a training goes well, and leaves the network as it was."""
    model = network()
    before = model[1].weight.clone()
    found = training.find_learning_rate(model, data.Digits(), optimizer="sgd", highest=1e4)
    assert len(found.rates) == len(found.losses) < 100
    assert found.losses[0] == pytest.approx(log(10), abs=0.3)
    assert found.suggestion is not None
    fit = training.fit(network(), data.Digits(), optimizer="sgd", learning_rate=found.suggestion, epochs=2)
    assert fit.history[-1].val_accuracy > 0.8
    assert torch.equal(model[1].weight, before)
    with pytest.raises(ValueError, match=r"`steps` \(=5\) must be at least 10"):
        training.find_learning_rate(model, data.Digits(), steps=5)
