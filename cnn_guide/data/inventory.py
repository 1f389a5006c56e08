"""What lies in the folder of data sets on this machine; standard library only."""

import hashlib
import os
import zlib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from cnn_guide.data.sources import (
    CIFAR10_SOURCE,
    FASHION_MNIST_SOURCE,
    MNIST_SOURCE,
    CifarSource,
    IdxFile,
    IdxSource,
)
from cnn_guide.files import root

_SOURCES: dict[str, IdxSource | CifarSource] = {
    "mnist": MNIST_SOURCE,
    "fashion_mnist": FASHION_MNIST_SOURCE,
    "cifar10": CIFAR10_SOURCE,
    "cars": CIFAR10_SOURCE,
}


class Stored(NamedTuple):
    """Where CIFAR-10 lies on the disk, and in which form: "binary" or "jpeg"; in an archive or in a folder."""

    path: Path
    form: str


def available(name: str) -> bool:
    """Tell whether a data set can be used without a download: all files are there, readable and of full length.

    Example:
        >>> available("digits")  # comes with scikit-learn
        True

    Args:
        name: For example "mnist"; "folder" is no set of its own.

    Returns:
        Whether it is there.

    Raises:
        ValueError: If no data set has that name.
    """
    if name == "digits":
        return True
    if name not in _SOURCES:
        known = ("digits", *_SOURCES)
        meant = "".join(f" Did you mean {close!r}?" for close in get_close_matches(name, known, n=1))
        raise ValueError(f"`name` (={name!r}) must be one of {', '.join(known)}.{meant}")
    source = _SOURCES[name]
    return is_complete(source) if isinstance(source, IdxSource) else stored(source) is not None


def fingerprint() -> str:
    """Return a hash of the data sets that are here: equal for equal contents, however packed with gzip.

    Example:
        >>> fingerprint() == fingerprint()
        True

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for source in dict.fromkeys(_SOURCES.values()):
        for line in _idx_marks(source) if isinstance(source, IdxSource) else _cifar_marks(source):
            digest.update(f"{source.name}/{line}\n".encode())
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


def stored(source: CifarSource, form: str = "auto") -> Stored | None:
    """Find CIFAR-10 in `root()` or a folder `cifar10` there: its authors' form first, then JPEG pictures.

    Args:
        source: What to look for.
        form: "binary" or "jpeg": that form alone; "auto": either.

    Returns:
        Where it lies; None if it is missing or cut short.
    """
    for found, whole in _places(source):
        if form in ("auto", found.form) and whole:
            return found
    return None


def mark(found: Stored, source: CifarSource) -> str:
    """Return what tells the contents of two stored forms apart, at the cost of reading them once at most."""
    if found.path.suffix == ".gz":
        return f"binary {_gzip_trailer(found.path)[0]:08x}"
    if found.form == "binary":
        return " ".join(["binary", *(f"{zlib.crc32((found.path / file).read_bytes()):08x}" for file in source.files)])
    if found.path.is_file():
        return f"jpeg {zlib.crc32(found.path.read_bytes()):08x}"
    return f"jpeg {_listing(found.path)}"


def _places(source: CifarSource) -> Iterator[tuple[Stored, bool]]:
    """Where CIFAR-10 may lie, with whether it does, wholly as far as lengths tell."""
    unpacked = source.pictures.partition(".")[0]
    for folder in (root() / source.name, root()):
        archive, files = folder / source.archive, folder / source.folder
        yield Stored(archive, "binary"), _size(archive) == source.size
        yield Stored(files, "binary"), all(_size(files / file) == source.file_size for file in source.files)
    for folder in (root() / source.name, root()):
        yield Stored(folder / source.pictures, "jpeg"), (_size(folder / source.pictures) or 0) > 0
        yield Stored(folder / unpacked, "jpeg"), _holds_pictures(folder / unpacked)
    yield Stored(root() / source.name, "jpeg"), _holds_pictures(root() / source.name)


def _holds_pictures(folder: Path) -> bool:
    return (folder / "train").is_dir() and (folder / "test").is_dir()


def _idx_marks(source: IdxSource) -> Iterator[str]:
    if is_complete(source):
        for file in source:
            yield f"{file.name} {_crc32(file, root() / source.name):08x}"


def _cifar_marks(source: CifarSource) -> Iterator[str]:
    if found := stored(source):
        yield mark(found, source)


def _listing(folder: Path) -> str:
    """Hash the names, sizes and times of all files below a folder: quicker than reading 60,000 of them."""
    digest = hashlib.sha256()
    for path, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            status = os.stat(os.path.join(path, name))
            digest.update(f"{os.path.relpath(path, folder)}/{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
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
