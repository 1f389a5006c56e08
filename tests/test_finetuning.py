"""What is frozen stays, what is thawed trains, and a head fits the classes; resumed runs included."""

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cnn_guide import data, models, training
from cnn_guide.training.transfer.freezing import frozen_norms, matching
from cnn_guide.training.transfer.heads import head_names


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(),
        nn.Conv2d(4, 8, 3), nn.BatchNorm2d(8), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10),
    )  # fmt: skip


def on_meta(name: str, **options: Any) -> nn.Module:
    with torch.device("meta"):
        return models.create(name, **options)


def trainable(model: nn.Module) -> set[str]:
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


def state(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def changed(before: dict[str, torch.Tensor], model: nn.Module) -> set[str]:
    return {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}


class Tiny(data.Digits):
    """The built-in digits, in large batches: a few quick steps an epoch."""

    def __init__(self) -> None:
        super().__init__(batch_size=512)


# --- freezing ---


@pytest.mark.parametrize(
    ("what", "frozen"),
    [
        ("0", ["0.weight", "0.bias"]),
        ("[03]", ["0.weight", "0.bias", "3.weight", "3.bias"]),
        ("*.bias", ["0.bias", "1.bias", "3.bias", "4.bias", "8.bias"]),
        (["8.weight", "0"], ["0.weight", "0.bias", "8.weight"]),
        (["8.weight", "-2"], ["0.weight", "0.bias", "1.weight", "1.bias", "8.weight"]),
        (1, ["0.weight", "0.bias", "1.weight", "1.bias"]),
        (-2, ["0.weight", "0.bias", "1.weight", "1.bias"]),
        (3, [name for name, _ in network().named_parameters()]),
    ],
)
def test_patterns_and_depths_choose_parameters(what: Any, frozen: list[str]) -> None:
    model = network()
    assert list(training.freeze(model, what)) == frozen
    assert trainable(model) == {name for name, _ in network().named_parameters()} - set(frozen)


def test_a_pattern_may_name_a_module_at_any_depth() -> None:
    model = on_meta("resnet18")
    assert set(training.freeze(model, "layer1.0")) == {
        n for n, _ in model.named_parameters() if n.startswith("layer1.0.")
    }
    assert len(matching(model, "layer?")) == len([n for n, _ in model.named_parameters() if n.startswith("layer")])


@given(cut=st.integers(-3, 3))
def test_freezing_before_a_cut_and_thawing_behind_it_part_the_network(cut: int) -> None:
    names = [name for name, _ in network().named_parameters()]
    parts = []
    for act in (training.freeze, training.unfreeze):
        try:
            parts += act(network(), cut)
        except ValueError as error:
            assert "leaves no layer" in str(error)  # noqa: PT017  # one of the sides is empty
    assert parts == names


@pytest.mark.parametrize(
    ("name", "what", "words"),
    [
        ("resnet18", "layr1.*", "`what` (='layr1.*') fits no parameter of the network. Did you mean 'layer1'?"),
        ("vgg11", "featuers", "Did you mean 'features'?"),
        ("vgg11", ["features", "head"], "`what` (='head') fits no parameter of the network."),
        ("cnn2", "xyzzy", "Its parts are 0, 3, 7, 10, 13."),
        ("cnn2", 0, "`what` (=0) leaves no layer before the cut: the network has 5 layers."),
        ("cnn2", 6, "`what` (=6) leaves no layer before the cut: the network has 5 layers."),
    ],
)
def test_what_fits_nothing_is_refused_before_anything_is_frozen(name: str, what: Any, words: str) -> None:
    model = on_meta(name)
    with pytest.raises(ValueError) as error:
        training.freeze(model, what)
    assert words in str(error.value)
    assert trainable(model) == {name for name, _ in model.named_parameters()}


def test_frozen_weights_and_their_statistics_stay_while_the_rest_moves() -> None:
    model = network()
    training.freeze(model, 1)
    before = state(model)
    training.fit(model, Tiny(), epochs=2)
    assert {name.split(".")[0] for name in changed(before, model)} == {"3", "4", "8"}
    assert {"4.running_mean", "4.running_var", "4.num_batches_tracked", "8.weight"} <= changed(before, model)


def test_frozen_batch_norms_compute_in_training_as_in_evaluation_in_every_epoch() -> None:
    model = network()
    training.freeze(model, "[01]")
    modes: dict[str, list[bool]] = {"1": [], "4": []}
    for name, seen in modes.items():
        model.get_submodule(name).register_forward_hook(
            lambda module, *_, seen=seen: seen.append(module.training) if torch.is_grad_enabled() else None
        )
    training.fit(model, Tiny(), epochs=2)  # with a validation between the epochs
    assert modes["4"]
    assert (set(modes["1"]), set(modes["4"])) == ({False}, {True})


def test_thawed_batch_norms_go_by_the_mode_of_the_network_again() -> None:
    model = network()
    training.freeze(model, "*")
    assert frozen_norms(model) == [model[1], model[4]]
    assert not model[1].training
    training.unfreeze(model, "4.bias")
    assert (frozen_norms(model), model[1].training, model[4].training) == ([model[1]], False, True)


# --- learning rates ---


def test_groups_get_their_learning_rates_and_the_schedule_keeps_their_proportions() -> None:
    seen: list[tuple[float, ...]] = []

    class Rates(pl.Callback):
        def on_train_batch_start(self, trainer: pl.Trainer, *_: Any) -> None:
            seen.append(tuple(group["lr"] for group in trainer.optimizers[0].param_groups))

    model = network()
    groups = training.parameter_groups(model, {"[01]": 1e-4, "*.bias": 1e-3})
    training.fit(model, Tiny(), epochs=2, groups=groups, learning_rate=1e-2, schedule="one_cycle", callbacks=[Rates()])
    assert max(rate for _, _, rate in seen) == pytest.approx(1e-2, rel=0.2)
    for slow, middle, fast in seen:
        assert (middle / slow, fast / slow) == pytest.approx((10, 100))


def test_the_first_pattern_that_fits_counts_and_every_parameter_is_in_one_group() -> None:
    model = network()
    groups = training.parameter_groups(model, {"0.weight": 1e-4, "0": 1e-3})
    assert [group["name"] for group in groups] == ["0.weight", "0", "rest"]
    assert [len(group["params"]) for group in groups] == [1, 1, 8]
    assert {id(p) for group in groups for p in group["params"]} == {id(p) for p in model.parameters()}


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ({"*": 1e-3, "0": 1e-4}, "`rates['0']` is left without parameters: put it before the wider patterns."),
        ({"0": 0.0}, "`rates['0']` (=0.0) must be above 0; `freeze` keeps parameters as they are."),
        ({"10": 1e-3}, "fits no parameter"),
    ],
)
def test_useless_rates_are_refused(rates: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError) as error:
        training.parameter_groups(network(), rates)
    assert words in str(error.value)


