"""What a training does to the process around it: nothing. Quiet, repeatable, stopped by Ctrl-C."""

import logging
import signal
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import nn

LOGGERS = ("pytorch_lightning", "lightning_fabric", "lightning.pytorch")
REMARKS = ("pytorch_lightning", "lightning_fabric")  # packages whose advice is for others than our readers


@contextmanager
def undisturbed(seed: int) -> Iterator[None]:
    """Surround a training: quiet, seeded, interruptible, and torch's random state and switches put back afterwards.

    Args:
        seed: Seeds torch.
    """
    with ExitStack() as stack:
        for context in (quiet(), _interruptible(), _seeded(seed), _switches()):
            stack.enter_context(context)
        yield


@contextmanager
def prepared(network: nn.Module, *, channels_last: bool, compiled: bool) -> Iterator[None]:
    """Lay a network's filters out for images whose channels lie together, compile it, and afterwards undo both."""
    if channels_last:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch declares it with a device
    if compiled:
        network.compile()
    try:
        yield
    finally:
        if compiled:
            network._compiled_call_impl = None  # what `Module.compile` has set
        if channels_last:
            network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]


@contextmanager
def quiet() -> Iterator[None]:
    """Silence Lightning's remarks on hardware, its advertisement and its advice; errors still come through."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            for package in REMARKS:
                warnings.filterwarnings("ignore", module=package)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed torch, and afterwards put the random state back."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        yield


@contextmanager
def _switches() -> Iterator[None]:
    """Put torch's switches for repeatable operations back; Lightning sets them and leaves them."""
    deterministic, benchmark = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(deterministic)
        torch.backends.cudnn.benchmark = benchmark


@contextmanager
def _interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt on Ctrl-C; Lightning alone would ignore the key from then on and exit the interpreter."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as stop:
        if not isinstance(stop.__context__, KeyboardInterrupt):
            raise
        signal.signal(signal.SIGINT, handler)
        raise KeyboardInterrupt from None
