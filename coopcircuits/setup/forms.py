"""The first page of an empty instance."""

from typing import Any

from wtforms import SelectField

from coopcircuits import i18n
from coopcircuits.auth.forms import email_field, new_password_field
from coopcircuits.cooperative import countries
from coopcircuits.forms import Form, select_options, text
from coopcircuits.i18n import gettext, lazy


def _currencies() -> list[Any]:
    usual = ("", gettext("As usual in this country"))
    return select_options([usual, *countries.currency_choices(i18n.language())])


def _zones() -> list[Any]:
    choices = select_options([("", gettext("As usual in this country"))], gettext("Most often"))
    for part_of_the_world, zones in countries.zone_choices().items():
        choices += select_options(zones, part_of_the_world)
    return choices


class SetupForm(Form):
    name = text(lazy("Name of the cooperative"), most=120, help=lazy("As people know it; it is shown on every page."))
    country = SelectField(lazy("Country"), choices=lambda: select_options(countries.country_choices(i18n.language())))
    currency = SelectField(
        lazy("Currency"),
        choices=_currencies,
        description=lazy("Prices, statements and contributions are in this currency."),
    )
    zone = SelectField(
        lazy("Time zone"),
        choices=_zones,
        description=lazy("Months are counted by its calendar."),
    )
    administrator = text(lazy("First name and name"), most=120)
    email = email_field(description=lazy("You log in with it; it is also where people write to the cooperative."))
    password = new_password_field()
