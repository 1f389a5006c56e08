"""The benchmark of summaries: its questions and their answers, its measurements, its tables and its page."""

import doctest
import importlib
import json
import os
import subprocess
import time
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.inspection import __main__, asking, installation, job, page, running, tables, wants
from benchmarks.inspection.cases import Case
from benchmarks.inspection.footprints import changes_of_model, changes_of_torch
from benchmarks.inspection.measuring import measure
from benchmarks.inspection.peers import BY_NAME, TOOLS
from benchmarks.inspection.questions import QUESTIONS, Question
from benchmarks.inspection.tools import Ours, Tool
from site_builder import checks
from site_builder.page import Cell, parse

BY_KEY = {question.key: question for question in QUESTIONS}
MEASURED = {"fastest": 0.001, "slowest": 0.003, "rounds": 5}
RESULTS = {
    "date": "2026-01-31",
    "machine": {"processor": "P", "cores": 2, "memory": 8, "system": "Linux", "python": "3.11", "torch": "2.13"},
    "absent": [{"tool": "gone", "home": "https://example.org/gone", "reason": "it asks for Python <3.11"}],
    "tools": [
        {"tool": "cnn_guide", "home": "https://example.org/ours", "version": "1.0"},
        {"tool": "torchinfo", "home": "https://example.org/theirs", "version": "2.0"},
    ],
    "imports": [
        {"tool": "cnn_guide", "statement": "import cnn_guide", "seconds": 0.006, "loads": []},
        {"tool": "cnn_guide", "statement": running.LIGHT, "seconds": 0.02, "loads": []},
        {"tool": "torchinfo", "statement": "import torchinfo", "seconds": 1.5, "loads": ["numpy", "torch"]},
    ],
    "measurements": [
        {"tool": tool, "subject": subject, "batch": batch, "shapes": True, "seconds": seconds, "first": 2 * seconds,
         "memory": 2_000_000, **MEASURED}
        for tool, subject, seconds in [("cnn_guide", "description", 0.0003), ("cnn_guide", "module", 0.004),
                                       ("cnn_guide", "meta", 0.004), ("torchinfo", "module", 0.1), ("torchinfo", "meta", 0.05)]
        for batch in (1, 64)
    ] + [{"tool": "cnn_guide", "subject": "build", "seconds": 0.0005, "first": 0.001, "memory": 0, **MEASURED}],
    "answers": [
        {"tool": "cnn_guide", "question": "shared", "verdict": "right", "answer": 576, "seconds": 0.001},
        {"tool": "torchinfo", "question": "shared", "verdict": "wrong", "answer": 1152, "seconds": 0.001},
        {"tool": "cnn_guide", "question": "html", "verdict": "right", "answer": "<table", "seconds": 0.001},
        {"tool": "torchinfo", "question": "html", "verdict": "not offered"},
    ],
}  # fmt: skip


# The questions


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_ours_answers_every_question(question: Question) -> None:
    """Each ✓ of ours in the table on the site is backed by this test."""
    torch.manual_seed(0)
    assert asking.ask(Ours(), question)["verdict"] == "right"


def test_every_question_has_a_name_of_its_own() -> None:
    """Keys tell the lines of the results apart, and every question is one that a tool can be asked."""
    assert len(BY_KEY) == len(QUESTIONS)
    assert all(hasattr(Ours, method) for question in QUESTIONS for method in question.answers)


@pytest.mark.parametrize("key", ["shared", "tied", "raw_parameter", "unused"])
def test_the_right_numbers_of_parameters_are_pytorchs(key: str) -> None:
    """PyTorch itself lists a shared parameter once."""
    assert BY_KEY[key].answers["parameters"] == sum(p.numel() for p in BY_KEY[key].case().model.parameters())


