"""Training repeats itself, stays quiet and leaves nothing behind."""

import io
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnn_guide import data, training

digits = cache(data.Digits)


def network(dropout: float = 0.0) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Dropout(dropout), nn.Linear(32, 10))


# --- fit ---


def test_a_network_learns_the_digits_and_comes_back_ready_to_use() -> None:
    model = network()
    fit = training.fit(model, digits(), epochs=8, learning_rate=1e-2)
    assert fit.model is model
    assert not model.training
    assert fit.seconds > 0
    assert [record.epoch for record in fit.history] == list(range(1, 9))
    assert fit.history[-1].train_loss < fit.history[0].train_loss / 4
    assert training.evaluate(model, digits().test).accuracy > 0.93


def test_equal_calls_give_equal_histories_and_another_seed_another() -> None:
    histories = [training.fit(network(0.5), digits(), epochs=2, seed=seed).history for seed in (1, 1, 2)]
    assert histories[0] == histories[1]
    assert histories[0] != histories[2]


def test_fit_takes_the_same_steps_as_a_bare_loop() -> None:
    model, bare = network(), network()
    optimizer = torch.optim.Adam(bare.parameters(), lr=1e-3)
    losses = []
    for images, labels in digits().train_dataloader(seed=5):
        loss = F.cross_entropy(bare(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item() * len(labels))
    record = training.fit(model, digits(), epochs=1, seed=5).history[0]
    assert record.train_loss == pytest.approx(sum(losses) / len(digits().train), rel=1e-5)
    for ours, theirs in zip(model.parameters(), bare.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_the_last_record_is_what_evaluation_finds() -> None:
    fit = training.fit(network(0.2), digits(), epochs=1)
    found = training.evaluate(fit.model, digits().val)
    assert fit.history[-1].val_accuracy == pytest.approx(found.accuracy)
    assert fit.history[-1].val_loss == pytest.approx(found.loss, rel=1e-5)


def test_training_again_goes_on_and_starts_with_dropout_on() -> None:
    model = network(0.5)
    first = training.fit(model, digits(), epochs=1).history[0]
    assert training.fit(model, digits(), epochs=1).history[0].train_loss < first.train_loss
    modes = []
    model[3].register_forward_pre_hook(lambda module, _: modes.append(module.training))
    training.fit(model, digits(), epochs=1)
    batches = len(digits().train_dataloader())
    assert modes == [True] * batches + [False] * len(digits().val_dataloader())


def test_frozen_parameters_stay_as_they_are() -> None:
    model = network()
    model[1].requires_grad_(False)
    before = model[1].weight.clone()
    training.fit(model, digits(), epochs=1)
    assert torch.equal(model[1].weight, before)


def test_torchs_random_state_and_threads_are_put_back() -> None:
    torch.manual_seed(42)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    torch.set_rng_state(state)
    training.fit(model, digits(), epochs=1)
    training.overfit_one_batch(model, digits(), steps=2)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    assert torch.is_grad_enabled()


PROGRAM = """
import os, sys, warnings, torch
from torch import nn
warnings.simplefilter("error")
from cnn_guide import data, training
def work():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    fit = training.fit(model, data.Digits(), epochs=1)
    training.evaluate(model, data.Digits().test)
work()
child = os.fork()
if child == 0:
    work()
    os._exit(0)
sys.exit(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_program_and_a_process_forked_from_it_print_nothing_and_leave_no_files(tmp_path: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_progress_bar_shows_on_a_terminal_or_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for stderr, progress, shown in [
        (Terminal(), None, True),
        (Terminal(), False, False),
        (io.StringIO(), None, False),
        (io.StringIO(), True, True),
    ]:
        monkeypatch.setattr(sys, "stderr", stderr)
        output = io.StringIO()
        monkeypatch.setattr(sys, "stdout", output)
        training.fit(network(), digits(), epochs=1, progress=progress)
        assert ("Epoch 0" in stderr.getvalue() + output.getvalue()) == shown
        monkeypatch.undo()


class Interrupted(nn.Module):
    """Behaves as if Ctrl-C were pressed in its first step."""

    def __init__(self, stop: Callable[[], None]) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 10)
        self.stop = stop

    def forward(self, images: Tensor) -> Tensor:
        self.stop()
        return self.layer(images.flatten(1))


def test_ctrl_c_raises_and_still_works_afterwards() -> None:
    """Python's own handler is set first: a run in the background of a shell begins with the key ignored."""
    handler, before = signal.default_int_handler, signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                training.fit(Interrupted(lambda: signal.raise_signal(signal.SIGINT)), digits(), epochs=1)
            assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_error_of_the_network_comes_through_unchanged() -> None:
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied"):
        training.fit(nn.Sequential(nn.Flatten(), nn.Linear(65, 10)), digits(), epochs=1)


def test_a_warning_of_the_network_comes_through() -> None:
    with pytest.warns(UserWarning, match="from the network"):
        training.fit(Interrupted(lambda: warnings.warn("from the network", stacklevel=2)), digits(), epochs=1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": 0}, r"`epochs` \(=0\) must be at least 1"),
        ({"learning_rate": 0.0}, r"`learning_rate` \(=0.0\) must be above 0; 1e-3 is a good start"),
    ],
)
def test_settings_that_cannot_train_are_refused(options: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        training.fit(network(), digits(), **options)


# --- overfit_one_batch ---


def test_one_batch_is_learnt_by_heart_and_the_network_left_as_it_was() -> None:
    model = network().eval()
    before = [parameter.clone() for parameter in model.parameters()]
    losses = training.overfit_one_batch(model, digits(), steps=100, learning_rate=1e-2)
    assert len(losses) == 100
    assert losses[0] == pytest.approx(2.3, abs=0.2)  # ln 10: ten classes, nothing learnt yet
    assert losses[-1] < 0.02
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(model.parameters(), before, strict=True))
    assert not model.training
    assert losses == training.overfit_one_batch(model, digits(), steps=100, learning_rate=1e-2)


def test_a_network_that_cannot_learn_shows_it() -> None:
    blind = nn.Sequential(nn.Flatten(), nn.Linear(64, 10), nn.ReLU(), nn.Threshold(1e9, 0.0))
    losses = training.overfit_one_batch(blind, digits(), steps=20)
    assert losses[-1] == pytest.approx(losses[0])
