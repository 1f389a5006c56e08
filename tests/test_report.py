"""Summaries, costs and differences as text, HTML, Markdown, JSON and DataFrame."""

import io
import json
import re
import sys

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cnn_guide import layers, summary
from cnn_guide.report import Bytes, Cost, Row, Summary, Table, Total, json_schema

NESTED = layers.Sequential(
    layers.Sequential(layers.Conv2d(1, 16, 3, padding=1), layers.ReLU()),
    layers.Residual(layers.Sequential(layers.Conv2d(16, 16, 3, padding=1), layers.BatchNorm2d(16))),
    layers.Flatten(),
    layers.Linear(12544, 10),
)
COST = Cost(700, 1500, 46_400, 229_096, {"float32": 680, "int8": 5}, 12, ("lstm in rnn",))
FULL = Summary(
    "Net",
    (1, 28, 28),
    (
        Row("conv", "Conv2d", (1, 28, 28), (16, 26, 26), 160, 0, 144, 16, 600, 1300, 43_264, (3, 3)),
        Row("rnn", "LSTM", (16, 676), (16, 5), 10, 10, macs=100, operations=200, output_bytes=2000, unknown=("lstm",)),
        Row("rnn.extra", "LSTM", (5,), (5,), 0, 0, macs=0, unknown=("gru",), more_outputs=2),
        Row("tied", "Linear", (5,), (5,), shared=True, macs=0, operations=0, receptive_field=(28, 4)),
        Row("spare", "Linear", None, None, 10, 10, 10, called=False),
    ),
    batch_size=8,
    cost=COST,
    unused=("spare.weight",),
)
TEXT = """\
Net on 1 × 28 × 28, batch of 8

Name     Layer   Output        Parameters       Trainable     MACs         Field   Memory
─────────────────────────────────────────────────────────────────────────────────────────
conv     Conv2d  16 × 26 × 26         160  89%                 600  100%       3  43.3 kB
rnn      LSTM    16 ×  5               10   6%         10  100 + ?                 2.0 kB
└ extra  LSTM     5                                              ?
tied     Linear   5                shared                                 28 × 4
spare    Linear  not called            10   6%         10
─────────────────────────────────────────────────────────────────────────────────────────
Parameters         180  680 B of float32, 5 B of int8, 12 B of buffers; 160 frozen
Unused               1  spare.weight
MACs           700 + ?  convolutions, linear layers and matrix products
FLOPs        1,400 + ?  2 · MACs
Operations   1,500 + ?  all arithmetic, elementwise layers included
Activations    46.4 kB  alive at one time in inference
Activations   229.1 kB  kept for the backward pass in training
Left out             ?  lstm in rnn"""


def test_text_is_an_aligned_table():
    """Nesting as a tree, axes of shapes below each other, numbers to the right, blanks for zeros, totals below."""
    assert FULL.to_text(100) == TEXT


def test_repr_is_the_table(monkeypatch):
    """A summary that ends a line in the interpreter shows itself, as wide as the terminal allows."""
    monkeypatch.setenv("COLUMNS", "100")
    assert repr(FULL) == str(FULL) == TEXT
    monkeypatch.setenv("COLUMNS", "80")
    assert repr(FULL) == FULL.to_text(80) != TEXT


@pytest.mark.parametrize(
    ("width", "heading"),
    [
        (87, "Name     Layer   Output        Parameters  Trainable     MACs   Field   Memory"),
        (78, "Name     Layer   Output        Parameters  Trainable     MACs   Field   Memory"),
        (77, "Name     Layer   Output        Parameters  Trainable     MACs   Field"),
        (67, "Name     Layer   Output        Parameters  Trainable     MACs"),
        (60, "Name     Layer   Output        Parameters     MACs"),
        (5, "Name     Layer   Output        Parameters     MACs"),
    ],
)
def test_columns_go_where_there_is_no_room(width, heading):
    """First the shares, then memory, field and what is trainable; below 60 characters nothing more."""
    text = FULL.to_text(width)
    assert text.splitlines()[2] == heading
    assert max(map(len, text.splitlines())) <= max(width, 60)


