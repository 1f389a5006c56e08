"""Write the page that compares the interactive parts of the site with others, from features.yaml.

    python -m benchmarks.widgets

The exit code is 1 where a claim of ours names no test that exists; nothing is written then.
"""

from __future__ import annotations

import sys

from benchmarks.widgets import page


def main() -> int:
    features = page.stored()
    if faults := page.faults(features):
        print("\n".join(faults), file=sys.stderr)
        return 1
    page.PAGE.write_text(page.render(features), "utf-8")
    print(f"Wrote {page.PAGE.relative_to(page.ROOT)}: {len(page.rows(features))} features")
    return 0


if __name__ == "__main__":
    sys.exit(main())
