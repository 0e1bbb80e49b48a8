"""Letters that a document cannot hold: some that no font here draws, some that XML forbids."""

import re
from collections.abc import Callable, Mapping
from typing import Any

#: XML 1.0, production 2: everything but these is a character.
_FORBIDDEN_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def for_xml(text: str) -> str:
    """``text`` without what XML cannot say: control characters, lone surrogates and two that are no characters."""
    return _FORBIDDEN_IN_XML.sub("", text)


def in_every_text(data: Any, change: Callable[[str], str]) -> Any:
    """The same data (mappings, lists, plain values) with ``change`` applied to each text in it."""
    if isinstance(data, str):
        return change(data)
    if isinstance(data, Mapping):
        return {name: in_every_text(value, change) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [in_every_text(value, change) for value in data]
    return data
