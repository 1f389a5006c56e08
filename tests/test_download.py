"""Downloads from a real server on this machine: whole and right, or continued, or refused with a reason."""

import errno
import gzip
import hashlib
import io
import os
import re
import shutil
import socket
import sys
import tempfile
import threading
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from time import sleep

import pytest

from cnn_guide import data
from cnn_guide.files import DownloadError, cache, download, root

CONTENT = bytes(range(256)) * 4000  # about a megabyte: several chunks
OTHER = bytes(reversed(CONTENT))
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Site:
    """A server with one file, and what it can do with it."""

    address: str = ""
    content: bytes = CONTENT
    headers: dict[str, str] = field(default_factory=lambda: {"ETag": '"first"'})
    ranges: bool = True  # answers the wish for a rest
    conditions: bool = True  # heeds If-Range
    cut: int | None = None  # breaks off after so many bytes of an answer
    announced: bool = True  # says how long the answer is
    gate: threading.Event | None = None  # no answer before it opens
    stall: threading.Event | None = None  # nothing more, and no end, before it opens
    asked: list[tuple[str, str | None, int]] = field(default_factory=list)  # path, range, status

    @property
    def url(self) -> str:
        return f"{self.address}file"


class Handler(BaseHTTPRequestHandler):
    """Serves the site's file, or the rest of it."""

    site: Site

    def do_GET(self) -> None:
        site, wish = self.site, self.headers.get("Range")
        if site.gate:
            site.gate.wait()
        if self.path == "/missing":
            return self.answer(404)
        if self.path.startswith("/to/"):
            return self.answer(302, headers={"Location": self.path.removeprefix("/to/")})
        mark = self.headers.get("If-Range")
        if wish is None or not site.ranges or (site.conditions and mark not in site.headers.values()):
            return self.answer(200, site.content)
        start = int(wish.removeprefix("bytes=").removesuffix("-"))
        if start >= len(site.content):
            return self.answer(416)
        span = {"Content-Range": f"bytes {start}-{len(site.content) - 1}/{len(site.content)}"}
        return self.answer(206, site.content[start:], span)

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.site.asked.append((self.path, self.headers.get("Range"), status))
        self.send_response(status)
        for name, value in {**(self.site.headers if body else {}), **(headers or {})}.items():
            self.send_header(name, value)
        if self.site.announced:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.site.cut] if self.site.cut else body)
        if self.site.stall:
            self.site.stall.wait()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"site": site}))
    site.address = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "file"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def broken_off(site: Site, target: Path, after: int = 300_000) -> None:
    """A first attempt that ends half-way."""
    site.cut = after
    with pytest.raises(DownloadError):
        download(site.url, target)
    site.cut = None
    site.asked.clear()


# --- whole files ---


@pytest.mark.parametrize("sha256", [None, SHA256, SHA256.upper(), SHA256[:8]])
@pytest.mark.parametrize("announced", [True, False])
def test_a_good_file_arrives_whole_in_a_folder_that_is_made(
    site: Site, tmp_path: Path, announced: bool, sha256: str | None
) -> None:
    site.announced = announced
    path = download(site.url, tmp_path / "new" / "file", sha256=sha256)
    assert path.read_bytes() == CONTENT
    assert names_in(path.parent) == ["file"]


def test_the_checksum_of_a_packed_file_can_be_that_of_its_content(site: Site, target: Path) -> None:
    site.content = gzip.compress(CONTENT)
    assert gzip.decompress(download(site.url, target, sha256=SHA256, gzipped=True).read_bytes()) == CONTENT


def test_a_file_that_is_there_and_right_is_not_fetched_again(site: Site, target: Path) -> None:
    target.write_bytes(CONTENT)
    assert download(site.url, target, sha256=SHA256) == target
    assert site.asked == []


@pytest.mark.parametrize("sha256", [None, SHA256])
def test_another_file_is_replaced(site: Site, target: Path, sha256: str | None) -> None:
    target.write_text("older")
    assert download(site.url, target, sha256=sha256).read_bytes() == CONTENT


# --- going on ---


@pytest.mark.parametrize("headers", [{"ETag": '"1"'}, {"Last-Modified": "Mon, 05 Oct 2026 10:00:00 GMT"}])
def test_a_file_that_broke_off_is_continued(site: Site, target: Path, headers: dict[str, str]) -> None:
    """Only the rest is asked for."""
    site.headers = headers
    broken_off(site, target)
    assert names_in(target.parent) == [".file.part", ".file.part.json"]
    assert download(site.url, target, sha256=SHA256).read_bytes() == CONTENT
    assert site.asked == [("/file", "bytes=300000-", 206)]
    assert names_in(target.parent) == ["file"]


