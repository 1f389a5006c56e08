"""Reading CIFAR-10: the authors' binary files, or JPEG pictures, which are decoded once."""

import io
import secrets
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from lzma import LZMAError
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from cnn_guide.data.inventory import Stored, mark
from cnn_guide.data.sources import CIFAR_CLASSES, CIFAR_RECORD, CifarSource
from cnn_guide.data.tensors import TensorSet
from cnn_guide.files import cache

Records = NDArray[np.uint8]  # (N, 3073): a label, then the red, green and blue values row by row


def read_cifar10(found: Stored, source: CifarSource) -> tuple[TensorSet, TensorSet]:
    """Read all pictures, as bytes.

    Args:
        found: Where they lie.
        source: What they should be.

    Returns:
        The training and the test pictures, (N, 3, 32, 32).

    Raises:
        ValueError: If a file is damaged or missing.
    """
    try:
        records = _binary(found.path, source) if found.form == "binary" else _pictures(found, source)
    except (OSError, EOFError, ValueError, zlib.error, LZMAError, tarfile.TarError) as error:
        raise ValueError(f"{found.path} is damaged: {error}. Delete it, and get it again.") from error
    train = 5 * source.records
    return _tensors(records[:train]), _tensors(records[train:])


def _tensors(records: Records) -> TensorSet:
    pixels = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32))
    return TensorSet(pixels, torch.from_numpy(records[:, 0].astype(np.int64)))


def _binary(path: Path, source: CifarSource) -> Records:
    """Read the six files from a folder, or from the archive, which need not be unpacked."""
    if path.is_dir():
        contents = {name: (path / name).read_bytes() for name in source.files}
    else:
        wanted = {f"{source.folder}/{name}": name for name in source.files}
        contents = {wanted[name]: content for name, content in _members(path, wanted.__contains__)}
    if lacking := [name for name in source.files if len(contents.get(name, b"")) != source.file_size]:
        raise ValueError(f"{lacking[0]} is missing or not {source.file_size:,} bytes long")
    records = np.frombuffer(b"".join(contents[name] for name in source.files), np.uint8).reshape(-1, CIFAR_RECORD)
    if records[:, 0].max() >= len(CIFAR_CLASSES):
        raise ValueError(f"it holds the label {records[:, 0].max()}; there are {len(CIFAR_CLASSES)} classes")
    return records.copy()  # bytes can't be written to, which torch warns of


def _members(archive: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of files in an archive; nothing is unpacked to the disk."""
    with tarfile.open(archive, "r|*") as stream:
        for member in stream:
            if member.isfile() and wanted(member.name.removeprefix("./")):
                content = stream.extractfile(member)
                assert content is not None  # it is a regular file
                yield member.name.removeprefix("./"), content.read()


def _pictures(found: Stored, source: CifarSource) -> Records:
    """Read the pictures as they were decoded the last time, or decode them and keep them."""
    kept = cache() / f"{source.name}-decoded-{zlib.crc32(mark(found, source).encode()):08x}.bin"
    if kept.is_file() and kept.stat().st_size == 6 * source.file_size:
        return np.fromfile(kept, np.uint8).reshape(-1, CIFAR_RECORD)
    records = _decoded(found.path, source)
    _keep(records, kept)
    return records


def _decoded(path: Path, source: CifarSource) -> Records:
    files = _folder_files(path) if path.is_dir() else _members(path, lambda name: name.endswith(".jpg"))
    pictures = dict(files)
    names: list[str] = []
    for part, expected in (("train", 5 * source.records), ("test", source.records)):
        found = sorted(name for name in pictures if name.startswith(f"{part}/"))
        if len(found) != expected:
            raise ValueError(f"it holds {len(found):,} {part} pictures, expected {expected:,}")
        names += found
    records = np.empty((len(names), CIFAR_RECORD), np.uint8)
    for record, name in zip(records, names, strict=True):
        record[:] = _record(name, pictures[name])
    return records


def _folder_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for part in ("train", "test"):
        for path in (folder / part).glob("*/*.jpg"):
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _record(name: str, content: bytes) -> Records:
    class_name = name.split("/")[1]
    if class_name not in CIFAR_CLASSES:
        raise ValueError(f"{name}: there is no class {class_name!r}")
    pixels = np.asarray(Image.open(io.BytesIO(content), formats=("JPEG",)))  # (32, 32, 3)
    if pixels.shape != (32, 32, 3):
        raise ValueError(f"{name} has the shape {pixels.shape}, expected (32, 32, 3)")
    return np.append(np.uint8(CIFAR_CLASSES.index(class_name)), pixels.transpose(2, 0, 1))


def _keep(records: Records, path: Path) -> None:
    """Write the records aside and rename them: other processes see the whole file or none. It may fail: no harm."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    with suppress(OSError):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            records.tofile(part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