def test_numbers_and_names_are_shortened_in_the_end():
    """A narrow terminal gets short numbers first, then short names."""
    rows = (
        Row("x" * 40, "AdaptiveAvgPool2d", None, (4096, 512, 512), 10**8, 10**8, macs=10**11),
        Row("y", "ReLU", None, (16, 512, 512), 9999, 9999, macs=0),
    )
    lines = Summary("Giant", (3, 9, 9), rows).to_text(60).splitlines()
    assert lines[4:6] == [
        "xxxx…xxx  AdaptiveAvgPool2d  4096×512×512       100 M  100 G",
        "y         ReLU               16×512×512         9,999",
    ]
    assert "x" * 40 in Summary("Giant", (3, 9, 9), rows).to_text(200)


names = st.lists(st.text("ab.", max_size=30), max_size=6)


@given(names, st.lists(st.integers(1, 10**6), min_size=1, max_size=4), st.integers(0, 10**15), st.integers(0, 200))
def test_any_table_fits_its_width(paths, shape, number, width):
    """Whatever the names and numbers, no line is longer than the terminal, as long as shapes leave room."""
    rows = tuple(Row(path, "ConvTranspose3d", None, tuple(shape), number, number, macs=number) for path in paths)
    lines = Summary("Net", tuple(shape), rows).to_text(width).splitlines()
    assert max(map(len, lines)) <= max(60, width, 8 + len("×".join(map(str, shape))) + 8 + 10 + 6 + 8)


def test_branches_of_the_tree_end_where_the_level_ends():
    """A bar runs down to the last sibling, past what hangs below its elder ones."""
    deep = layers.Sequential(layers.Sequential(layers.Sequential(layers.ReLU()), layers.ReLU()), layers.ReLU())
    names = [line.split("  ")[0].rstrip() for line in str(summary(deep)).splitlines()[4:9]]
    assert names == ["0", "├ 0", "│ └ 0", "└ 1", "1"]


