"""Pages run in processes of their own: what they show, how they fail, and when they need not run again."""

import json
import os
from pathlib import Path

import pytest

from site_builder import cache
from site_builder.page import parse
from site_builder.run import Run, run_pages

HEAD = "---\nseconds: 5\njupyter:\n  kernelspec: {name: python3}\n---\n"  # the text after it begins on line 6


def pages(texts: dict[str, str]):
    return [parse(HEAD + text, f"docs/{name}.md") for name, text in texts.items()]


def run(texts: dict[str, str], folder: Path, jobs: int | None = None) -> Run:
    os.environ["CNN_GUIDE_CACHE"] = str(folder)
    return run_pages(pages(texts), jobs, log=lambda line: None)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_GUIDE_CACHE", str(tmp_path / "cache"))


# --- what a page shows -------------------------------------------------------------------------------------------

SHOWN = {
    "order": "```python\nprint('first')\n'last'\n```",
    "silent": "```python\n1 + 1;\n```",
    "inline": "```python\nn = -1234.5\n```\n`{py} n:,.1f` and `{py} 'a-b'`",
    "html": "```python\nfrom IPython.display import HTML\nHTML('<b>x</b>')\n```",
    "updates": (
        "```python\nhandle = display(1, display_id=True)\nprint('between')\nhandle.update(2)\n```\n\n"
        "```python\nhandle.update(3)\n```"
    ),
    "cleared": "```python\nfrom IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('kept')\n```",
    "cleared_later": (
        "```python\nfrom IPython.display import clear_output\nprint('gone')\nclear_output(wait=True)\nprint('kept')\n```"
    ),
    "progress": "```python\nprint('10 %\\r100 %')\n```",
    "below_python": "```python\n!echo from a program\n```",
    "namespace": "```python\nx = 2\n```\n\n```python test\nassert x == 2\nx = 3\nprint('unseen')\n```\n\n```python\nx\n```",
    "skipped": "```python skip\nraise SystemExit\n```",
    "error": '```python\ndef f():\n    raise KeyError("k")\n```\n\n```python raises="KeyError"\nprint("before")\nf()\n```',
    "syntax": '```python raises="SyntaxError"\nx = = 1\n```',
    "library": '```python raises="JSONDecodeError"\nimport json\njson.loads("{")\n```',
    "figure": '```python alt="a line"\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);\n```',
    "figure_value": '```python alt="a line"\nimport matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nfig\n```',
    "two_figures": (
        '```python alt="one | two"\nimport matplotlib.pyplot as plt\nprint("a")\nplt.figure(); plt.plot([1])\n'
        'plt.show()\nprint("b")\nplt.figure(); plt.plot([2]);\n```'
    ),
    "source": "```python\ndef f():\n    return 1\n```\n\n```python\nimport inspect\nprint(inspect.getsource(f))\n```",
    "unseeded": "```python\nimport random, numpy, torch\nrandom.random(), numpy.random.rand(), torch.rand(1).item()\n```",
    "published": (
        '```python publishes="a.bin"\nimport pathlib\npathlib.Path("a.bin").write_bytes(bytes([0, 1, 2]))\n1;\n```'
    ),
    "own_folder": "```python\nimport os\nos.listdir()\n```",
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    done = run(SHOWN, tmp_path_factory.mktemp("shown"))
    assert not done.errors, [str(error) for error in done.errors]
    return {path.removeprefix("docs/").removesuffix(".md"): results for path, results in done.results.items()}


def text(data: str) -> dict[str, str]:
    return {"kind": "text", "data": data}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("order", [[text("first\n'last'\n")]]),
        ("silent", [[]]),
        ("inline", [[], "−1,234.5", "a-b"]),
        ("html", [[{"kind": "html", "data": "<b>x</b>"}]]),
        ("cleared", [[text("kept\n")]]),
        ("cleared_later", [[text("kept\n")]]),
        ("progress", [[text("100 %\n")]]),
        ("below_python", [[text("from a program\n")]]),
        ("namespace", [[], [text("unseen\n")], [text("3\n")]]),
        ("skipped", [None]),
        ("source", [[], [text("def f():\n    return 1\n\n")]]),
        ("own_folder", [[text("[]\n")]]),
        ("published", [[{"kind": "file", "name": "a.bin", "data": "AAEC"}]]),
    ],
)
def test_a_page_shows_what_jupyter_shows(shown, name, expected):
    assert shown[name] == expected