# --- heads ---


ONE_A_FAMILY = (
    "dense cnn1 cnn2 cnn2_plain fully_convolutional lenet5 alexnet_2012 alexnet vgg11_bn googlenet_2014 "
    "googlenet resnet18 resnet20 squeezenet1_1 mobilenet_v2 mobilenet_v3_small efficientnet_b0 convnext_tiny"
)


@pytest.mark.parametrize("name", ONE_A_FAMILY.split())
def test_every_network_gets_a_head_for_other_classes_and_can_be_built_again(name: str) -> None:
    model = on_meta(name).eval()
    body = dict(model.named_parameters())
    heads = tuple(f"{head}." for head in head_names(model))
    with torch.device("meta"):
        training.replace_head(model, 7)
        assert model(torch.zeros(2, *models.input_size(name))).shape == (2, 7)
    kept = {name for name, parameter in model.named_parameters() if parameter is body[name]}
    assert kept == {name for name in body if not name.startswith(heads)}
    again = on_meta(name, **model.options)  # type: ignore[arg-type]  # attributes of modules are untyped
    assert {k: v.shape for k, v in again.state_dict().items()} == {k: v.shape for k, v in model.state_dict().items()}


def test_only_the_head_is_left_when_all_before_it_is_frozen() -> None:
    for name in ("cnn2", "resnet18", "squeezenet1_1", "densenet121", "convnext_tiny"):
        model = on_meta(name)
        training.freeze(model, -1)
        assert {name.rpartition(".")[0] for name in trainable(model)} == set(head_names(model)), name


def test_a_named_layer_is_replaced_and_a_new_head_trains_though_the_old_was_frozen() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10), nn.Linear(10, 3))
    training.freeze(model, "*")
    training.replace_head(model, 5, layer="1")
    assert (model[1].out_features, model[2].out_features) == (5, 3)
    assert trainable(model) == {"1.weight", "1.bias"}


@pytest.mark.parametrize(
    ("model", "arguments", "words"),
    [
        (nn.Flatten(), {"num_classes": 2}, "`model` (Flatten) has neither a linear nor a convolutional layer."),
        (models.create("lenet5_1998"), {"num_classes": 2}, "(lenet5_1998) has 10 classes, but its last layer"),
        (nn.Linear(4, 2), {"num_classes": 0}, "`num_classes` (=0) must be at least 1."),
        (nn.Sequential(nn.Linear(4, 2), nn.ReLU()), {"num_classes": 3, "layer": "1"}, "`layer` (='1') is no linear"),
    ],
)
def test_heads_that_make_no_sense_are_refused(model: nn.Module, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError) as error:
        training.replace_head(model, **arguments)
    assert words in str(error.value)


# --- starting from trained weights ---


