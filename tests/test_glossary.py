"""Terms are linked from where a page first uses them, and from nowhere else."""

import re

import pytest
from markdown import markdown

from site_builder import glossary
from site_builder.cache import ROOT

SOURCE = (ROOT / "docs" / glossary.PAGE).read_text(encoding="utf-8")
KNOWN = {"filter": "filter", "feature map": "feature-map", "map": "feature-map", "ReLU": "relu", "bias": "bias"}


def linked(html: str) -> list[str]:
    return re.findall(r'<a class="term" href="g/#[\w-]+">([^<]*)</a>', glossary.link(html, KNOWN, "g/"))


def test_only_the_first_use_is_linked():
    assert linked("<p>A filter, then two filters.</p><p>The filter.</p>") == ["filter"]


def test_plurals_and_capitals_are_uses_too():
    assert linked("<p>Biases and Filters.</p>") == ["Biases", "Filters"]


def test_a_longer_term_is_not_cut_and_counts_for_its_other_forms():
    assert linked("<p>A feature\nmap is a map.</p>") == ["feature\nmap"]


def test_parts_of_words_are_no_uses():
    assert linked("<p>mapping, heat-map, filtered, ReLUs, relu, prefilter</p>") == ["ReLUs"]


@pytest.mark.parametrize(
    "kept",
    [
        "<h2 id='a'>The filter</h2>",
        "<p><code>filter</code></p>",
        "<div class='highlight'><pre><span></span><code>filter</code></pre></div>",
        "<p><a href='x'>the <em>filter</em></a></p>",
        "<div data-search-exclude class='quiz' id='quiz-1'><div>a filter</div><p>a filter</p></div>",
        "<div class='exercise'><div>x</div>a filter</div>",
        "<div class='widget'><img alt='a > filter' src='x'>a filter</div>",
        "<div class='output'><table><tr><td>filter</td></tr></table></div>",
        "<p><span class='katex'><span>a</span> filter</span></p>",
        "<p><img alt='a filter' title=\"filter\"></p>",
        "<!-- a filter -->",
        "<h2 id='sources'>Sources</h2><p>On the filter</p>",
    ],
)
def test_what_is_no_prose_is_left_alone(kept):
    """Everything stays as it was, and the use after it, if there is prose after it, is the first."""
    assert glossary.link(kept, KNOWN, "g/") == kept
    if "sources" not in kept:
        assert linked(kept + "<p>A filter.</p>") == ["filter"]


def test_names_are_not_cut():
    """CNN 1 and CNN 2 are two networks of the lessons."""
    html = "<p>CNN 1 is a CNN.</p>"
    assert glossary.link(html, {"CNN": "cnn"}, "g/") == '<p>CNN 1 is a <a class="term" href="g/#cnn">CNN</a>.</p>'


def test_a_page_without_terms_and_a_glossary_without_terms():
    assert glossary.link("<p>Nothing.</p>", KNOWN, "g/") == "<p>Nothing.</p>"
    assert glossary.link("<p>A filter.</p>", {}, "g/") == "<p>A filter.</p>"


def test_terms_may_be_kept_unlinked():
    source = f"{glossary.START}\n\n### Loss {{ #loss }}\n\n<!-- unlinked -->\nHow wrong.\n"
    assert glossary.terms(source) == {}


def test_every_heading_of_the_list_is_a_term_with_an_id_of_its_own():
    listed = SOURCE.partition(glossary.START)[2]
    ids = [match["id"] for match in glossary._HEADING.finditer(listed)]
    assert len(ids) == listed.count("\n### ") > 60
    assert len(set(ids)) == len(ids)
    anchors = set(re.findall(r'<h3 id="([^"]+)"', markdown(listed, extensions=["attr_list", "toc"])))
    assert set(glossary.terms(SOURCE).values()) <= anchors


def test_the_list_is_in_alphabetical_order():
    names = [match["term"].lower() for match in glossary._HEADING.finditer(SOURCE.partition(glossary.START)[2])]
    assert names == sorted(names)


def test_no_form_belongs_to_two_terms():
    forms = []
    for match in glossary._HEADING.finditer(SOURCE.partition(glossary.START)[2]):
        own = glossary.terms(f"{glossary.START}\n{match[0]}")
        forms += own
    assert sorted(forms) == sorted(set(forms))