def test_a_display_is_updated_in_place(shown):
    """`update`, from a later cell too, changes what an earlier line showed; the order on the page stays."""
    assert [output["data"] for output in shown["updates"][0]] == ["3\n", "between\n"]


def test_an_expected_error_is_shown_as_jupyter_shows_it(shown):
    printed, error = shown["error"][1]
    assert printed == text("before\n")
    rows = error["data"].splitlines()
    assert rows[1].startswith("KeyError")
    assert rows[1].endswith("Traceback (most recent call last)")
    assert rows[2:6] == ["Cell In[2], line 2", '      1 print("before")', "----> 2 f()", "Cell In[1], line 2, in f()"]
    assert rows[-1] == "KeyError: 'k'"


def test_an_expected_syntax_error_is_shown(shown):
    assert shown["syntax"][0][0]["data"].splitlines()[-1] == "SyntaxError: invalid syntax"


def test_the_builder_s_paths_are_not_shown(shown):
    error = shown["library"][0][0]["data"]
    assert "frames inside the libraries" in error
    assert str(Path(json.__file__).parent) not in error


def test_figures_come_in_a_light_and_a_dark_drawing_in_order(shown):
    kinds = [output["kind"] for output in shown["two_figures"][0]]
    assert kinds == ["text", "svg", "text", "svg"]
    figure = shown["figure"][0][0]
    assert figure["light"] != figure["dark"]
    assert figure["light"].startswith("<?xml")
    assert figure["width"] > 100


def test_a_figure_that_is_the_cell_s_value_is_shown_once(shown):
    assert [output["kind"] for output in shown["figure_value"][0]] == ["svg"]


# --- how a page fails --------------------------------------------------------------------------------------------

FAILS = {
    "raises": ("```python\ndef f():\n    raise ValueError('no')\n```\n\n```python\nx = 1\nf()\n```", 8, "cell 2 raised ValueError: no"),
    "syntax": ("```python\nx = (\n```", 7, "cell 1 raised SyntaxError"),
    "no_error": ('```python raises="ValueError"\nx = 1\n```', 6, "cell 1 should raise ValueError, but it ended without"),
    "other_error": ('```python raises="ValueError"\n1 / 0\n```', 7, "cell 1 raised ZeroDivisionError"),
    "warning": ("```python\nimport warnings\nwarnings.warn('old')\n```", 7, "wrote to standard error:\n    docs/warning.md:8: UserWarning: old"),
    "stderr_in_c": ("```python\nimport os\n_ = os.write(2, b'from C')\n```", 7, "wrote to standard error:\n    from C"),
    "no_alt": ("```python\nimport matplotlib.pyplot as plt\nplt.plot([1]);\n```", 6, 'shows 1 figure(s) but has no alt="…"'),
    "needless_alt": ('```python alt="a | b"\nx = 1\n```', 6, 'shows 0 figure(s) but has 2 in alt="…"'),
    "address": ("```python\nobject()\n```", 7, "shows a memory address"),
    "hang": ("```python\nx = 1\n```\n\n```python\nwhile True: pass\n```", 11, "cell 2 did not end within 5 s"),
    "death": ("```python\nx = 1\n```\n\n```python\nimport os\nos.kill(os.getpid(), 11)\n```", 11, "cell 2 killed its process (signal SIGSEGV)"),
    "unpublished": ('```python publishes="a.bin"\n1;\n```', 6, 'has publishes="a.bin" but wrote no such file'),
    "exit": ("```python\nimport os\nos._exit(3)\n```", 7, "cell 1 killed its process (exit code 3)"),
    "inline": ("The `{py} unknown` value", 6, "`{py} unknown` raised NameError"),
    "inline_format": ("The `{py} 'a':,.1f` value", 6, "`{py} 'a'` raised ValueError"),
    "input": ("```python\ninput()\n```", 7, "cell 1 raised"),
}  # fmt: skip


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    texts = {name: text for name, (text, _, _) in FAILS.items()}
    return run({**texts, "fine": "```python\n1\n```"}, tmp_path_factory.mktemp("failed"))


