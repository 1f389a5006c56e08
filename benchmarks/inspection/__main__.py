"""Our summaries beside the other tools, in one run: time, memory, and which questions each answers rightly.

    python -m benchmarks.inspection            # everything, about ten minutes
    python -m benchmarks.inspection --quick    # batch 1, imports once
    python -m benchmarks.inspection --write    # everything, and put it into the repository and on the site's page

Results go to .cache/bench/inspection.json and the terminal; the exit code is 1 where a want is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.inspection import page, tables, wants
from benchmarks.inspection.installation import ROOT
from benchmarks.inspection.peers import BY_NAME, TOOLS
from benchmarks.inspection.running import Results, run

CACHED = ROOT / ".cache" / "bench" / "inspection.json"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tools", nargs="+", choices=BY_NAME, metavar="TOOL", help="ours and these (default: all)")
    parser.add_argument("--questions", nargs="+", default=[], metavar="KEY", help="ask these alone (default: all)")
    parser.add_argument("--quick", action="store_true", help="measure batch 1 alone, and each import once")
    parser.add_argument("--write", action="store_true", help=f"write {page.RESULTS.relative_to(ROOT)} and its page")
    options = parser.parse_args(arguments)
    names = {"cnn_guide", *options.tools} if options.tools else set(BY_NAME)
    results = run(
        [tool for tool in TOOLS if tool.name in names],
        batches=(1,) if options.quick else (1, 64),
        keys=options.questions,
        rounds=1 if options.quick else 5,
    )
    save(results, page.RESULTS if options.write else CACHED)
    if options.write:
        page.PAGE.write_text(page.render(results), "utf-8")
    print(tables.as_text(results))
    failures = wants.missed(results)
    print("\n".join(f"Missed: {sentence}" for sentence in failures) or "Every want is met.")
    return 1 if failures else 0


def save(results: Results, path: Path) -> None:
    """Write the results, a line for each measurement and answer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = []
    for key, value in results.items():
        rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in value) if isinstance(value, list) else ""
        text = f"[\n  {rows}\n ]" if rows else json.dumps(value, ensure_ascii=False)
        parts.append(f" {json.dumps(key)}: {text}")
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
