"""Descriptions and PyTorch modules looked into: shapes, parameters, MACs, receptive fields.

PyTorch is imported when a module comes, not before.
"""

from .counting import ParameterCount, count_parameters
from .effective import EffectiveField, effective_receptive_field
from .fields import ReceptiveField, receptive_field
from .overview import cost, summary

__all__ = [
    "EffectiveField",
    "ParameterCount",
    "ReceptiveField",
    "cost",
    "count_parameters",
    "effective_receptive_field",
    "receptive_field",
    "summary",
]
