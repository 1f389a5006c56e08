"""What the repository says about itself is true: its commands, examples, versions, workflows and forms."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import cnn_guide
from site_builder import checks
from site_builder.page import Cell, Inline, parse

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
GENERATED = {line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()} | {".git"}

PATH_IN_TEXT = re.compile(r"(?<![\w/.])(?:(?:tests|docs|cnn_guide|site_builder)/[\w./]*|\w+\.(?:yml|txt|cff|md|toml))")
MACHINE_PATH = re.compile(rb"(?<![\w.:/~-])/(?:work|home|root|Users)/\w|[A-Z]:\\Users\\")

BY_NAME = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def make_targets() -> set[str]:
    """The targets that the Makefile defines."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return {name for line in re.findall(r"^([a-z][\w ]*):(?!=)", makefile, re.M) for name in line.split()}


def shell(text: str) -> str:
    """The parts of a Markdown text that a reader would type into a terminal."""
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S) + re.findall(r"`([^`\n]+)`", text))


def repository_files() -> list[Path]:
    """The files of the repository, without what the builds and tools leave in it."""
    found, folders = [], [ROOT]
    while folders:
        for path in folders.pop().iterdir():
            if path.name not in GENERATED:
                (folders if path.is_dir() else found).append(path)
    return found


def load(path: Path) -> dict[str, Any]:
    # BaseLoader keeps `on:` a word; the full loader reads it as the value true.
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_make_command_that_is_named_exists(text: str) -> None:
    """A reader who types what the text says finds a target of that name."""
    named = set(re.findall(r"\bmake ([a-z]+)", shell(text)))
    assert {"serve", "test"} <= named
    assert named <= make_targets()


@BY_NAME
def test_every_make_command_of_a_workflow_exists(path: Path) -> None:
    """A renamed target cannot break a workflow unnoticed."""
    named = set(re.findall(r"\bmake ([a-z]+)", path.read_text(encoding="utf-8")))
    assert named
    assert named <= make_targets()


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_path_that_is_named_exists(text: str) -> None:
    """Relative links, and files named in commands and code quotes, lead somewhere."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    quoted = PATH_IN_TEXT.findall(shell(text))
    assert links
    assert [name for name in links + quoted if not (ROOT / name).exists()] == []


def test_the_example_of_the_readme_prints_what_it_says() -> None:
    """The Python example runs as it stands and without PyTorch, and its comment is its output."""
    (example,) = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)
    said = re.findall(r"print\(.*\)  # (.+)$", example, re.M)
    program = f"import sys\nsys.modules.update(torch=None, numpy=None)\n{example}"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert said
    assert done.stdout.splitlines() == said


def test_the_page_in_contributing_is_right() -> None:
    """The first page that a contributor sees runs, and keeps the rules that follow it."""
    (text,) = re.findall(r"^````markdown\n(.*?)^````", CONTRIBUTING, re.M | re.S)
    page = parse(f"---\njupyter: {{kernelspec: {{}}}}\n---\n{text}", "CONTRIBUTING.md")
    cell, value = page.tokens
    assert isinstance(cell, Cell)
    assert isinstance(value, Inline)
    names: dict[str, Any] = {}
    exec(compile(cell.source, page.path, "exec"), names)
    assert eval(value.expression, names) == 24  # 28 - 5 + 1
    assert list(checks.typed_numbers(page)) == []


def test_the_readme_is_short() -> None:
    """A newcomer reads it in a minute and a half."""
    assert 200 <= len(README.split()) <= 400


def test_the_picture_of_the_readme_exists_and_is_described() -> None:
    """The picture is a PNG in the tree, and its alt text says what there is to see."""
    ((alt, name),) = re.findall(r"!\[(.*?)\]\((.+?)\)", README)
    assert len(alt.split()) >= 5
    assert (ROOT / name).read_bytes().startswith(b"\x89PNG")


def test_versions_agree() -> None:
    """Package, citation and newest entry of the changelog are one version of one day."""
    version, date = re.findall(r"^## (\S+) \((\S+)\)", CHANGELOG, re.M)[0]
    assert version == PROJECT["version"] == CITATION["version"] == cnn_guide.__version__
    assert date == str(CITATION["date-released"])


def test_licences_and_authors_agree() -> None:
    """Package, citation and licence text name the same licence and holder."""
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith(f"{PROJECT['license']} License")
    assert PROJECT["license"] == CITATION["license"]
    assert CITATION["authors"] == PROJECT["authors"]
    assert CITATION["authors"][0]["name"] in licence


def test_addresses_agree() -> None:
    """Package, citation and README lead to the same site and the same repository."""
    assert CITATION["url"] == PROJECT["urls"]["Homepage"]
    assert CITATION["repository-code"] == PROJECT["urls"]["Source"]
    assert CITATION["url"] in README


def test_no_file_names_a_path_of_one_machine() -> None:
    """A path under somebody's home or build folder means nothing to anybody else."""
    faulty = [path for path in repository_files() if MACHINE_PATH.search(path.read_bytes())]
    assert [path.relative_to(ROOT).as_posix() for path in faulty] == []


