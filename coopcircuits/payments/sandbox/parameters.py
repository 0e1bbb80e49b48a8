"""The shapes that request parameters may have, and what Stripe says when they have another.

Parameters come as a form, ``line_items[0][price_data][currency]=eur``: :func:`decode` makes a tree of it and each shape
reads its branch. A parameter of the wrong name, type or value is an answer 400 that names it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from coopcircuits.payments.sandbox.refusals import invalid

Tree = dict[str, Any]
CURRENCIES = frozenset(
    [
        "eur",
        "chf",
        "gbp",
        "usd",
        "cad",
        "aud",
        "nzd",
        "sek",
        "nok",
        "dkk",
        "pln",
        "czk",
        "huf",
        "ron",
        "jpy",
        "krw",
        "brl",
        "mxn",
        "inr",
        "zar",
    ]
)
DIGITS = re.compile(r"\d{1,9}")


class Shape(Protocol):
    """Reads one parameter: ``raw`` is text or a tree, ``name`` its full name; gives its value or raises."""

    def read(self, raw: Any, name: str) -> Any: ...


def decode(form: str) -> Tree:
    """The tree of a form body or query string; lists stay trees keyed by their index."""
    root: Tree = {}
    for key, value in parse_qsl(form, keep_blank_values=True, max_num_fields=1000):
        head, *rest = key.replace("]", "").split("[")
        branch = root
        for step, following in zip([head, *rest], rest, strict=False):
            if not isinstance(branch.setdefault(step, {}), dict):
                raise invalid(f"Invalid object: {key}", param=head)
            branch = branch[step]
            if following == "":  # expand[]=a&expand[]=b
                rest[-1] = str(len(branch))
        branch[rest[-1] if rest else head] = value
    return root


@dataclass(frozen=True)
class Text:
    """A non-empty text of at most ``longest`` characters; Stripe's general limit is 5,000."""

    longest: int = 5000

    def read(self, raw: Any, name: str) -> str:
        if not isinstance(raw, str):
            raise invalid(f"Invalid string: {raw}", param=name)
        if not raw:
            raise invalid(
                f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
                f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a "
                "non-empty value.",
                "parameter_invalid_empty",
                name,
            )
        if len(raw) > self.longest:
            raise invalid(f"Invalid string: {raw[:40]}...; must be at most {self.longest} characters", param=name)
        return raw


@dataclass(frozen=True)
class Email:
    """An e-mail address, checked as loosely as Stripe does."""

    def read(self, raw: Any, name: str) -> str:
        text = Text(512).read(raw, name)
        if not re.fullmatch(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+", text):
            raise invalid(f"Invalid email address: {text}", "email_invalid", name)
        return text


@dataclass(frozen=True)
class Url:
    """An absolute web address."""

    def read(self, raw: Any, name: str) -> str:
        text = Text(5000).read(raw, name)
        if (
            re.search(r"[\s<>\"'\\;,]", text)
            or not re.fullmatch(r"https?", (parts := urlsplit(text)).scheme)
            or not parts.hostname
        ):
            raise invalid("Not a valid URL", "url_invalid", name)
        return text


@dataclass(frozen=True)
class Integer:
    """A whole number within bounds."""

    least: int = 0
    most: int = 2**53

    def read(self, raw: Any, name: str) -> int:
        if not isinstance(raw, str) or not re.fullmatch(r"-?\d{1,18}", raw):
            raise invalid(f"Invalid integer: {raw}", "parameter_invalid_integer", name)
        if not self.least <= (number := int(raw)) <= self.most:
            bound, limit = ("greater than or equal to", self.least) if number < self.least else ("at most", self.most)
            raise invalid(f"This value must be {bound} {limit}.", "parameter_invalid_integer", name)
        return number


@dataclass(frozen=True)
class Flag:
    """``true`` or ``false``."""

    def read(self, raw: Any, name: str) -> bool:
        if raw not in ("true", "false"):
            raise invalid(f"Invalid boolean: {raw}", param=name)
        return bool(raw == "true")


@dataclass(frozen=True)
class Currency:
    """A currency in lower case that the sandbox knows."""

    def read(self, raw: Any, name: str) -> str:
        text = Text().read(raw, name)
        if text not in CURRENCIES:
            known = ", ".join(sorted(CURRENCIES))
            raise invalid(f"Invalid currency: {text}. Stripe currently supports these currencies: {known}", param=name)
        return text


class Choice:
    """One of a few words."""

    def __init__(self, words: str) -> None:
        self.words = words.split()

    def read(self, raw: Any, name: str) -> str:
        if raw not in self.words:
            *most, last = self.words
            either = f"one of {', '.join(most)}, or {last}" if most else last
            raise invalid(f"Invalid {name}: must be {either}", param=name)
        return str(raw)


@dataclass(frozen=True)
class Metadata:
    """At most 50 keys of 40 characters with values of 500."""

    def read(self, raw: Any, name: str) -> dict[str, str]:
        if not isinstance(raw, dict):
            raise invalid(f"Invalid object: {raw}", param=name)
        if len(raw) > 50 or any(len(key) > 40 for key in raw):
            raise invalid("Metadata can have up to 50 keys, of up to 40 characters each", param=name)
        return {key: Text(500).read(value, f"{name}[{key}]") for key, value in raw.items()}


@dataclass(frozen=True)
class Many:
    """A list of at most ``most`` things of one shape."""

    item: Shape
    most: int = 100

    def read(self, raw: Any, name: str) -> list[Any]:
        if not isinstance(raw, dict) or not all(DIGITS.fullmatch(index) for index in raw):
            raise invalid("Invalid array", param=name)
        if len(raw) > self.most:
            raise invalid(f"Array {name} exceeded maximum {self.most} allowed elements.", param=name)
        return [self.item.read(raw[index], f"{name}[{index}]") for index in sorted(raw, key=int)]


@dataclass(frozen=True)
class Either:
    """A plain value or a group, as ``created`` in lists."""

    plain: Shape
    group: Shape

    def read(self, raw: Any, name: str) -> Any:
        return (self.group if isinstance(raw, dict) else self.plain).read(raw, name)


@dataclass(frozen=True)
class Group:
    """Named parameters. ``unplayed`` ones exist at Stripe, but the sandbox says plainly that it does not play them."""

    shapes: Mapping[str, Shape]
    required: Sequence[str] = ()
    unplayed: frozenset[str] = field(default=frozenset())

    @property
    def names(self) -> set[str]:
        """Every parameter that Stripe documents here."""
        return {*self.shapes, *self.unplayed}

    def read(self, raw: Any, name: str = "") -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise invalid("Invalid object", param=name)
        for key in raw:
            full = f"{name}[{key}]" if name else key
            if key in self.unplayed:
                raise invalid(f"The sandbox does not play the parameter {full}.", "sandbox_unplayed", full)
            if key not in self.shapes:
                raise invalid(f"Received unknown parameter: {full}", "parameter_unknown", full)
        for key in self.required:
            if key not in raw:
                full = f"{name}[{key}]" if name else key
                raise invalid(f"Missing required param: {full}.", "parameter_missing", full)
        return {key: self.shapes[key].read(value, f"{name}[{key}]" if name else key) for key, value in raw.items()}
