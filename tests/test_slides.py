"""Slides: what of a lesson stands on them, what becomes notes, how large things are, and where links lead."""

import re
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from site_builder import slide_deck, slides
from site_builder.slide_layout import COMFORTABLE, HEIGHT, SMALLEST, WIDTH, Part, arrange, best

CELL = '<div class="cell highlight" id="cell-1"><pre><span></span><code>{}</code></pre></div>'
OUTPUT = '<div class="output highlight"><pre><span></span><code>{}</code></pre></div>'
QUIZ = """<div class="quiz" id="quiz-1" data-kind="{kind}" data-order="{order}" data-right="{right}" {more}>
<div class="quiz__question"><p>Which?</p></div>{options}
<details class="quiz__answers"><summary>Answers</summary><ul><li><p><strong>A</strong> Because.</p></li></ul></details>
</div>"""


def read(html: str) -> list[slides.Slide]:
    return slides.read('<h1 id="a">A lesson</h1><h2 id="b">A section</h2>' + html)[1:]


def text(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def test_prose_is_said_and_not_shown():
    """A paragraph after a cell belongs to the cell's slide; one before it, too, where no other slide is."""
    (slide,) = read("<p>Before it.</p>" + CELL.format("1 + 1") + OUTPUT.format("2") + "<p>After it.</p>")
    assert text(slide.body) == "1 + 1 2"
    assert [text(note) for note in slide.notes] == ["Before it.", "After it."]


def test_a_question_stands_alone_before_its_answer():
    """The audience predicts before it sees."""
    question, answer = read("<p><strong>Predict first.</strong> How many?</p>" + CELL.format("6 - 3 + 1"))
    assert (question.kind, text(question.body)) == ("question", "Predict first. How many?")
    assert text(answer.body) == "6 - 3 + 1"


def test_a_cell_that_only_prepares_stands_above_its_question():
    """What the question is about can be seen while it is asked."""
    (slide,) = read(CELL.format("n = 10") + "<p><strong>Predict first.</strong> How many?</p>")
    assert text(slide.body) == "n = 10 Predict first. How many?"


def test_a_figure_alone_is_not_what_a_question_is_about():
    """It is the answer to the one before."""
    figure = '<p><img class="output" src="a.svg" alt="A curve" width="400" height="300"/></p>'
    picture, question = read(figure + "<p><strong>Predict first.</strong> How many?</p>")
    assert (picture.kind, question.kind) == ("cell", "question")


def test_a_section_of_prose_shows_its_first_sentence():
    """All of it is said."""
    (slide,) = read("<p>One thing.\nAnother thing.</p><p>More.</p>")
    assert text(slide.body) == "One thing."
    assert len(slide.notes) == 2


def test_a_mistake_names_its_cell_and_shows_the_message_alone():
    """A traceback is for the page, not for the last row of a lecture hall."""
    error = '<div class="output error highlight"><pre><code>----\nValueError  Traceback\n\nValueError: no</code></pre></div>'
    (slide,) = read("<p><strong>Too large.</strong> It happens.</p>" + CELL.format("f(9)") + error)
    assert text(slide.body) == "Too large. f(9) ValueError: no"


def test_the_sentence_that_leads_to_a_formula_is_shown():
    """Its letters are explained where it is seen; the other sentences are said."""
    html = '<p>First this.\nWith the side <em>n</em>, it is</p><span class="katex-display">n + 1</span>'
    (slide,) = read(html)
    assert text(slide.body) == "With the side n , it is n + 1"


@pytest.mark.parametrize(
    ("kind", "right", "marks"), [("single", "[0, 1]", ["✓ right"]), ("order", "[1, 1]", ["2", "1"])]
)
def test_a_quiz_shows_its_options_and_one_step_later_the_answer(kind, right, marks):
    """In the order in which the page shows them."""
    options = "<ul><li>first</li><li>second</li></ul>"
    order = "[1, 0]" if kind == "order" else "[0, 1]"
    (slide,) = read(QUIZ.format(kind=kind, order=order, right=right, more="", options=options))
    soup = BeautifulSoup(slide.body, "html.parser")
    assert [mark.get_text() for mark in soup.find_all(class_="fragment")] == marks
    assert "Because." in text(slide.notes[0])
    assert "Because." not in text(slide.body)


def test_a_number_is_asked_before_it_is_shown():
    """The key is a step of its own."""
    (slide,) = read(
        QUIZ.format(kind="number", order="[0, 1]", right="[0, 1]", more='data-keys=\'["7","8"]\'', options="")
    )
    assert [mark.get_text() for mark in BeautifulSoup(slide.body, "html.parser").find_all(class_="fragment")] == ["8"]


def test_markers_leave_out_and_show():
    """`skip` before a block or a section, `show` before a paragraph; the page is published without them."""
    html = "<!-- slide: skip -->" + CELL.format("x") + "<!-- slide: show --><p>Say <em>this</em>.</p>"
    (slide,) = read(html)
    assert text(slide.body) == "Say this ."
    assert slides.read("<!-- slide: skip --><h2>Left out</h2><p>Prose.</p><h3>This too</h3><ul><li>a</li></ul>") == []
    assert "slide:" not in slides.without_markers(html)


def test_an_unknown_marker_is_refused():
    """A slip of the pen must not be a marker that does nothing."""
    with pytest.raises(slides.SlideError, match=r"`slide: skp` is no marker.*<!-- slide: skip -->") as caught:
        read("<!-- slide: skp --><p>a</p>")
    assert caught.value.marker == "<!-- slide: skp -->"


def test_sources_are_left_to_the_page():
    """Nobody reads a list of papers from a wall."""
    assert slides.read('<h2 id="s">Sources<a class="headerlink">#</a></h2><ul><li>A paper</li></ul>') == []


@pytest.mark.parametrize("rows", [1, 6, 12, 18])
@pytest.mark.parametrize("picture", [(300, 200), (600, 500), (600, 100)])
def test_what_shares_a_slide_fits_it(rows, picture):
    """Code, text and a figure of any size: nothing is wider or higher than the room, and no type is tiny."""
    parts = [Part("code", rows, 70, code=True), Part("text", 3, 40), Part("", width=picture[0], height=picture[1])]
    layout = best(parts)
    assert layout.score > 0
    assert layout.size >= SMALLEST
    code, output = parts[0].text_height(layout.size), parts[1].text_height(layout.size)
    image = picture[1] * layout.scale
    assert (max(code, output + image) if layout.beside else code + output + image) <= HEIGHT
    assert parts[0].text_width(layout.size) <= WIDTH


def test_what_is_too_much_for_one_slide_takes_two():
    """The code first, then what it gives, both in comfortable type."""
    parts = [Part("CODE", rows=12, columns=80, code=True), Part("TEXT", rows=14, columns=80)]
    first, second = arrange(parts)
    assert "CODE" in first
    assert "TEXT" in second
    assert all(int(re.search(r"--code:(\d+)px", body)[1]) >= 0.8 * COMFORTABLE for body in (first, second))


def deck_of(html: str) -> str:
    template = SimpleNamespace(render=lambda sections, **_: f'<meta charset="utf-8">{sections}')
    return slide_deck.render(slides.read(html), template, {})


def test_links_lead_from_the_folder_of_the_slides():
    """Relative addresses gain a level and a file, anchors lead to the lesson, other hosts stay."""
    links = '<a href="#b">1</a><a href="../c/">2</a><a href="https://example.org/">3</a>'
    soup = BeautifulSoup(deck_of(f'<h1 id="a">A</h1><p id="x">{links}</p>'), "html.parser")
    found = ["../index.html#b", "../../c/index.html", "https://example.org/"]
    assert [link["href"] for link in soup.find_all("a")] == found
    assert soup.find(id="x") is None


def test_every_slide_has_an_address_and_stands_in_its_section():
    """The address of the section, counted on from its second slide; subsections stay in their section."""
    html = (
        '<h2 id="b">B</h2>'
        + "<ul><li>a</li></ul>" * 2
        + '<h3 id="c">C</h3><ul><li>a</li></ul><h2 id="d">D</h2><p>E.</p>'
    )
    soup = BeautifulSoup(deck_of(html), "html.parser")
    columns = [
        [slide["id"] for slide in column.find_all("section")] for column in soup.find_all("section", recursive=False)
    ]
    assert columns == [["b", "b-slide-2", "c"], ["d"]]


def test_a_deck_has_the_policy_of_a_page():
    """No inline script, no other host."""
    assert "script-src 'self';" in deck_of("<h1>A</h1>")


def page(section: str | None, source: str = "a/b.md", **meta: object) -> SimpleNamespace:
    ancestors = [SimpleNamespace(title=section)] if section else []
    return SimpleNamespace(ancestors=ancestors, meta=meta, file=SimpleNamespace(src_uri=source))


def test_lessons_get_slides():
    """Not the home page, the reference, notebooks, nor a page that refuses them."""
    lessons = [
        page("Foundations"),
        page(None),
        page("Reference"),
        page("Notebooks", "a.ipynb"),
        page("A", slides=False),
    ]
    assert [slide_deck.is_lesson(each, ["Reference"]) for each in lessons] == [True, False, False, False, False]