@pytest.mark.parametrize(
    "key",
    ["called_twice", "functional", "matrix_product", "transposed", "same", "same_even", "depthwise",
     "linear_on_sequence", "dict_input", "none_input", "unbatched", "nested_output", "meta", "larger_than_memory"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_the_right_multiply_accumulates_are_pytorchs(key: str) -> None:
    """PyTorch counts the same at work, where it has a rule."""
    case = BY_KEY[key].case()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        case.model(*case.arguments())
    assert 2 * BY_KEY[key].answers["macs"] == counter.get_total_flops()


@pytest.mark.parametrize("key", ["field", "field_dilated", "field_residual", "field_branches", "field_transposed"])
def test_the_right_receptive_fields_are_those_of_gradients(key: str) -> None:
    """The widest stretch of pixels on which any unit of the output depends is the field."""
    case = BY_KEY[key].case()
    x = torch.zeros(case.shape, requires_grad=True)
    for parameter in case.model.parameters():
        nn.init.ones_(parameter)
    widths = []
    for row in case.model(x)[0].sum(dim=0):
        (gradient,) = torch.autograd.grad(row.sum(), x, retain_graph=True)
        seen = gradient[0, 0].abs().sum(dim=1).nonzero().flatten()
        widths.append(int(seen.max() - seen.min()) + 1)
    assert max(widths) == BY_KEY[key].answers["field"]


class Liar(Tool):
    """A tool with one answer of each kind."""

    name = "liar"
    module = "json"
    home = "https://example.org"

    def report(self, case: Case) -> str:
        return "everything is fine"

    def parameters(self, case: Case) -> int:
        return 1

    def macs(self, case: Case) -> int:
        return 2

    def unknown(self, case: Case) -> list[str]:
        return ["lstm"]

    def shapes(self, case: Case) -> list[tuple[int, ...]]:
        raise ValueError("one line\nand another")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("shared", {"verdict": "wrong", "answer": 1}),
        ("recurrent", {"verdict": "incomplete", "answer": 2}),
        ("every_shape", {"verdict": "error", "message": "ValueError: one line"}),
        ("html", {"verdict": "not offered"}),
    ],
)
def test_wrong_answers_are_told_apart(key: str, expected: dict[str, object]) -> None:
    """The same questions find a tool that answers wrongly, admits a gap, fails, or has no answer."""
    found = asking.ask(Liar(), BY_KEY[key])
    found.pop("seconds", None)
    assert found == expected


def test_a_crash_or_a_hang_is_an_answer() -> None:
    """A tool that ends or blocks its process is recorded as such, and the next question is asked."""
    assert asking.in_a_fork(lambda: {"verdict": "right", "answer": 1}) == {"verdict": "right", "answer": 1}
    assert asking.in_a_fork(lambda: os._exit(3))["message"] == "the process ended with status 3"
    assert asking.in_a_fork(lambda: time.sleep(60), seconds=0.1)["message"] == "no answer within 0 s"


# What is left behind


def bend(model: nn.Module, change: str) -> None:
    """Change one thing."""
    weight = model[0].weight
    if change == "training flags":
        model[1].eval()
    elif change == "hooks":
        model[0].register_forward_hook(print)
    elif change == "attributes":
        model[0].total_ops = 1
    elif change == "values of state_dict":
        nn.init.zeros_(weight)
    elif change == "requires_grad":
        weight.requires_grad_(False)
    elif change == "gradients":
        weight.grad = torch.zeros_like(weight)
    elif change == "random numbers":
        torch.rand(1)


@pytest.mark.parametrize(
    "change",
    ["training flags", "hooks", "attributes", "values of state_dict", "requires_grad", "gradients", "random numbers"],
)
def test_every_change_of_a_model_is_found(change: str) -> None:
    """Nothing that a report might change goes unseen."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    assert changes_of_model(model, lambda: None) == []
    assert changes_of_model(model, lambda: bend(model, change)) == [change]


def test_new_keys_and_other_devices_are_found() -> None:
    """A buffer that is added appears among the keys; a model that is moved, among the devices."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3))
    assert "keys of state_dict" in changes_of_model(model, lambda: model.register_buffer("total_ops", torch.zeros(1)))
    assert "device" in changes_of_model(model, lambda: model.to("meta"))


