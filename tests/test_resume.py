"""A training that is killed and taken up again ends with the weights and the history of one that was left alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning.callbacks import Callback
from torch import nn

from cnn_guide import data, training
from cnn_guide.training.checkpoints import read

EPOCHS = 3
STEPS = 3  # an epoch: 1293 training images in batches of 500
can_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """A forked process has none of its parent's other threads, for which torch would wait; and sums keep their order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


digits = cache(lambda: data.Digits(batch_size=500, augmentation=data.Augmentation(shift=1)))


def network(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.BatchNorm1d(16), nn.Dropout(0.5), nn.Linear(16, 10))


def fit(folder: Path | None = None, **options: Any) -> training.Fit:
    settings = {"epochs": EPOCHS, "schedule": "cosine", "accelerator": "cpu"} | options
    return training.fit(
        settings.pop("model", None) or network(), settings.pop("data", digits()), folder=folder, **settings
    )


class Suicide(Callback):
    """Kills its own process before a step: nothing is tidied up."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_start(self, trainer: Any, *_: Any) -> None:
        if trainer.global_step == self.step:
            os.kill(os.getpid(), signal.SIGKILL)


def killed(work: Callable[[], object]) -> bool:
    """Whether a process of its own that does this work is killed by it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@cache
def uninterrupted() -> training.Fit:
    return fit()


def assert_same(found: training.Fit, expected: training.Fit) -> None:
    assert found.history == expected.history
    for name, value in expected.model.state_dict().items():
        assert torch.equal(found.model.state_dict()[name], value), name


@can_fork
@pytest.mark.parametrize("step", range(1, EPOCHS * STEPS))
def test_a_run_killed_at_any_step_ends_with_the_same_bits(step: int, tmp_path: Path) -> None:
    """Dropout, augmentation, order, momenta, batch norm and schedule go on where they were, within an epoch, too."""
    assert killed(lambda: fit(tmp_path, save_every=2, callbacks=[Suicide(step)]))
    resumed = fit(tmp_path, save_every=2, resume=True)
    assert_same(resumed, uninterrupted())
    assert resumed.earlier == (step // 2 * 2 if step % STEPS else step) // STEPS  # the epochs in the last checkpoint


@can_fork
def test_a_run_killed_twice_and_one_without_checkpoints_within_epochs(tmp_path: Path) -> None:
    """Each time it goes on from the last whole epoch; the first kill comes before there is a checkpoint at all."""
    for step in (2, 4, 7):
        assert killed(lambda step=step: fit(tmp_path, resume=True, callbacks=[Suicide(step)]))
    assert_same(fit(tmp_path, resume=True), uninterrupted())


@can_fork
def test_a_kill_while_a_checkpoint_is_written_leaves_the_one_before(tmp_path: Path, monkeypatch: Any) -> None:
    """The new file gets its name when it is whole."""
    fit(tmp_path, epochs=1, schedule="constant")
    before = (tmp_path / "last.ckpt").read_bytes()

    def half_written(checkpoint: dict[str, Any], path: Path, **_: Any) -> None:
        Path(path).write_bytes(b"half a checkpoint")
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr("lightning_fabric.plugins.io.torch_io.TorchCheckpointIO.save_checkpoint",
                        lambda self, *arguments, **options: half_written(*arguments, **options))  # fmt: skip
    assert killed(lambda: fit(tmp_path, epochs=2, schedule="constant", resume=True))
    monkeypatch.undo()
    assert (tmp_path / "last.ckpt").read_bytes() == before
    assert_same(fit(tmp_path, epochs=2, schedule="constant", resume=True), fit(epochs=2, schedule="constant"))


@can_fork
def test_the_command_killed_from_outside_goes_on(tmp_path: Path) -> None:
    """`cnn-guide train … --folder` is killed as soon as it has a checkpoint, and goes on with --resume."""
    words = ["train", "dense", "--epochs", "400", "--batch-size", "500", "--accelerator", "cpu", "--folder", "run"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "cnn_guide.cli", *words]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not (tmp_path / "run" / "last.ckpt").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    done = len(read(tmp_path / "run" / "last.ckpt")["cnn_guide"]["history"])
    images = data.Digits(batch_size=500, image_size=28)
    torch.manual_seed(0)
    options = {"epochs": done + 1, "accelerator": "cpu"}
    resumed = training.fit("dense", images, folder=tmp_path / "run", resume=True, **options)
    assert resumed.earlier == done
    assert_same(resumed, training.fit("dense", images, **options))


# --- what is refused, and what is said ---


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of two epochs."""
    folder = tmp_path_factory.mktemp("runs") / "finished"
    fit(folder, epochs=2)
    return folder


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"learning_rate": 0.5},
            r"has learning_rate = 0\.001, not 0\.5\. Go on with the same settings, or name another",
        ),
        ({"seed": 7}, r"has seed = 0, not 7"),
        ({"optimizer": "sgd"}, r"has optimizer = adam, not sgd"),
        ({"model": nn.Sequential(nn.Flatten(), nn.Linear(64, 10))}, r"has parameters = 1242, not 650"),
        ({"model": "cnn1"}, r"has network = .*None.*, not .*cnn1"),
        ({"data": data.Digits(batch_size=500, seed=3)}, r"has data = .*'seed': 0.*, not .*'seed': 3"),
        ({"data": data.Digits(batch_size=499)}, r"has data = .*'batch_size': 500.*, not .*'batch_size': 499"),
        ({"epochs": 5}, r"has epochs = 2, not 5"),  # the cosine was laid out for two
    ],
)
def test_other_settings_are_refused(change: dict[str, Any], words: str, finished: Path) -> None:
    """Lightning would take over the old optimiser, or fail deep inside; the message names the setting."""
    before = (finished / "last.ckpt").read_bytes()
    with pytest.raises(ValueError, match=words):
        fit(finished, resume=True, **{"epochs": 2} | change)
    assert (finished / "last.ckpt").read_bytes() == before


def test_a_folder_with_a_run_is_not_written_over(finished: Path) -> None:
    """Whoever forgets `resume` loses nothing."""
    before = (finished / "last.ckpt").read_bytes()
    with pytest.raises(FileExistsError, match=r"holds a run already\. Pass resume=True \(--resume\) to go on with it"):
        fit(finished, epochs=2)
    assert (finished / "last.ckpt").read_bytes() == before


def test_a_finished_run_gives_its_result_at_once(finished: Path) -> None:
    """Nothing is trained; weights and history are those of the run."""
    again = fit(finished, epochs=2, resume=True, callbacks=[Suicide(0)])
    assert again.earlier == 2
    assert_same(again, fit(epochs=2))
    assert not again.model.training


def test_a_run_that_stopped_early_is_finished(tmp_path: Path) -> None:
    """Taken up again it does not train another epoch."""
    options = {"epochs": 30, "patience": 1, "learning_rate": 1.0, "schedule": "constant"}
    stopped = fit(tmp_path, **options)
    assert len(stopped.history) < 30
    assert fit(tmp_path, resume=True, **options).earlier == len(stopped.history)


def test_a_longer_training_goes_on_with_a_constant_rate(tmp_path: Path) -> None:
    """Two epochs and then two more are four."""
    fit(tmp_path, epochs=2, schedule="constant")
    assert_same(fit(tmp_path, epochs=4, schedule="constant", resume=True), fit(epochs=4, schedule="constant"))


def test_resuming_needs_a_folder() -> None:
    """Without one there is nothing to go on with."""
    with pytest.raises(ValueError, match="`resume` needs the `folder` of the run"):
        fit(resume=True)
