"""Countries, with the currency and the time zones people use there (CLDR and the time zone database)."""

from functools import cache
from importlib import resources

from babel import Locale
from babel.numbers import get_currency_name, get_territory_currencies

from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import N_
from coopcircuits.references import plain


@cache
def _zones() -> dict[str, list[str]]:
    """Country code to its zones; the first is the one most of its people live in."""
    table = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text()
    zones: dict[str, list[str]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _place, zone, *_remark = line.split("\t")
            zones.setdefault(country, []).append(zone)
    return zones


def usual_zone(country: str) -> str:
    """The time zone of most of a country; raises :class:`InvalidInput` for what is no country."""
    if country not in _zones():
        raise InvalidInput(N_("Choose a country of the list."), field="country")
    return _zones()[country][0]


def usual_currency(country: str) -> str:
    """The present currency of a country."""
    currencies = get_territory_currencies(country)
    return str(currencies[0]) if currencies else "EUR"


@cache
def country_choices(language: str) -> list[tuple[str, str]]:
    """Every country by code, in the alphabet of ``language``."""
    names = Locale.parse(language).territories
    return sorted(((code, str(names[code])) for code in _zones()), key=lambda choice: plain(choice[1]))


@cache
def currency_choices(language: str) -> list[tuple[str, str]]:
    """Every currency in use by code, named in ``language``."""
    codes = {str(code) for country in _zones() for code in get_territory_currencies(country)}
    named = ((code, f"{get_currency_name(code, locale=language)} ({code})") for code in codes)
    return sorted(named, key=lambda choice: plain(choice[1]))


@cache
def zone_choices() -> dict[str, list[tuple[str, str]]]:
    """Every time zone, named after its town, by part of the world."""
    choices: dict[str, list[tuple[str, str]]] = {}
    for zone in sorted({zone for zones in _zones().values() for zone in zones}):
        region, _slash, town = zone.partition("/")
        choices.setdefault(region, []).append((zone, town.replace("_", " ").replace("/", ", ")))
    return choices
