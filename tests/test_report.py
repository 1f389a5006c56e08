"""Summaries as text, HTML, Markdown, JSON and DataFrame."""

import json
import re
import sys

import pytest
from bs4 import BeautifulSoup
from torch import nn

from cnn_guide import layers, models, summary
from cnn_guide.report import Row, Summary

NESTED = layers.Sequential(
    layers.Sequential(layers.Conv2d(1, 16, 3, padding=1), layers.ReLU()),
    layers.Residual(layers.Sequential(layers.Conv2d(16, 16, 3, padding=1), layers.BatchNorm2d(16))),
    layers.Flatten(),
    layers.Linear(12544, 10),
)
TEXT = """\
 Sequential on (1, 28, 28)
──────────────────────────────────────────────────────────
 Name    Layer        Output shape  Parameters       MACs
──────────────────────────────────────────────────────────
 0       Sequential   (16, 28, 28)
 ├ 0     Conv2d       (16, 28, 28)         160    112,896
 └ 1     ReLU         (16, 28, 28)           0          0
 1       Residual     (16, 28, 28)
 └ body  Sequential   (16, 28, 28)
   ├ 0   Conv2d       (16, 28, 28)       2,320  1,806,336
   └ 1   BatchNorm2d  (16, 28, 28)          32          0
 2       Flatten      (12544,)               0          0
 3       Linear       (10,)            125,450    125,440
──────────────────────────────────────────────────────────
 Parameters                                       127,962
   trainable                                      127,962
   in memory, 4 bytes each                       511.8 kB
 MACs (convolution, linear)                     2,044,672
──────────────────────────────────────────────────────────"""


def test_text_is_an_aligned_table():
    """Nesting as a tree, numbers to the right, totals below."""
    assert str(summary(NESTED, (1, 28, 28))) == TEXT


def test_repr_is_the_table():
    """A summary that ends a line in the interpreter shows itself."""
    report = summary(NESTED)
    assert repr(report) == str(report)


def test_text_fits_a_terminal():
    """Deep names and large numbers stay within 80 columns."""
    inner = nn.Sequential(nn.Conv2d(3, 1024, 11), nn.AdaptiveAvgPool2d(1))
    for name in ("a_rather_long_name", "another_long_name", "features"):
        inner = nn.Sequential()
        inner.add_module(name, nn.Sequential(nn.Conv2d(3, 4096, 11), nn.AdaptiveAvgPool2d(512)))
    lines = str(summary(nn.Sequential(inner, nn.Identity()), (3, 1024, 1024))).splitlines()
    assert max(map(len, lines)) <= 80
    row = Row("x" * 40, "AdaptiveAvgPool2d", None, (4096, 512, 512), 10**8, 10**8, macs=10**11)
    lines = str(Summary("Giant", (3, 9, 9), (row,))).splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" in lines[4]


def test_branches_of_the_tree_end_where_the_level_ends():
    """A bar runs down to the last sibling, past what hangs below its elder ones."""
    deep = layers.Sequential(layers.Sequential(layers.Sequential(layers.ReLU()), layers.ReLU()), layers.ReLU())
    names = [line.split("  ")[0].rstrip() for line in str(summary(deep)).splitlines()[4:9]]
    assert names == [" 0", " ├ 0", " │ └ 0", " └ 1", " 1"]


def test_shared_and_unknown_are_said():
    """No number stands where there is none to give."""
    shared = nn.Linear(8, 8)
    lines = str(summary(nn.Sequential(shared, nn.ReLU(), shared, nn.LSTM(8, 2)), (5, 8))).splitlines()
    assert re.search(r"0 +Linear +\(5, 8\) +shared +320", lines[6])
    assert re.search(r"3 +LSTM +\(5, 2\) +96 +\?", lines[7])
    assert any(re.search(r"without +lstm in 3", line) for line in lines)


@pytest.mark.parametrize(
    ("params", "memory"), [(5, "20 B"), (57_274, "229.1 kB"), (25_557_032, "102.2 MB"), (7 * 10**9, "28.0 GB")]
)
def test_memory_has_a_fitting_unit(params, memory):
    """Four bytes each, in the unit that gives few digits."""
    report = Summary("X", None, (Row("0", "Linear", params=params),))
    assert any(line.endswith(f" {memory}") for line in str(report).splitlines())


def test_html_is_an_accessible_table():
    """Caption, scopes, no inline style or script; the numbers are marked for the style sheet."""
    html = summary(NESTED, (1, 28, 28))._repr_html_()
    table = BeautifulSoup(html, "html.parser").table
    assert table["class"] == ["cnn-summary"]
    assert table.caption.text == "Sequential on (1, 28, 28)"
    assert [(th["scope"], th.text) for th in table.thead.find_all("th")] == [
        ("col", name) for name in ("Name", "Layer", "Output shape", "Parameters", "MACs")
    ]
    rows = table.tbody.find_all("tr")
    assert all(row.th["scope"] == "row" and len(row.find_all("td")) == 4 for row in rows)
    assert rows[5].th.span["aria-hidden"] == "true"
    assert rows[5].th.text.endswith("0")
    assert [td.text for td in rows[1].find_all("td", class_="number")] == ["160", "112,896"]
    assert table.tfoot.find_all("tr")[0].text == "Parameters127,962"
    assert not re.search(r"style=|<script|on\w+=", html)


def test_html_escapes_names():
    """A module's name cannot become markup."""
    html = Summary("<b>", None, (Row("a&b", "<i>"),))._repr_html_()
    assert "<b>" not in html
    assert "&lt;i&gt;" in html
    assert "a&amp;b" in html


def test_markdown_has_whole_paths():
    """Markdown has no tree, so each row says where it is; the totals end the table."""
    lines = summary(NESTED, (1, 28, 28)).to_markdown().splitlines()
    assert lines[0] == "| Name | Layer | Output shape | Parameters | MACs |"
    assert lines[1] == "| --- | --- | --- | ---: | ---: |"
    assert lines[7] == "| 1.body.0 | Conv2d | (16, 28, 28) | 2,320 | 1,806,336 |"
    assert lines[-1] == "| **MACs (convolution, linear)** |  |  |  | **2,044,672** |"
    assert {line.count("|") for line in lines} == {6}


def test_json_and_dict_hold_every_number():
    """What a program needs, without parsing a table."""
    report = summary(models.create("cnn2"), (1, 28, 28))
    data = json.loads(report.to_json())
    assert {key: data[key] for key in ("model", "input_shape", "total_params", "macs", "complete")} == {
        "model": "CNN2", "input_shape": [1, 28, 28], "total_params": 57_274, "macs": 707_296, "complete": True
    }  # fmt: skip
    assert data["rows"][3]["output_shape"] == [32, 11, 11]
    assert json.loads(json.dumps(report.to_dict())) == data


def test_dataframe_has_a_row_a_layer():
    """The rows go on to pandas."""
    frame = summary(models.create("cnn2"), (1, 28, 28)).to_dataframe()
    assert len(frame) == 14
    assert frame.params.sum() == 57_274
    assert frame.output_shape[5] == (32, 5, 5)


def test_dataframe_without_pandas_says_what_to_install(monkeypatch):
    """pandas is asked for only here."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"Summary\.to_dataframe needs pandas: pip install pandas"):
        summary(NESTED).to_dataframe()