def test_a_patched_function_of_pytorch_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that is left replaced is named."""
    with monkeypatch.context() as patch:
        assert changes_of_torch(lambda: patch.setattr(nn.functional, "conv2d", print)) == ["torch.nn.functional.conv2d"]


# Measuring


def test_time_and_memory_are_those_of_the_call() -> None:
    """A call that sleeps and takes 60 MB is measured so; one that does nothing takes next to nothing."""

    def work() -> None:
        time.sleep(0.02)
        bytearray(60_000_000).count(1)

    found = measure(work)
    assert 0.02 <= found["fastest"] <= found["seconds"] <= found["slowest"]
    assert 55_000_000 < found["memory"] < 80_000_000
    assert measure(lambda: None)["memory"] < 5_000_000


def test_our_report_of_resnet50_is_measured() -> None:
    """What a fresh process does for ours: the module, the description, and writing the description down."""
    for task in (
        {"do": "measure", "tool": "cnn_guide", "subject": "meta", "batch": 64},
        {"do": "measure", "tool": "cnn_guide", "subject": "description", "batch": 1},
        {"do": "build"},
    ):
        found = job.run(task)
        assert 0 < found["seconds"] < 1, task
    assert job.run({"do": "measure", "tool": "cnn_guide", "subject": "module", "batch": -1})["error"]


def test_a_run_with_ours_alone() -> None:
    """Imports and answers come from fresh processes, with the machine and the versions beside them."""
    results = running.run([Ours()], batches=(), keys=["shared", "html"], rounds=1)
    assert [found["loads"] for found in results["imports"]] == [[], []]
    assert {answer["question"]: answer["verdict"] for answer in results["answers"]} == {
        "shared": "right",
        "html": "right",
    }
    assert results["machine"]["torch"] == torch.__version__
    assert results["absent"] == results["measurements"] == []


def test_a_process_that_fails_is_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """A measurement that takes too long or breaks off is noted; broken questions end the benchmark."""

    def late(*arguments: object) -> None:
        raise subprocess.TimeoutExpired("python", 300)

    monkeypatch.setattr(running, "fresh", late)
    assert running.job({"do": "measure"}, None) == {"error": "no answer within 300 s"}
    with pytest.raises(subprocess.TimeoutExpired):
        running.job({"do": "ask"}, None)


# The tools


def test_every_peer_is_pinned() -> None:
    """What is installed is one version, in a folder of the tool's own."""
    pinned = installation.versions()
    assert {name for tool in TOOLS for name in tool.needs} <= pinned.keys()
    assert len(BY_NAME) == len(TOOLS)
    assert all(tool.home.startswith("https://") for tool in TOOLS)


