"""Let Lighthouse judge the built site as on a telephone: `python benchmarks/audit.py [PAGE …]` (default: every page).

Performance is measured with a slowed-down processor and network, and varies from run to run: it is no part of the gate.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from site_builder.preview import ROOT, addresses, served, site_folder

WANTED = {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 95}
LIGHTHOUSE = ROOT / "node_modules" / "lighthouse" / "cli" / "index.js"
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", help="addresses such as foundations/why_not_dense/")
    site = site_folder()
    pages = parser.parse_args().pages or [page for page in addresses(site) if page != "404.html"]
    print(f"{'page':44}" + "".join(f"{name:>16}" for name in WANTED))
    sound = True
    with served(site) as preview:
        for page in pages:
            report = audit(preview.home + page)
            scores = {name: round(100 * report["categories"][name]["score"]) for name in WANTED}
            print(f"{page or '(home)':44}" + "".join(f"{cell(scores[name], name):>16}" for name in WANTED), flush=True)
            for complaint in complaints(report, [name for name in WANTED if scores[name] < WANTED[name]]):
                print(f"    {complaint}")
                sound = False
    print("wanted: " + ", ".join(f"{name} ≥ {score}" for name, score in WANTED.items()))
    return 0 if sound else 1


def audit(address: str) -> dict[str, Any]:
    """Return Lighthouse's report on one page (its mobile settings, which are the default)."""
    chromium = os.environ.get("CNN_GUIDE_CHROMIUM") or shutil.which("chromium")
    node = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if not chromium or not node or not LIGHTHOUSE.exists():
        sys.exit("An audit needs chromium (or CNN_GUIDE_CHROMIUM), node and Lighthouse (`npm ci`).")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [node, str(LIGHTHOUSE), address, "--quiet", "--output=json", f"--output-path={path}"]
        command += [f"--only-categories={','.join(WANTED)}", f"--chrome-flags={FLAGS}"]
        subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": chromium})
        report: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return report


def cell(score: int, name: str) -> str:
    return f"{score}{'' if score >= WANTED[name] else ' !'}"


def complaints(report: dict[str, Any], categories: list[str]) -> list[str]:
    """Return what took points off in the given categories."""
    audits = [
        (name, report["audits"][part["id"]])
        for name in categories
        for part in report["categories"][name]["auditRefs"]
        if part["weight"]
    ]
    poor = [(name, audit) for name, audit in audits if (audit["score"] or 0) < 0.9]
    return [f"{name}: {audit['title']} {audit.get('displayValue', '')}".rstrip() for name, audit in poor]


if __name__ == "__main__":
    sys.exit(main())