@pytest.mark.parametrize(
    ("encoding", "sign"), [("ascii", "|"), ("cp1252", "|"), ("cp437", "└"), ("utf-8", "└"), (None, "└")]
)
def test_text_has_only_signs_that_the_terminal_knows(monkeypatch, encoding, sign):
    """A code page without the lines of tables gets hyphens, and `print` doesn't fail."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding) if encoding else io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    rows = (Row("a", "Sequential", container=True), Row("a.b", "Conv2d"), Row("a.c", "Conv2d"))
    text = str(Summary("Net", None, rows))
    print(text)
    assert text.splitlines()[6].startswith(sign if sign != "|" else "` c")
    assert ("─" in text) == (sign == "└")


def test_totals_alone_and_no_rows():
    """A network without layers has a table all the same."""
    empty = Summary("Empty", None, ())
    assert empty.to_text(60).splitlines() == [
        "Empty", "", "Name  Layer  Parameters", "───────────────────────", "───────────────────────", "Parameters  0",
    ]  # fmt: skip
    assert Table("T", ("A", "B"), (("a", 1),), ("",), left=1).text(60).splitlines()[-1] == "a  1"


def test_long_notes_take_several_lines():
    """Notes stay in their column."""
    many = Summary("Net", None, (), unused=tuple(f"layer{i}.weight" for i in range(9)))
    assert many.to_text(60).splitlines()[-3:] == [
        "Unused      9  layer0.weight, layer1.weight, layer2.weight,",
        "               layer3.weight, layer4.weight, layer5.weight",
        "               and 3 more",
    ]


@pytest.mark.parametrize(
    ("params", "trainable", "said"),
    [(5, 5, "all trainable"), (5, 0, "all frozen"), (5, 2, "3 frozen"), (0, 0, "Parameters  0")],
)
def test_what_training_changes_is_said(params, trainable, said):
    """All, nothing, or so many."""
    report = Summary("X", None, (Row("0", "Linear", params=params, trainable_params=trainable),))
    assert str(report).splitlines()[-1].endswith(said)
    assert report.frozen_params == params - trainable


@pytest.mark.parametrize(
    ("size", "memory"),
    [
        (20, "20 B"),
        (999, "999 B"),
        (999_960, "1.0 MB"),
        (229_096, "229.1 kB"),
        (102_228_128, "102.2 MB"),
        (28 * 10**9, "28.0 GB"),
    ],
)
def test_memory_has_a_fitting_unit(size, memory):
    """In the unit that gives few digits."""
    report = Summary("X", None, (), cost=Cost(parameter_bytes={"float32": size}))
    assert f"  {memory} of float32" in str(report)
    assert f" {memory}" in str(report.cost)


def test_html_is_an_accessible_table():
    """Caption, scopes, no script; what is optional and what is a number is marked for the style."""
    html = FULL._repr_html_()
    table = BeautifulSoup(html, "html.parser").table
    assert table["class"] == ["cnn-summary"]
    assert table.caption.text == "Net on 1 × 28 × 28, batch of 8"
    heads = table.thead.find_all("th")
    assert [th["scope"] for th in heads] == ["col"] * 8
    assert [th.text for th in heads] == TEXT.splitlines()[2].split()
    assert all(("number" in th.get("class", [])) == (place > 2) for place, th in enumerate(heads))
    rows = table.tbody.find_all("tr")
    assert all(row.th["scope"] == "row" and len(row.find_all("td")) == 7 for row in rows)
    assert rows[2].th.span["aria-hidden"] == "true"
    assert rows[2].th.text.endswith("extra")
    assert [td.text for td in rows[0].find_all("td", class_="number")] == ["160", "", "600", "3", "43.3 kB"]
    assert table.tfoot.find_all("tr")[0].text.startswith("Parameters180 680 B of float32")
    assert not re.search(r"<script| on\w+=", html)


def test_html_leaves_columns_out_where_there_is_no_room():
    """In the order of the text: a narrower place for each, and a rule in the style for each place."""
    soup = BeautifulSoup(FULL._repr_html_(), "html.parser")
    widths = {
        th.text: int(found[1]) for th in soup.thead.find_all("th") if (found := re.search(r"wide-(\d+)", str(th)))
    }
    assert sorted(widths, key=widths.get) == ["Trainable", "Field", "Memory"]
    for width in widths.values():
        assert f"@container (max-width:{width}em){{.cnn-table .wide-{width}{{display:none}}}}" in soup("style")[1].text
        assert len(soup.select(f".wide-{width}")) == 1 + len(FULL.rows)


def test_html_draws_shares_behind_numbers():
    """The bar of a number is as long as its part of the column's sum."""
    rows = BeautifulSoup(FULL._repr_html_(), "html.parser").tbody.find_all("tr")
    styles = [[td.get("style") for td in row.find_all("td", class_="number")] for row in rows]
    assert styles[0] == ["--share:88.9%", None, "--share:100.0%", None, None]
    assert styles[3] == [None] * 5


def test_html_brings_its_own_style():
    """Notebooks have no style sheet for it: colours come from the page around, so that dark pages work."""
    style = BeautifulSoup(FULL._repr_html_(), "html.parser").style.text
    assert "currentColor" in style
    assert "color:inherit" in style
    selectors = re.findall(r"([^{}@;]+)\{", style)
    assert all(selector.startswith((".cnn-table", "container (")) for selector in selectors)


def test_html_escapes_names():
    """A module's name cannot become markup."""
    html = Summary("<b>", None, (Row("a&b", "<i>"),), unused=("<u>",))._repr_html_()
    assert not re.search("<b>&|<b><|<i>|<u>", html)
    assert "&lt;i&gt;" in html
    assert "a&amp;b" in html


def test_markdown_has_whole_paths():
    """Markdown has no tree, so each row says where it is; the totals follow the table."""
    lines = summary(NESTED, (1, 28, 28)).to_markdown().splitlines()
    assert lines[:2] == ["**Sequential on 1 × 28 × 28**", ""]
    assert lines[2].startswith("| Name | Layer | Output | Parameters | MACs |")
    assert lines[3].startswith("| --- | --- | --- | ---: | ---: |")
    assert lines[9].startswith("| 1.body.0 | Conv2d | 16 × 28 × 28 | 2,320 | 1,806,336 |")
    assert "- MACs: **2,044,672**, convolutions, linear layers and matrix products" in lines
    assert Table("T", ("a|b",), (("c|d",),), ("",)).markdown().splitlines()[2:] == ["| a|b |", "| --- |", "| c\\|d |"]


