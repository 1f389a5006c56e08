"""Which pictures a folder holds: a folder a class, in folders train, val and test or not."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cnn_guide.data.pictures import PICTURE_SUFFIXES
from cnn_guide.data.seeds import mixed

PARTS = {  # what a folder may be called that holds one part of the data
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}


class Skipped(NamedTuple):
    """A file that is not used, and why."""

    path: Path
    reason: str


class Found(NamedTuple):
    """A file that should be a picture, the number of its class, and its part, or None where that is not given."""

    path: Path
    label: int
    part: str | None


@dataclass
class Listing:
    """What lies in a folder.

    Args:
        classes: Their names, sorted.
        files: The files with a picture's ending, in order.
        skipped: The other files, hidden ones left out.
    """

    classes: tuple[str, ...]
    files: list[Found] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def given_parts(self) -> set[str | None]:
        """The parts into which the pictures are sorted; {None} if they are not."""
        return {found.part for found in self.files}


def listed(folder: Path) -> Listing:
    """List the pictures below a folder, by class; sub-folders of a class belong to it.

    Args:
        folder: Holds a folder a class; or `train`, and perhaps `val` and `test`, which hold a folder a class each.

    Returns:
        The classes and their files.

    Raises:
        FileNotFoundError: If it does not exist.
        NotADirectoryError: If it is a file.
        ValueError: If there are not two classes, or a part has a class of its own.
    """
    parts = _parts(folder)
    names = [(part, sub.name) for part, place in parts for sub in _folders(place)]
    classes = tuple(sorted({name for part, name in names if part in ("train", None)}))
    if len(classes) < 2:
        raise ValueError(_too_few(folder, classes))
    if strange := [f"{part}/{name}" for part, name in names if name not in classes]:
        raise ValueError(f"{folder} has the folder {strange[0]}, but the training has no class of that name.")
    listing = Listing(classes)
    for part, place in parts:
        listing.skipped += [Skipped(path, "it lies outside the classes' folders") for path in _files(place)]
        for label, name in enumerate(classes):
            _list_class(place / name, label, part, listing)
    return listing


def split(files: list[Found], base: Path, seed: int, shares: dict[str, float]) -> list[str]:
    """Say which part each picture belongs to; of each class the same share is held back.

    A part that is given stays as it is. Where one is not, pictures are drawn from the others: by a hash of the seed
    and the picture's name, so that the same files are drawn on every machine, and few change when pictures are added.

    Args:
        files: The pictures, of which each class has some.
        base: The folder in which the names begin.
        seed: Decides which pictures are drawn.
        shares: Share of each class to be held back, for each part that is not given.

    Returns:
        "train", "val" or "test" for each file.
    """
    parts = [found.part or "train" for found in files]
    for label in sorted({found.label for found in files}):
        drawn = [at for at, found in enumerate(files) if found.label == label and parts[at] == "train"]
        drawn.sort(key=lambda at: mixed(seed, files[at].path.relative_to(base).as_posix()))
        counts = {part: max(1, round(share * len(drawn))) for part, share in shares.items()}
        for part, count in counts.items():
            for at in drawn[:count]:
                parts[at] = part
            drawn = drawn[count:]
    return parts


def _parts(folder: Path) -> list[tuple[str | None, Path]]:
    """Return the folders that hold the classes, with the part that each stands for."""
    if not folder.exists():
        raise FileNotFoundError(f"`path` (={str(folder)!r}) does not exist.")
    if not folder.is_dir():
        raise NotADirectoryError(f"`path` (={str(folder)!r}) must be a folder that holds a folder of pictures a class.")
    subs = _folders(folder)
    parts = [PARTS.get(sub.name.lower()) for sub in subs]
    if "train" not in parts or None in parts:
        return [(None, folder)]
    if len(set(parts)) < len(parts):
        raise ValueError(f"{folder} has two folders for one part: {', '.join(sub.name for sub in subs)}.")
    return list(zip(parts, subs, strict=True))


def _list_class(folder: Path, label: int, part: str | None, listing: Listing) -> None:
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if _is_visible(name))
        for name in sorted(filter(_is_visible, names)):
            file = Path(path, name)
            if file.suffix.lower() in PICTURE_SUFFIXES:
                listing.files.append(Found(file, label, part))
            else:
                listing.skipped.append(Skipped(file, "its ending is not that of a picture"))


def _folders(place: Path) -> list[Path]:
    return [path for path in _visible(place) if path.is_dir()]


def _files(place: Path) -> list[Path]:
    return [path for path in _visible(place) if not path.is_dir()]


def _visible(place: Path) -> Iterator[Path]:
    return iter(sorted(path for path in place.iterdir() if _is_visible(path.name)))


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name not in ("__MACOSX", "Thumbs.db", "desktop.ini")


def _too_few(folder: Path, classes: tuple[str, ...]) -> str:
    found = f"one class alone, {classes[0]!r}" if classes else "no folders"
    return f"{folder} has {found}. Put the pictures of each class into a folder of its own; two classes are the fewest."
