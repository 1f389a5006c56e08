"""A content security policy for each page: own files only, and no inline script but Material's own, by their hashes."""

from __future__ import annotations

import base64
import hashlib
import re

_INLINE = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.S)


def with_policy(page: str) -> str:
    """Return the page's HTML with its policy as the first thing in the head.

    >>> with_policy('<head><meta charset="utf-8"></head>')[:66]
    '<head><meta charset="utf-8"><meta http-equiv="Content-Security-Pol'
    """
    scripts = " ".join(["'self'", *sorted(_hashes(page))])
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",  # KaTeX places its symbols by style attributes
            "img-src 'self' data:",  # Material's icons are data: addresses in its style sheets
            "font-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "base-uri 'self'",
            "form-action 'self'",
        ]
    )
    tag = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return re.sub(r'<meta charset="[^"]*">', lambda match: match[0] + tag, page, count=1)


def _hashes(page: str) -> set[str]:
    return {
        f"'sha256-{base64.b64encode(hashlib.sha256(match['code'].encode()).digest()).decode()}'"
        for match in _INLINE.finditer(page)
        if "src=" not in match["attributes"] and "application/json" not in match["attributes"]
    }
