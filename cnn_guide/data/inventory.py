"""The folder of data sets on this machine, and what lies in it; standard library only."""

import hashlib
import os
import zlib
from pathlib import Path

from cnn_guide.data.sources import FASHION_MNIST_SOURCE, MNIST_SOURCE, IdxFile, IdxSource
from cnn_guide.files import root

_SOURCES = {source.name: source for source in (MNIST_SOURCE, FASHION_MNIST_SOURCE)}


def available(name: str) -> bool:
    """Tell whether a data set can be used without a download: all files are there, readable and of full length.

    Example:
        >>> available("digits")  # comes with scikit-learn
        True

    Args:
        name: For example "mnist".

    Returns:
        Whether it is there.

    Raises:
        ValueError: If no data set has that name.
    """
    if name == "digits":
        return True
    if name not in _SOURCES:
        raise ValueError(f"`name` (={name!r}) must be one of {['digits', *_SOURCES]}.")
    return is_complete(_SOURCES[name])


def fingerprint() -> str:
    """Return a hash of the data sets that are here: equal for equal contents, however packed.

    Example:
        >>> fingerprint() == fingerprint()
        True

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for source in _SOURCES.values():
        for file in source if is_complete(source) else ():
            digest.update(f"{source.name}/{file.name} {_crc32(file, root() / source.name):08x}\n".encode())
    return digest.hexdigest()


def is_complete(source: IdxSource) -> bool:
    """Tell whether all files of a data set are there, readable and of full length."""
    return all(locate(file, root() / source.name) for file in source)


def locate(file: IdxFile, folder: Path) -> Path | None:
    """Find a file, unpacked or packed, that is as long as it should be.

    Args:
        file: What to look for.
        folder: Where to look.

    Returns:
        Its path; None if it is missing, cut short or unreadable.
    """
    for path in (folder / file.name, folder / f"{file.name}.gz"):
        try:
            if _unpacked_size(path) == file.size:
                return path
        except OSError:
            continue
    return None


def _unpacked_size(path: Path) -> int:
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
    return _gzip_trailer(path)[1] if path.suffix == ".gz" else size


def _crc32(file: IdxFile, folder: Path) -> int:
    path = locate(file, folder)
    assert path is not None  # the caller has made sure
    return _gzip_trailer(path)[0] if path.suffix == ".gz" else zlib.crc32(path.read_bytes())


def _gzip_trailer(path: Path) -> tuple[int, int]:
    """Read CRC-32 and size of the content, which gzip keeps in a file's last eight bytes (RFC 1952, 2.3.1)."""
    with path.open("rb") as stream:
        stream.seek(-8, os.SEEK_END)  # OSError if the file is shorter
        trailer = stream.read(8)
    return int.from_bytes(trailer[:4], "little"), int.from_bytes(trailer[4:], "little")
