"""SHA-256 of files, packed or not."""

import gzip
import hashlib
import zlib
from pathlib import Path


def matches(path: Path | str, sha256: str, *, gzipped: bool = False) -> bool:
    """Tell whether a file is there and has this SHA-256.

    Example:
        >>> matches("no-such-file", "0" * 64)
        False

    Args:
        path: Where the file should lie.
        sha256: The SHA-256 in hexadecimal, or its first digits.
        gzipped: Whether `sha256` belongs to the content of a gzip file rather than to the file itself.

    Returns:
        False too if the file is missing, unreadable or not packed as it should be.
    """
    try:
        return digest(Path(path), gzipped).startswith(sha256.lower())
    except (OSError, EOFError, zlib.error):
        return False


def digest(path: Path, gzipped: bool) -> str:
    """Return the SHA-256 of a file, or of what a gzip file holds."""
    with gzip.open(path) if gzipped else path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