def test_markdown_totals_without_a_note_or_a_value():
    """Each part stands only where there is one."""
    table = Table("T", ("A",), (), (), (Total("One", 1), Total("Left out", None, "this")))
    assert table.markdown().splitlines()[-2:] == ["- One: **1**", "- Left out: this"]
    assert '<td colspan="1">this</td>' in table.html()


def test_json_and_dict_hold_every_number():
    """What a program needs, without parsing a table."""
    data = json.loads(FULL.to_json())
    assert {key: data[key] for key in ("model", "input_shape", "total_params", "frozen_params", "macs", "complete")} == {
        "model": "Net", "input_shape": [1, 28, 28], "total_params": 180, "frozen_params": 160, "macs": 700,
        "complete": False,
    }  # fmt: skip
    assert data["rows"][0]["output_shape"] == [16, 26, 26]
    assert data["cost"]["flops"] == 1400
    assert json.loads(json.dumps(FULL.to_dict())) == data


@pytest.mark.parametrize("report", [FULL, Summary("Net", None, ()), summary(NESTED, (1, 28, 28)), summary(NESTED)])
def test_json_comes_back_as_the_same_summary(report):
    """Nothing is lost on the way, and what is written follows the schema."""
    assert Summary.from_json(report.to_json()) == report
    assert Summary.from_dict(report.to_dict()) == report
    Draft202012Validator(json_schema()).validate(json.loads(report.to_json()))


@given(st.builds(Cost, *[st.none() | st.integers(0)] * 4, st.dictionaries(st.text(), st.integers(0)), st.integers(0),
                 st.lists(st.text()).map(tuple)))  # fmt: skip
def test_costs_come_back_as_they_were(cost):
    """Any costs."""
    assert Cost.from_json(cost.to_json(indent=None)) == Cost.from_dict(cost.to_dict()) == cost


def test_the_schema_describes_every_key():
    """No key without a description, no key that the schema does not know."""
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    objects = [schema, *schema["$defs"].values()]
    assert all(entry["description"] for kind in objects for entry in kind["properties"].values())
    assert list(schema["$defs"]["Row"]["properties"]) == list(Row._fields)
    assert set(schema["properties"]) == set(FULL.to_dict())
    assert set(schema["$defs"]["Cost"]["properties"]) == set(COST.to_dict())
    faulty = FULL.to_dict() | {"macs": "many"}
    assert not Draft202012Validator(schema).is_valid(json.loads(json.dumps(faulty)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1]", "`text` holds a list, not a record."),
        ("{", "Expecting property name"),
        ('{"version": 1, "model": "x"}', "`record` is not that of a Summary: it has no 'input_shape'."),
        ("{}", "it has no 'version'"),
        ('{"version": 2, "model": "x", "input_shape": null, "rows": []}', r"`version` (=2) must be 1"),
        ('{"version": 1, "model": "x", "input_shape": null, "rows": [{"nmae": "a"}]}', "`record` is not that of a Row: it has no 'name'."),
    ],
)  # fmt: skip
def test_other_json_is_refused(text, words):
    """A summary is not read from anything else."""
    with pytest.raises(ValueError, match=re.escape(words)):
        Summary.from_json(text)


def test_costs_of_other_json_are_refused():
    """Nor are costs."""
    with pytest.raises(ValueError, match="not that of a Cost: it has no 'macs'"):
        Cost.from_json('{"version": 1}')


def test_cost_shows_itself():
    """A table with a line for each kind of cost."""
    lines = str(COST).splitlines()
    assert lines[0] == "Costs of a forward pass"
    assert re.search(r"^MACs +convolutions, linear layers and matrix products +700 \+ \?$", lines[4])
    assert re.search(r"^Parameters +int8 +5 B$", str(COST), re.M)
    assert "<caption>Costs of a forward pass</caption>" in COST._repr_html_()
    assert "| FLOPs | 2 · MACs | 1,400 + ? |" in COST.to_markdown()
    assert str(Cost(parameter_bytes={"float32": 4})).splitlines()[0] == "Memory of the network"


