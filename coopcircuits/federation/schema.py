"""Small pieces from which the table of a document's fields is written, and checked.

A check takes the path of a field and its decoded value and yields a :class:`Problem` for each thing wrong.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from coopcircuits.federation.hosts import is_instance
from coopcircuits.federation.moments import parse_moment

LONGEST_CODE = 64


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a document: where, a stable word, and what was expected there."""

    field: str
    reason: str
    expected: str = ""

    def __str__(self) -> str:
        return f"{self.field or 'document'}: {self.reason}" + (f" ({self.expected})" if self.expected else "")


Check = Callable[[str, Any], Iterator[Problem]]


def members(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with exactly these members; unknown ones are problems."""
    known = {**required, **(optional or {})}

    def check(path: str, value: Any) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(path, "wrong-type", "object")
            return
        for name in required:
            if name not in value:
                yield Problem(_join(path, name), "missing-member")
        for name, item in value.items():
            if name in known:
                yield from known[name](_join(path, name), item)
            else:
                yield Problem(_join(path, name), "unknown-member")

    return check


def each(item: Check, *, at_most: int) -> Check:
    """An array of up to ``at_most`` such items."""

    def check(path: str, value: Any) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(path, "wrong-type", "array")
        elif len(value) > at_most:
            yield Problem(path, "too-many", f"at most {at_most}")
        else:
            for index, entry in enumerate(value):
                yield from item(f"{path}[{index}]", entry)

    return check


def mapping(key: Callable[[str], bool], item: Check, *, at_most: int) -> Check:
    """An object used as a dictionary, its names accepted by ``key``."""

    def check(path: str, value: Any) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(path, "wrong-type", "object")
        elif len(value) > at_most:
            yield Problem(path, "too-many", f"at most {at_most}")
        else:
            for name, entry in value.items():
                if not key(name):
                    yield Problem(_join(path, name), "malformed", "name")
                yield from item(_join(path, name), entry)

    return check


def constant(expected: Any) -> Check:
    """Exactly this value; ``true`` is not 1."""

    def check(path: str, value: Any) -> Iterator[Problem]:
        if type(value) is not type(expected) or value != expected:
            yield Problem(path, "wrong-value", str(expected))

    return check


def one_of(*allowed: str) -> Check:
    """One of these words."""

    def check(path: str, value: Any) -> Iterator[Problem]:
        if value not in allowed:
            yield Problem(path, "wrong-value", ", ".join(allowed))

    return check


def integer(low: int | None = None, high: int | None = None) -> Check:
    """A whole number within inclusive bounds; booleans are not numbers."""

    def check(path: str, value: Any) -> Iterator[Problem]:
        if type(value) is not int:
            yield Problem(path, "wrong-type", "integer")
        elif (low is not None and value < low) or (high is not None and value > high):
            yield Problem(path, "out-of-range", f"{low} to {high}")

    return check


def hidden(check_shown: Check) -> Check:
    """As ``check_shown``, or ``null`` where the figure is suppressed."""

    def check(path: str, value: Any) -> Iterator[Problem]:
        if value is not None:
            yield from check_shown(path, value)

    return check


def text(*, at_least: int = 1, at_most: int = 200) -> Check:
    """A text of that many characters on one line: no control characters."""

    def check(path: str, value: Any) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(path, "wrong-type", "text")
        elif not at_least <= len(value) <= at_most:
            yield Problem(path, "wrong-length", f"{at_least} to {at_most} characters")
        elif not value.isprintable():
            yield Problem(path, "malformed", "printable characters only")

    return check


def one_line(typed: str) -> str:
    """What somebody typed as :func:`text` accepts it: composed (NFC), on one line, plain spaces, printable."""
    spaced = " ".join(unicodedata.normalize("NFC", typed).split())
    return "".join(character for character in spaced if character.isprintable())


def matching(test: Callable[[str], object], expected: str) -> Check:
    """A text that ``test`` accepts: its answer is true, and no :class:`ValueError` rises."""

    def check(path: str, value: Any) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(path, "wrong-type", "text")
            return
        try:
            accepted = bool(test(value))
        except ValueError:
            accepted = False
        if not accepted:
            yield Problem(path, "malformed", expected)

    return check


def anything(path: str, value: Any) -> Iterator[Problem]:
    """An object whose content nobody checks (``ext``)."""
    if not isinstance(value, dict):
        yield Problem(path, "wrong-type", "object")


def is_code(value: str) -> bool:
    """Whether it is a code: a-z, 0-9, . / - and at most :data:`LONGEST_CODE` of them, a letter or digit first."""
    return len(value) <= LONGEST_CODE and re.fullmatch(r"[a-z0-9][a-z0-9./-]*", value, re.ASCII) is not None


def _day(value: str) -> bool:
    return date.fromisoformat(value).isoformat() == value


host = matching(is_instance, "host name, with :port where it is not 443")
digest = matching(re.compile(r"sha256:[0-9a-f]{64}", re.ASCII).fullmatch, "sha256: and 64 hexadecimal digits")
moment = matching(parse_moment, "RFC 3339 in UTC, whole seconds")
day = matching(_day, "YYYY-MM-DD")
code = matching(is_code, "code of a-z, 0-9, . / -")


def _join(path: str, name: str) -> str:
    shown = name if name.isascii() and name.isprintable() else ascii(name)
    return f"{path}.{shown[:60]}" if path else shown[:60]
