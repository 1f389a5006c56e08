"""Snippets: a cell with the earlier cells that it depends on, and nothing else; each of them runs in a fresh process."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import fresh_programs
import pytest

from site_builder import notebook
from site_builder import run as runner
from site_builder.cache import ROOT
from site_builder.names import scan
from site_builder.page import Cell, Page, PageError, parse
from site_builder.snippets import data, is_shown, page_script, parts, program

DOCS = ROOT / "docs"
PAGES = [notebook.read_page(path, ROOT) for path in sorted([*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")])]
PAGES = [page for page in PAGES if parts(page)]
HEAD = "---\njupyter: {kernelspec: {}}\n---\n"


def page(*cells: str) -> Page:
    """A page of cells; a first line that starts with `#!` holds flags."""
    fences = []
    for cell in cells:
        flags, _, code = cell.partition("\n") if cell.startswith("#!") else ("#!", "", cell)
        fences.append(f"```python {flags[2:]}\n{code}\n```\n")
    return parse(HEAD + "\n".join(fences), "docs/a.md")


def last(*cells: str) -> list[str]:
    """The parts of the last cell's snippet."""
    return [part.code for part in parts(page(*cells))[len(cells)]]


@pytest.mark.parametrize(
    "cells",
    [
        ["n = 2", "n"],
        ["n = 2", "def double():\n    return 2 * n", "double()"],
        ["def double():\n    return 2 * n", "n = 2", "double()"],
        ["n = 2", "class A:\n    size = n", "A.size"],
        ["n = 2", "[n for k in range(n)]"],
        ["n = 2", "(lambda k: k * n)(3)"],
        ["n = 2", "n += 1", "n"],
        ["a = {}", "a['b'] = 1", "a"],
        ["class A: pass\na = A()", "a.b = 1", "a.b"],
        ["a = []", "a.append(1)", "a"],
        ["a = []", "a.anything(1)\n0", "a"],
        ["a = []", "b = len(a.pop())", "a"],
        ["import torch\na = torch.ones(2)", "a.mul_(2)", "a"],
        ["import torch\na = torch.ones(2)", "b = a[:1]", "b.mul_(2)", "a"],
        ["import torch\na = torch.ones(2)", "b = a.reshape(2, 1)", "a.mul_(2)", "b"],
        ["import random\na = [1, 2]", "random.shuffle(a)", "a"],
        ["def fill(box):\n    box.append(1)", "a = []", "fill(a)", "a"],
        ["a = []\ndef fill():\n    a.append(1)", "fill()", "a"],
        ["from cnn_guide import training\nnetwork = 1", "score = training.fit(network)", "network"],
        [
            "import torch\nnet = torch.nn.Linear(1, 1)",
            "steps = torch.optim.SGD(net.parameters())",
            "steps.step()",
            "net",
        ],
        ["net = 1", "for layer in net.modules():\n    layer.zero_()", "net"],
        ["from pathlib import Path\nPath('pets/cat.txt').write_text('')", "open('pets/cat.txt')"],
        ["import numpy as np\nnp.save('a.npy', 1)", "import os\nos.listdir('a.npy')"],
        ["#!test\nbatch = 3", "batch"],
        ["#!hide\nbatch = 3", "batch"],
    ],
)
def test_what_a_cell_depends_on_comes_with_it(cells):
    """Definitions, and whatever changes the object that was defined: all these cells are needed."""
    assert last(*cells) == [re.sub(r"#!.*\n", "", cell) for cell in cells]


@pytest.mark.parametrize(
    ("cells", "needed"),
    [
        (["n = 2", "m = 3", "n"], [1]),
        (["n = 2", "n = 3", "n"], [2]),
        (["n = 2", "print(n)", "n"], [1]),
        (["n = 2", "for n in range(3):\n    print(n)"], []),
        (["n = 2", "[n for n in range(3)]"], []),
        (["n = 2", "def f(n):\n    return n\nf(1)"], []),
        (["a = []", "b = a + [1]\nb.append(2)", "a"], [1]),
        (["a = []", "b = a.copy()\nb.pop()", "a"], [1]),
        (["a = []", "assert a.count(1) == 0", "a"], [1]),
        (["a = []", "a.count(1)", "a"], [1]),
        (["import torch\na = 1", "torch.save(a, 'a.pt')\n0", "a"], [1]),
        (["def f(box):\n    new = [box]\n    new.append(1)", "a = []", "f(a)", "a"], [2]),
        (["import matplotlib.pyplot as plt\na = [1]", "plt.plot(a)\n0", "a"], [1]),
        (["#!skip\nn = 2", "n = 3", "#!skip\nn = 4", "n"], [2]),
        (["n = 2", '#!raises="KeyError"\nn = {}[0]', "m = 1"], []),
        (["from sklearn.datasets import f\nf('china.jpg')", "print('china.jpg')"], []),
    ],
)
def test_nothing_else_comes_with_it(cells, needed):
    """What is defined anew, or only looked at, or another thing of the same name, is not needed."""
    assert [part.number for part in parts(page(*cells))[len(cells)]] == [*needed, len(cells)]


