"""What is typed about schemes and rates."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import RadioField, StringField
from wtforms.validators import Optional

from billing.scheme.models import SchemeKind
from coopcircuits.errors import DomainError
from coopcircuits.forms import Form, MoneyField, Required, read_decimal, select_options, text
from coopcircuits.i18n import gettext, lazy

#: What a shop may choose for itself.
CHOICES = {
    SchemeKind.PERCENT: lazy("A share of online sales"),
    SchemeKind.VOLUNTARY: lazy("An amount of our choice each month"),
    SchemeKind.MARGIN: lazy("A share of our margin, for shops that buy and sell on"),
    SchemeKind.STARTER: lazy("Nothing while we start"),
}


class ChoiceForm(Form):
    """A shop's own choice. Nothing is ticked or filled in beforehand."""

    kind = RadioField(lazy("From next month on"), [Required()])
    amount = MoneyField(
        lazy("Amount a month, before tax"),
        [Optional()],
        description=lazy("Only for an amount of your choice. Zero is a valid answer."),
    )

    def offer(self, kinds: Sequence[SchemeKind]) -> None:
        """Let the shop choose among these schemes."""
        self.kind.choices = select_options((kind.value, CHOICES[kind]) for kind in kinds)

    def validate(self, extra_validators: Any = None) -> bool:
        """An amount of one's choice must be said, even when it is zero."""
        good = super().validate(extra_validators)
        if self.kind.data == SchemeKind.VOLUNTARY and self.amount.data is None and not self.amount.errors:
            self.amount.errors = [gettext("Write the amount; 0 is a valid answer.")]
            return False
        return good


class DecisionForm(Form):
    """The cooperative's decision about one shop."""

    kind = RadioField(
        lazy("From next month on"),
        [Required()],
        choices=select_options(
            [
                (SchemeKind.PERCENT.value, lazy("A share of online sales")),
                (SchemeKind.VOLUNTARY.value, lazy("An amount of the shop’s choice")),
                (SchemeKind.EXEMPT.value, lazy("Exempt from contributing")),
            ]
        ),
    )
    amount = MoneyField(lazy("Amount a month, before tax"), [Optional()])
    reason = text(lazy("Why"), most=300, required=False, help=lazy("Printed on the statements of an exempt shop."))


class RatesForm(Form):
    """The cooperative's rates from next month on."""

    rate = StringField(lazy("Share of online sales, in per cent"), [Required()])
    tax_rate = StringField(lazy("Tax on contributions, in per cent"), [Required()])

    def read(self, name: str) -> int:
        """A percentage as basis points; raises :class:`DomainError` naming the field."""
        try:
            points = read_decimal(self[name].data) * 100
        except ValueError:
            points = Decimal(-1)
        if points != points.to_integral_value() or not 0 <= points <= 10_000:
            raise DomainError(gettext("Write a percentage such as 1 or 5.5."), field=name)
        return int(points)