def test_tools_are_installed_once_and_failures_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """Pip runs when the versions change, without dependencies, so that PyTorch is never replaced."""
    commands = []

    def pip(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        (tmp_path / "torchinfo").mkdir(exist_ok=True)
        return subprocess.CompletedProcess(command, returncode, stderr="ERROR: No matching distribution")

    monkeypatch.setattr(installation.subprocess, "run", pip)
    returncode = 0
    for _ in range(2):
        assert installation.install(("torchinfo",), tmp_path) == tmp_path / "torchinfo"
    assert len(commands) == 1
    assert "--no-deps" in commands[0]
    assert "torchinfo==1.8.0" in commands[0]
    returncode = 1
    with pytest.raises(installation.NotInstalledError, match="No matching distribution"):
        installation.install(("torchscan",), tmp_path)


# Wants, tables and the page


def test_wants_are_checked() -> None:
    """What is missed is named, with its value and its limit; a run without faults misses nothing."""
    assert wants.missed(RESULTS) == []
    slow = json.loads(json.dumps(RESULTS))
    slow["measurements"][2]["seconds"] = 0.02
    slow["imports"][0] |= {"seconds": 0.05, "loads": ["numpy"]}
    slow["answers"][0]["verdict"] = "wrong"
    assert wants.missed(slow) == [
        "summary of the module, batch 1, in ms is 20, wanted at most 10",
        "torchinfo / ours, batch 1 is 5, wanted at least 10",
        "import, in ms is 50, wanted at most 30",
        "heavy libraries that it loads is 1, wanted at most 0",
        "questions that ours does not answer rightly is 1, wanted at most 0",
    ]


def test_a_failed_measurement_misses_the_wants() -> None:
    """If our own report fails, the benchmark says so instead of passing."""
    failed = json.loads(json.dumps(RESULTS))
    failed["measurements"][2] = {"tool": "cnn_guide", "subject": "module", "batch": 1, "shapes": True, "error": "Error"}
    assert "summary of the module, batch 1, in ms is inf, wanted at most 10" in wants.missed(failed)


def test_tables_show_numbers_and_marks() -> None:
    """Times have units, wrong answers their number, and every head and row its scope."""
    measured, asked = tables.measured_table(RESULTS), tables.answers_table(RESULTS)
    assert "<td>4.0 ms</td><td>8.0 ms</td><td>2.0 MB</td>" in measured
    assert '<a href="https://example.org/theirs">torchinfo 2.0</a>' in measured
    assert "<td>576</td><td>✓</td><td>✗\u00a01,152</td>" in asked
    assert "https://github.com/TylerYep/torchinfo/issues/322" in asked
    assert tables.scores(RESULTS) == {"cnn_guide": 2, "torchinfo": 0}
    assert "torchinfo, meta, batch 64: 50 ms (1.0 ms–3.0 ms), first 100 ms, 2.0 MB" in tables.as_text(RESULTS)


def test_a_failed_measurement_is_shown() -> None:
    """The message of a tool that fails stands in its row, as text."""
    failed = [{"tool": "t", "subject": "module", "batch": 1, "shapes": True, "error": "Error: <meta>"}]
    assert tables.measured_cells(failed, 1) == ["Error: &lt;meta&gt;", "—", "—"]
    assert tables.measured_cells(failed, 64) == ["—", "—", "—"]


def test_the_page_is_made_of_the_results() -> None:
    """The numbers of the sentences and the tables come from the results; no place is left open."""
    made = page.render(RESULTS)
    assert "'next_large_time': '100 ms'" in made
    assert "- [gone](https://example.org/gone) cannot be installed: `it asks for Python <3.11`." in made
    assert "{measured" not in made


def test_the_page_keeps_the_rules_of_the_site() -> None:
    """Every number in its sentences comes from a cell, and its cells show the tables: two of ours, one of training."""
    made = parse(page.render(RESULTS), "docs/reference/benchmarks.md")
    assert list(checks.typed_numbers(made)) == []
    names: dict[str, Any] = {}
    shown = [eval(cell.source, names) for cell in made.cells if not exec_if_test(cell, names)]
    assert [table.data.count("<caption>") for table in shown] == [1, 1, 1]


def exec_if_test(cell: Cell, names: dict[str, Any]) -> bool:
    """Run a cell that shows nothing."""
    if "test" in cell.flags:
        exec(cell.source, names)
    return "test" in cell.flags


def test_the_committed_page_and_results_agree() -> None:
    """The page on the site is what the committed results make of it, for all questions and all tools."""
    results = json.loads(page.RESULTS.read_text("utf-8"))
    assert page.PAGE.read_text("utf-8") == page.render(results)
    assert {answer["question"] for answer in results["answers"]} == BY_KEY.keys()
    known = {found["tool"] for found in results["tools"] + results["absent"]}
    assert known == BY_NAME.keys()
    assert all(answer["verdict"] == "right" for answer in results["answers"] if answer["tool"] == "cnn_guide")


def test_the_committed_results_meet_the_wants() -> None:
    """All but one: a summary of a description takes longer than we want, and the page says so."""
    missed = wants.missed(json.loads(page.RESULTS.read_text("utf-8")))
    assert {sentence.partition(",")[0] for sentence in missed} <= {"summary of the description"}
    assert 'measured["missed"]' in page.PAGE.read_text("utf-8")


def test_the_program_saves_prints_and_judges(monkeypatch: pytest.MonkeyPatch, tmp_path, capsys) -> None:
    """Results are saved in the cache, or with --write in the repository and on the page; the exit code is the verdict."""
    monkeypatch.setattr(__main__, "run", lambda *arguments, **options: RESULTS)
    monkeypatch.setattr(__main__, "CACHED", tmp_path / "cached" / "results.json")
    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")
    assert __main__.main(["--quick", "--tools", "torchinfo"]) == 0
    assert json.loads((tmp_path / "cached" / "results.json").read_text("utf-8")) == RESULTS
    assert "Every want is met." in capsys.readouterr().out
    monkeypatch.setattr(page, "RESULTS", installation.ROOT / "benchmarks" / "results" / "never.json")
    monkeypatch.setattr(__main__, "save", lambda results, path: None)
    assert __main__.main(["--write"]) == 0
    assert page.PAGE.read_text("utf-8") == page.render(RESULTS)


@pytest.mark.parametrize(
    "name",
    ["descriptions", "inspection.asking", "inspection.footprints", "inspection.installation",
     "inspection.measuring", "inspection.tables"],
)  # fmt: skip
def test_examples_in_the_benchmark_are_right(name: str) -> None:
    """The docstrings of the benchmark show what its functions do."""
    outcome = doctest.testmod(importlib.import_module(f"benchmarks.{name}"))
    assert outcome.attempted > 0
    assert outcome.failed == 0
