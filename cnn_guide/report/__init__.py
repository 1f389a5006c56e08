"""Results as text, Markdown, HTML, JSON and DataFrame."""

from .cost import Cost
from .diff import Diff
from .quantities import Bytes, Cell
from .rows import Row
from .schema import json_schema
from .summary import Summary
from .table import Table, Total
from .tree import tree

__all__ = ["Bytes", "Cell", "Cost", "Diff", "Row", "Summary", "Table", "Total", "json_schema", "tree"]
