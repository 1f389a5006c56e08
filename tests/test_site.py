"""A small site is built with the project's own configuration: every fault stops it, and nothing half-made is published."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from site_builder.__main__ import main
from site_builder.cache import ROOT

HEAD = (
    "---\ntitle: A page\njupyter:\n  kernelspec:\n    name: python3\n---\n\n# A page\n\n"  # the text begins on line 10
)
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# A notebook\n", "\n", '!!! note "Told"\n', "\n", "    See [home](index.md#a-page).\n"]},
        {"cell_type": "code", "id": "b", "metadata": {}, "execution_count": None, "outputs": [], "source": ["x = 6\n", "x * 7"]},
        {"cell_type": "markdown", "id": "c", "metadata": {}, "source": ["## With `code`\n", "\n", "The value is `{py} x` and $a^2$.\n"]},
        {"cell_type": "code", "id": "d", "metadata": {"alt": "a line"}, "execution_count": None, "outputs": [], "source": ["import matplotlib.pyplot as plt\n", "plt.plot([1, 2]);"]},
    ],
    "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}  # fmt: skip


class _Loader(yaml.SafeLoader):
    """Reads mkdocs.yml; its tags for Python names are kept as plain text."""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the project's own configuration and one page."""
    monkeypatch.setenv("CNN_GUIDE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    config = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), _Loader)
    config["theme"]["custom_dir"] = str(ROOT / config["theme"]["custom_dir"])
    config["hooks"] = [str(ROOT / hook) for hook in config["hooks"]]
    del config["nav"]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "assets").symlink_to(ROOT / "docs" / "assets")
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(config))
    (tmp_path / "docs" / "index.md").write_text(HEAD + "```python\n40 + 2\n```\n")
    return tmp_path


def build(project: Path) -> int:
    return main(["build", "--config", str(project / "mkdocs.yml"), "--site", str(project / "site")])


def html(project: Path, page: str = "index.html") -> BeautifulSoup:
    return BeautifulSoup((project / "site" / page).read_text(encoding="utf-8"), "html.parser")


def test_code_output_and_values_stand_in_the_page(project):
    (project / "docs" / "index.md").write_text(HEAD + "```python\nn = 40\nn + 2\n```\n\nIt is `{py} n + 3`.\n")
    assert build(project) == 0
    article = html(project).article
    assert [block.get_text().strip() for block in article.find_all("pre")] == ["n = 40\nn + 2", "42"]
    assert "It is 43." in article.get_text()


def test_formulas_are_rendered_without_a_script(project):
    (project / "docs" / "index.md").write_text(HEAD + "Inline $a_1$ and\n\n$$\n\\frac{n}{2}\n$$\n")
    assert build(project) == 0
    page = html(project)
    assert len(page.select(".katex math")) == 2
    assert len(page.select(".katex-display")) == 1
    assert not page.select("annotation")  # the TeX, which would be a tenth of the page once more
    assert not [tag for tag in page.find_all("script") if "katex" in tag.get("src", "").lower()]


def test_every_page_has_a_content_security_policy_that_names_its_inline_scripts(project):
    assert build(project) == 0
    for page in ("index.html", "404.html"):
        soup = html(project, page)
        policy = soup.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
        scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
        inline = [
            tag for tag in soup.find_all("script") if not tag.get("src") and tag.get("type") != "application/json"
        ]
        assert "unsafe-inline" not in scripts
        assert len(re.findall("'sha256-", scripts)) == len({tag.string for tag in inline})


def test_a_page_waits_for_one_style_sheet_that_holds_material_s_formulas_and_our_own(project):
    assert build(project) == 0
    (sheet,) = html(project, "404.html").select('link[rel="stylesheet"][href*="/site."]')
    content = (project / "site" / sheet["href"].removeprefix("/cnn-guide/")).read_text(encoding="utf-8")
    assert all(rule in content for rule in (".md-typeset", ".katex", "Figtree"))
    fonts = re.findall(r"url\(\"?(\.\./[^)\"]+)", content)
    assert len(fonts) > 10
    assert [
        font for font in fonts if not (project / "site" / "assets" / "stylesheets" / font).resolve().is_file()
    ] == []


