"""Descriptions and PyTorch modules looked into: shapes, parameters, MACs, receptive fields.

PyTorch is imported when a module comes, not before.
"""

from .counting import ParameterCount, count_parameters
from .fields import receptive_field
from .overview import summary

__all__ = ["ParameterCount", "count_parameters", "receptive_field", "summary"]
