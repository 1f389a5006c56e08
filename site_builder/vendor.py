"""The files that the site takes from npm packages: type and the styles of formulas, with their licences.

They are copied, never linked: a reader's browser asks this site alone.
"""

from __future__ import annotations

from pathlib import Path

from site_builder.cache import ROOT

MODULES = ROOT / "node_modules"

FONTS = (  # package, file; the Latin subset of a variable font holds all its weights
    ("@fontsource-variable/figtree", "figtree-latin-wght-normal.woff2"),
    ("@fontsource-variable/figtree", "figtree-latin-wght-italic.woff2"),
    ("@fontsource-variable/source-code-pro", "source-code-pro-latin-wght-normal.woff2"),
)
KATEX_STYLES = MODULES / "katex" / "dist" / "katex.min.css"


def files() -> dict[str, Path]:
    """Return the vendored files: address within the site to the file on disk.

    Raises:
        FileNotFoundError: The npm packages are not installed.
    """
    found = {**_fonts(), **_katex(), **_reveal()}
    missing = [str(path.relative_to(ROOT)) for path in found.values() if not path.is_file()]
    if missing:
        raise FileNotFoundError(f"{missing[0]} is missing (and {len(missing) - 1} more). Run `make setup` or `npm ci`.")
    return found


def _fonts() -> dict[str, Path]:
    found = {f"assets/fonts/{name}": MODULES / package / "files" / name for package, name in FONTS}
    licences = {
        f"assets/fonts/{package.split('/')[1]}-LICENSE.txt": MODULES / package / "LICENSE" for package, _ in FONTS
    }
    return found | licences


def _katex() -> dict[str, Path]:
    """The fonts; KaTeX's style sheet becomes part of the site's own."""
    folder = MODULES / "katex"
    fonts = {f"assets/katex/fonts/{path.name}": path for path in sorted((folder / "dist/fonts").glob("*.woff2"))}
    return fonts | {
        "assets/katex/LICENSE.txt": folder / "LICENSE",
    }


def _reveal() -> dict[str, Path]:
    """What shows the slides; its plugins and themes are left out."""
    folder = MODULES / "reveal.js"
    return {
        "assets/reveal/reveal.js": folder / "dist/reveal.js",
        "assets/reveal/reveal.css": folder / "dist/reveal.css",
        "assets/reveal/LICENSE.txt": folder / "LICENSE",
    }
