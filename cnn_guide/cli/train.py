"""`cnn-guide train`: train a network and test it.

The short words that `add_arguments` knows are translated into those of Lightning's command line, which go there
beside the long ones that the user has written: `--epochs 3` is `--trainer.max_epochs 3`.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from .parsing import Parser, UsageError, above_zero, add_format, among, positive

if TYPE_CHECKING:
    from ..training import Evaluation, Fit
    from ..training.lightning_cli import Training

EXAMPLES = """\
examples:
  cnn-guide train cnn1 --data digits
  cnn-guide train cnn2 --data mnist --epochs 5 --seed 0
  cnn-guide train dense --epochs 3 --json
  cnn-guide train cnn2 --folder runs/first --epochs 10
  cnn-guide train cnn2 --folder runs/first --epochs 10 --resume  (go on after a crash)
  cnn-guide train --config runs/first/config.yaml --learning-rate 0.01
  cnn-guide train cnn2 --overfit-one-batch                       (can it learn at all?)
  cnn-guide train resnet20 --data cifar10 --devices 2 --strategy ddp

Lightning's own options go beside these, in words and in YAML files (--config FILE):
--trainer.NAME, those of the learning as --model.NAME, of the images as --data.NAME.
--print-config prints all with their values, --lightning-help explains them.

