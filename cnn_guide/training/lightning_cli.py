"""Lightning's command line for `cnn-guide train`: every option of trainer, model and data, in YAML or as words."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from jsonargparse import ArgumentError
from pytorch_lightning.cli import LightningArgumentParser, LightningCLI

from cnn_guide.data import ImageData
from cnn_guide.training.classifier import ImageClassifier
from cnn_guide.training.learning_rates import LearningRates, find_learning_rate
from cnn_guide.training.overfitting import overfit_one_batch
from cnn_guide.training.run import DEFAULTS, Fit, Run
from cnn_guide.training.surroundings import quiet

TRAINER = DEFAULTS | {"max_epochs": 5, "devices": 1}
NOT_SETTINGS = {"resume", "config"}  # how a run is done, not what it is


class Training(LightningCLI):
    """A training as words or a YAML file describe it: `model`, `datamodule`, `trainer`, all made, nothing read.

    Example:
        >>> training = Training(["--model.network=cnn1", "--data=cnn_guide.data.Digits", "--data.image_size=28"])
        >>> training.trainer.max_epochs, training.datamodule.image_shape
        (5, (1, 28, 28))

    Args:
        words: Options such as `--model.learning_rate 0.01` and `--config recipe.yaml`; later ones win.
        resume: Whether to go on with the run in the folder, if there is one.

    Raises:
        ValueError: If there is no such option, or its value makes no sense.
    """

    def __init__(self, words: Sequence[str], *, resume: bool = False) -> None:
        self._resume = resume
        with quiet(), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "LightningCLI's args parameter")  # which words count is clear here
            try:
                super().__init__(
                    ImageClassifier,
                    ImageData,
                    args=list(words),
                    run=False,
                    subclass_mode_data=True,
                    seed_everything_default=False,  # `model.seed` and `data.seed` decide all
                    trainer_defaults=TRAINER,
                    save_config_callback=None,  # `Keeper` writes it
                    auto_configure_optimizers=False,
                    load_from_checkpoint_support=False,
                    parser_kwargs={"prog": "cnn-guide train", "exit_on_error": False},
                )
            except (ArgumentError, ValueError) as error:
                raise ValueError(readable(str(error), [*self.parser._option_string_actions])) from error

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Add what a run has beside trainer, model and data."""
        parser.add_class_arguments(Run, skip=NOT_SETTINGS)

    def before_instantiate_classes(self) -> None:
        """Seed the weights of networks that the configuration makes by their class."""
        torch.manual_seed(self.config.model.seed)
        settings = {field.name: self.config[field.name] for field in fields(Run) if field.name not in NOT_SETTINGS}
        settings["folder"] = None if settings["folder"] is None else Path(settings["folder"])
        self.run = Run(**settings, resume=self._resume, config=self.parser.dump(self.config))

    def instantiate_trainer(self, **options: Any) -> pl.Trainer:
        """Make Lightning's trainer with what the run adds; what the configuration names comes first."""
        ours = self.run.trainer_options()
        given = self.config_init.trainer
        callbacks = [*(given.callbacks or []), *ours.pop("callbacks")]
        if given.logger:
            ours.pop("logger")
        return super().instantiate_trainer(**ours, callbacks=callbacks, **options)

    def train(self) -> Fit:
        """Train, or go on."""
        epochs: int = self.config.trainer.max_epochs
        return self.run.train(self.model, self.datamodule, epochs, lambda: self.trainer)

    @property
    def profile(self) -> str:
        """What took how long, as a table, where the configuration names a profiler."""
        profiler: Any = self.trainer.profiler  # type: ignore[attr-defined]  # Lightning declares it where it sets it
        return str(profiler.summary())

    def overfit_one_batch(self) -> list[float]:
        """Show the network one batch again and again; see `overfit_one_batch`."""
        self.model.build(self.datamodule)
        rate = self.model.learning_rate
        return overfit_one_batch(self.model.built, self.datamodule, learning_rate=rate, seed=self.model.seed)

    def find_learning_rate(self) -> LearningRates:
        """Try learning rates; see `find_learning_rate`."""
        return find_learning_rate(self.model, self.datamodule)


def readable(message: str, options: Sequence[str]) -> str:
    """Say in one line what jsonargparse says in several.

    Example:
        >>> readable('Parser key "model.warmup": Expected a float. Got value: abc', [])
        "--model.warmup: expected float, not 'abc'."
        >>> readable("unrecognized arguments: --trainer.max_epoch 3", ["--trainer.max_epochs"])
        "There is no option '--trainer.max_epoch'. Did you mean '--trainer.max_epochs'?"

    Args:
        message: Of jsonargparse.
        options: Those that there are.
    """
    if unknown := re.search(r"unrecognized arguments: (\S+)", message):
        return _unknown(unknown[1], options)
    if unknown := re.search(r"Group '(\S+)' does not accept option '(\S+)'", message):
        return _unknown(f"--{unknown[1]}.{unknown[2]}", options)
    key = re.search(r'Parser key "([^"]+)":', message)
    value = re.search(r"(?:Given|Got) value: (.*)", message)
    causes = [_cause(cause) for cause in re.split(r"\n\s*-\s|\n\s*(?=Given)|Parser key .*?:\s", message)]
    wanted = [cause.removeprefix("expected ") for cause in causes if cause.startswith("expected ")]
    said = [cause for cause in causes if cause and not cause.startswith("expected ")]
    text = ". ".join(said) if said else f"expected {' or '.join(wanted)}, not {value[1] if value else ''!r}"
    return f"{f'--{key[1]}: ' if key else ''}{text}{'' if text.endswith('?') else '.'}"


def _unknown(option: str, options: Sequence[str]) -> str:
    close = get_close_matches(option, options, n=1)
    return f"There is no option {option!r}.{f' Did you mean {close[0]!r}?' if close else ''}"


def _cause(text: str) -> str:
    """One of the reasons that jsonargparse lists; nothing for those that tell a user nothing."""
    text = (
        re.sub(r"<class '(?:[\w.]*\.)?(\w+)'>", r"\1", re.sub(r"\s+", " ", text))
        .replace("typing.Literal", "")
        .strip()
        .rstrip(".")
    )
    if re.match(r"Expected a (NoneType|path|dot)|Given value|Does not validate", text):
        return ""
    if expected := re.match(r"Expected an? (.*?)(?:\. Got value.*)?$", text):
        return f"expected {expected[1]}"
    return text
