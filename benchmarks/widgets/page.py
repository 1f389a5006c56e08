"""The site's page that compares its interactive parts with others, made from a list of features."""

from __future__ import annotations

import ast
from html import escape
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FEATURES = Path(__file__).with_name("features.yaml")
TEMPLATE = Path(__file__).with_name("page.md")
PAGE = ROOT / "docs" / "reference" / "widgets_compared.md"
OURS = "https://github.com/cnn-guide/cnn-guide/blob/main/tests/"

Features = dict[str, Any]
Row = dict[str, Any]


def stored() -> Features:
    """Return the list of features."""
    features: Features = yaml.safe_load(FEATURES.read_text("utf-8"))
    return features


def render(features: Features) -> str:
    """Return the page."""
    parts = {"tools": _tools(features), "lacks": _lacks(features), "tables": _tables(features)}
    text = TEMPLATE.read_text("utf-8")
    for name, part in parts.items():
        text = text.replace("{" + name + "}", part)
    return text


def rows(features: Features) -> list[Row]:
    """Return the rows of all sections."""
    return [row for section in features["sections"] for row in section["rows"]]


def claim(row: Row, tool: str) -> tuple[str, str]:
    """Return what a row says of one of the other tools, and where in its source that can be seen.

    >>> claim({"explainer": "src/a.js#L3", "playground": {"says": "partly", "see": "b.ts"}}, "explainer")
    ('yes', 'src/a.js#L3')
    >>> claim({"visualizer": "not tried"}, "visualizer"), claim({}, "visualizer")
    (('not tried', ''), ('no', ''))
    """
    found = row.get(tool, "no")
    if isinstance(found, dict):
        return found["says"], found["see"]
    return (found, "") if found in ("no", "not tried") else ("yes", found)


def faults(features: Features) -> list[str]:
    """Return a sentence for each claim of ours that names no test, or one that does not exist, and for odd rows."""
    found = []
    for row in rows(features):
        ours, tests = row.get("ours", "yes"), row.get("tests", [])
        if (ours == "no") == bool(tests):
            found.append(f"{row['feature']}: {ours!r} with {len(tests)} tests")
        found += [f"{row['feature']}: there is no test {test}" for test in tests if not exists(test)]
        if unknown := set(row) - {"feature", "ours", "tests", *features["tools"]}:
            found.append(f"{row['feature']}: unknown {', '.join(sorted(unknown))}")
    return found


def exists(test: str) -> bool:
    """Whether `file.py::test_name`, below tests/, is a test that runs."""
    file, _, name = test.partition("::")
    path = ROOT / "tests" / file
    if not path.is_file():
        return False
    functions = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
    return name.startswith("test_") and any(name == node.name and not _skipped(node) for node in functions)


def _skipped(function: ast.FunctionDef) -> bool:
    return any("mark.skip" in ast.unparse(decorator) for decorator in function.decorator_list)


def _tools(features: Features) -> str:
    lines = [
        f"- [{tool['name']}](https://github.com/{tool['repository']}/tree/{tool['commit']}), "
        f"as of {tool['date']:%B} {tool['date'].year}: {tool['about'][0].lower()}{tool['about'][1:]}"
        for tool in features["tools"].values()
    ]
    return "\n".join(lines)


def _lacks(features: Features) -> str:
    lines = []
    for row in rows(features):
        if row.get("ours") == "no":
            having = [tool["name"] for key, tool in features["tools"].items() if claim(row, key)[0] != "no"]
            lines.append(f"- {row['feature']}: {', '.join(having)}.")
    return "\n".join(lines)


def _tables(features: Features) -> str:
    return "\n\n".join(f"### {section['title']}\n\n{_table(section, features)}" for section in features["sections"])


def _table(section: dict[str, Any], features: Features) -> str:
    names = ["This guide", *(tool["name"] for tool in features["tools"].values())]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("Feature", *names))
    body = "".join(_row(row, features) for row in section["rows"])
    return f'<div class="features"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _row(row: Row, features: Features) -> str:
    tests = row.get("tests", [])
    title = escape(", ".join(test.partition("::")[2] for test in tests))
    cells = [_cell(row.get("ours", "yes"), OURS + tests[0].partition("::")[0] if tests else "", title)]
    for key, tool in features["tools"].items():
        says, see = claim(row, key)
        link = f"https://github.com/{tool['repository']}/blob/{tool['commit'][:10]}/{see}" if see else ""
        cells.append(_cell(says, link, ""))
    return f'<tr><th scope="row">{escape(row["feature"])}</th>{"".join(cells)}</tr>'


def _cell(text: str, link: str, title: str) -> str:
    if not link:
        return f'<td class="features__no">{escape(text)}</td>'
    hint = f' title="{title}"' if title else ""
    return f'<td><a href="{link}"{hint}>{escape(text)}</a></td>'
