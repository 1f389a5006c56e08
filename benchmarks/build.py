"""How long the site takes to build: ours, mkdocs-jupyter executing the same pages, and plain MkDocs on the woven pages.

    python -m benchmarks.build [--pages small|site] [--rounds 3]

All builds of a round follow each other in one run, so that a busy machine slows all of them; ratios are taken within a
round. The table goes to the terminal and to .cache/bench/build.md; the exit code is 1 where a want is missed.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.metadata
import os
import platform
import re
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.builders import ROOT, Builder, builders
from benchmarks.woven import weave_into

CHANGES = ("cold", "warm", "one cell changed", "only prose changed")
WANTS = [  # (pages, change, slower, faster, limit, "at least" or "at most")
    ("small", "cold", "mkdocs-jupyter", "ours", 4.0, "at least"),
    ("small", "warm", "ours", "plain mkdocs", 1.5, "at most"),
    ("small", "only prose changed", "ours", "plain mkdocs", 1.5, "at most"),
    ("site", "warm", "ours", "plain mkdocs", 1.5, "at most"),
    ("site", "only prose changed", "ours", "plain mkdocs", 1.5, "at most"),
]
EDITED = {"small": "small_page_a.md", "site": "foundations/convolution_by_hand.md"}
LIBRARIES = ("torch", "pytorch-lightning", "mkdocs", "mkdocs-material", "mkdocs-jupyter", "nbclient", "ipykernel")
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Sample:
    """One whole process, with all the processes that it started."""

    wall: float
    """Seconds from start to exit."""
    cpu: float
    """Seconds of processor time, of user and system together."""


Samples = dict[tuple[str, str], list[Sample]]  # (change, builder) → one sample a round


# The pages that are built


def small_pages(folder: Path) -> None:
    """Write eight small pages that load data, train, print, draw and put a value into their prose."""
    template = (ROOT / "benchmarks" / "small_page.md").read_text(encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "assets", folder / "assets")
    (folder / "index.md").write_text("# Home\n\nThe pages of the benchmark.\n", encoding="utf-8")
    for number, letter in enumerate("abcdefgh"):
        page = template
        for name, value in {"letter": letter, "seed": number, "width": number + 4}.items():
            page = page.replace("{" + name + "}", str(value))
        (folder / f"small_page_{letter}.md").write_text(page, encoding="utf-8")


def site_pages(folder: Path) -> None:
    """Copy the site's own pages."""
    shutil.copytree(ROOT / "docs", folder, dirs_exist_ok=True)


def edit(page: Path, change: str, number: int) -> None:
    """Change a page in its first cell, in its prose, or not at all; each number makes a change of its own."""
    text = page.read_text(encoding="utf-8")
    if change == "one cell changed":
        text = re.sub(r"(?m)^(```python.*\n)", rf"\1revision = {number}\n", text, count=1)
    if change == "only prose changed":
        text += f"\nThis sentence is revision {'abcdefghijklmnopqrstuvwxyz'[number % 26]}.\n"
    page.write_text(text, encoding="utf-8")


# Measuring


def adopt_orphans() -> None:
    """Become the parent of processes whose parent has ended, so that their time is counted (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wait_for_orphans(seconds: float = 30) -> None:
    """Wait until every process that a build left behind has ended: it would disturb the next build."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.02)
        except ChildProcessError:
            return
    print(f"a process is still running {seconds:.0f} s after its build", file=sys.stderr)


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(builder: Builder) -> Sample:
    before, start = cpu_seconds(), time.perf_counter()
    builder.build()
    wall = time.perf_counter() - start
    wait_for_orphans()
    return Sample(wall, cpu_seconds() - before)


def run(name: str, rounds: int, folder: Path) -> Samples:
    """Measure every builder after every change, `rounds` times, in an order that rotates."""
    pages = folder / "pages"
    pages.mkdir()
    {"small": small_pages, "site": site_pages}[name](pages)
    ways = builders(folder)
    woven = weave_into(folder / "woven", ways[0], pages)  # also fills the file system's cache for what follows
    samples: Samples = {(change, way.name): [] for change in CHANGES for way in ways}
    for number in range(rounds):
        for way in ways:
            way.reset(woven if way.name == "plain mkdocs" else pages)
        for change in CHANGES:
            for way in rotated(ways, number):
                edit(way.folder / "docs" / EDITED[name], change, number)
                sample = measure(way)
                samples[change, way.name].append(sample)
                print(f"round {number + 1}, {change}, {way.name}: {sample.wall:.1f} s", file=sys.stderr)
    return samples


def rotated(ways: list[Builder], number: int) -> Iterator[Builder]:
    return (ways[(index + number) % len(ways)] for index in range(len(ways)))


# The report


def spread(values: list[float], digits: int = 1) -> str:
    """Return the median with the smallest and the largest.

    >>> spread([2.0, 1.0, 9.0])
    '2.0 (1.0–9.0)'
    """
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def ratios(samples: Samples, change: str, slower: str, faster: str) -> list[float]:
    """Return how many times longer `slower` took than `faster`, in each round."""
    pairs = zip(samples[change, slower], samples[change, faster], strict=True)
    return [a.wall / b.wall for a, b in pairs]


def table(name: str, samples: Samples) -> str:
    rounds = len(samples["cold", "ours"])
    rows = [
        f"{name} pages: median (smallest–largest) of {rounds} rounds, in seconds; CPU seconds in brackets",
        "",
        "| change | ours | mkdocs-jupyter | plain mkdocs | mkdocs-jupyter / ours | ours / plain mkdocs |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for change in CHANGES:
        cells = [change]
        for way in ("ours", "mkdocs-jupyter", "plain mkdocs"):
            taken = samples[change, way]
            cpu = statistics.median(sample.cpu for sample in taken)
            cells.append(f"{spread([sample.wall for sample in taken])} [{cpu:.1f}]")
        cells.append(spread(ratios(samples, change, "mkdocs-jupyter", "ours")))
        cells.append(spread(ratios(samples, change, "ours", "plain mkdocs"), digits=2))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def missed(name: str, samples: Samples) -> list[str]:
    """Return a sentence for each want about these pages that is missed."""
    sentences = []
    for pages, change, slower, faster, limit, kind in WANTS:
        if pages == name:
            ratio = statistics.median(ratios(samples, change, slower, faster))
            if ratio < limit if kind == "at least" else ratio > limit:
                sentences.append(f"{pages}, {change}: {slower} / {faster} is {ratio:.2f}, wanted {kind} {limit}")
    return sentences


def machine() -> str:
    """Say what the numbers depend on, without naming the machine."""
    cores, memory = os.cpu_count(), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    model = next((line.split(": ", 1)[1] for line in lines if line.startswith("model name")), platform.machine())
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{cores} cores ({model}), {memory:.0f} GiB, {system}; {versions}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pages", choices=["small", "site"], action="append", help="which pages (default: both)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each build is repeated (default: 3)")
    options = parser.parse_args()
    adopt_orphans()
    parts, failures = [], []
    for name in options.pages or ["small", "site"]:
        with tempfile.TemporaryDirectory(prefix="cnn-guide-bench-") as folder:
            samples = run(name, options.rounds, Path(folder))
        parts.append(table(name, samples))
        failures += missed(name, samples)
    verdict = "\n".join(f"Missed: {sentence}" for sentence in failures) or "Every want is met."
    report = "\n\n".join([*parts, machine(), verdict])
    target = ROOT / ".cache" / "bench" / "build.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(report + "\n", encoding="utf-8")
    print(report)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
