"""Asks one tool all questions, each in a process of its own, forked once the tool is imported."""

from __future__ import annotations

import importlib
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import torch

from benchmarks.inspection.questions import Question
from benchmarks.inspection.tools import NotOfferedError, Tool

Answer = dict[str, Any]

SECONDS = 60  # that a tool has for one question
ADDRESSES = 16 * 2**30  # bytes that it may take: less than the models and batches that are larger than memory
SHOWN = 120  # characters of an answer or a message that are kept


def ask_all(tool: Tool, questions: Iterable[Question]) -> list[Answer]:
    """Return a line of the results for each question."""
    tool.load()
    importlib.import_module("torch._dynamo")  # takes seconds, and replaces functions of PyTorch: not the tools' doing
    return [
        {"tool": tool.name, "question": question.key, **in_a_fork(lambda: ask(tool, question))}  # noqa: B023 - called at once
        for question in questions
    ]


def ask(tool: Tool, question: Question) -> Answer:
    """Return the tool's answer and whether it is right."""
    method = next((name for name in question.answers if hasattr(tool, name)), None)
    if method is None:
        return {"verdict": "not offered"}
    start = time.perf_counter()
    try:
        answer = getattr(tool, method)(question.case())
    except NotOfferedError as error:
        return {"verdict": "not offered", "message": str(error)}
    except Exception as error:  # whatever goes wrong is the tool's answer
        return {"verdict": "error", "message": first_line(error)}
    seconds = round(time.perf_counter() - start, 4)
    verdict = "right" if fits(question.answers[method], answer, question.slack) else "wrong"
    if verdict == "wrong" and method == "macs" and hasattr(tool, "unknown") and tool.unknown(question.case()):
        verdict = "incomplete"  # it says itself that something is left out
    return {"verdict": verdict, "answer": short(answer), "seconds": seconds}


def fits(right: Any, answer: Any, slack: float = 0) -> bool:
    """Say whether an answer is right: numbers are equal, shapes come in this order, names and words occur.

    >>> fits(6, 6), fits([(8,), (4,)], [(8,), (8,), (4,)]), fits("fft", ["aten::fft2"]), fits(100, 110, slack=0.2)
    (True, True, True, True)
    >>> fits(6, 12), fits([(8,), (4,)], [(4,), (8,)]), fits("fft", []), fits(100, 90, slack=0.2), fits([], ["hooks"])
    (False, False, False, False, False)
    """
    if isinstance(right, str):
        return any(right in part for part in ([answer] if isinstance(answer, str) else answer))
    if isinstance(right, list) and right and isinstance(right[0], tuple):
        remaining = iter(answer)
        return all(shape in map(tuple, remaining) for shape in right)
    if slack:
        return bool(right <= answer <= right * (1 + slack))
    return bool(answer == right)


def short(answer: Any) -> Any:
    """Return a number as it is, and all else as the beginning of its text."""
    return answer if isinstance(answer, int) else str(answer)[:SHOWN]


def first_line(error: BaseException) -> str:
    r"""Return the name of an error and the first line of its message.

    >>> first_line(ValueError("one\ntwo"))
    'ValueError: one'
    """
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:SHOWN]


def in_a_fork(call: Callable[[], Answer], seconds: float = SECONDS) -> Answer:
    """Return what the call returns in a process of its own: a crash, a hang and a changed PyTorch end with it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer_and_end(call, writing)
    os.close(writing)
    in_time = bool(select.select([reading], [], [], seconds)[0])
    if not in_time:
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if text:
        return dict(json.loads(text))
    why = f"the process ended with status {status}" if in_time else f"no answer within {seconds:.0f} s"
    return {"verdict": "error", "message": why}


def answer_and_end(call: Callable[[], Answer], writing: int) -> NoReturn:
    """Write what the call returns into the pipe, as JSON, and leave the process."""
    status = 1
    try:
        silence()
        if sys.platform == "linux":  # elsewhere the limit is not obeyed
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
        torch.set_num_threads(1)  # a fork cannot use the threads of its parent
        torch.manual_seed(0)
        os.write(writing, json.dumps(call()).encode())
        status = 0
    finally:
        os._exit(status)


def silence() -> None:
    """Let the process print nothing, from C++ neither."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
