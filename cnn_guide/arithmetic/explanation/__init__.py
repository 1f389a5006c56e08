"""`explain`: how a size or a shape comes about, step by step, and why some settings are refused."""

from .explain import explain
from .steps import Comparison, Convention, Explanation, Nearest, Section, Step

__all__ = ["Comparison", "Convention", "Explanation", "Nearest", "Section", "Step", "explain"]