def test_it_may_break_off_more_than_once(site: Site, target: Path) -> None:
    for after in (300_000, 200_000, 100_000):
        broken_off(site, target, after)
    download(site.url, target, sha256=SHA256)
    assert site.asked == [("/file", "bytes=600000-", 206)]


@pytest.mark.parametrize("sha256", [None, SHA256])
def test_a_server_without_ranges_sends_all_of_it_again(site: Site, target: Path, sha256: str | None) -> None:
    broken_off(site, target)
    site.ranges = False
    assert download(site.url, target, sha256=sha256).read_bytes() == CONTENT
    assert site.asked == [("/file", "bytes=300000-", 200)]


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"weak"'}])
def test_without_a_mark_of_the_version_nothing_is_kept(site: Site, target: Path, headers: dict[str, str]) -> None:
    """A rest could belong to another version of the file."""
    site.headers = headers
    broken_off(site, target)
    assert names_in(target.parent) == []
    assert download(site.url, target).read_bytes() == CONTENT
    assert site.asked == [("/file", None, 200)]


def test_a_file_that_changed_between_the_attempts_is_fetched_anew(site: Site, target: Path) -> None:
    broken_off(site, target)
    site.content, site.headers = OTHER, {"ETag": '"second"'}
    assert download(site.url, target).read_bytes() == OTHER
    assert site.asked == [("/file", "bytes=300000-", 200)]


def test_a_server_that_mixes_two_versions_is_caught(site: Site, target: Path) -> None:
    """It sends the rest of the second version though it was asked for that of the first."""
    broken_off(site, target)
    site.content, site.headers, site.conditions = OTHER, {"ETag": '"second"'}, False
    with pytest.raises(DownloadError, match="sends another part than it was asked for"):
        download(site.url, target)
    assert download(site.url, target).read_bytes() == OTHER


def test_a_file_that_became_shorter_is_fetched_anew(site: Site, target: Path) -> None:
    broken_off(site, target)
    site.content, site.conditions = CONTENT[:1000], False
    assert download(site.url, target).read_bytes() == CONTENT[:1000]
    assert [status for _, _, status in site.asked] == [416, 200]


def test_another_address_does_not_continue_what_the_first_one_sent(site: Site, target: Path) -> None:
    broken_off(site, target)
    assert download(f"{site.address}elsewhere", target).read_bytes() == CONTENT
    assert site.asked == [("/elsewhere", None, 200)]


@pytest.mark.parametrize("note", ["", "{", "[1]", '{"url": 3}'])
def test_a_note_that_a_crash_cut_short_is_no_note(site: Site, target: Path, note: str) -> None:
    broken_off(site, target)
    target.with_name(".file.part.json").write_text(note)
    assert download(site.url, target).read_bytes() == CONTENT
    assert site.asked == [("/file", None, 200)]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, MemoryError])
def test_an_interruption_passes_through_and_is_continued(
    site: Site, target: Path, monkeypatch: pytest.MonkeyPatch, interruption: type[BaseException]
) -> None:
    def interrupt(*args: object) -> None:
        raise interruption

    with monkeypatch.context() as patch:
        patch.setattr("cnn_guide.files.remote.Progress.add", interrupt)
        with pytest.raises(interruption):
            download(site.url, target)
    assert names_in(target.parent) == [".file.part", ".file.part.json"]
    arrived = target.with_name(".file.part").stat().st_size
    assert arrived > 0
    site.asked.clear()
    assert download(site.url, target, sha256=SHA256).read_bytes() == CONTENT
    assert site.asked == [("/file", f"bytes={arrived}-", 206)]


# --- wrong files ---


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (CONTENT, {"sha256": "0" * 64}, f"has the SHA-256 {SHA256}, expected {'0' * 64}"),
        (CONTENT, {"sha256": "0" * 8}, f"has the SHA-256 {SHA256}, expected 00000000"),
        (gzip.compress(CONTENT), {"sha256": "0" * 64, "gzipped": True}, f"has the SHA-256 {SHA256}"),
        (CONTENT, {"sha256": SHA256, "gzipped": True}, "is not a whole gzip file"),
        (gzip.compress(CONTENT)[:-9], {"sha256": SHA256, "gzipped": True}, "is not a whole gzip file"),
        (CONTENT, {"size": 1_024_001}, "has 1,024,000 bytes, expected 1,024,001"),
    ],
)
def test_a_wrong_file_is_named_and_nothing_is_kept(
    site: Site, target: Path, content: bytes, options: dict[str, object], words: str
) -> None:
    site.content = content
    with pytest.raises(DownloadError) as error:
        download(site.url, target, **options)
    assert words in str(error.value)
    assert site.url in str(error.value)
    assert str(error.value).endswith("Nothing was kept.")
    assert names_in(target.parent) == []


