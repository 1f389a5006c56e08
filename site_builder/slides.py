"""Slides: a lesson's HTML read again as a deck for teachers.

Questions, cells with what they give, figures, formulas, lists, quizzes and exercises become slides; the prose between
them becomes the speaker's notes. `docs/contributing/writing_a_page.md` explains the markers that change this.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Comment, Tag

from site_builder.slide_blocks import (
    LONG,
    begins_bold,
    bold_of,
    contents,
    first_sentence,
    key_of,
    kind_of,
    large,
    options_of,
    picture_part,
    sentences,
    text_part,
)
from site_builder.slide_layout import HEIGHT, Part, arrange

MARKER = re.compile(r"<!--\s*slide:\s*(.*?)\s*-->\n?")
MARKERS = ("skip", "show")
_LEFT_OUT = {"Sources"}


class SlideError(Exception):
    """A marker that says nothing; `marker` is what stands in the page."""

    def __init__(self, marker: str, message: str):
        super().__init__(message)
        self.marker = marker


@dataclass
class Slide:
    """A heading, a body, and what to say."""

    title: str
    body: str
    kind: str = ""
    kicker: str = ""
    anchor: str = ""  # of its heading in the page
    section: str = ""  # the anchor of the section that it belongs to
    notes: list[str] = field(default_factory=list)


def read(html: str) -> list[Slide]:
    """Return the slides of a page's content.

    >>> [(slide.title, slide.kind) for slide in read("<h1>A</h1><h2>B</h2><p><strong>Predict first.</strong> C?</p>")]
    [('A', 'title'), ('B', 'question')]

    Raises:
        SlideError: a marker is not known.
    """
    reader = _Reader()
    for block in _blocks(BeautifulSoup(html, "html.parser")):
        reader.take(block)
    reader.end_section()
    return reader.slides


def without_markers(html: str) -> str:
    """Return the page without the markers, which say nothing to its readers."""
    return MARKER.sub("", html)


def _blocks(parent: Tag) -> list[Tag | Comment]:
    """The blocks of the page, in order; what only wraps others is opened."""
    found = list[Tag | Comment]()
    for child in parent.children:
        if isinstance(child, Tag) and ("live" in child.get_attribute_list("class") or _wraps_a_table(child)):
            found += _blocks(child)
        elif isinstance(child, Comment) or (isinstance(child, Tag) and (child.get_text().strip() or child.find("img"))):
            found.append(child)
    return found


def _wraps_a_table(tag: Tag) -> bool:
    return tag.name == "div" and "md-typeset__scrollwrap" in tag.get_attribute_list("class")


class _Reader:
    """Turns block after block into slides; remembers the section, and what waits for the next slide."""

    def __init__(self) -> None:
        self.slides = list[Slide]()
        self.title = self.kicker = self.anchor = self.section = ""
        self.first = 0  # the number of slides before this section
        self.waiting = list[str]()  # notes of the next slide
        self.cell = list[Part]()
        self.lead: Tag | None = None  # a paragraph that begins in bold type, whose slide is not yet made
        self.previous: Tag | None = None
        self.marker = ""
        self.left_out = False

    def take(self, block: Tag | Comment) -> None:
        """Read one block."""
        if isinstance(block, Comment):
            self._mark(block)
            return
        marker, self.marker = self.marker, ""
        if block.name in ("h1", "h2", "h3"):
            self._section(block, marker)
        elif not self.left_out and marker != "skip":
            self._block(block, marker)
            self.previous = block

    def _mark(self, comment: Comment) -> None:
        found = MARKER.fullmatch(f"<!--{comment}-->")
        if found and found[1] not in MARKERS:
            known = " or ".join(f"<!-- slide: {marker} -->" for marker in MARKERS)
            raise SlideError(found[0], f"`slide: {found[1]}` is no marker of slides; write {known}")
        if found:
            self.marker = found[1]

    def _section(self, heading: Tag, marker: str) -> None:
        self.end_section()
        title = contents(heading)
        if heading.name == "h3":
            self.kicker = self.kicker or self.title
        elif heading.name == "h2":
            self.kicker = ""
            self.left_out = marker == "skip" or heading.get_text().rstrip("#") in _LEFT_OUT
        self.title, self.first = title, len(self.slides)
        self.anchor = str(heading.get("id") or "")
        if heading.name != "h3":
            self.section = self.anchor
        if heading.name == "h1":
            self._add("", "title")

    def end_section(self) -> None:
        """Finish the cell at hand; a section of prose alone shows its first sentence."""
        self._finish()
        if self.waiting and len(self.slides) == self.first and self.title:
            first = BeautifulSoup(self.waiting[0], "html.parser").p
            self._add(large(first_sentence(first)) if first else "", "statement")
        self.waiting.clear()

    def _block(self, block: Tag, marker: str) -> None:
        kind = kind_of(block)
        if kind not in ("output", "figure") or not self.cell:
            self._finish(keep_lead=kind == "cell")
        handler = getattr(self, f"_{kind}", None)
        if kind == "paragraph" and marker == "show":
            self._add(large(contents(block)), "statement")
        elif handler:
            handler(block)

    def _add(self, body: str, kind: str, title: str = "", kicker: str = "") -> None:
        place = kicker or self.kicker, self.anchor, self.section
        self.slides.append(Slide(title or self.title, body, kind, *place, [*self.waiting]))
        self.waiting.clear()

    def _note(self, html: str) -> None:
        if len(self.slides) > self.first:
            self.slides[-1].notes.append(html)
        else:
            self.waiting.append(html)

    def _finish(self, keep_lead: bool = False) -> None:
        """Make the slides of the cell at hand, or of a bold lead that no cell follows."""
        if self.cell:
            leading = f'<p class="lead">{contents(bold_of(self.lead))}</p>' if self.lead else ""
            bodies = arrange(self.cell, HEIGHT - (64 if leading else 0))
            given = len(self.cell) == 1 and self.cell[0].code and self.cell[0].rows <= 4 and not leading
            for body in bodies:
                self._add(leading + body, "cell given" if given else "cell")
            if self.lead:
                self.slides[-len(bodies)].notes.append(str(self.lead))
            self.cell, self.lead = [], None
        elif self.lead and not keep_lead:
            self._statement(self.lead)
            self.lead = None

    def _given(self) -> str:
        """A short cell just before a question, which only sets what the question is about, stands on its slide."""
        last = self.slides[-1] if len(self.slides) > self.first else None
        if last is None or last.kind != "cell given":
            return ""
        self.waiting[:0] = last.notes
        return self.slides.pop().body

    def _statement(self, paragraph: Tag) -> None:
        """A bold lead and, where there is room, what follows it."""
        bold, whole = bold_of(paragraph), len(paragraph.get_text()) <= LONG
        rest = "".join(str(node) for node in bold.next_siblings) if whole else ""
        self._add(large(f"<strong>{contents(bold)}</strong>{rest}"), "statement")
        if not whole:
            self._note(str(paragraph))

    # one method for each kind of block

    def _paragraph(self, block: Tag) -> None:
        lead = bold_of(block) if begins_bold(block) else None
        if lead and lead.get_text().startswith("Predict first"):
            rest = "".join(str(node) for node in lead.next_siblings).strip()
            given = self._given()
            self._add(f'{given}<p class="label">{contents(lead)}</p>{large(rest, bool(given))}', "question")
        elif lead:
            self.lead = block
        else:
            self._note(str(block))

    def _cell(self, block: Tag) -> None:
        self.cell = [text_part(block, code=True)]

    def _output(self, block: Tag) -> None:
        self.cell.append(text_part(block))

    def _figure(self, block: Tag) -> None:
        self.cell.append(picture_part(block))

    def _widget(self, block: Tag) -> None:
        pictures = [picture_part(paragraph) for paragraph in block.find_all("p") if paragraph.find("img")]
        text = "Play with it in the lesson"
        link = f'<p class="go"><a href="#{block.get("id")}" target="_blank">{text}</a></p>'
        for body in arrange(pictures, HEIGHT - 60) if pictures else [""]:
            self._add(body + link, "widget")

    def _formula(self, block: Tag) -> None:
        said = self.previous if self.previous is not None and self.previous.name == "p" else None
        lead = ""
        if said and not re.search(r"[.?!]\s*$", said.get_text()):
            last = sentences(said)[-1]
            short = len(BeautifulSoup(last, "html.parser").get_text()) < 2 * LONG  # formulas in it are there twice
            lead = f'<p class="statement">{last}</p>' if short else ""
        self._add(f'{lead}<div class="formula">{block}</div>', "formula")

    def _list(self, block: Tag) -> None:
        long = len(block.get_text()) > 2 * LONG
        items = [first_sentence(item) if long else contents(item) for item in block.find_all("li", recursive=False)]
        if len(items) > 8:
            self._note(str(block))
            return
        inner = "".join(f"<li>{item}</li>" for item in items)
        self._add(f"<{block.name}>{inner}</{block.name}>", "list")
        if long:
            self._note(str(block))

    def _table(self, block: Tag) -> None:
        for body in arrange([text_part(block)]):
            self._add(body, "table")

    def _box(self, block: Tag) -> None:
        heading = block.find(["summary", "p"])
        if not isinstance(heading, Tag):
            return
        kinds, title = block.get_attribute_list("class"), contents(heading)
        body = "".join(str(node) for node in heading.next_siblings).strip()
        if "abstract" in kinds and len(self.slides) == 1 == self.first + 1:
            promise = block.find_all("p")[-1]
            self.slides[0].body = f'<p class="statement">{first_sentence(promise).split(" · ")[0]}</p>'
            self.slides[0].notes.append(str(promise))
        elif "question" in kinds:
            self._add(large(title), "question")
            self._note(body)
        elif len(block.get_text()) <= LONG:
            self._add(f'<p class="label">{title}</p><div class="statement">{body}</div>', "statement")
        else:
            self._note(str(block))

    def _quiz(self, block: Tag) -> None:
        question = block.find(class_="quiz__question")
        answers = block.find(class_="quiz__answers")
        if isinstance(question, Tag) and isinstance(answers, Tag):
            options = block.find(["ul", "ol"], recursive=False)
            body = options_of(block, options) if isinstance(options, Tag) else key_of(block)
            text = f'<div class="statement">{contents(question)}</div>{body}'
            self._add(text, f"quiz{' quiz--long' if len(block.get_text()) > 1500 else ''}")
            kept = [node for node in answers.children if isinstance(node, Tag) and node.name != "summary"]
            self._note("".join(str(node) for node in kept))

    def _exercise(self, block: Tag) -> None:
        kicker, heading = block.find(class_="exercise__kind"), block.find("h3")
        if not isinstance(kicker, Tag) or not isinstance(heading, Tag):
            return
        task = [node for node in heading.find_next_siblings() if node.name in ("p", "ul", "ol", "table")]
        text, shown = "", len("".join(node.get_text() for node in task))
        for node in task if shown <= 2 * LONG else task[:1]:
            if "exercise__where" not in node.get_attribute_list("class"):
                text += str(node)
        stub = block.find(class_="exercise__stub")
        part = text_part(stub, code=True) if isinstance(stub, Tag) else None
        if part and part.rows <= 8 and shown <= LONG:
            text += arrange([part], HEIGHT - 200)[0]
        link = f'<p class="go"><a href="#{block.get("id")}" target="_blank">Work on it in the lesson</a></p>'
        self._add(f'<div class="statement">{text}</div>{link}', "exercise", contents(heading), contents(kicker))
        solution = block.find(class_="exercise__solution")
        if isinstance(solution, Tag):
            self._note("".join(str(node) for node in solution.children if getattr(node, "name", "") != "summary"))
