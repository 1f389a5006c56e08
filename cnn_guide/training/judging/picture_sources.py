"""Pictures from files, folders, standard input and memory, one after the other."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from cnn_guide.data import PICTURE_SUFFIXES, read_picture

Source = str | Path | bytes
STDIN = "-"


@dataclass(frozen=True)
class Unreadable:
    """A source that gives no picture.

    Args:
        source: Its path, or "-" for standard input.
        reason: Why.
    """

    source: str
    reason: str


@dataclass
class Pictures:
    """Reads pictures as they are asked for, and notes what cannot be read.

    Args:
        sources: Paths of files and folders (searched with all that is in them), "-" for a picture on standard input,
            or a file's bytes.
        channels: 1 for grey pictures, 3 for coloured ones.
        unreadable: The sources that gave no picture so far.
    """

    sources: Iterable[Source]
    channels: int
    unreadable: list[Unreadable] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[str, Tensor]]:
        """Yield each picture with its name: bytes, shape (C, H, W)."""
        for source in self._files():
            name = "bytes" if isinstance(source, bytes) else str(source)
            try:
                yield name, read_picture(sys.stdin.buffer.read() if source == STDIN else source, self.channels)
            except (OSError, ValueError) as error:
                self.refuse(name, error)

    def refuse(self, name: str, error: Exception) -> None:
        """Note that a source gives no picture."""
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        self.unreadable.append(Unreadable(name, reason))

    def _files(self) -> Iterator[Source]:
        """The sources, with pictures in place of folders."""
        for source in self.sources:
            if isinstance(source, bytes) or not Path(source).is_dir():
                yield source
                continue
            found = sorted(path for path in Path(source).rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
            yield from found
            if not found:
                suffixes = ", ".join(sorted(PICTURE_SUFFIXES))
                self.unreadable.append(Unreadable(str(source), f"The folder holds no pictures ({suffixes})."))