The environment variable CNN_GUIDE_DATA names the folder of data sets.
"""
KEYS = {  # our words, and what they are called in a configuration
    "weights": ("model.weights",),
    "fresh_head": ("model.fresh_head",),
    "batch_size": ("data.batch_size",),
    "learning_rate": ("model.learning_rate",),
    "optimizer": ("model.optimizer",),
    "schedule": ("model.schedule",),
    "seed": ("model.seed", "data.seed"),
    "epochs": ("trainer.max_epochs",),
    "accelerator": ("trainer.accelerator",),
    "devices": ("trainer.devices",),
    "strategy": ("trainer.strategy",),
    "precision": ("trainer.precision",),
    "accumulate": ("trainer.accumulate_grad_batches",),
    "deterministic": ("trainer.deterministic",),
    "compile": ("model.compile",),
    "channels_last": ("model.channels_last",),
    "profile": ("trainer.profiler",),
    "folder": ("folder",),
    "patience": ("patience",),
    "save_every": ("save_every",),
}
LIGHTNINGS = ("--config", "-c", "--print_config", "--seed_everything")  # its options without a dot in their names


def add_arguments(parser: ArgumentParser) -> None:
    """The network, its images, and how it learns."""
    add = parser.add_argument
    add("network", nargs="?", help="a name that cnn-guide models lists, or package.module:factory")
    add("--arg", action="append", default=[], metavar="NAME=VALUE", help="an argument of the network; repeatable")
    add("--weights", metavar="NAME", help="start from published weights, a run's folder or a file")
    add("--fresh-head", action="store_true", help="but leave the last layer its own first weights")
    add("--freeze", action="append", default=[], metavar="PATTERN", help="what does not learn; repeatable")
    add(
        "--data",
        type=_data_set,
        metavar="NAME",
        help="images to learn from: digits (default), mnist, cifar10, … or a folder",
    )
    add("--batch-size", type=positive, metavar="N", help="images a step, over all devices")
    add("--epochs", type=positive, metavar="N", help="passes over the training images (default: 5)")
    add("--learning-rate", type=above_zero, metavar="RATE", help="step size (default: 0.001)")
    add("--optimizer", metavar="NAME", help="adam (default), adamw, sgd or rmsprop")
    add("--schedule", metavar="NAME", help="of the rate: constant (default), cosine, step, one_cycle")
    add("--seed", type=int, metavar="N", help="decides first weights, shuffles and dropout (default: 0)")
    _add_keeping(parser)
    _add_devices(parser)
    _add_checks(parser)
    add_format(parser, "json")


def main(parser: Parser, words: list[str]) -> None:
    """Train, with a line an epoch, and say how good the network is on images it has not seen."""
    add_arguments(parser)
    short, long = split(words)
    options = parser.parse_args(short)
    translated = ["--help"] if options.lightning_help else lightning_words(options, long)
    from ..data import DownloadError
    from ..training.lightning_cli import Training

    try:
        _run(Training(translated, resume=options.resume), options)
    except (OSError, ValueError, TypeError, DownloadError) as error:
        raise UsageError(str(error)) from error


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """Part the words into ours and Lightning's, each option with its value.

    Example:
        >>> split(["cnn2", "--epochs", "3", "--model.warmup", "1", "--json"])
        (['cnn2', '--epochs', '3', '--json'], ['--model.warmup', '1'])
    """
    short: list[str] = []
    long: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, _ = word.partition("=")
        if not (name in LIGHTNINGS or (name.startswith("--") and "." in name)):
            short.append(word)
            continue
        long.append(word)
        if rest and not equals and name != "--print_config" and not rest[0].startswith("--"):
            long.append(rest.pop(0))
    return short, long


def lightning_words(options: Namespace, long: list[str]) -> list[str]:
    """Lightning's words for ours, and its own; ours that were not given leave what a file says.

    Example:
        >>> parser = ArgumentParser()
        >>> add_arguments(parser)
        >>> lightning_words(parser.parse_args(["cnn2", "--epochs", "3"]), ["--config", "a.yaml"])
        ['--config', 'a.yaml', '--model.network=cnn2', '--trainer.max_epochs=3']
    """
    files, others = _files_first(long)
    words = [] if options.network is None else [f"--model.network={_network(options.network)}"]
    words += [f"--model.options.{argument}" for argument in options.arg]
    words += [f"--model.freeze+={pattern}" for pattern in options.freeze]
    if options.data is not None or not (files or any(word.startswith("--data=") for word in others)):
        words += _images(options.data or "digits", others)
    values = {name: "simple" if name == "profile" and value else value for name, value in vars(options).items()}
    for name, keys in KEYS.items():
        words += [f"--{key}={values[name]}" for key in keys if values[name] not in (None, False)]
    printing = ["--print_config"] if options.print_config else []
    return [*files, *words, *others, *printing]


def _add_keeping(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--folder", metavar="FOLDER", help="keep settings, logs and checkpoints there")
    add("--resume", action="store_true", help="go on with the run in the folder, if there is one")
    add("--patience", type=positive, metavar="N", help="stop after so many epochs without progress")
    add("--save-every", type=positive, metavar="N", help="write a checkpoint after so many steps, too")
    add("--print-config", action="store_true", help="print the configuration as YAML, and do nothing")
    add("--lightning-help", action="store_true", help="list every option of Lightning's")


def _add_devices(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--accelerator", metavar="NAME", help="auto (default), cpu, gpu, … ")
    add("--devices", metavar="N", help="devices, or processes on the CPU, that share each batch")
    add("--strategy", metavar="NAME", help="how they work together: auto (default), ddp, fsdp, …")
    add("--precision", metavar="NAME", help="32-true (default), bf16-mixed, 16-mixed, …")
    add("--accumulate", type=positive, metavar="N", help="batches whose gradients make one step")
    add("--compile", action="store_true", help="let torch compile the network")
    add("--channels-last", action="store_true", help="lay out images channel by channel in each pixel")
    add("--deterministic", action="store_true", help="refuse what a GPU cannot repeat")


def _add_checks(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--overfit-one-batch", action="store_true", help="only show one batch again and again")
    add("--find-learning-rate", action="store_true", help="only try out learning rates")
    add("--profile", action="store_true", help="say afterwards what took how long")


def _files_first(long: list[str]) -> tuple[list[str], list[str]]:
    """Configuration files, and the rest: at Lightning's later words win, files like any other."""
    files: list[str] = []
    others: list[str] = []
    for word in long:
        after_option = bool(files) and files[-1] in ("--config", "-c")
        (files if after_option or word.partition("=")[0] in ("--config", "-c") else others).append(word)
    return files, others


