"""The record of a reader's progress, in V8 without a page: what is saved is read again, what is not ours is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

SCRIPT = Path(__file__).parents[1] / "docs" / "assets" / "javascripts" / "progress_record.js"
DAYS = ("2024-02-29", "2026-11-21", "2026-11-22")
PAGE = "foundations/pooling/"
RIGHT = {"right": True, "date": "2026-11-22", "question": "k3j2"}
WRONG = {"right": False, "date": "2026-11-21", "question": "k3j2"}
CALL = """
(name, ...given) => {
  const own = cnnGuide.progressRecord;
  const texts = given.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  try {
    return JSON.stringify({value: JSON.parse({
      read: (text) => own.toText(own.parse(text)),
      merge: (one, two) => own.toText(own.merge(own.parse(one), own.parse(two))),
    }[name](...texts))});
  } catch (error) {
    if (!(error instanceof own.Refused)) throw error;
    return JSON.stringify({refused: error.message});
  }
}
"""

results = st.fixed_dictionaries(
    {"right": st.booleans(), "date": st.sampled_from(DAYS), "question": st.sampled_from(["a", "k3j2", "1z141z3"])}
)
names = st.builds("{}-{}".format, st.sampled_from(["quiz", "exercise"]), st.integers(1, 4))
pages = st.fixed_dictionaries(
    {"finished": st.none() | st.sampled_from(DAYS), "results": st.dictionaries(names, results, max_size=4)}
)
records = st.dictionaries(st.sampled_from(["", PAGE, "training/first_network/", "__proto__/"]), pages, max_size=3)


@pytest.fixture(scope="module")
def engine():
    with MiniRacer() as engine:
        engine.eval(SCRIPT.read_text(encoding="utf-8"))
        yield engine


def call(engine: MiniRacer, name: str, *given) -> dict:
    arguments = ", ".join(json.dumps(one) for one in (name, *given))
    return json.loads(engine.eval(f"({CALL})({arguments})"))


def saved(pages: dict) -> dict:
    """The file's content, without pages on which nothing happened."""
    kept = {path: page for path, page in pages.items() if page["finished"] or page["results"]}
    return {"format": "cnn-guide-progress", "version": 1, "pages": kept}


def refusal(engine: MiniRacer, given) -> str:
    return call(engine, "read", given)["refused"]


@settings(deadline=None, max_examples=60)
@given(pages=records)
def test_what_is_saved_is_read_again(engine, pages):
    """Nothing is lost or added, whatever was reached."""
    assert call(engine, "read", saved(pages)) == {"value": saved(pages)}


@settings(deadline=None, max_examples=60)
@given(one=records, two=records)
def test_two_records_are_joined_without_loss(engine, one, two):
    """Finished and right in either is so in both together, with the earlier day, whichever is loaded into which."""
    joined = call(engine, "merge", saved(one), saved(two))["value"]["pages"]
    for path in {*one, *two}:
        both = [record[path] for record in (one, two) if path in record]
        finished = [page["finished"] for page in both if page["finished"]]
        page = joined.get(path, {"finished": None, "results": {}})
        assert page["finished"] == min(finished, default=None)
        for name in {name for page in both for name in page["results"]}:
            answers = [page["results"][name] for page in both if name in page["results"]]
            assert page["results"][name] in answers
            assert page["results"][name]["right"] == any(answer["right"] for answer in answers)


@settings(deadline=None, max_examples=60)
@given(record=records)
def test_loading_a_file_twice_changes_nothing(engine, record):
    assert call(engine, "merge", saved(record), saved(record)) == {"value": saved(record)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is not a JSON file"),
        ("lessons,2", "it is not a JSON file"),
        ("x" * 500_001, "it is far larger than a progress file"),
        ("null", 'it is not a progress file, which says "format": "cnn-guide-progress"'),
        ("[1, 2]", "it is not a progress file"),
        ('{"nbformat": 4, "cells": []}', "it is not a progress file"),
        ('{"format": "cnn-guide-progress", "version": 2}', "saved by a newer site (version 2; this one reads 1)"),
        ('{"format": "cnn-guide-progress"}', "version is missing, and should be 1"),
        ('{"format": "cnn-guide-progress", "version": 0}', "version is 0, and should be 1"),
        ('{"format": "cnn-guide-progress", "version": 1}', "pages is missing, and should be an object"),
        ('{"format": "cnn-guide-progress", "version": 1, "pages": [1]}', "pages is [1], and should be an object"),
    ],
)
def test_what_is_no_progress_file_is_refused(engine, text, words):
    """The reader is told what was wrong with the file."""
    assert words in refusal(engine, text)


