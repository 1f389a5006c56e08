"""Downloads: resumed where they broke off, checked, and locked between processes."""

import gzip
import http.client
import os
import re
import shutil
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from filelock import FileLock

from .checksum import digest, matches
from .folder import root
from .partial import Partial, version
from .progress import Progress

TIMEOUT = 30.0  # seconds without a single byte
_CHUNK = 1 << 18
_SCHEMES = ("http://", "https://")
_KEPT = "Try again: it goes on from there."


class DownloadError(OSError):
    """A download that failed; the message says why and what to do. The file itself is never half there."""


@dataclass(frozen=True)
class _Job:
    """What is fetched, where it goes, and how it is known to be right."""

    url: str
    path: Path
    sha256: str | None
    gzipped: bool
    size: int | None

    def is_done(self) -> bool:
        """Whether the right file is there already; unknown, so no, without a checksum."""
        return self.sha256 is not None and matches(self.path, self.sha256, gzipped=self.gzipped)


def download(
    url: str,
    path: Path | str,
    *,
    sha256: str | None = None,
    gzipped: bool = False,
    size: int | None = None,
    progress: bool | None = None,
) -> Path:
    """Fetch a file over HTTP, check it, and only then give it its name.

    The bytes go to a partial file beside `path`, which is renamed in one step at the end. What an interruption or a
    broken connection leaves of it is continued by the next call. Of several processes that want the same file, one
    downloads it and the others wait for it. A file that is there with the right SHA-256 is not fetched again.

    Example:
        >>> download("ftp://example.org/file", "file")
        Traceback (most recent call last):
        ValueError: `url` (='ftp://example.org/file') must start with http:// or https://.

    Args:
        url: The address.
        path: Where the file is to lie; missing folders are made, an existing file is replaced.
        sha256: The expected SHA-256 in hexadecimal, or its first digits, at least 8.
        gzipped: Whether `sha256` belongs to the content of a gzip file rather than to the file itself.
        size: The expected length in bytes.
        progress: Whether to show how far it is on standard error; None: on a terminal only.

    Returns:
        The path.

    Raises:
        ValueError: If `url` is not an HTTP address, or `sha256` is none.
        DownloadError: If there is no network, no such file, no room, too few bytes, or another SHA-256.
    """
    if not url.startswith(_SCHEMES):
        raise ValueError(f"`url` (={url!r}) must start with http:// or https://.")
    if sha256 is not None and not re.fullmatch("[0-9a-fA-F]{8,64}", sha256):
        raise ValueError(f"`sha256` (={sha256!r}) must be 8 to 64 hexadecimal digits.")
    job = _Job(url, Path(path), sha256 and sha256.lower(), gzipped, size)
    asked = _stamp(job.path)
    if not job.is_done():
        with _locked(job.path):
            if not _came_meanwhile(job, asked):
                _fetch(job, Partial(job.path), progress)
    return job.path


_Stamp = tuple[int, int, int] | None


def _came_meanwhile(job: _Job, asked: _Stamp) -> bool:
    """Whether somebody else has fetched the file while this process waited for the lock."""
    return _stamp(job.path) != asked and (job.sha256 is None or job.is_done())


def _stamp(path: Path) -> _Stamp:
    """What changes when a file is replaced."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_ino, state.st_mtime_ns, state.st_size


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time download the file; the lock goes with the process that holds it."""
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise DownloadError(f"{path.parent} cannot be written ({error.strerror}). {_elsewhere(path)}") from error
    try:
        yield
    finally:
        with suppress(OSError):  # Windows does not remove an open file
            os.unlink(lock.lock_file)  # while it is held: who waits for it sees that it is gone, and makes a new one
        lock.release()


def _fetch(job: _Job, part: Partial, progress: bool | None) -> None:
    try:
        with _response(job, part) as response:
            whole = _receive(response, job, part, progress)
        if part.size < whole:
            raise DownloadError(f"{job.url} broke off after {part.size:,} of {whole:,} bytes. {_kept(part)}")
    except BaseException:  # Ctrl-C included
        if not part.resumable:
            part.discard()
        raise
    _check(job, part)
    part.finish()


def _receive(response: http.client.HTTPResponse, job: _Job, part: Partial, progress: bool | None) -> int:
    """Write what comes behind what is there; return how many bytes there should be now, 0 if that is unknown."""
    with _writing(job, part):
        if not _continues(response, part, job):
            part.begin(job.url, response.headers)
        whole = _whole(response, part, job)
        with part.path.open("ab") as stream:
            _copy(response, stream, job, Progress(job.path.name, part.size, whole, progress))
    return whole


