"""The rates that the European Central Bank publishes, and a rate as somebody found it elsewhere."""

from fractions import Fraction
from typing import Any

from wtforms import FileField, SelectField, ValidationError

from billing.exchange_rate.services import SOURCES
from billing.exchange_rate.words import source_text
from coopcircuits.forms import Form, Required, read_decimal, select_options, text
from coopcircuits.i18n import gettext, lazy


class HistoryForm(Form):
    file = FileField(
        lazy("File of the European Central Bank"),
        [Required()],
        description=lazy("eurofxref-hist.zip as it is, or the eurofxref-hist.csv in it."),
    )


class RateForm(Form):
    currency = SelectField(lazy("Currency"))
    rate = text(lazy("One euro is"), most=20, help=lazy("Units of the currency for one euro, for example 4461.37."))
    source = SelectField(lazy("Where it comes from"))

    def offer(self, currencies: list[str]) -> "RateForm":
        """Fill in what may be chosen; an unknown currency is refused by the field itself."""
        self.currency.choices = select_options((currency, currency) for currency in currencies)
        self.source.choices = select_options((source, source_text(source)) for source in SOURCES)
        return self

    def validate_rate(self, field: Any) -> None:
        try:
            self.value = Fraction(read_decimal(field.data or ""))
        except ValueError:
            raise ValidationError(gettext("Write a rate such as 4461.37.")) from None
