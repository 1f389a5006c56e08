"""What has arrived of a file, kept beside its place until it is whole, with a note of which version it belongs to."""

import json
from collections.abc import Mapping
from contextlib import suppress
from email.message import Message
from pathlib import Path


class Partial:
    """A file on its way: `.NAME.part`, and `.NAME.part.json` with its address and the server's mark of its version.

    Only with such a mark (a strong ETag, or the date of the last change) can a later download go on where an earlier
    one stopped: the server then sends the rest, or, if the file has changed since, the whole.

    Args:
        path: Where the whole file is to lie.

    Source:
        RFC 9110, sections 8.8 (validators), 13.1.5 (If-Range) and 14 (ranges).
    """

    def __init__(self, path: Path) -> None:
        self._whole = path
        self.path = path.with_name(f".{path.name}.part")
        self._note = path.with_name(f".{path.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def resumable(self) -> bool:
        """Whether a later download can go on from here."""
        return self.size > 0 and self._note.exists()

    def version(self, url: str) -> str:
        """Return the mark of the version of which a part is here; empty if there is none from this address."""
        with suppress(OSError, ValueError, AttributeError):  # no note, or one that a crash cut short
            note = json.loads(self._note.read_text(encoding="utf-8"))
            if note.get("url") == url and self.size:
                return str(note.get("version", ""))
        return ""

    def begin(self, url: str, headers: Mapping[str, str] | Message) -> None:
        """Forget what was here, and note which version comes now."""
        self.discard()
        self.path.touch()
        if mark := version(headers):
            self._note.write_text(json.dumps({"url": url, "version": mark}), encoding="utf-8")

    def finish(self) -> None:
        """Give the file its name, in one step."""
        self.path.replace(self._whole)
        self._note.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove what is here; the note first, so that no crash leaves it with other bytes than its own."""
        self._note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


def version(headers: Mapping[str, str] | Message) -> str:
    """Return the mark by which a server tells versions of a file apart; empty if it gives none to rely on.

    Example:
        >>> version({"ETag": '"1a"'}), version({"ETag": 'W/"1a"'})  # a weak tag may belong to other bytes too
        ('"1a"', '')
    """
    tag = headers.get("ETag") or ""
    return tag if tag.startswith('"') else headers.get("Last-Modified") or ""