@pytest.mark.parametrize("name", FAILS)
def test_a_fault_is_named_with_its_line(failed, name):
    _, line, words = FAILS[name]
    (error,) = [error for error in failed.errors if error.path == f"docs/{name}.md"]
    assert error.line == line
    assert words in error.message


def test_every_failing_page_is_reported_and_the_others_are_kept(failed):
    assert {error.path for error in failed.errors} == {f"docs/{name}.md" for name in FAILS}
    assert list(failed.results) == ["docs/fine.md"]


def test_a_fault_in_a_function_names_the_line_and_how_it_was_reached(failed):
    (error,) = [error for error in failed.errors if error.path == "docs/raises.md"]
    assert error.message.splitlines()[1:] == [
        "    docs/raises.md:13 in <module>: f()",
        "    docs/raises.md:8 in f: raise ValueError('no')",
    ]


# --- when a page need not run ------------------------------------------------------------------------------------

COUNT = "Some prose.\n\n```python\nimport os\nprint(os.getpid())\n```\n\n`{py} 1 + 1`\n"


def ran(text: str, folder: Path) -> bool:
    return bool(run({"count": text}, folder).seconds)


def test_a_page_runs_once_and_then_comes_from_the_cache(tmp_path):
    first, second = (run({"count": COUNT}, tmp_path) for _ in range(2))
    assert list(first.seconds) == ["docs/count.md"]
    assert not second.seconds
    assert first.results == second.results


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("Some prose.", "Other prose, and\none more line.", False),
        ("```python\n", "```python hide\n", False),
        ("print(os.getpid())", "print(os.getppid())", True),
        ("`{py} 1 + 1`", "`{py} 1 + 2`", True),
        ("```python\n", "```python skip\n", True),
    ],
)
def test_only_a_change_of_what_runs_makes_a_page_run_again(tmp_path, old, new, again):
    ran(COUNT, tmp_path)
    assert ran(COUNT.replace(old, new), tmp_path) is again


def test_going_back_to_an_earlier_text_costs_nothing(tmp_path):
    for text_now in (COUNT, COUNT + "`{py} 3`", COUNT):
        last = ran(text_now, tmp_path)
    assert last is False


def test_the_key_depends_on_source_libraries_and_data(tmp_path, monkeypatch):
    source = tmp_path / "module.py"
    source.write_text("x = 1")
    keys = [cache.environment([source])]
    source.write_text("x = 2")
    keys.append(cache.environment([source]))
    monkeypatch.setattr(cache, "_version", lambda name: "9.9")
    keys.append(cache.environment([source]))
    monkeypatch.setattr(cache.data, "fingerprint", lambda: "other data")
    keys.append(cache.environment([source]))
    assert len(set(keys)) == 4


def test_the_package_s_own_source_is_part_of_the_key():
    names = {path.relative_to(cache.ROOT).as_posix() for path in cache._sources()}
    assert {"cnn_guide/__init__.py", "cnn_guide/figures/palette.py", "site_builder/shell.py"} <= names


def test_a_failing_page_is_not_stored(tmp_path):
    run({"bad": "```python\n1 / 0\n```"}, tmp_path)
    assert not list(tmp_path.rglob("*.json"))


def test_a_damaged_result_is_made_again(tmp_path):
    ran(COUNT, tmp_path)
    (stored,) = tmp_path.rglob("*.json")
    stored.write_text(stored.read_text()[:20])
    assert ran(COUNT, tmp_path)


def test_old_results_are_thrown_away(tmp_path):
    for number in range(cache.KEPT + 3):
        (page,) = pages({"a": f"`{{py}} {number}`"})
        cache.store(page, "environment", ["x"])
    assert len(list((Path(os.environ["CNN_GUIDE_CACHE"])).rglob("*.json"))) == cache.KEPT


def test_pages_in_parallel_give_what_they_give_one_after_the_other(tmp_path):
    """Also their figures are the same, byte for byte."""
    names = ("order", "figure", "two_figures", "updates", "inline", "unseeded")
    texts = {name: SHOWN[name] for name in names}
    assert run(texts, tmp_path / "a", jobs=4).results == run(texts, tmp_path / "b", jobs=1).results


def test_skipped_cells_are_listed(tmp_path):
    assert run({"a": SHOWN["skipped"]}, tmp_path).skipped == ["docs/a.md:6"]