@contextmanager
def _response(job: _Job, part: Partial) -> Iterator[http.client.HTTPResponse]:
    """The server's answer to the wish for the file, or for the rest of it."""
    mark = part.version(job.url)
    rest = {"Range": f"bytes={part.size}-", "If-Range": mark} if mark else {}
    try:
        try:
            response = _open(job.url, rest)
        except urllib.error.HTTPError as error:
            if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE or not rest:
                raise
            error.close()
            response = _open(job.url, {})  # there is no such rest: all of it, then
    except urllib.error.HTTPError as error:
        error.close()  # it holds the connection
        raise DownloadError(f"{job.url}: the server answers {error.code} {error.reason}.") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise DownloadError(f"{job.url} cannot be reached ({reason}). Check the network. {_by_hand(job)}") from error
    with response:
        yield response


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a server to another address, as long as that is an HTTP address too."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if not newurl.startswith(_SCHEMES):
            raise urllib.error.HTTPError(req.full_url, code, f"{msg}, and sends to {newurl}", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
    request = urllib.request.Request(url, headers={"User-Agent": "cnn-guide", **headers})
    response: http.client.HTTPResponse = urllib.request.build_opener(_Redirects).open(request, timeout=TIMEOUT)
    return response


def _continues(response: http.client.HTTPResponse, part: Partial, job: _Job) -> bool:
    """Whether what comes belongs behind what is there; if not, it is the whole file."""
    if response.status != http.client.PARTIAL_CONTENT:
        return False
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    mark = version(response.headers)
    if found is None or int(found[1]) != part.size or mark not in ("", part.version(job.url)):
        part.discard()
        raise DownloadError(f"{job.url}: the server sends another part than it was asked for. Try again.")
    return True


def _whole(response: http.client.HTTPResponse, part: Partial, job: _Job) -> int:
    """Bytes that the file will have, as far as known; refused if they are the wrong number or too many."""
    coming = response.length or 0
    whole = part.size + coming if coming else job.size or 0
    _check_size(whole, job, part)
    free = shutil.disk_usage(part.path.parent).free
    if coming > free:
        raise DownloadError(
            f"{job.url}: {coming:,} bytes are to come, and {part.path.parent} has room for {free:,}. Make room there. "
            f"{_elsewhere(job.path)}"
        )
    return whole


@contextmanager
def _writing(job: _Job, part: Partial) -> Iterator[None]:
    """Tell a full disk from a broken connection."""
    try:
        yield
    except DownloadError:
        raise
    except OSError as error:
        raise DownloadError(
            f"{part.path} cannot be written ({error.strerror}). {_elsewhere(job.path)} {_kept(part)}"
        ) from error


def _copy(response: http.client.HTTPResponse, stream: BinaryIO, job: _Job, progress: Progress) -> None:
    while chunk := _read(response, job):
        stream.write(chunk)
        stream.flush()  # what is said to be kept is there
        progress.add(len(chunk))
    progress.close()


def _read(response: http.client.HTTPResponse, job: _Job) -> bytes:
    try:
        return response.read1(_CHUNK)  # what is there, so that little is lost when it breaks off
    except (OSError, http.client.HTTPException) as error:
        raise DownloadError(f"{job.url} broke off ({error}). {_kept(Partial(job.path))}") from error


def _check(job: _Job, part: Partial) -> None:
    """Refuse, and remove, what is not the file that was wanted."""
    _check_size(part.size, job, part)
    if job.sha256 is None:
        return
    try:
        found = digest(part.path, job.gzipped)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        part.discard()
        raise DownloadError(f"{job.url} is not a whole gzip file ({error}). Nothing was kept.") from error
    if not found.startswith(job.sha256):
        part.discard()
        raise DownloadError(
            f"{job.url} has the SHA-256 {found}, expected {job.sha256}: it was damaged or changed on its way. "
            "Nothing was kept."
        )


def _check_size(size: int, job: _Job, part: Partial) -> None:
    if job.size not in (None, size):
        part.discard()
        raise DownloadError(f"{job.url} has {size:,} bytes, expected {job.size:,}. Nothing was kept.")


def _kept(part: Partial) -> str:
    return _KEPT if part.resumable else "Try again. Nothing was kept."


def _by_hand(job: _Job) -> str:
    way = f"Without one, fetch the file elsewhere and put it at {job.path}"
    if job.path.is_relative_to(root()):
        way += f", or set CNN_GUIDE_DATA to a folder that holds {job.path.relative_to(root()).as_posix()}"
    return f"{way}.{' The file that lies there now is another one.' if job.sha256 and job.path.exists() else ''}"


def _elsewhere(path: Path) -> str:
    return f"Or choose another place than {path.parent}; CNN_GUIDE_DATA names the folder of data sets and weights."
