"""Downloads that either succeed wholly or leave nothing behind."""

import gzip
import hashlib
import http.client
import secrets
import sys
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import RawIOBase
from pathlib import Path

TIMEOUT = 30.0  # seconds without a single byte
_CHUNK = 1 << 18


class DownloadError(OSError):
    """A download that failed; the message says why and what to do, and nothing of it is kept."""


def download(url: str, path: Path | str, *, sha256: str | None = None, gzipped: bool = False) -> Path:
    """Fetch a file over HTTP, check it, and only then give it its name.

    The bytes go to a temporary file beside `path`, which is renamed in one step at the end: another process sees the
    whole file or none, and two processes may download the same file at once. Progress is shown on a terminal only.

    Example:
        >>> download("ftp://example.org/file", "file")
        Traceback (most recent call last):
        ValueError: `url` (='ftp://example.org/file') must start with http:// or https://.

    Args:
        url: The address.
        path: Where the file is to lie; missing folders are made, an existing file is replaced.
        sha256: The expected SHA-256, in hexadecimal.
        gzipped: Whether `sha256` belongs to the content of a gzip file rather than to the file itself.

    Returns:
        The path.

    Raises:
        ValueError: If `url` is not an HTTP address.
        DownloadError: If there is no network, no such file, too few bytes, or another SHA-256.
    """
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"`url` (={url!r}) must start with http:// or https://.")
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    with _renamed_when_done(path) as part:
        _fetch(url, part)
        if sha256 is not None:
            _check(url, part, sha256, gzipped)
    return path


@contextmanager
def _renamed_when_done(path: Path) -> Iterator[Path]:
    """Make a temporary file that gets its name at the end, or is removed whatever goes wrong (Ctrl-C included)."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        yield part
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _remove_leftovers(path: Path) -> None:
    """Remove what a crashed process left. A living download writes more often than every `TIMEOUT` seconds."""
    for part in path.parent.glob(f".{path.name}.*.part"):
        with suppress(FileNotFoundError):  # its owner, or another process that tidies up, was quicker
            if time.time() - part.stat().st_mtime > 2 * TIMEOUT:
                part.unlink()


def _fetch(url: str, part: Path) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "cnn-guide"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response, part.open("wb", buffering=0) as stream:
            _copy(response, stream, url)
    except urllib.error.HTTPError as error:
        error.close()  # it holds the connection
        raise DownloadError(f"{url}: the server answers {error.code} {error.reason}. Nothing was kept.") from error
    except (urllib.error.URLError, ConnectionError, TimeoutError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise DownloadError(
            f"{url} cannot be reached ({reason}). Check the network and try again. Nothing was kept."
        ) from error


def _copy(response: http.client.HTTPResponse, stream: RawIOBase, url: str) -> None:
    expected = int(response.headers.get("Content-Length", 0))
    received = 0
    while chunk := response.read(_CHUNK):
        stream.write(chunk)
        received += len(chunk)
        _show(url, received, expected)
    if received < expected:
        raise DownloadError(f"{url} broke off after {received:,} of {expected:,} bytes. Try again. Nothing was kept.")


def _show(url: str, received: int, expected: int) -> None:
    if sys.stderr.isatty():
        share = f" of {expected / 1e6:.1f}" if expected else ""
        end = "\n" if received == expected else ""
        print(f"\r{url}: {received / 1e6:.1f}{share} MB", end=end, file=sys.stderr, flush=True)


def _check(url: str, part: Path, sha256: str, gzipped: bool) -> None:
    try:
        with gzip.open(part) if gzipped else part.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DownloadError(f"{url} is not a whole gzip file ({error}). Nothing was kept.") from error
    if found != sha256.lower():
        raise DownloadError(
            f"{url} has the SHA-256 {found}, expected {sha256}: it was damaged or changed on its way. Nothing was kept."
        )
