"""The JSON Schema of a summary, made from the classes and their documentation."""

from __future__ import annotations

import re
from typing import Any

from .cost import Cost
from .records import DERIVED_OF_COST, DERIVED_OF_SUMMARY, VERSION
from .rows import Row
from .summary import Summary

Schema = dict[str, Any]
_INTEGERS = {"type": "array", "items": {"type": "integer"}}
_TYPES: dict[str, Schema] = {  # by what stands in the source
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "Shape": _INTEGERS,
    "tuple[str, ...]": {"type": "array", "items": {"type": "string"}},
    "Mapping[str, int]": {"type": "object", "additionalProperties": {"type": "integer"}},
    "tuple[Row, ...]": {"type": "array", "items": {"$ref": "#/$defs/Row"}},
    "Cost": {"$ref": "#/$defs/Cost"},
}


def json_schema() -> Schema:
    """The JSON Schema of what `Summary.to_json` writes.

    Example:
        >>> json_schema()["$defs"]["Row"]["properties"]["kind"]
        {'type': 'string', 'description': "the layer's class."}
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Summary",
        **_object(Summary, DERIVED_OF_SUMMARY, versioned=True),
        "$defs": {"Row": _object(Row), "Cost": _object(Cost, DERIVED_OF_COST, versioned=True)},
    }


def _object(kind: type, derived: tuple[str, ...] = (), versioned: bool = False) -> Schema:
    """Fields with the descriptions of the class's docstring, then properties with their own docstrings."""
    described = dict(re.findall(r"^ {8}(\w+): (.*(?:\n {12}.*)*)", kind.__doc__ or "", re.M))
    properties: dict[str, Schema] = {}
    if versioned:
        properties["version"] = {"const": VERSION, "description": "of this format."}
    for name, annotation in kind.__annotations__.items():  # a NamedTuple wraps the words of its source
        properties[name] = _typed(getattr(annotation, "__forward_arg__", annotation)) | {
            "description": " ".join(described.get(name, "").split())
        }
    for name in derived:
        getter = vars(kind)[name].fget
        properties[name] = _typed(getter.__annotations__["return"]) | {"description": getter.__doc__ or ""}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _typed(annotation: Any) -> Schema:
    kind = str(annotation).removesuffix(" | None")
    return _TYPES[kind] if kind == annotation else {"anyOf": [_TYPES[kind], {"type": "null"}]}
