"""Train the recipes, judge the networks on pictures that they have not seen, and compare transfer with a fresh start.

    python -m benchmarks.experiments                # everything, about 20 minutes on two cores
    python -m benchmarks.experiments mnist_cnn2     # one of them
    python -m benchmarks.experiments --write        # everything, and put it into the repository and on the site's page
    python -m benchmarks.experiments --page         # only write the page anew, from the stored results

Results go to the terminal and, below .cache/experiments/, to a file; the exit code is 1 where a want is missed.
"""

from __future__ import annotations

import argparse
import json
import sys

from benchmarks.experiments import page, transfer
from benchmarks.experiments.recipes import FOLDER, RECIPES, measured
from benchmarks.experiments.surroundings import about

NAMES = [*RECIPES, "transfer"]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--write", action="store_true", help=f"update {page.RESULTS.name} and its page")
    parser.add_argument("--page", action="store_true", help="only write the page anew")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in NAMES]:
        parser.error(f"there is no experiment {unknown[0]!r}; these are: {', '.join(NAMES)}")
    results = page.stored()
    if not options.page:
        for name in options.names or NAMES:
            found = transfer.measured() if name == "transfer" else measured(name)
            results[name] = {**about(), **found}
            save(results, write=options.write)
    if (options.page or options.write) and set(results) == set(NAMES):
        page.PAGE.write_text(page.render(results), "utf-8")
    print(page.as_text(results))
    failures = page.missed(results)
    print("\n".join(f"Missed: {sentence}" for sentence in failures) or "Every want is met.")
    return 1 if failures else 0


def save(results: dict[str, object], *, write: bool) -> None:
    """Write what there is so far, a line for each run."""
    path = page.RESULTS if write else FOLDER / page.RESULTS.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