def _network(name: str) -> str:
    """A network's name, or package.module:factory."""
    from ..models import names

    if "(" in name:
        raise UsageError(f"{name} is a description, which has no weights to train. Name an nn.Module.")
    return name if ":" in name else among("network", names())(name)


def _data_set(name: str) -> str:
    """A data set's name, a folder of pictures, or a class such as package.module.Class."""
    from ..data import names

    own = name not in names() and (os.path.isdir(name) or "." in name)  # a class of the user's has a dot
    return name if own else among("data set", names())(name)


def _images(name: str, others: list[str]) -> list[str]:
    """Words for a data set of that name, or for a folder of pictures."""
    from .. import data
    from ..training.configuration import data_class

    if name not in data.names() and not os.path.isdir(name):
        return [f"--data={name}"]
    if name not in data.names():
        return [f"--data={data_class('folder')}", f"--data.path={name}"]
    words = [f"--data={data_class(name)}"]
    if name == "digits" and not any(word.startswith("--data.image_size") for word in others):
        words.append("--data.image_size=28")  # what the networks of the lessons expect
    return words


def _run(training: Training, options: Namespace) -> None:
    if options.overfit_one_batch:
        _show_overfitting(training, options.format)
    elif options.find_learning_rate:
        _show_learning_rates(training, options.format)
    else:
        _train(training, options)


def _train(training: Training, options: Namespace) -> None:
    from ..training import evaluate

    images, first = training.datamodule, training.trainer.is_global_zero
    if first and options.format == "text":
        _ = images.train  # read, so that they can be counted
        print(images, flush=True)
    fit = training.train()
    if not first:  # another process prints
        return
    test = evaluate(fit.model, images.test)
    print(_json(fit, test) if options.format == "json" else _text(fit, test))
    if options.profile:
        print(training.profile, file=sys.stderr)


def _text(fit: Fit, test: Evaluation) -> str:
    lines = [
        f"epoch {epoch.epoch}: {epoch.train_accuracy:.1%} training, {epoch.val_accuracy:.1%} validation accuracy"
        for epoch in fit.history
    ]
    if fit.earlier == len(fit.history):
        lines.append(f"{fit.folder} is finished: nothing was left to do. To go on, ask for more epochs.")
    elif fit.earlier:
        lines.append(f"Epochs 1 to {fit.earlier} were done before.")
    return "\n".join([*lines, f"{fit.seconds:.0f} s. Test images: {test!r}"])


def _json(fit: Fit, test: Evaluation) -> str:
    marks = {"correct": test.correct, "total": test.total, "accuracy": test.accuracy, "interval": test.interval}
    epochs = [epoch._asdict() for epoch in fit.history]
    return _dumped({"epochs": epochs, "earlier": fit.earlier, "seconds": fit.seconds, "test": marks})


def _show_overfitting(training: Training, form: str) -> None:
    losses = training.overfit_one_batch()
    if form == "json":
        print(_dumped({"losses": losses}))
        return
    print(f"One batch, {len(losses)} times: the loss falls from {losses[0]:.3f} to {losses[-1]:.3f}.")
    if losses[-1] > losses[0] / 2:
        print("It should fall to nearly nothing: try another learning rate, then look at labels, shapes and the loss.")


def _show_learning_rates(training: Training, form: str) -> None:
    found = training.find_learning_rate()
    if form == "json":
        print(_dumped(found._asdict()))
        return
    print("\n".join(f"{rate:9.2e}  loss {loss:.3f}" for rate, loss in zip(found.rates, found.losses, strict=True)))
    print("No rate makes the loss fall." if found.suggestion is None else f"Suggested: {found.suggestion:.1e}")


def _dumped(values: dict[str, Any]) -> str:
    import json

    return json.dumps(values, indent=2)
