"""`make lesson name=foundations/my_topic`: start a page that already runs."""

from __future__ import annotations

import re
import sys

from site_builder.cache import ROOT

TEMPLATE = """---
title: {title}
description: One sentence that says what the reader can do after this lesson.
jupyter:
  kernelspec:
    display_name: Python 3
    language: python
    name: python3
---

# {title}

!!! abstract "What you will be able to do"

    Say here, in one sentence, what the reader can do then. · About ten minutes. · Read first: [Home]({up}index.md)

## A question comes before its answer

??? question "Predict first: how long is the output of a kernel of three pixels on six?"

    Let the reader guess; the cell below answers.

```python live
from cnn_guide import conv_output_size

size = conv_output_size(6, kernel_size=3)
size
```

Then one or two sentences on what was seen: the output has `{{py}} size` pixels.

<!-- slide: show -->

This sentence is shown on a slide; other prose becomes the speaker's notes.

## A figure has alt text

```python alt="Say here what there is to see, for those who cannot see it"
import matplotlib.pyplot as plt

plt.figure(figsize=(5, 2.5))
plt.plot(range(3, 12), [conv_output_size(n, kernel_size=3) for n in range(3, 12)], marker="o")
plt.xlabel("pixels in")
plt.ylabel("pixels out")
plt.show()
```

## Check yourself

```quiz
How long is the output of a kernel of three pixels on six?

= `{{py}} size`
    Say here why.
≠ `{{py}} size + 2`
    Say here what somebody who answers this has overlooked.
```

## Exercises

```exercise level="compute" title="Name the exercise here"
Say here what is asked: how long is the output of a kernel of `kernel_size` pixels on `n`?

--- stub
def output_size(n, kernel_size):
    return 0
--- check
found = output_size(6, kernel_size=3)
assert found == 4, f"a window of 3 may start at each of 6 pixels but the last 2; you count {{found}} places"
--- solution
def output_size(n, kernel_size):
    return n - kernel_size + 1
--- why
Say here why.
--- wrong "but the last 2"
def output_size(n, kernel_size):
    return n - kernel_size
```

## Common mistakes

Show the real message, with the flag `raises`.

```python raises="ShapeError"
conv_output_size(2, kernel_size=3)
```

## In short

- The first thing to remember.
- The second.
- The third.

## Sources

- Author, *Title*, year: what this page takes from it.
"""


def main(name: str) -> int:
    """Write `docs/NAME.md` from the template; refuse to overwrite, and names that would make poor addresses."""
    name = name.removeprefix("docs/").removesuffix(".md")
    path = ROOT / "docs" / f"{name}.md"
    if not re.fullmatch(r"[a-z]\w*(/[a-z]\w*)+", name, re.ASCII) or name != name.lower():
        print(f"name={name!r} must be a folder and a name in lower case, such as foundations/my_topic", file=sys.stderr)
        return 2
    if path.exists():
        print(f"docs/{name}.md exists already; choose another name, or edit it", file=sys.stderr)
        return 2
    path.parent.mkdir(parents=True, exist_ok=True)
    title = name.rsplit("/", 1)[1].replace("_", " ").capitalize()
    path.write_text(TEMPLATE.format(title=title, up="../" * name.count("/")), encoding="utf-8")
    print(f"Wrote docs/{name}.md. Add a line for it under `nav:` in mkdocs.yml, then see it with `make serve`.")
    return 0
