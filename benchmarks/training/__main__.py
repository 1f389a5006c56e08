"""An epoch of training with ours, in a bare loop of PyTorch, with Lightning and with Keras.

    python -m benchmarks.training            # MNIST, about five minutes on two quiet cores
    python -m benchmarks.training --quick    # the built-in digits, two epochs each, once
    python -m benchmarks.training --write    # MNIST, and put the results into the repository and on the site's page

Results go to .cache/bench/training.json and the terminal; the exit code is 1 where a want is missed.
MNIST is looked for in the folder that CNN_GUIDE_DATA names.
"""

from __future__ import annotations

import argparse
import json
import sys

from benchmarks.inspection import page as whole_page
from benchmarks.inspection.__main__ import save
from benchmarks.inspection.installation import ROOT
from benchmarks.training import page, wants
from benchmarks.training.contestants import BY_NAME, CONTESTANTS
from benchmarks.training.running import run

CACHED = ROOT / ".cache" / "bench" / "training.json"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="train on the built-in digits, once")
    parser.add_argument("--write", action="store_true", help=f"write {page.RESULTS.relative_to(ROOT)} and its page")
    parser.add_argument("--only", nargs="+", choices=BY_NAME, metavar="NAME", help="ours, the bare loops and these")
    options = parser.parse_args(arguments)
    names = {wants.OURS, wants.BARE, wants.FUSED, *(options.only or BY_NAME)}
    present = [contestant for contestant in CONTESTANTS if contestant.name in names]
    data, epochs, rounds = ("digits", 2, 1) if options.quick else ("mnist", 3, 5)
    results = run(present, data, epochs, rounds)
    save(results, page.RESULTS if options.write else CACHED)
    if options.write:
        whole_page.PAGE.write_text(whole_page.render(json.loads(whole_page.RESULTS.read_text("utf-8"))), "utf-8")
    print(page.as_text(results))
    failures = wants.missed(results)
    print("\n".join(f"Missed: {sentence}" for sentence in failures) or "Every want is met.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