def test_cost_is_complete_without_unknown_operations():
    """Unknown operations and a missing input leave it open."""
    assert (COST.complete, Cost(macs=1).complete, Cost().complete) == (False, True, False)
    assert (COST.flops, Cost().flops) == (1400, None)


def test_dataframe_has_a_row_a_layer():
    """The rows go on to pandas."""
    frame = summary(NESTED, (1, 28, 28)).to_dataframe()
    assert len(frame) == 9
    assert str(summary(NESTED).to_dataframe().params.dtype) == "Int64"
    assert frame.params.sum() == 127_962
    assert frame.output_shape[5] == (16, 28, 28)


def test_dataframe_without_pandas_says_what_to_install(monkeypatch):
    """pandas is asked for only here."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"Summary\.to_dataframe needs pandas: pip install pandas"):
        FULL.to_dataframe()
    with pytest.raises(ImportError, match=r"Diff\.to_dataframe needs pandas: pip install pandas"):
        FULL.diff(FULL).to_dataframe()


def test_rows_are_found_by_name():
    """Whole paths; a slip of the pen gets the closest one."""
    report = summary(NESTED, (1, 28, 28))
    assert report["1.body.0"].params == 2320
    with pytest.raises(KeyError, match=r"there is no layer '1\.body\.7' in Sequential\. Did you mean '1\.body\.[01]'"):
        report["1.body.7"]
    with pytest.raises(KeyError, match=r"there is no layer 'features' in Sequential\.\""):
        report["features"]


def test_depth_folds_what_lies_deeper():
    """The totals stay; the numbers of inner layers are added to the layer around them."""
    report = summary(NESTED, (1, 28, 28))
    folded = report.to_depth(1)
    assert [row.name for row in folded.rows] == ["0", "1", "2", "3"]
    assert (folded["1"].params, folded["1"].macs, folded["0"].weights, folded["0"].biases) == (2352, 1_806_336, 144, 16)
    assert (folded.total_params, folded.macs) == (report.total_params, report.macs)
    assert [row.name for row in report.to_depth(2).rows] == [row.name for row in report.rows if row.name.count(".") < 2]
    assert report.to_depth(3) == report
    assert FULL.to_depth(1)["rnn"].unknown == ("lstm", "gru")
    with pytest.raises(ValueError, match=r"`depth` \(=0\) must be at least 1"):
        report.to_depth(0)


def test_sums_of_nothing_known_stay_unknown():
    """Folding a summary without an input leaves its MACs open."""
    assert summary(NESTED).to_depth(1)["0"].macs is None
    container = Row("a", "Sequential", container=True, macs=None)
    assert container.including(Row("a.b", "Linear", macs=3)).macs == 3
    assert container._replace(macs=4).including(Row("a.b", "Linear")).macs == 4


def net(*rows: Row, **fields: object) -> Summary:
    return Summary("Net", (1, 9, 9), rows, **fields)


CONV = Row("conv", "Conv2d", (1, 9, 9), (4, 7, 7), 40, 40, 36, 4, 1764, 3724, 784, (3, 3))
HEAD = Row("head", "Linear", (196,), (5,), 985, 985, 980, 5, 980, 1965, 20)


def test_diff_finds_what_is_added_removed_and_changed():
    """By name, in the order in which data passes."""
    wide = CONV._replace(output_shape=(8, 7, 7), params=80, macs=3528)
    extra = Row("relu", "ReLU", (8, 7, 7), (8, 7, 7), macs=0)
    diff = net(CONV, Row("old", "ReLU", macs=0), HEAD).diff(net(wide, extra, HEAD))
    assert [(change.kind, (change.after or change.before).name) for change in diff.changes] == [
        ("changed", "conv"), ("removed", "old"), ("added", "relu")
    ]  # fmt: skip
    assert (bool(diff), diff.unchanged) == (True, 1)
    assert (
        diff.to_text(80)
        == """\
Net on 1 × 9 × 9 → Net on 1 × 9 × 9

