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
        {'type': 'string', 'description': "The layer's class."}
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
    properties = {"version": {"const": VERSION, "description": "Version of this format."}} if versioned else {}
    for name, annotation in kind.__annotations__.items():  # a NamedTuple wraps the words of its source
        properties[name] = _key(str(getattr(annotation, "__forward_arg__", annotation)), described.get(name, ""))
    for name in derived:
        getter = vars(kind)[name].fget
        properties[name] = _key(str(getter.__annotations__["return"]), getter.__doc__ or "")
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _key(annotation: str, text: str) -> Schema:
    """The schema of one key; its description is a sentence in the words of JSON."""
    name = annotation.removesuffix(" | None")
    kind = _TYPES[name] if name == annotation else {"anyOf": [_TYPES[name], {"type": "null"}]}
    words = " ".join(text.split()).replace("None", "null").replace("False", "false")
    return kind | {"description": words[:1].upper() + words[1:]}