@BY_NAME
def test_actions_are_pinned(path: Path) -> None:
    """Every action is one commit, with its version beside it: a tag can be moved, a commit cannot."""
    uses = re.findall(r"uses:\s*(.*)", path.read_text(encoding="utf-8"))
    assert uses
    assert [use for use in uses if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*", use)] == []


def test_an_action_has_one_version() -> None:
    """All workflows use the same commit of an action."""
    uses = {use for path in WORKFLOWS for use in re.findall(r"uses:\s*(.*)", path.read_text(encoding="utf-8"))}
    names = [use.split("@")[0] for use in uses]
    assert sorted(names) == sorted(set(names))


@BY_NAME
def test_permissions_are_the_least(path: Path) -> None:
    """A workflow starts with no permission; jobs read the sources, and only what publishes may write."""
    workflow = load(path)
    assert workflow["permissions"] == {}
    publishing = {
        "deploy": {"pages": "write", "id-token": "write"},
        "notebooks": {"actions": "read", "contents": "write"},
    }
    for name, job in workflow["jobs"].items():
        assert job["permissions"] == publishing.get(name, {"contents": "read"}), name


@BY_NAME
def test_workflows_are_bounded_and_keep_no_credentials(path: Path) -> None:
    """Jobs have a time limit, runs of one kind do not pile up, and the checkout leaves no token behind."""
    workflow = load(path)
    assert workflow["concurrency"]["group"]
    for job in workflow["jobs"].values():
        assert 0 < int(job["timeout-minutes"]) <= 60
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] == "false"


@BY_NAME
def test_strangers_code_never_runs_with_rights(path: Path) -> None:
    """The triggers that give a fork's code the repository's rights are not used."""
    assert set(load(path)["on"]) <= {"push", "pull_request", "schedule", "workflow_dispatch"}


@BY_NAME
def test_main_builds_without_a_cache(path: Path) -> None:
    """Whatever a cache holds, it is read in pull requests only."""
    for job in load(path)["jobs"].values():
        for step in job["steps"]:
            assert not step.get("uses", "").startswith("actions/cache")
            assert "pull_request" in step.get("with", {}).get("cache", "pull_request")


def test_every_supported_python_end_is_tested() -> None:
    """The tests run on the oldest and on the newest Python that the package names."""
    named = [line.split()[-1] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    strategy = load(ROOT / ".github/workflows/test.yml")["jobs"]["test"]["strategy"]
    assert strategy["matrix"]["python"] == [named[0], named[-1]]
    assert PROJECT["requires-python"] == f">={named[0]}"


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms_are_complete(path: Path) -> None:
    """GitHub drops a form silently when one of these keys is missing or repeated."""
    form = load(path)
    assert form["name"]
    assert form["description"]
    questions = [part for part in form["body"] if part["type"] != "markdown"]
    assert {part["type"] for part in questions} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert all(part["attributes"]["label"] for part in questions)
    assert len({part["id"] for part in questions}) == len(questions)
    assert any(part.get("validations", {}).get("required") == "true" for part in questions)


def test_there_is_a_form_for_each_kind_of_issue() -> None:
    """A mistake, a fault and a wish each have their own questions."""
    assert [path.stem for path in FORMS] == ["bug", "mistake_in_a_lesson", "new_page"]
    assert load(ROOT / ".github/ISSUE_TEMPLATE/config.yml")["contact_links"]


def test_dependencies_are_kept_up_to_date() -> None:
    """The updates cover the workflows, the Python libraries and what the pages take from npm."""
    updates = load(ROOT / ".github/dependabot.yml")["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"github-actions", "pip", "npm"}
