"""Several processes, accumulated batches, other numbers and compiled networks: the same training."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from cnn_guide import data, training

ROOT = Path(__file__).parents[1]
can_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """A forked process has none of its parent's other threads, for which torch would wait."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def network(norm: bool = False) -> nn.Sequential:
    torch.manual_seed(0)
    norms = [nn.BatchNorm2d(8)] if norm else []
    return nn.Sequential(nn.Conv2d(1, 8, 3), *norms, nn.ReLU(), nn.Flatten(), nn.Linear(288, 10))  # 288 = 8·6·6


@cache
def digits(batch_size: int = 65) -> data.ImageData:
    """1293 training images: 19 batches of 65 and one of 58; 144 to validate with."""
    return data.Digits(batch_size=batch_size)


def fit(model: nn.Module | None = None, *, batch_size: int = 65, **options: Any) -> training.Fit:
    """Plain gradient descent, whose steps are as large as the gradients: a wrong factor cannot hide."""
    settings = {"epochs": 2, "optimizer": "sgd", "momentum": 0.0, "learning_rate": 0.1, "accelerator": "cpu"} | options
    return training.fit(model or network(), digits(batch_size), **settings)


@cache
def alone() -> training.Fit:
    return fit()


def assert_close(found: training.Fit, expected: training.Fit, tolerance: float = 2e-6) -> None:
    for ours, theirs in zip(found.model.parameters(), expected.model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance)
    for ours_epoch, theirs_epoch in zip(found.history, expected.history, strict=True):
        assert ours_epoch == pytest.approx(theirs_epoch, rel=1e-5, abs=tolerance)


@can_fork
@pytest.mark.parametrize(("devices", "batch_size", "accumulate"), [(2, 65, 1), (3, 65, 1), (2, 13, 5)])
def test_processes_take_the_steps_of_one(devices: int, batch_size: int, accumulate: int) -> None:
    """Each has a share of each batch, the odd image and the smaller last batch included; metrics count all of them."""
    options = {"devices": devices, "batch_size": batch_size, "accumulate": accumulate, "strategy": "ddp_fork"}
    assert_close(fit(**options), alone())


@can_fork
def test_a_process_without_a_share_of_the_last_batch_changes_nothing() -> None:
    """1293 images in batches of 68 leave one for the last, which two processes cannot share."""
    assert digits(68).train_dataloader().batch_sampler.size(19) == 1
    assert_close(fit(batch_size=68, devices=2, strategy="ddp_fork"), fit(batch_size=68))


def test_accumulated_batches_make_the_step_of_a_large_one() -> None:
    """Five batches of 13 are one of 65; the last step has 58 images, in batches of 13 and of 6."""
    assert_close(fit(batch_size=13, accumulate=5), alone())


@can_fork
def test_batch_norm_has_the_statistics_of_each_process_s_share() -> None:
    """Losses and gradients follow the whole batch; batch norm, where it is not synchronised (on GPUs), its share."""
    one = fit(network(norm=True), epochs=1)
    two = fit(network(norm=True), epochs=1, devices=2, strategy="ddp_fork")
    pairs = zip(one.model.parameters(), two.model.parameters(), strict=True)
    assert 1e-4 < max((ours - theirs).abs().max().item() for ours, theirs in pairs) < 0.5
    assert two.history[-1].val_accuracy == pytest.approx(one.history[-1].val_accuracy, abs=0.1)


def test_half_precision_trains_nearly_the_same() -> None:
    """bfloat16 keeps eight bits of each product; weights and sums stay float32."""
    half = fit(precision="bf16-mixed")
    assert all(parameter.dtype == torch.float32 for parameter in half.model.parameters())
    assert not torch.equal(half.model[0].weight, alone().model[0].weight)
    assert_close(half, alone(), tolerance=0.01)


def test_channels_last_is_only_a_layout() -> None:
    """The filters come back as they were laid out."""
    found = fit(channels_last=True)
    assert_close(found, alone())
    assert found.model[0].weight.is_contiguous()


@pytest.mark.skipif(shutil.which("c++") is None, reason="compiling needs a C++ compiler")
@pytest.mark.filterwarnings("ignore:(?s).*torch.jit.script:DeprecationWarning")  # torch's own compiler warns
def test_a_compiled_network_trains_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its checkpoint has the names of the network's parameters, and the network comes back as it was."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "compiled"))
    model = network()
    assert_close(fit(model, compile=True, folder=tmp_path / "run"), alone())
    assert model._compiled_call_impl is None
    assert training.load(tmp_path / "run" / "last.ckpt", network()).epoch == 2


def command(*words: str, folder: Path) -> dict[str, Any]:
    """What `cnn-guide train` says as JSON, in a process of its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "cnn_guide.cli", "train", *words, "--json"]
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(done.stdout)  # one answer, though two processes work
    return answer


def test_the_same_command_runs_on_two_processes(tmp_path: Path) -> None:
    """`--devices 2 --strategy ddp` starts the second process itself; one answer, one folder, the weights of one."""
    words = ["cnn1", "--epochs=1", "--batch-size=65", "--accelerator=cpu", "--devices=2", "--strategy=ddp"]
    told = command(*words, "--folder=two", folder=tmp_path)
    images = data.Digits(batch_size=65, image_size=28)
    one = training.fit("cnn1", images, epochs=1, accelerator="cpu")
    assert told["epochs"][0] == pytest.approx(one.history[0]._asdict(), rel=1e-4)
    assert told["test"]["total"] == 360
    two = training.load(tmp_path / "two")
    for ours, theirs in zip(two.model.parameters(), one.model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)


def test_fsdp_says_that_it_needs_a_gpu() -> None:
    """Sharded parameters are moved by devices that the CPU build of torch does not have."""
    with pytest.raises(Exception, match="The strategy `fsdp` requires a GPU accelerator"):
        fit(strategy="fsdp", devices=2)
