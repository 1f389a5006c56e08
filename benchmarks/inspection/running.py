"""Runs every job of the benchmark in a fresh process, and gathers the results."""

from __future__ import annotations

import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch

from benchmarks.inspection.installation import ROOT, NotInstalledError, environment, install
from benchmarks.inspection.tools import Ours, Tool

Results = dict[str, Any]
Folders = dict[str, Path | None]  # of the tools that are there: where they are installed

PATIENCE = 300  # seconds that a job may take
IMPORT = """
import json, sys, time
start = time.process_time()
{statement}
print(json.dumps([time.process_time() - start, sorted({{"torch", "numpy"}} & set(sys.modules))]))
"""
LIGHT = "from cnn_guide import layers, summary"  # names are loaded on first use: this loads the arithmetic, too


def run(tools: Iterable[Tool], batches: tuple[int, ...], keys: list[str], rounds: int) -> Results:
    """Return the results of these tools: imports, measurements with these batches, and answers.

    Args:
        tools: what is compared.
        batches: sizes of a batch of pictures; none leaves the measurements out.
        keys: of the questions to ask; none asks all.
        rounds: how often each import is repeated.
    """
    tools = list(tools)
    folders, absent = installed(tools)
    present = [tool for tool in tools if tool.name in folders]
    asked = [tool for tool in present if tool.asked]
    results: Results = {"date": datetime.date.today().isoformat(), "machine": machine(), "absent": absent}
    results["tools"] = [{"tool": tool.name, "home": tool.home, "version": tool.version} for tool in present]
    results["imports"] = list(imports(present, folders, rounds))
    results["measurements"] = list(measurements(present, folders, batches))
    with ThreadPoolExecutor(2) as pool:  # answers do not depend on how busy the machine is
        answers = pool.map(lambda tool: answers_of(tool, folders[tool.name], keys), asked)
        results["answers"] = [answer for each in answers for answer in each]
    return results


def installed(tools: Iterable[Tool]) -> tuple[Folders, list[dict[str, str]]]:
    """Install the tools; return where they are, and which cannot be installed."""
    folders: Folders = {}
    absent = []
    for tool in tools:
        try:
            folders[tool.name] = install(tool.needs) if tool.needs else None
        except NotInstalledError as error:
            absent.append({"tool": tool.name, "home": tool.home, "reason": str(error)})
        say(f"{tool.name}: {'installed' if tool.name in folders else 'not installed'}")
    return folders, absent


def imports(tools: Iterable[Tool], folders: Folders, rounds: int) -> Iterator[Results]:
    """Measure the processor's time of each import in fresh processes, and see whether PyTorch and NumPy are loaded."""
    for tool in tools:
        statements = [f"import {tool.module}", *([LIGHT] if isinstance(tool, Ours) else [])]
        for statement in statements:
            command = [sys.executable, "-c", IMPORT.format(statement=statement)]
            runs = [fresh(command, folders[tool.name]) for _ in range(rounds)]
            times = [seconds for seconds, _ in runs]
            yield {
                "tool": tool.name,
                "statement": statement,
                "seconds": statistics.median(times),
                "slowest": max(times),
                "rounds": rounds,
                "loads": runs[0][1],
            }
            say(f"{statement}: {statistics.median(times):.3f} s")


def measurements(tools: Iterable[Tool], folders: Folders, batches: tuple[int, ...]) -> Iterator[Results]:
    """Measure each tool's report of ResNet-50, and how long it takes to write down the description."""
    for tool in tools:
        for subject in tool.subjects:
            for batch in batches[:1] if subject == "keras" else batches:
                task = {"do": "measure", "tool": tool.name, "subject": subject, "batch": batch}
                found = job(task, folders[tool.name])
                yield {"tool": tool.name, "subject": subject, "batch": batch, "shapes": tool.gives_shapes, **found}
                say(f"{tool.name}, {subject}, batch {batch}: {found.get('error') or found['seconds']}")
        if isinstance(tool, Ours) and batches:
            yield {"tool": tool.name, "subject": "build", **job({"do": "build"}, None)}


def answers_of(tool: Tool, folder: Path | None, keys: list[str]) -> list[Results]:
    """Return the tool's answers to the questions."""
    answers: list[Results] = job({"do": "ask", "tool": tool.name, "keys": keys}, folder)
    say(f"{tool.name}: {sum(answer['verdict'] == 'right' for answer in answers)} of {len(answers)} answers right")
    return answers


def job(task: Results, folder: Path | None) -> Any:
    """Return the result of a job in a fresh process; a process that fails is a result, too, for a measurement."""
    command = [sys.executable, "-m", "benchmarks.inspection.job", json.dumps(task)]
    try:
        return fresh(command, folder)
    except (subprocess.SubprocessError, ValueError) as error:
        if task["do"] != "measure":
            raise
        late = isinstance(error, subprocess.TimeoutExpired)
        return {"error": f"no answer within {PATIENCE} s" if late else "the process ended"}


def fresh(command: list[str], folder: Path | None) -> Any:
    """Return what a fresh process writes, which is JSON."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment(folder), capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    return json.loads(done.stdout)


def machine() -> Results:
    """Return what the numbers depend on, without naming the machine."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.exists() else []
    return {
        "processor": next(
            (line.split(": ", 1)[1] for line in lines if line.startswith("model name")), platform.machine()
        ),
        "cores": os.cpu_count(),
        "memory": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),  # GiB
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def say(message: str) -> None:
    """Show the progress."""
    print(message, file=sys.stderr, flush=True)
