"""`cnn-guide solve`: settings that give a wanted size or receptive field."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from dataclasses import fields
from inspect import Parameter, signature
from textwrap import wrap
from typing import Any

from .networks import described, naming
from .parsing import UsageError, add_format, among, one_or_all, positive

EXAMPLES = """\
examples:
  cnn-guide solve padding --input 32 --output 14 --kernel-size 8 --stride 2
  cnn-guide solve conv --input 32 --output 16 --kernel-size 1-7
  cnn-guide solve same --input 224 --kernel-size 3 --stride 2 --convention tensorflow
  cnn-guide solve output-padding --input 32 --kernel-size 3 --stride 2 --padding 1
  cnn-guide solve input "Conv1d(1, 8, kernel_size=8, stride=2, padding=1)" --output 14
  cnn-guide solve smallest-input "Sequential(Conv2d(3, 8, kernel_size=5), MaxPool2d(2))"
  cnn-guide solve receptive-field --size 31 --growth 2
"""
QUESTIONS = {  # the function that answers, and the name of its answer where that is a number or a tuple
    "padding": ("solve_padding", "padding"),
    "kernel": ("solve_kernel", "kernel_size"),
    "stride": ("solve_stride", "stride"),
    "same": ("solve_same", "padding"),
    "output-padding": ("solve_output_padding", "output_padding"),
    "conv": ("solve_conv", ""),
    "pool": ("solve_pool", ""),
    "transpose": ("solve_conv_transpose", ""),
    "input": ("solve_input", ""),
    "smallest-input": ("smallest_input", "input_size"),
    "receptive-field": ("solve_receptive_field", ""),
}
ONE_ANSWER = ("same", "output-padding", "smallest-input")
SEARCHES = ("conv", "pool", "transpose", "receptive-field")  # take ranges of settings
SIZES = {
    "input_size": "pixels of the input",
    "output_size": "pixels wanted of the output",
    "kernel_size": "pixels of the kernel",
    "stride": "pixels between two positions of the window",
    "padding": "pixels added on both sides",
    "output_padding": "pixels added at the end of a transposed convolution's output",
    "dilation": "pixels between two neighbouring kernel entries",
    "growth": "dilation of each layer of a stack over that of the one before",
    "depth": "layers of a stack",
}
RANGES = f"{', '.join(SEARCHES[:-1])} and {SEARCHES[-1]} also take ranges of settings, such as 1-7."
NUMBERS = {
    "size": "pixels that a unit is to see",
    "channels": "channels of the input",
    "axes": "axes of the input",
    "limit": "the largest input that is tried",
}


def add_arguments(parser: ArgumentParser) -> None:
    """The question, and what is known."""
    add = parser.add_argument
    add("question", metavar="QUESTION", type=among("question", QUESTIONS), help="what is wanted, see below")
    add("network", nargs="?", metavar="NETWORK", help="a file or a description, for questions about a network")
    for name, text in SIZES.items():
        add(*_flags(name), dest=name, nargs="+", type=numbers, metavar="N", help=text)
    for name, text in NUMBERS.items():
        add(*_flags(name), dest=name, type=positive, metavar="N", help=text)
    add(
        "--convention",
        type=among("convention", ("pytorch", "tensorflow")),
        metavar="NAME",
        help="pytorch or tensorflow",
    )
    add("--ceil-mode", action="store_true", default=None, help="pooling that counts a last window that sticks out")
    add("--most", type=positive, default=10, metavar="N", help="answers to print (default: 10)")
    add_format(parser, "json")
    parser.epilog = "\n".join(["questions, with what they need, and take:", *_listed(), "", RANGES, "", EXAMPLES])


def run(options: Namespace) -> None:
    """Print the answers, the simplest first."""
    name, label = QUESTIONS[options.question]
    with naming(f"solve {options.question}"):
        found = _function(name)(**_arguments(options))
    answers = [found] if options.question in ONE_ANSWER else found
    records = [{label: answer} if label else _settings(answer) for answer in answers]
    print(_json(options.question, records) if options.format == "json" else _text(records, options.most))


def numbers(word: str) -> int | range:
    """A number, or a range of numbers such as 1-7."""
    first, dash, last = word.partition("-")
    try:
        return range(int(first), int(last) + 1) if dash and first else int(word)
    except ValueError:
        raise ArgumentTypeError(f"must be a number, or a range such as 1-7, not {word!r}") from None


def _function(name: str) -> Callable[..., Any]:
    from ..arithmetic import solving

    function: Callable[..., Any] = getattr(solving, name)
    return function


def _flags(name: str) -> list[str]:
    """The options for an argument, such as `--kernel-size` and `-k`; an input's size is `--input` in all commands."""
    long = f"--{name.removesuffix('_size') if name in ('input_size', 'output_size') else name.replace('_', '-')}"
    return [long, f"-{name[0]}"] if name in ("kernel_size", "stride", "padding", "dilation") else [long]