Name    Change   Layer   Output     Parameters   MACs
─────────────────────────────────────────────────────
− conv  before   Conv2d  4 × 7 × 7          40  1,764
+ conv  after    Conv2d  8 × 7 × 7          80  3,528
− old   removed  ReLU
+ relu  added    ReLU    8 × 7 × 7
─────────────────────────────────────────────────────
Unchanged       1  layer
Parameters  1,065  +40, 1.04 times
MACs        4,508  +1,764, 1.64 times"""
    )


def test_diff_shows_the_column_that_differs():
    """Two lines of a change never look the same."""
    for heading, changed in {
        "Trainable": CONV._replace(trainable_params=0),
        "Memory": CONV._replace(output_bytes=392),
        "Operations": CONV._replace(operations=1),
        "Input": CONV._replace(input_shape=(1, 8, 8)),
    }.items():
        diff = net(CONV).diff(net(changed))
        lines = diff.to_text(120).splitlines()
        assert heading in lines[2].split()
        assert lines[4].replace("before", "after").split()[1:] != lines[5].split()[1:]
        assert heading not in net(CONV).diff(net(changed._replace(kind="Conv1d"))).to_text(120)


def test_diff_counts_layers_that_only_see_another_field():
    """One dilation changes the fields of all that follows: they are named in one line, not listed."""
    diff = net(CONV, HEAD).diff(net(CONV._replace(receptive_field=(5, 5)), HEAD))
    assert (diff.changes, diff.fields, diff.unchanged, bool(diff)) == ((), ("conv",), 1, True)
    assert "Field alone      1  other receptive fields: conv" in diff.to_text(80)
    wide = CONV._replace(receptive_field=(5, 5), macs=1)
    assert [change.kind for change in net(CONV).diff(net(wide)).changes] == ["changed"]


def test_diff_of_the_same_is_empty():
    """Nothing to say, in any format."""
    diff = FULL.diff(FULL)
    assert not diff
    assert (diff.changes, diff.unchanged) == ((), 5)
    assert "Parameters        180  as before" in diff.to_text(80)
    assert "46.4 kB  in inference, 46.4 kB before" in diff.to_text(80)
    assert len(diff.to_dataframe()) == 0


def test_diff_matches_calls_and_places_of_the_same_name():
    """The second call of a layer is compared with the second call; a layer that moved is not a change."""
    again = CONV._replace(shared=True, params=0)
    assert [change.kind for change in net(CONV, HEAD).diff(net(CONV, again, HEAD)).changes] == ["added"]
    assert not net(CONV, HEAD).diff(net(HEAD, CONV))


def test_diff_without_an_input_has_no_macs():
    """What is not known on both sides is not compared."""
    diff = net(CONV).diff(Summary("Net", None, (CONV,)))
    assert "MACs  " not in diff.to_text(80).splitlines()[-1]


def test_diff_of_nothing_to_something():
    """No ratio to zero."""
    root = Row("", "Net", params=4)
    diff = Summary("A", None, ()).diff(Summary("B", None, (root,)))
    assert diff.to_text(80).splitlines()[-1] == "Parameters  4  +4"
    assert "+ (itself)" in diff.to_text(80)
    assert (
        Summary("B", None, (root,)).diff(Summary("A", None, ())).to_text(80).splitlines()[-1]
        == "Parameters  0  −4, 0 times"
    )


def test_diff_has_all_formats():
    """As a summary has."""
    diff = net(CONV).diff(net(CONV._replace(macs=1), HEAD))
    data = json.loads(diff.to_json())
    assert data == json.loads(json.dumps(diff.to_dict()))
    assert (data["after"]["total_params"], data["unchanged"]) == (1025, 0)
    assert [change["kind"] for change in data["changes"]] == ["changed", "added"]
    assert data["changes"][1]["before"] is None
    assert list(diff.to_dataframe()["change"]) == ["before", "after", "added"]
    assert "| − conv | before | Conv2d | 4 × 7 × 7 | 40 | 1,764 |" in diff.to_markdown()
    assert diff._repr_html_().count("<tr>") == 1 + 3 + 3
    assert repr(diff) == str(diff) == diff.to_text()


def test_empty_shapes_are_scalars():
    """A loss has no axes."""
    row = Row("loss", "CrossEntropyLoss", (5,), (), macs=0, receptive_field=())
    assert re.search(r"^loss +CrossEntropyLoss +scalar$", Summary("Net", (5,), (row,)).to_text(80), re.M)
    assert Bytes(5) == 5
