"""The page of calculators holds every widget, or a link to the page where it lives."""

import re
from pathlib import Path

from site_builder.cache import ROOT

PAGE = (ROOT / "docs" / "reference" / "calculators.md").read_text(encoding="utf-8")


def test_every_widget_is_there_or_one_link_away():
    names = {file.stem for file in (ROOT / "docs" / "widgets").glob("*-*.js")}
    linked = [Path(target).name for target in re.findall(r"\]\(\.\./((?:\w+/)?\w+\.md)", PAGE)]
    near = PAGE + "".join(
        file.read_text(encoding="utf-8") for file in (ROOT / "docs").rglob("*.md") if file.name in linked
    )
    assert len(names) > 9
    assert names == {name for name in names if f'widget="{name}' in near}