def _arguments(options: Namespace) -> dict[str, Any]:
    """What the question's function is called with."""
    taken = signature(_function(QUESTIONS[options.question][0])).parameters
    known = [*SIZES, *NUMBERS, "network", "convention", "ceil_mode"]
    given = {name: value for name in known if (value := getattr(options, name)) is not None}
    for name in given.keys() - taken.keys():
        raise UsageError(f"solve {options.question} takes no {_shown(name)}. Help: cnn-guide solve --help")
    for name, parameter in taken.items():
        if name not in given and not _optional(parameter):
            raise UsageError(f"solve {options.question} needs {_shown(name)}. Help: cnn-guide solve --help")
    return {name: _argument(options.question, name, value) for name, value in given.items()}


def _argument(question: str, name: str, value: Any) -> Any:
    if name == "network":
        return described(value)
    if not isinstance(value, list):
        return value
    if question not in SEARCHES and any(isinstance(number, range) for number in value):
        raise UsageError(f"solve {question} takes no range for {_shown(name)}. {RANGES}")
    return one_or_all(value)


def _optional(parameter: Parameter) -> bool:
    return parameter.default is not Parameter.empty


def _shown(name: str) -> str:
    return "NETWORK" if name == "network" else _flags(name)[0]


def _listed() -> Iterator[str]:
    """Each question with what its function needs, and takes in brackets."""
    for question, (function, _) in QUESTIONS.items():
        taken = signature(_function(function)).parameters
        words = (
            _shown(name) if each.default is Parameter.empty else f"[{_shown(name)}]" for name, each in taken.items()
        )
        yield from wrap(f"{question:<16}{' '.join(words)}", 78, initial_indent="  ", subsequent_indent=" " * 18)


def _settings(answer: Any) -> dict[str, Any]:
    """The settings of an answer that are not the default."""
    values = {field.name: (getattr(answer, field.name), field.default) for field in fields(answer)}
    return {name: value for name, (value, default) in values.items() if value != default}


def _text(records: list[dict[str, Any]], most: int) -> str:
    lines = [", ".join(f"{name}={_written(value)}" for name, value in each.items()) for each in records[:most]]
    more = len(records) - most
    return "\n".join([*lines, *([f"… and {more} more: --most {len(records)}"] if more > 0 else [])])


def _written(value: Any) -> str:
    """A value as in Python, and the sizes of inputs as ranges."""
    if isinstance(value, range):
        steps = f" by {value.step}" if value.step > 1 else ""
        return f"{value[0]}-{value[-1]}{steps}" if len(value) > 1 else f"{value[0]}"
    if isinstance(value, tuple) and any(isinstance(sizes, (range, list)) for sizes in value):
        return " × ".join(map(_written, value))
    return repr(value)


def _json(question: str, records: list[dict[str, Any]]) -> str:
    import json

    def plain(sizes: range) -> dict[str, int]:
        return {"first": sizes[0], "last": sizes[-1], "step": sizes.step}

    return json.dumps({"question": question, "answers": records}, indent=2, default=plain)
