"""Descriptions and PyTorch modules looked into: shapes, parameters, MACs, receptive fields.

PyTorch is imported when a module comes, not before.
"""

from .counting import ParameterCount, count_parameters
from .fields import ReceptiveField, receptive_field
from .overview import cost, summary

__all__ = ["ParameterCount", "ReceptiveField", "cost", "count_parameters", "receptive_field", "summary"]