def test_weights_of_a_run_are_taken_over_but_for_the_head_of_other_classes(tmp_path: Path) -> None:
    torch.manual_seed(0)
    old = models.create("cnn1")
    training.fit(old, data.Digits(batch_size=512, image_size=28), epochs=1, folder=tmp_path / "run")
    for place in (tmp_path / "run", tmp_path / "run" / "last.ckpt"):
        new = models.create("cnn1", num_classes=3)
        first = new[-1].weight.clone()  # type: ignore[union-attr,index]
        training.prepare(new, weights=place, freeze=["0"])
        assert torch.equal(new[4].weight, old[4].weight)  # type: ignore[index]
        assert torch.equal(new[-1].weight, first)  # type: ignore[index]
        assert trainable(new) == {"4.weight", "4.bias", "6.weight", "6.bias"}


def test_a_fresh_head_keeps_its_first_weights_though_the_classes_agree(tmp_path: Path) -> None:
    old, new = models.create("cnn1"), models.create("cnn1")
    torch.save(old.state_dict(), tmp_path / "old.pt")
    before = state(new)
    training.prepare(new, weights=tmp_path / "old.pt", fresh_head=True)
    assert changed(before, new) == {"0.weight", "0.bias", "4.weight", "4.bias"}
    training.prepare(new, weights=tmp_path / "old.pt")
    assert not changed(state(old), new)


def test_a_wrong_pattern_is_refused_before_weights_are_read() -> None:
    with pytest.raises(ValueError, match="fits no parameter"):
        training.prepare(network(), weights="no such file.pt", freeze=["features"])


# --- the table ---


@settings(max_examples=20)
@given(frozen=st.sets(st.sampled_from([name for name, _ in network().named_parameters()])))
def test_the_table_counts_every_parameter_once(frozen: set[str]) -> None:
    model = network()
    for name in frozen:
        training.freeze(model, name)
    table = training.trainable_table(model)
    sums = tuple(sum(row[column] for row in table.rows) for column in (2, 3))  # type: ignore[misc]
    trains = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert sums == (trains, sum(p.numel() for p in model.parameters()) - trains)


def test_the_table_names_the_largest_parts_that_are_alike() -> None:
    model = on_meta("resnet18")
    training.freeze(model, "layer1")
    training.freeze(model, "layer2.0.*")
    rows = [row[0] for row in training.trainable_table(model).rows]
    assert rows == ["conv1", "bn1", "layer1", "layer2.0", "layer2.1", "layer3", "layer4", "fc"]
    assert "frozen batch norms keep their mean and variance" in str(training.trainable_table(model))


# --- gradual unfreezing ---

STAGES = {0: "8", 1: "[34]", 2: "*"}


class CutError(Exception):
    """Stands for a run that is killed."""


class Observer(pl.Callback):
    """Notes in which epoch which layers moved, and cuts the run off where asked to."""

    def __init__(self, cut_at: int | None = None) -> None:
        self.cut_at = cut_at
        self.moved: list[set[str]] = []
        self.before: dict[str, torch.Tensor] = {}

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        self.before = {name: p.detach().clone() for name, p in pl_module.network.named_parameters()}

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        if not self.before:
            return  # the epoch was begun by the run that was cut off
        after = dict(pl_module.network.named_parameters())
        self.moved.append({name[0] for name, old in self.before.items() if not torch.equal(old, after[name])})

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.global_step == self.cut_at:
            raise CutError


def unfreezing(observer: Observer, **options: Any) -> nn.Module:
    callbacks = [training.GradualUnfreezing(STAGES), observer]
    return training.fit(network(), Tiny(), epochs=4, callbacks=callbacks, schedule="cosine", **options).model


def test_parts_begin_to_train_in_their_epochs() -> None:
    observer = Observer()
    unfreezing(observer)
    assert observer.moved == [{"8"}, {"3", "4", "8"}, {"0", "1", "3", "4", "8"}, {"0", "1", "3", "4", "8"}]


@pytest.mark.parametrize("cut_at", [5, 8], ids=["between steps", "at the end of an epoch"])
def test_a_run_that_thaws_resumes_to_the_same_weights(tmp_path: Path, cut_at: int) -> None:
    options = {"folder": tmp_path / "run", "save_every": 1}
    with pytest.raises(CutError):
        unfreezing(Observer(cut_at), **options)
    resumed = unfreezing(Observer(), **options, resume=True)
    assert not changed(state(unfreezing(Observer())), resumed)


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ({}, "must begin with epoch 0"),
        ({1: "*"}, "must begin with epoch 0"),
        ({-1: "*", 0: "8"}, "must begin with epoch 0"),
    ],
)
def test_stages_that_leave_nothing_to_train_are_refused(stages: dict[int, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        training.GradualUnfreezing(stages)


def test_a_wrong_stage_stops_the_run_before_it_begins() -> None:
    observer = Observer()
    with pytest.raises(ValueError, match="fits no parameter"):
        training.fit(network(), Tiny(), epochs=9, callbacks=[training.GradualUnfreezing({0: "8", 7: "7"}), observer])
    assert observer.moved == []


def test_several_devices_are_refused() -> None:
    class Several:
        world_size = 2

    with pytest.raises(ValueError, match="cannot train on several devices"):
        training.GradualUnfreezing({0: "*"}).setup(Several(), None, "fit")  # type: ignore[arg-type]
