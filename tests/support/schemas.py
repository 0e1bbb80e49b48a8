"""Checks an answer against its published schema: the part of JSON Schema 2020-12 that our descriptions use."""

import re
from datetime import date, datetime
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
_KNOWN = {
    "$ref", "anyOf", "type", "enum", "pattern", "format", "items", "properties", "required", "title", "description",
}  # fmt: skip


def errors(value: Any, schema: dict[str, Any], components: dict[str, Any], place: str = "") -> list[str]:
    """What is wrong with ``value``; a word of the schema that is not understood is wrong too."""
    if "$ref" in schema:
        return errors(value, components[schema["$ref"].rpartition("/")[2]], components, place)
    found = [f"{place}: unknown word {word}" for word in schema.keys() - _KNOWN]
    if "anyOf" in schema and all(errors(value, one, components, place) for one in schema["anyOf"]):
        found.append(f"{place}: {value!r} fits none")
    if (kind := schema.get("type")) and (not isinstance(value, _TYPES[kind]) or (kind == "integer" and value is True)):
        return [*found, f"{place}: {value!r} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{place}: {value!r} is not among {schema['enum']}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{place}: {value!r} is not like {schema['pattern']}")
    if "format" in schema and not _is(schema["format"], value):
        found.append(f"{place}: {value!r} is no {schema['format']}")
    if isinstance(value, list):
        for number, item in enumerate(value):
            found += errors(item, schema.get("items", {}), components, f"{place}[{number}]")
    if isinstance(value, dict):
        members = schema.get("properties", {})
        found += [f"{place}: {name} is missing" for name in schema.get("required", []) if name not in value]
        found += [f"{place}: {name} is not described" for name in value if name not in members]
        for name in value.keys() & members.keys():
            found += errors(value[name], members[name], components, f"{place}.{name}")
    return found


def _is(form: str, value: str) -> bool:
    try:
        if form == "date":
            return date.fromisoformat(value).isoformat() == value
        return form == "date-time" and value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
