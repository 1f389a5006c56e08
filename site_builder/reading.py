"""How long a page takes to read: its prose and the code that it shows, without questions, exercises and sources."""

from __future__ import annotations

import re

from site_builder.page import FRONT_MATTER, Page

PACE = 180  # words a minute: slow reading, with the code looked at
_ASIDE = re.compile(r"^(`{3,})(?:quiz|exercise)\b.*?^\1[ ]*$|<!--.*?-->|^## Sources\n.*?(?=^## |\Z)", re.S | re.M)


def minutes(page: Page) -> int:
    r"""Return the minutes that a page takes, to the nearest five, and five at least.

    >>> from site_builder.page import parse
    >>> minutes(parse("word " * 1800)), minutes(parse("word " * 1800 + "\n## Sources\n" + "word " * 1800))
    (10, 10)
    """
    text = page.text
    for cell in reversed(page.cells):
        if cell.flags & {"hide", "test"}:
            text = text[: cell.span[0]] + text[cell.span[1] :]
    words = len(_ASIDE.sub(" ", FRONT_MATTER.sub("", text)).split())
    return max(5, 5 * round(words / PACE / 5))
