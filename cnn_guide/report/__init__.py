"""Results as text, Markdown, HTML, JSON and DataFrame."""

from .rows import Cost, Row
from .summary import Summary
from .table import Table, tree

__all__ = ["Cost", "Row", "Summary", "Table", "tree"]