def test_code_that_may_scroll_on_a_telephone_can_be_reached_by_keyboard(project):
    (project / "docs" / "index.md").write_text(HEAD + f"```python\nx = 1\n```\n\n```python\ny = '{'a' * 40}'\n```\n")
    assert build(project) == 0
    assert [code.get("tabindex") for code in html(project).select("article pre code")] == [None, "0"]


def test_a_notebook_is_run_and_rendered_like_the_other_pages(project):
    (project / "docs" / "notes.ipynb").write_text(json.dumps(NOTEBOOK, indent=1))
    assert build(project) == 0
    page = html(project, "notes/index.html")
    article = page.article
    assert page.title.get_text().startswith("A notebook")
    assert [heading.get_text().rstrip("#") for heading in article.find_all(["h1", "h2"])] == ["A notebook", "With code"]
    assert article.select_one(".admonition.note a")["href"] == "../#a-page"
    assert [block.get_text().strip() for block in article.find_all("pre")][:2] == ["x = 6\nx * 7", "42"]
    assert "The value is 6 and" in article.get_text()
    assert article.select(".katex math")
    assert [image["alt"] for image in article.find_all("img")] == ["a line", "a line"]
    assert page.select_one('nav a[href="#with-code"]')
    assert not article.find_all(["style", "script"])
    assert not re.search(
        r"""(?:src|href)=["'](?:https?:)?//(?!github\.com|cnn-guide\.github\.io|squidfunk|colab\.)""", str(article)
    )
    given = json.loads((project / "site" / "notes" / "notes.ipynb").read_text())  # to download, as of every page
    assert "".join(given["cells"][-1]["source"]) in "".join(NOTEBOOK["cells"][-1]["source"])


def test_a_fault_in_a_notebook_names_the_line_of_its_file(project, capfd):
    broken = json.loads(json.dumps(NOTEBOOK))
    broken["cells"][1]["source"] = ["x = 6\n", "x / 0"]
    path = project / "docs" / "notes.ipynb"
    path.write_text(json.dumps(broken, indent=1))
    assert build(project) == 1
    line = 1 + path.read_text().splitlines().index('    "x / 0"')
    assert f"docs/notes.ipynb:{line}: cell 1 raised ZeroDivisionError" in capfd.readouterr().err


def test_faults_in_a_notebook_s_text_name_the_lines_of_its_file(project, capfd):
    broken = json.loads(json.dumps(NOTEBOOK))
    broken["cells"][2]["source"] = [
        "There are 55.\n",
        "\n",
        "The value is `{py} nothing`, $\\flor x$.\n",
        "See [it](nowhere.md).",
    ]
    path = project / "docs" / "notes.ipynb"
    path.write_text(json.dumps(broken, indent=1))
    assert build(project) == 1
    told, rows = capfd.readouterr().err, path.read_text().splitlines()
    first = next(number for number, row in enumerate(rows, 1) if "There are 55" in row)
    assert f"docs/notes.ipynb:{first}: the number 55 is typed" in told
    assert f"docs/notes.ipynb:{first + 2}: `{{py}} nothing` raised NameError" in told
    assert f"docs/notes.ipynb:{first + 2}: KaTeX refuses $\\flor x$" in told
    assert f"docs/notes.ipynb:{first + 3}: contains a link 'nowhere.md'" in told


