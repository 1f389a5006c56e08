"""Serve the built site on this machine as GitHub Pages does: under its path, compressed, with its page for a 404."""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from site_builder.cache import ROOT

ORIGIN = "https://cnn-guide.github.io"  # of `site_url` in mkdocs.yml
PREFIX = "/cnn-guide/"  # its path
COMPRESSED = {
    ".html",
    ".css",
    ".js",
    ".mjs",
    ".wasm",
    ".json",
    ".svg",
    ".xml",
    ".txt",
    ".map",
}  # woff2 and pictures are compressed already


def site_folder() -> Path:
    """Return the folder of the built site: `CNN_GUIDE_SITE`, or `site/`.

    Raises:
        FileNotFoundError: There is no built site.
    """
    folder = Path(os.environ.get("CNN_GUIDE_SITE", ROOT / "site"))
    if not (folder / "index.html").is_file():
        raise FileNotFoundError(f"`{folder}` holds no built site. Run `make site` first, or set CNN_GUIDE_SITE.")
    return folder


def addresses(folder: Path) -> list[str]:
    """Return the address of every HTML page, relative to the site's root, the home page ("") first."""
    pages = (path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    return sorted(page.removesuffix("index.html") for page in pages)


@dataclass
class Preview:
    """A site being served.

    Args:
        home: Address of the home page, such as `http://127.0.0.1:41234/cnn-guide/`.
        sent: Each answer so far: the path that was asked for, and the bytes of the body on the wire.
    """

    home: str
    sent: list[tuple[str, int]] = field(default_factory=list)


@contextmanager
def served(folder: Path) -> Iterator[Preview]:
    """Serve `folder` on a free port of the loopback interface, from a thread."""
    preview = Preview("")

    class Handler(_Handler):
        site = folder.resolve()
        sent = preview.sent

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    preview.home = f"http://127.0.0.1:{server.server_address[1]}{PREFIX}"
    try:
        yield preview
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Path
    sent: list[tuple[str, int]]

    def do_GET(self) -> None:
        path = self._file()
        status = 200 if path else 404
        path = path or self.site / "404.html"
        body = path.read_bytes()
        if (
            path.name == "sitemap.xml"
        ):  # Material changes pages without a reload only where the sitemap names this server
            body = body.replace(ORIGIN.encode(), f"http://{self.headers['Host']}".encode())
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if path.suffix in COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 6, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")  # as GitHub Pages
        self.end_headers()
        self.wfile.write(body)
        self.sent.append((self.path, len(body)))

    def _file(self) -> Path | None:
        """Return the file for the request's address, or None where there is none inside the site."""
        address = unquote(urlsplit(self.path).path)
        if not address.startswith(PREFIX):
            return None
        path = (self.site / address.removeprefix(PREFIX)).resolve()
        path = path / "index.html" if path.is_dir() else path
        return path if path.is_file() and path.is_relative_to(self.site) else None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 – the base class' name
        """Say nothing: the tests speak."""
