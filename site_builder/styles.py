"""One style sheet for all pages, so that a browser waits for one file and not for seven before it shows anything."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

FOLDER = "assets/stylesheets"
_OTHER_FORMATS = re.compile(r',url\([^)]*\) format\("(?:woff|truetype)"\)')  # every browser of today takes woff2


def bundle(theme: Sequence[str], katex: Path, own: Sequence[Path]) -> tuple[str, str]:
    """Join Material's style sheets, KaTeX's and our own, in this order.

    Args:
        theme: the theme's folders, as MkDocs knows them.
        katex: KaTeX's style sheet.
        own: our style sheets.

    Returns:
        The address within the site, which changes with the content, and the content.

    Raises:
        FileNotFoundError: Material does not have its style sheets where it used to.
    """
    formulas = _OTHER_FORMATS.sub("", katex.read_text("utf-8")).replace("url(fonts/", "url(../katex/fonts/")
    parts = [_of_material(theme, "main"), _of_material(theme, "palette"), formulas]
    content = "\n".join([*parts, *(path.read_text("utf-8") for path in own)])
    content = re.sub(r"\n?/\*# sourceMappingURL=.*?\*/", "", content)
    return f"{FOLDER}/site.{hashlib.sha256(content.encode()).hexdigest()[:8]}.css", content


def _of_material(theme: Sequence[str], name: str) -> str:
    for folder in theme:
        for path in Path(folder, FOLDER).glob(f"{name}.*.min.css"):
            return path.read_text("utf-8")
    raise FileNotFoundError(f"{name}.*.min.css is in none of the theme's folders: {', '.join(theme)}")
