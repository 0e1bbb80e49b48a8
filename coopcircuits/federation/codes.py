"""Code lists that documents are checked against: countries, currencies, time zones."""

from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

from babel.numbers import list_currencies


def is_country(code: str) -> bool:
    """Whether ``code`` is an ISO 3166-1 alpha-2 country."""
    return code in _countries()


def is_currency(code: str) -> bool:
    """Whether ``code`` is an ISO 4217 currency, present or past."""
    return code in _currencies()


def is_zone(name: str) -> bool:
    """Whether ``name`` is a time zone of the IANA database."""
    return name in _zones()


@cache
def _countries() -> frozenset[str]:
    # The time zone database carries the list as a table: code, tab, name.
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8")
    return frozenset(line[:2] for line in table.splitlines() if line and not line.startswith("#"))


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"Factory", "localtime"})
