"""Proposing a key of sharing, and adopting one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, SelectMultipleField, ValidationError
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from coopcircuits.errors import InvalidInput
from coopcircuits.forms import Form, MoneyField, Required, read_decimal, select_options, text
from coopcircuits.i18n import gettext, lazy
from coopcircuits.period import Month


class AdoptForm(Form):
    voted = BooleanField(lazy("Our members voted this key, exactly as it stands here."))

    def validate_voted(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(gettext("A key of sharing is adopted once the members voted it. Tick the box then."))


class ProposalForm(Form):
    """The key that we propose first: a part shared equally, a least and a most for everybody."""

    since = text(lazy("From the month"), most=7, help=lazy("For example 2027-01."))
    equal = text(
        lazy("Part that all pay equally"), most=6, help=lazy("In percent; the rest is shared in proportion to sales.")
    )
    floor = MoneyField(lazy("The least that everybody pays a month"), [InputRequired()])
    cap = text(lazy("The most, of an instance’s own contributions"), most=6, help=lazy("In percent of its income."))
    budget = MoneyField(
        lazy("Budget a month"),
        [Optional()],
        description=lazy("Leave it empty to share what the reports say was spent for the common software."),
    )
    sharing = SelectMultipleField(
        lazy("Who shares"), [Required()], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    decision = text(
        lazy("What is proposed, and why"), most=300, help=lazy("Public. Who proposes it, and where it will be voted.")
    )

    def offer(self, names: Mapping[str, str]) -> "ProposalForm":
        """Fill in who may share: names by host."""
        self.sharing.choices = select_options(names.items())
        return self

    def validate_since(self, field: Any) -> None:
        try:
            self.month = Month.parse((field.data or "").strip())
        except InvalidInput:
            raise ValidationError(gettext("Write a month such as 2027-01.")) from None

    def validate_equal(self, field: Any) -> None:
        self.equal_permille = _permille(field.data)

    def validate_cap(self, field: Any) -> None:
        self.cap_permille = _permille(field.data)


def _permille(typed: str | None) -> int:
    try:
        value = read_decimal(typed or "") * 10
    except ValueError:
        raise ValidationError(gettext("Write a percentage such as 25 or 12.5.")) from None
    if not Decimal(0) <= value <= 1000 or value != value.to_integral_value():
        raise ValidationError(gettext("Write a percentage from 0 to 100, with one decimal at most."))
    return int(value)