def test_a_file_of_unknown_length_is_measured_at_the_end(site: Site, target: Path) -> None:
    site.announced = False
    with pytest.raises(DownloadError, match="has 1,024,000 bytes, expected 1,000"):
        download(site.url, target, size=1000)
    assert names_in(target.parent) == []
    assert download(site.url, target, size=len(CONTENT)).read_bytes() == CONTENT


def test_a_continued_file_with_a_wrong_checksum_is_not_continued_again(site: Site, target: Path) -> None:
    """The server mends the file under the same mark: the next attempt starts from nothing."""
    site.content = OTHER
    broken_off(site, target)
    site.content = CONTENT
    with pytest.raises(DownloadError, match="expected"):
        download(site.url, target, sha256=SHA256)
    assert names_in(target.parent) == []
    assert download(site.url, target, sha256=SHA256).read_bytes() == CONTENT


def test_a_file_that_breaks_off_says_how_far_it_came(site: Site, target: Path) -> None:
    site.cut = 512_000
    with pytest.raises(DownloadError, match=r"broke off after 512,000 of 1,024,000 bytes\. Try again: it goes on from"):
        download(site.url, target)
    site.headers = {}
    with pytest.raises(DownloadError, match=r"after 512,000 of 1,024,000 bytes\. Try again\. Nothing was kept\.$"):
        download(f"{site.address}other", target)


