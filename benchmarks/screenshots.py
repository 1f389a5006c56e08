"""Take a picture of each page, light and dark, narrow and wide: `python benchmarks/screenshots.py FOLDER [PAGE …]`.

Also draws `docs/assets/screenshot.png`, the picture of the README, when `--readme` is given.
"""

import argparse
import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from site_builder.preview import ROOT, addresses, served, site_folder

WIDTHS = {360: 740, 1280: 800}  # width and height of the window in CSS pixels
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
README = ROOT / "docs" / "assets" / "screenshot.png"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pages", nargs="*", help="addresses such as foundations/why_not_dense/ (default: all)")
    parser.add_argument("--readme", action="store_true", help=f"draw {README.relative_to(ROOT)} too")
    parser.add_argument("--first-screen", action="store_true", help="the window alone, not the full page")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    site = site_folder()
    with served(site) as preview, sync_playwright() as playwright:
        chromium = os.environ.get("CNN_GUIDE_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for page in options.pages or addresses(site):
            for scheme in ("light", "dark"):
                for width in WIDTHS:
                    name = f"{page.strip('/').replace('/', '-') or 'home'}-{scheme}-{width}.png"
                    take(
                        browser,
                        preview.home + page,
                        scheme,
                        width,
                        options.folder / name,
                        full=not options.first_screen,
                    )
        if options.readme:
            take(browser, preview.home, "light", 1280, README, full=False)
        browser.close()


def take(browser: Browser, address: str, scheme: str, width: int, path: Path, full: bool) -> None:
    size = {"width": width, "height": WIDTHS[width]}
    page = browser.new_page(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page.goto(address, wait_until="networkidle")
    page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach(image => image.loading = 'eager')")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path, full_page=full)
    page.close()
    print(path)


if __name__ == "__main__":
    main()
