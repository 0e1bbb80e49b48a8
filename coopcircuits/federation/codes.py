"""Code lists that documents are checked against: countries, currencies, time zones, languages."""

import re
from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

from babel import Locale, parse_locale
from babel.numbers import list_currencies

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-[A-Za-z]{2})?", re.ASCII)


def is_country(code: str) -> bool:
    """Whether ``code`` is an ISO 3166-1 alpha-2 country."""
    return code in _countries()


def is_currency(code: str) -> bool:
    """Whether ``code`` is an ISO 4217 currency, present or past."""
    return code in _currencies()


def is_zone(name: str) -> bool:
    """Whether ``name`` is a time zone of the IANA database."""
    return name in _zones()


def language_tag(text: str) -> str | None:
    """``text`` as a language tag (BCP 47: language, script, country) in its usual spelling, if it is a known one."""
    if not _TAG.fullmatch(text):
        return None
    names = Locale("en")
    language, country, script = parse_locale(text, sep="-")[:3]
    known = language in names.languages and (not script or script in names.scripts)
    if not known or (country and not is_country(country)):
        return None
    return "-".join(part for part in (language, script, country) if part)


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
