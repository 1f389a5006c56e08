"""Measure what shifts and shuffles cost dense and convolutional networks.

    python -m benchmarks.sharing            # about ten minutes on two cores; prints the results
    python -m benchmarks.sharing --write    # puts them into the repository and into the lesson
    python -m benchmarks.sharing --page     # only writes them into the lesson anew, from the repository

The lesson "Weight sharing" shows them; a test holds its numbers to those in the repository.
"""

from __future__ import annotations

import argparse
import json

from benchmarks.experiments.surroundings import about
from benchmarks.sharing import experiment, page


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
