"""Measure what a wider receptive field is worth, and what training does to the part of it that counts.

    python -m benchmarks.fields            # some five minutes on two cores; prints the results
    python -m benchmarks.fields --write    # puts them into the repository and into the lesson
    python -m benchmarks.fields --page     # only writes them into the lesson anew, from the repository

The lesson "Receptive fields" shows them; a test holds its numbers to those in the repository.
"""

from __future__ import annotations

import argparse
import json

from benchmarks.experiments.surroundings import about
from benchmarks.fields import experiment, page


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"update {page.RESULTS.name} and the lesson")
    parser.add_argument("--page", action="store_true", help="only write the lesson's cell anew")
    options = parser.parse_args(arguments)
    results = page.stored() if options.page else {**about(), **experiment.measured()}
    if options.write:
        page.RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    if options.write or options.page:
        page.LESSON.write_text(page.with_results(page.LESSON.read_text("utf-8"), results), "utf-8")
    print(page.as_text(results))


if __name__ == "__main__":
    main()
