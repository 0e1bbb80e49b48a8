"""Countries, their currency and their time zones."""

from zoneinfo import available_timezones

import pytest

from coopcircuits.cooperative import countries
from coopcircuits.errors import InvalidInput


@pytest.mark.parametrize(
    ("country", "currency", "zone"),
    [
        ("FR", "EUR", "Europe/Paris"),
        ("ES", "EUR", "Europe/Madrid"),
        ("PT", "EUR", "Europe/Lisbon"),
        ("CH", "CHF", "Europe/Zurich"),
        ("GB", "GBP", "Europe/London"),
        ("NZ", "NZD", "Pacific/Auckland"),
        ("IN", "INR", "Asia/Kolkata"),
        ("RE", "EUR", "Indian/Reunion"),
    ],
)
def test_what_is_usual_in_a_country(country: str, currency: str, zone: str) -> None:
    assert countries.usual_currency(country) == currency
    assert countries.usual_zone(country) == zone


def test_what_is_no_country_is_refused() -> None:
    with pytest.raises(InvalidInput):
        countries.usual_zone("XX")


def test_every_choice_can_be_used() -> None:
    zones = {zone for group in countries.zone_choices().values() for zone, _town in group}
    assert zones <= available_timezones()
    for code, _name in countries.country_choices("fr"):
        assert countries.usual_zone(code) in zones
        assert len(countries.usual_currency(code)) == 3


def test_names_follow_the_readers_alphabet() -> None:
    names = [name for _code, name in countries.country_choices("fr")]
    assert names.index("Égypte") < names.index("Espagne") < names.index("Estonie") < names.index("États-Unis")
    assert "Germany" in [name for _code, name in countries.country_choices("en")]