FAULTS = {
    "a failing cell": ("```python\n1 / 0\n```", "docs/bad.md:11: cell 1 raised ZeroDivisionError"),
    "standard error": ("```python\nimport sys\nsys.stderr.write('x');\n```", "docs/bad.md:11: cell 1 wrote to standard error"),
    "a missing alt text": ("```python\nimport matplotlib.pyplot as plt\nplt.plot([1]);\n```", "docs/bad.md:10: cell 1 shows 1 figure(s)"),
    "an unknown flag": ("```python hidden\n1\n```", "docs/bad.md:10: unknown flag `hidden`"),
    "a typed number": ("It has 104,938 parameters.", "docs/bad.md:10: the number 104,938 is typed"),
    "a broken link": ("Text.\n\nSee [it](nowhere.md).", "docs/bad.md:12: contains a link 'nowhere.md'"),
    "a broken anchor": ("Text.\n\nSee [it](index.md#nowhere).", "docs/bad.md:12: contains a link 'index.md#nowhere'"),
    "a formula with a typo": ("Text\n\n$$\n\\frak{a}{\n$$", "docs/bad.md:13: KaTeX refuses"),
    "an unknown command in a formula": ("The $\\flor x$.", "docs/bad.md:10: KaTeX refuses $\\flor x$"),
    "a cell over its time limit": ("```python\nwhile True: pass\n```", "docs/bad.md:11: cell 1 did not end within 2 s"),
    "a process that dies": ("```python\nimport os; os._exit(1)\n```", "docs/bad.md:11: cell 1 killed its process"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_stops_the_build_and_leaves_the_old_site_untouched(project, capfd, fault):
    text, words = FAULTS[fault]
    (project / "site").mkdir()
    (project / "site" / "index.html").write_text("the old site")
    head = HEAD.replace("title: A page\n", "seconds: 2\n" if "time limit" in fault else "title: A page\n")
    (project / "docs" / "bad.md").write_text(head + text + "\n")
    assert build(project) == 1
    assert words in capfd.readouterr().err
    assert [path.name for path in project.glob("site*")] == ["site"]
    assert [path.name for path in (project / "site").iterdir()] == ["index.html"]
    assert (project / "site" / "index.html").read_text() == "the old site"


def test_the_faults_of_all_pages_are_reported_together(project, capfd):
    (project / "docs" / "bad.md").write_text(HEAD + "```python\n1 / 0\n```\n")
    (project / "docs" / "worse.md").write_text(HEAD + "The $\\flor x$ of 777.\n")
    assert build(project) == 1
    told = capfd.readouterr().err
    assert "3 fault(s) in the pages" in told
    assert all(
        place in told for place in ("docs/bad.md:11", "docs/worse.md:10: KaTeX", "docs/worse.md:10: the number 777")
    )


def test_skipped_cells_are_counted(project, capfd):
    (project / "docs" / "index.md").write_text(HEAD + "```python skip\n1\n```\n")
    assert build(project) == 0
    assert "1 cell(s) skipped: docs/index.md:10" in capfd.readouterr().err


def test_a_second_build_runs_no_page(project, capfd):
    build(project)
    assert "ran docs/index.md" in capfd.readouterr().err
    build(project)
    assert "ran docs/index.md" not in capfd.readouterr().err


def test_a_new_lesson_builds_as_it_is(project, monkeypatch):
    """`make lesson` writes a page with a cell, a figure and an error that all run."""
    monkeypatch.setattr("site_builder.lesson.ROOT", project)
    assert main(["lesson", "foundations/my_topic"]) == 0
    assert build(project) == 0
    assert "My topic" in html(project, "foundations/my_topic/index.html").title.get_text()


@pytest.mark.parametrize(
    "name", ["", "topic", "Foundations/topic", "foundations/my topic", "../out/topic", "foundations/my_topic"]
)
def test_a_poor_name_for_a_lesson_is_refused(project, monkeypatch, capsys, name):
    monkeypatch.setattr("site_builder.lesson.ROOT", project)
    main(["lesson", "foundations/my_topic"])
    assert main(["lesson", name]) == 2
    assert "choose another name" in (error := capsys.readouterr().err) or "must be a folder and a name" in error


def test_single_pages_are_run_by_name(tmp_path):
    """As an author does it, from the command line."""
    done = subprocess.run(
        [sys.executable, "-m", "site_builder", "run", "docs/index.md"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 page(s) fine, 0 with a fault"), done.stderr
