"""Downloads from a real server on this machine: they succeed wholly or leave nothing behind."""

import gzip
import hashlib
import io
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path

import pytest

from cnn_guide.files import DownloadError, download

CONTENT = bytes(range(256)) * 4000  # about a megabyte: several chunks
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves `CONTENT` whole, packed, cut short, or not at all, by the name asked for."""

    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[-1]
        body = gzip.compress(CONTENT) if "packed" in name else CONTENT
        if name == "missing":
            self.send_error(404)
            return
        self.send_response(200)
        if name != "unannounced":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if name.startswith("short") else body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("sha256", [None, SHA256, SHA256.upper()])
@pytest.mark.parametrize("name", ["whole", "unannounced"])
def test_a_good_file_arrives_whole_in_a_folder_that_is_made(
    address: str, tmp_path: Path, name: str, sha256: str | None
) -> None:
    path = download(address + name, tmp_path / "new" / "file", sha256=sha256)
    assert path.read_bytes() == CONTENT
    assert names_in(path.parent) == ["file"]


def test_the_checksum_of_a_packed_file_can_be_that_of_its_content(address: str, tmp_path: Path) -> None:
    path = download(address + "packed", tmp_path / "file.gz", sha256=SHA256, gzipped=True)
    assert gzip.decompress(path.read_bytes()) == CONTENT


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("missing", {}, "answers 404 Not Found"),
        ("short", {}, "broke off after 512,000 of 1,024,000 bytes. Try again"),
        ("whole", {"sha256": "0" * 64}, f"has the SHA-256 {SHA256}, expected {'0' * 64}"),
        ("packed", {"sha256": "0" * 64, "gzipped": True}, f"has the SHA-256 {SHA256}"),
        ("whole", {"sha256": SHA256, "gzipped": True}, "is not a whole gzip file"),
    ],
)
def test_a_bad_file_is_named_and_nothing_is_kept(
    address: str, tmp_path: Path, name: str, options: dict[str, object], words: str
) -> None:
    with pytest.raises(DownloadError) as error:
        download(address + name, tmp_path / "file", **options)
    assert words in str(error.value)
    assert address + name in str(error.value)
    assert "Nothing was kept." in str(error.value)
    assert names_in(tmp_path) == []


def test_a_failed_download_leaves_an_older_file_as_it_was(address: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("older")
    with pytest.raises(DownloadError):
        download(address + "short", tmp_path / "file")
    assert names_in(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "older"


def test_without_a_network_the_error_says_so(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound but not listening: a connection is refused
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/file"
        with pytest.raises(DownloadError, match=r"cannot be reached \(.*refused\). Check the network and try again"):
            download(url, tmp_path / "file")
    assert names_in(tmp_path) == []


def test_an_unknown_host_is_no_network_either(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="cannot be reached"):
        download("http://no-such-host.invalid/file", tmp_path / "file")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, MemoryError])
def test_an_interruption_passes_through_and_nothing_is_kept(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interruption: type[BaseException]
) -> None:
    def interrupt(url: str, received: int, expected: int) -> None:
        assert len(names_in(tmp_path)) == 1  # half-way: the temporary file is there
        raise interruption

    monkeypatch.setattr("cnn_guide.files.remote._show", interrupt)
    with pytest.raises(interruption):
        download(address + "whole", tmp_path / "file")
    assert names_in(tmp_path) == []


def test_what_a_crash_left_is_removed_but_another_process_is_left_in_peace(address: str, tmp_path: Path) -> None:
    crashed, living = tmp_path / ".file.abc.part", tmp_path / ".file.xyz.part"
    for part in (crashed, living):
        part.write_bytes(CONTENT[:100])
    os.utime(crashed, (time.time() - 3600, time.time() - 3600))
    assert download(address + "whole", tmp_path / "file").read_bytes() == CONTENT
    assert names_in(tmp_path) == [".file.xyz.part", "file"]


def test_several_processes_may_download_the_same_file_at_once(address: str, tmp_path: Path) -> None:
    context = get_context("spawn")
    jobs = [context.Process(target=download, args=(address + "whole", tmp_path / "file")) for _ in range(3)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert [job.exitcode for job in jobs] == [0, 0, 0]
    assert names_in(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == CONTENT


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_only(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    download(address + "whole", tmp_path / "file")
    assert capsys.readouterr() == ("", "")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    download(address + "whole", tmp_path / "file")
    assert terminal.getvalue().endswith("1.0 of 1.0 MB\n")


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://example.org/file", "mnist"])
def test_only_http_is_fetched(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match=r"must start with http:// or https://\."):
        download(url, tmp_path / "file")