def test_of_an_import_the_import_alone_is_taken():
    """The cell that holds it may do much besides."""
    cells = ["import math, torch\nfrom cnn_guide import layers\nprint(1)", "import torch.nn.functional as F\nx = 1"]
    assert last(*cells, "F.relu(torch.ones(1)), layers")[0] == (
        "import torch\nimport torch.nn.functional as F\nfrom cnn_guide import layers"
    )


def test_an_import_that_is_there_already_is_not_repeated():
    """The needed cell brings it along, before it is used."""
    assert last("import math", "import math\nx = math.pi", "math.cos(x)") == ["import math\nx = math.pi", "math.cos(x)"]


def test_an_import_that_comes_too_late_is_repeated():
    """The needed cell in which it stands comes after the one that uses it."""
    cells = ["import math", "x = math.pi", "import math\ny = x", "math.cos(x + y)"]
    assert last(*cells) == ["import math", *cells[1:]]


def test_a_name_from_a_cell_that_fails_is_refused_with_its_line():
    """Its snippet could not get past the error."""
    with pytest.raises(PageError, match=r"docs/a\.md:10: cell 2 uses `n` of cell 1, which ends with an error"):
        parts(page('#!raises="KeyError"\nn = 2\n{}[0]', "n"))


def test_a_cell_that_is_no_python_has_a_snippet_all_the_same():
    """Skipped cells may hold anything."""
    assert last("#!skip\npip install cnn-guide") == ["pip install cnn-guide"]


def test_the_script_of_a_page_holds_its_cells_and_what_they_need():
    """Shown cells by their numbers, others that are needed apart, and nothing that is not."""
    tested = page("#!hide\nimport math\nn = 2", "#!test\nassert n", "math.pi", "n")
    assert data(tested) | {"exercises": {}} == {
        "path": "a",
        "cells": {3: {"code": "math.pi", "needs": [-1]}, 4: {"code": "n", "needs": [1]}},
        "hidden": {-1: "import math", 1: "import math\nn = 2"},
        "exercises": {},
    }
    content = re.fullmatch(r"\(cnnGuide\.pages\?\?=\{\}\)\[document\.currentScript\.src\]=(.*);\n", page_script(tested))
    assert content
    assert json.loads(content[1])["cells"]["4"] == {"code": "n", "needs": [1]}


def test_a_page_without_code_has_no_script():
    """Nothing is written beside it."""
    assert page_script(parse("# Title\n", "docs/a.md")) == ""


def test_a_snippet_runs_as_a_file(tmp_path):
    """Python runs it in an empty folder, and the torch that the other tests have loaded is not there."""
    tested = next(page for page in PAGES if page.path.endswith("layer_arithmetic.md"))
    number, own = max(parts(tested).items(), key=lambda item: len(item[1]))
    file = tmp_path / "snippet.py"
    file.write_text(program(own), encoding="utf-8")
    assert len(own) > 2
    place = {"cwd": tmp_path, "env": {"PYTHONPATH": str(ROOT)}}
    done = subprocess.run([sys.executable, file.name], capture_output=True, check=False, **place)
    assert (done.returncode, done.stderr) == (0, b""), number


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_no_snippet_uses_what_it_does_not_define(page):
    """Its imports stand first, and every name is defined before it is used."""
    for number, own in parts(page).items():
        assert list(scan(program(own)).uses) == [], f"cell {number}"


def depends_on_data(page: Page) -> bool:
    """Whether it trains on MNIST where it is found; the snippets, which have to be quick, never find it."""
    return any("mnist" in cell.source.lower() for cell in page.cells)


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> dict[tuple[str, str], list]:
    """What every snippet of every page shows; and every page, from the cache where the data make no difference."""
    folder, no_data = tmp_path_factory.mktemp("snippets"), tmp_path_factory.mktemp("no-data")
    known = runner.run_pages([page for page in PAGES if not depends_on_data(page)], log=lambda line: None)

    def run(page: Page) -> None:
        args = (page, depends_on_data(page), folder, no_data)
        process = runner._CONTEXT.Process(target=fresh_programs.run, args=args)
        process.start()
        process.join()

    runner.warm_up()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, sorted(PAGES, key=lambda page: -page.seconds)))
    found = [json.loads(path.read_text("utf-8")) for path in folder.iterdir()]
    pages = {
        (page.path, f"page {token.number}"): result
        for page in PAGES
        for token, result in zip(page.tokens, known.results.get(page.path, []), strict=False)
        if isinstance(token, Cell)
    }
    return pages | {(one["path"], one["name"]): one["outputs"] for one in found}


def comparable(outputs: list[dict]) -> list[dict]:
    """Without the lines of a traceback, and without what is never the same twice, the time that something took."""
    found = json.loads(re.sub(r" *\b\d+(\.\d+)? (m?s|min)\b", " some time", json.dumps(outputs)))
    for output in found:
        if output["kind"] == "error":
            output["data"] = output["data"].strip().split("\n\n")[-1]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_every_snippet_shows_what_the_page_shows(page, shown):
    """From nothing, in an empty folder: the same text, tables, figures and errors, and not a word to standard error."""
    cells = [cell for cell in page.cells if is_shown(cell) and "skip" not in cell.flags]
    for cell in cells:
        ours, theirs = (comparable(shown[page.path, f"{kind} {cell.number}"]) for kind in ("snippet", "page"))
        assert ours == theirs, f"cell {cell.number}"
        assert [output["kind"] for output in ours].count("error") == bool(cell.raises)
