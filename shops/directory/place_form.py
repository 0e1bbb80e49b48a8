"""A form that asks for a place: in France the postcode is enough, and communes that share it become a list."""

from typing import Any

from wtforms import SelectField
from wtforms.widgets import Select, TextInput

from coopcircuits.forms import Form, select_options, text
from coopcircuits.i18n import gettext, lazy
from shops.directory import postcodes

_KNOWN_COUNTRY = "FR"


class CityField(SelectField):
    """A list when there is something to choose from, else a plain field."""

    def __init__(self, label: Any = None, **options: Any) -> None:
        super().__init__(label, choices=[], validate_choice=False, **options)

    def __call__(self, **attributes: Any) -> Any:
        self.widget = Select() if self.choices else TextInput()
        return super().__call__(**attributes)

    def _value(self) -> str:
        return self.data or ""


class PlacedForm(Form):
    """Adds street, postcode and town to a form; ``form.asks_city`` says whether to print the town's field."""

    street = text(lazy("Street and number"), most=160, required=False)
    postcode = text(lazy("Postcode"), most=12)
    city = CityField(lazy("Town"))

    def __init__(self, *given: Any, country: str, **options: Any) -> None:
        super().__init__(*given, **options)
        self.country = country
        if self.city.data is None or self.city.data == "None":
            self.city.data = ""
        self._offer(self._towns())

    @property
    def asks_city(self) -> bool:
        """Whether the town cannot be told from the postcode alone."""
        return self.country != _KNOWN_COUNTRY or len(self.city.choices or []) > 1

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then settle the town."""
        fine = super().validate(extra_validators)
        self.city.data = (self.city.data or "").strip()
        if self.country != _KNOWN_COUNTRY:
            return self._check_typed_city() and fine
        towns = self._towns()
        if self.postcode.data and not towns:
            self.postcode.errors = [*self.postcode.errors, gettext("We know no town with this postcode.")]
        elif len(towns) == 1:
            self.city.data = towns[0]
        elif towns and self.city.data not in towns:
            self.city.errors = [gettext("Several towns share this postcode: choose yours.")]
        return fine and not self.city.errors and not self.postcode.errors

    def _check_typed_city(self) -> bool:
        if not self.city.data:
            self.city.errors = [gettext("Please fill this in.")]
        elif len(self.city.data) > 80 or not self.city.data.isprintable():
            self.city.errors = [gettext("This contains characters that cannot be read.")]
        return not self.city.errors

    def _towns(self) -> list[str]:
        """Towns of the postcode typed so far, the largest first."""
        postcode = "".join((self.postcode.data or "").split())
        if self.country != _KNOWN_COUNTRY or len(postcode) != 5 or not postcode.isdecimal():
            return []
        return list(dict.fromkeys(place.commune for place in postcodes.find(postcode, limit=100)))

    def _offer(self, towns: list[str]) -> None:
        if len(towns) > 1:
            self.city.choices = select_options([("", gettext("Choose your town")), *((town, town) for town in towns)])