@pytest.mark.parametrize(
    ("path", "page", "words"),
    [
        ("https://example.org/", {}, 'a name in pages is "https://example.org/", and should be the address of a page'),
        (PAGE, 3, 'pages["foundations/pooling/"] is 3, and should be an object'),
        (PAGE, {"finished": True}, '.finished is true, and should be a day, such as "2026-11-22"'),
        (PAGE, {"finished": "2026-02-30"}, '.finished is "2026-02-30", and should be a day'),
        (PAGE, {"finished": "yesterday"}, '.finished is "yesterday", and should be a day'),
        (PAGE, {"results": []}, ".results is [], and should be an object"),
        (PAGE, {"results": {"<b>": RIGHT}}, '.results is "<b>", and should be that of a quiz or an exercise'),
        (PAGE, {"results": {"quiz-1": RIGHT | {"right": 1}}}, ".results.quiz-1.right is 1, and should be true or"),
        (PAGE, {"results": {"quiz-1": RIGHT | {"date": 5}}}, ".results.quiz-1.date is 5, and should be a day"),
        (PAGE, {"results": {"quiz-1": RIGHT | {"question": "A B"}}}, '.question is "A B", and should be letters'),
    ],
)
def test_what_does_not_fit_is_named(engine, path, page, words):
    """The place in the file, the value, and what should stand there."""
    assert words in refusal(engine, {"format": "cnn-guide-progress", "version": 1, "pages": {path: page}})


def test_what_we_do_not_know_is_left_out(engine):
    """A later site may add words to version 1 without harm."""
    page = {"finished": "2026-11-22", "results": {"quiz-1": RIGHT | {"tries": 3}}, "read": 0.5}
    read = call(engine, "read", {"format": "cnn-guide-progress", "version": 1, "by": "us", "pages": {PAGE: page}})
    assert read["value"] == saved({PAGE: {"finished": "2026-11-22", "results": {"quiz-1": RIGHT}}})


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        (None, WRONG, WRONG),
        (WRONG, RIGHT, RIGHT),
        (RIGHT, WRONG, RIGHT),  # wrong answers tried afterwards, for their reasons
        (RIGHT, RIGHT | {"date": "2026-12-01"}, RIGHT),
        (RIGHT, WRONG | {"question": "new1"}, WRONG | {"question": "new1"}),
    ],
)
def test_a_right_answer_stays_right_while_the_question_is_the_same(engine, before, now, after):
    """A question that has changed is a new one."""
    script = f"""(() => {{
      const {{ empty, note, pageOf }} = cnnGuide.progressRecord;
      const record = empty();
      const before = {json.dumps(before)};
      if (before) note(record, 'a/', 'quiz-1', before);
      note(record, 'a/', 'quiz-1', {json.dumps(now)});
      return JSON.stringify(pageOf(record, 'a/').results.get('quiz-1'));
    }})()"""
    assert json.loads(engine.eval(script)) == after


def test_answers_to_questions_that_are_gone_are_forgotten(engine):
    """Changed questions and removed ones; the rest stays."""
    page = {"finished": None, "results": {"quiz-1": RIGHT, "quiz-2": RIGHT, "exercise-1": WRONG}}
    script = f"""(() => {{
      const own = cnnGuide.progressRecord;
      const record = own.parse({json.dumps(json.dumps(saved({PAGE: page})))});
      const asked = new Map([['quiz-1', 'k3j2'], ['quiz-2', 'other']]);
      const first = own.prune(record, '{PAGE}', asked);
      const second = own.prune(record, '{PAGE}', asked);
      return JSON.stringify([first, second, [...own.pageOf(record, '{PAGE}').results.keys()]]);
    }})()"""
    assert json.loads(engine.eval(script)) == [True, False, ["quiz-1"]]


def test_texts_are_told_apart_whatever_their_blanks(engine):
    """A question's short name depends on its words alone."""
    name = "cnnGuide.progressRecord.fingerprint"
    assert engine.eval(f"{name}('Which\\n  has weights? ') === {name}('Which has weights?')")
    assert engine.eval(f"{name}('How wide is 3 × 3?') !== {name}('How wide is 3 × 4?')")