def test_a_server_that_falls_silent_is_left(site: Site, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnn_guide.files.remote.TIMEOUT", 0.2)
    site.cut, site.stall = 300_000, threading.Event()
    with pytest.raises(DownloadError, match=r"broke off \(timed out\)\. Try again: it goes on from there\."):
        download(site.url, target)
    site.stall.set()
    site.cut = None
    assert download(site.url, target, sha256=SHA256).read_bytes() == CONTENT
    assert site.asked[-1] == ("/file", "bytes=300000-", 206)


def test_a_failed_download_leaves_an_older_file_as_it_was(site: Site, target: Path) -> None:
    target.write_text("older")
    with pytest.raises(DownloadError):
        download(f"{site.address}missing", target)
    assert target.read_text() == "older"
    assert names_in(target.parent) == ["file"]


def test_a_missing_file_is_named(site: Site, target: Path) -> None:
    with pytest.raises(DownloadError, match=r"/missing: the server answers 404 Not Found\.$"):
        download(f"{site.address}missing", target)
    assert names_in(target.parent) == []


@pytest.mark.parametrize("sha256", ["", "0" * 7, "0" * 65, "g" * 8])
def test_what_is_no_checksum_is_refused(target: Path, sha256: str) -> None:
    with pytest.raises(ValueError, match=r"`sha256` \(=.*\) must be 8 to 64 hexadecimal digits"):
        download("http://127.0.0.1/file", target, sha256=sha256)


# --- addresses ---


def test_without_a_network_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file is to be put, and, below the folder of data, how another folder is named."""
    monkeypatch.setenv("CNN_GUIDE_DATA", str(tmp_path / "data"))
    target, elsewhere = tmp_path / "data" / "weights" / "file", tmp_path / "file"
    elsewhere.write_text("another")
    with socket.socket() as taken:  # bound but not listening: a connection is refused
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/file"
        with pytest.raises(DownloadError) as error:
            download(url, target)
        with pytest.raises(DownloadError) as second:
            download(url, elsewhere, sha256=SHA256)
    assert "refused). Check the network. Without one, fetch the file elsewhere and put it at" in str(error.value)
    assert str(error.value).endswith(f"{target}, or set CNN_GUIDE_DATA to a folder that holds weights/file.")
    assert str(second.value).endswith(f"put it at {elsewhere}. The file that lies there now is another one.")
    assert names_in(target.parent) == []


def test_an_unknown_host_is_no_network_either(target: Path) -> None:
    with pytest.raises(DownloadError, match="cannot be reached"):
        download("http://no-such-host.invalid/file", target)


def test_what_has_arrived_survives_days_without_a_network(site: Site, target: Path) -> None:
    broken_off(site, target)
    with pytest.raises(DownloadError, match="cannot be reached"):
        download("http://no-such-host.invalid/file", target)
    download(site.url, target, sha256=SHA256)
    assert site.asked == [("/file", "bytes=300000-", 206)]


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://example.org/file", "mnist"])
def test_only_http_is_fetched(target: Path, url: str) -> None:
    with pytest.raises(ValueError, match=r"must start with http:// or https://\."):
        download(url, target)


def test_a_server_may_send_to_another_address_but_not_to_another_protocol(site: Site, target: Path) -> None:
    assert download(f"{site.address}to//file", target).read_bytes() == CONTENT
    with pytest.raises(DownloadError, match=r"answers 302 Found, and sends to ftp://example\.org/file\."):
        download(f"{site.address}to/ftp://example.org/file", target)


# --- this machine ---


def fetch_together(barrier: Barrier, url: str, target: Path) -> None:
    barrier.wait()
    download(url, target, sha256=SHA256)


def test_of_several_processes_one_downloads_and_the_others_find_it(site: Site, target: Path) -> None:
    context, site.gate = get_context("spawn"), threading.Event()
    barrier = context.Barrier(3)
    jobs = [context.Process(target=fetch_together, args=(barrier, site.url, target)) for _ in range(2)]
    for job in jobs:
        job.start()
    barrier.wait()
    sleep(0.5)  # for both to come as far as they can; the test holds without it too
    site.gate.set()
    for job in jobs:
        job.join()
    assert [job.exitcode for job in jobs] == [0, 0]
    assert target.read_bytes() == CONTENT
    assert names_in(target.parent) == ["file"]
    assert site.asked == [("/file", None, 200)]


def test_who_waited_takes_what_came_meanwhile(site: Site, target: Path) -> None:
    """Threads of one process wait for each other too, and without a checksum know the new file by its date."""
    site.gate = threading.Event()
    threads = [threading.Thread(target=download, args=(site.url, target)) for _ in range(3)]
    for thread in threads:
        thread.start()
    sleep(0.5)  # for all of them to wait
    site.gate.set()
    for thread in threads:
        thread.join()
    assert target.read_bytes() == CONTENT
    assert site.asked == [("/file", None, 200)]


def test_the_lock_goes_with_the_process_that_holds_it(site: Site, target: Path) -> None:
    site.gate = threading.Event()
    job = get_context("spawn").Process(target=download, args=(site.url, target))
    job.start()
    while not target.with_name(".file.lock").exists():
        sleep(0.01)
    job.kill()
    job.join()
    site.gate.set()
    assert download(site.url, target).read_bytes() == CONTENT
    assert names_in(target.parent) == ["file"]


def test_a_full_disk_is_known_before_it_is_full(site: Site, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("Usage", "total used free")(10**9, 10**9 - 1000, 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DownloadError, match=r"1,024,000 bytes are to come, and .* has room for 1,000\. Make room"):
        download(site.url, target)
    assert names_in(target.parent) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a file on a disk that is always full")
def test_a_disk_that_fills_up_meanwhile_is_named(site: Site, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site.headers = {}
    monkeypatch.setattr(Path, "touch", lambda path: path.symlink_to("/dev/full"))
    with pytest.raises(DownloadError, match=rf"cannot be written \({os.strerror(errno.ENOSPC)}\)\. Or choose another"):
        download(site.url, target)
    assert names_in(target.parent) == []


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that this process may look into, and not write; root may always write, and steps back meanwhile."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(user)
    folder.rmdir()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no folders that only may be read")
@pytest.mark.parametrize("place", ["file", "new/file"])
def test_a_folder_that_may_not_be_written_is_named(site: Site, read_only: Path, place: str) -> None:
    with pytest.raises(DownloadError, match=r"cannot be written \(Permission denied\)\. Or choose another place than"):
        download(site.url, read_only / place)
    assert site.asked == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("progress", "shown"), [(None, False), (True, True), (False, False)])
def test_progress_is_shown_where_it_is_wanted(
    site: Site, target: Path, capsys: pytest.CaptureFixture[str], progress: bool | None, shown: bool
) -> None:
    download(site.url, target, progress=progress)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.endswith("\rfile: 1.0 of 1.0 MB\n" if shown else "")
    assert bool(printed.err) is shown


def test_progress_is_shown_on_a_terminal_by_itself(site: Site, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A download that goes on counts what was there."""
    broken_off(site, target)
    monkeypatch.setattr(sys, "stderr", Terminal())
    download(site.url, target)
    assert re.match(r"\rfile: 0\.[3-9] of 1\.0 MB", sys.stderr.getvalue())
    assert sys.stderr.getvalue().endswith("\rfile: 1.0 of 1.0 MB\n")


# --- where files lie ---


def test_the_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNN_GUIDE_DATA", str(tmp_path))
    assert root() == tmp_path
    monkeypatch.setenv("CNN_GUIDE_DATA", "~/pictures")
    assert root() == Path.home() / "pictures"


def test_what_can_be_made_again_lies_where_it_may_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the data, or with the user; an administrator, too, leaves a read-only folder as it is."""
    monkeypatch.setenv("CNN_GUIDE_DATA", str(tmp_path / "to" / "be" / "made"))
    assert cache() == root() / "cache"
    root().mkdir(parents=True, mode=0o555)
    assert cache() != root() / "cache"
    assert cache().parts[-2:] == ("cnn-guide", "cache")


def test_data_offers_the_same_names() -> None:
    """Where they were before they had a part of their own."""
    assert (data.download, data.DownloadError, data.root) == (download, DownloadError, root)
