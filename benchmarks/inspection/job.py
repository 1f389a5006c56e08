"""What a fresh process does for the benchmark, told by its argument, a JSON object; its last line is the answer."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import torch

from benchmarks import descriptions
from benchmarks.inspection.asking import ask_all, first_line, silence
from benchmarks.inspection.cases import Case
from benchmarks.inspection.measuring import measure
from benchmarks.inspection.peers import BY_NAME
from benchmarks.inspection.questions import QUESTIONS
from benchmarks.inspection.tools import Tool
from cnn_guide import models

PICTURE = (3, 224, 224)


def subject(tool: Tool, kind: str) -> Any:
    """Return ResNet-50 as a module, as a module on the meta device, or as a description; Keras' own for Keras."""
    if kind == "description":
        return descriptions.resnet50()
    if hasattr(tool, "resnet50"):
        return tool.resnet50()
    with torch.device("meta" if kind == "meta" else "cpu"):
        return models.create("resnet50").eval()


def run_measure(tool: Tool, kind: str, batch: int) -> dict[str, Any]:
    """Measure the tool's report of ResNet-50."""
    tool.load()
    try:
        case = Case(subject(tool, kind), (batch, *PICTURE))
        return measure(lambda: tool.report(case))
    except Exception as error:  # a tool's failure is its result
        return {"error": first_line(error)}


def run_build() -> dict[str, Any]:
    """Measure how long it takes to write down the description."""
    return measure(descriptions.resnet50)


def run_questions(tool: Tool, keys: list[str]) -> list[dict[str, Any]]:
    """Ask the tool the questions with these keys, or all."""
    return ask_all(tool, [question for question in QUESTIONS if not keys or question.key in keys])


def run(task: dict[str, Any]) -> Any:
    """Do what the task says."""
    if task["do"] == "build":
        return run_build()
    tool = BY_NAME[task["tool"]]
    if task["do"] == "ask":
        return run_questions(tool, task["keys"])
    return run_measure(tool, task["subject"], task["batch"])


def main() -> None:
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence()
    json.dump(run(json.loads(sys.argv[1])), answer)
    answer.close()


if __name__ == "__main__":
    main()
