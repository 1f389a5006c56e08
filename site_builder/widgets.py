"""Widgets: a cell's figure is the still picture, which a custom element of `docs/widgets/` replaces in the browser.

A widget is one file, `docs/widgets/NAME.js`, that defines the element NAME. Its first line may name the files of that
folder which have to be loaded before it: `/* needs: sizes.js output-size.css */`. Another, `/* room: 640 820 */`, says
how high it is, in pixels, on a wide and on a narrow screen, so that nothing moves when it takes its picture's place.
"""

from __future__ import annotations

import difflib
import json
import re
import shlex
from collections.abc import Sequence
from html import escape
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "widgets"
_NEEDS = re.compile(r"/\* needs: ([\w .-]+) \*/")
_ROOM = re.compile(r"^/\* room: (\d+) (\d+) \*/$", re.M)
_OPTION = re.compile(r"[a-z][a-z-]*=.*")


class WidgetError(Exception):
    """A widget that there is not, or an option that cannot be read."""


def names(folder: Path = FOLDER) -> list[str]:
    """Return the elements that there are; the name of a custom element holds a hyphen."""
    return sorted(path.stem for path in folder.glob("*-*.js"))


def files(name: str, folder: Path = FOLDER) -> list[str]:
    """Return the files that a widget is loaded from, in their order.

    Raises:
        WidgetError: the widget, or a file that it needs, does not exist.
    """
    path = folder / name
    if not path.is_file():
        raise WidgetError(f"docs/widgets/{name} does not exist")
    found = _NEEDS.match(path.read_text(encoding="utf-8")) if path.suffix == ".js" else None
    needed = [file for need in (found[1].split() if found else []) for file in files(need, folder)]
    return list(dict.fromkeys([*needed, name]))


def room(name: str, folder: Path = FOLDER) -> tuple[int, int]:
    """Return the height of a widget's box, in CSS pixels, on a wide and on a narrow screen; 0 where it does not say.

    >>> wide, narrow = room("output-size")
    >>> wide < narrow
    True
    """
    found = _ROOM.search((folder / f"{name}.js").read_text(encoding="utf-8"))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def parse(text: str, folder: Path = FOLDER) -> tuple[str, dict[str, str]]:
    """Read what stands in a fence's `widget="…"`: a name, then options.

    >>> parse("output-size kernel=8 stride=2")
    ('output-size', {'kernel': '8', 'stride': '2'})

    Raises:
        WidgetError: there is no such widget, or an option is no `name=value`.
    """
    name, *options = shlex.split(text) or [""]
    if name not in names(folder):
        close = difflib.get_close_matches(name, names(folder), 1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(names(folder))}"
        raise WidgetError(f"there is no widget `{name}`; {hint}")
    for option in options:
        if not _OPTION.fullmatch(option):
            raise WidgetError(f"`{option}` of the widget `{name}` must be `option=value`")
    return name, dict(option.split("=", 1) for option in options)


def script(name: str, data: str) -> bytes:
    """Return a published file as a script, which a folder (file://) can serve too: base64 in `cnnGuide.files[name]`."""
    return f"(cnnGuide.files??={{}})[{json.dumps(name)}]={json.dumps(data)}".encode()


def box(text: str, still: str, number: int, scripts: Sequence[str] = ()) -> str:
    """Return the still picture, as Markdown, in the box that the browser puts the widget into.

    Args:
        text: what stands in the fence's `widget="…"`.
        still: the cell's figure, as Markdown.
        number: the cell's.
        scripts: addresses of the files that the cell publishes; only their names count, all lie in `figures/`.
    """
    name, options = parse(text)
    needed = [*(f"../figures/{Path(script).name}" for script in scripts), *files(f"{name}.js")]
    data = {"widget": name, "options": json.dumps(options), "files": json.dumps(needed)}
    attributes = " ".join(f"data-{key}='{escape(value)}'" for key, value in data.items())
    wide, narrow = room(name)
    attributes += f' style="--room: {wide}px; --room-narrow: {narrow}px"'
    return f'<div class="widget" id="widget-{number}" {attributes} markdown="1">\n\n{still}\n\n</div>'
