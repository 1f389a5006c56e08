"""The site as it will be published: links, anchors, headings, alt texts, weight, and no foreign host."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from bs4 import BeautifulSoup

from site_builder.__main__ import build
from site_builder.cache import ROOT

ADDRESS = "https://cnn-guide.github.io/cnn-guide/"
NAMED_HOSTS = re.compile(r"https://(?:github\.com/|squidfunk\.github\.io/)")  # links that the reader may follow


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Built from the cached results: no page runs twice."""
    folder = tmp_path_factory.mktemp("built") / "site"
    assert build(ROOT / "mkdocs.yml", folder) == 0
    return folder


@pytest.fixture(scope="module")
def pages(site) -> dict[str, BeautifulSoup]:
    files = sorted(site.rglob("*.html"))
    return {path.relative_to(site).as_posix(): BeautifulSoup(path.read_bytes(), "html.parser") for path in files}


def test_every_link_leads_somewhere(site, pages):
    """Files and anchors of this site; other hosts are not asked."""

    @cache
    def anchors(page: str) -> set[str]:
        return {tag[key] for key in ("id", "name") for tag in pages[page].find_all(attrs={key: True})}

    dead = []
    for name, soup in pages.items():
        base = ADDRESS + ("" if name == "404.html" else name.removesuffix("index.html"))
        for tag in soup.find_all(["a", "link", "img", "script", "source"]):
            for key in ("href", "src"):
                address, anchor = urldefrag(urljoin(base, tag.get(key, "")))
                if (
                    not tag.get(key)
                    or not address.startswith(ADDRESS)
                    or (name == "404.html" and tag[key].startswith("/"))
                ):
                    continue
                target = unquote(address.removeprefix(ADDRESS))
                target += "index.html" if target == "" or target.endswith("/") else ""
                if not (site / target).exists():
                    dead.append(f"{name}: {tag[key]}")
                elif (
                    anchor
                    and target in pages
                    and not anchor.startswith("only-")
                    and unquote(anchor) not in anchors(target)
                ):
                    dead.append(f"{name}: {tag[key]} (no such anchor)")
    assert dead == []


def test_every_page_has_one_first_heading_and_ids_that_are_unique(pages):
    for name, soup in pages.items():
        assert len(soup.find_all("h1")) == 1, name
        ids = [tag["id"] for tag in soup.find_all(id=True)]
        assert sorted(ids) == sorted(set(ids)), name


def test_headings_do_not_skip_a_level(pages):
    for name, soup in pages.items():
        levels = [int(tag.name[1]) for tag in (soup.article or soup).find_all(re.compile("^h[1-6]$"))]
        assert all(after - before <= 1 for before, after in pairwise(levels)), (name, levels)


def test_every_picture_has_an_alt_text(pages):
    bare = [
        (name, tag.get("src")) for name, soup in pages.items() for tag in soup.find_all("img") if not tag.get("alt")
    ]
    assert bare == []


def test_no_value_or_cell_is_left_unwoven(pages):
    for name, soup in pages.items():
        for block in soup.find_all(["code", "pre", "script", "style"]):
            block.extract()
        assert "{py}" not in soup.get_text(), name
        assert "```" not in soup.get_text(), name


def test_nothing_is_loaded_from_another_host(site, pages):
    loaded = [
        (name, tag.get("src") or tag.get("href"))
        for name, soup in pages.items()
        for tag in [
            *soup.find_all(src=True),
            *soup.find_all("link", rel=["stylesheet", "preload", "icon", "preconnect"]),
        ]
        if re.match(r"(?:https?:)?//", tag.get("src") or tag.get("href") or "")
    ]
    assert loaded == []
    for style in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//", style.read_text(encoding="utf-8")), style.name


def test_a_lesson_weighs_less_than_100_kb(site):
    heavy = {path.relative_to(site).as_posix(): path.stat().st_size for path in site.rglob("*.html")}
    assert {name: size for name, size in heavy.items() if size >= 100_000} == {}


def test_no_path_of_the_builder_s_machine_is_published(site):
    for path in site.rglob("*"):
        if path.suffix in (".html", ".svg", ".json", ".xml", ".ipynb"):
            text = path.read_text(encoding="utf-8")
            assert str(ROOT) not in text, path
            assert "site-packages" not in text, path
            assert str(Path.home()) + "/" not in text, path


def test_every_figure_has_a_light_and_a_dark_drawing(pages):
    for name, soup in pages.items():
        images = [
            tag["src"] for tag in soup.find_all("img") if "/figures/" in f"/{tag['src']}" and "#only-" in tag["src"]
        ]
        light = [source for source in images if source.endswith("#only-light")]
        assert len(images) == 2 * len(light), name


def test_every_page_has_a_description(pages):
    for name, soup in pages.items():
        assert soup.find("meta", {"name": "description"})["content"], name
