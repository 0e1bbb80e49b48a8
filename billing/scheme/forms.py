"""What is typed about schemes and rates."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import Field, HiddenField, IntegerField, RadioField
from wtforms.fields import MonthField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import TextInput

from billing.scheme.contribution import Terms
from billing.scheme.models import SchemeKind, VatTreatment
from coopcircuits.forms import Form, MoneyField, Required, read_decimal, select_options, text
from coopcircuits.i18n import gettext, lazy
from coopcircuits.templating import number_text

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
                (SchemeKind.MARGIN.value, lazy("A share of the margin")),
                (SchemeKind.STARTER.value, lazy("Starting shop")),
                (SchemeKind.EXEMPT.value, lazy("Exempt from contributing")),
            ]
        ),
    )
    amount = MoneyField(lazy("Amount a month, before tax"), [Optional()])
    free_until = MonthField(
        lazy("Free through"),
        [Optional()],
        description=lazy("For a starting shop. Left empty, the terms say until when."),
    )
    free_turnover = MoneyField(
        lazy("Free until this turnover, before tax"),
        [Optional()],
        description=lazy("For a starting shop, whichever comes first. 0 for no limit; left empty, the terms say it."),
    )
    reason = text(lazy("Why"), most=300, required=False, help=lazy("Printed on the statements of an exempt shop."))


class RateField(Field):
    """A percentage ("1,5"); ``data`` is basis points. What cannot be read stays as typed."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else number_text(Decimal(self.data).scaleb(-2).normalize())

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        try:
            points = read_decimal(valuelist[0].replace("%", "")) * 100 if valuelist else Decimal(-1)
        except ValueError:
            points = Decimal(-1)
        if points != points.to_integral_value() or not 0 <= points <= 10_000:
            raise ValueError(gettext("Write a percentage such as 1 or 5.5."))
        self.data = int(points)


_TREATMENTS = select_options(
    [
        (VatTreatment.TAXABLE.value, lazy("Taxed: it pays for a service")),
        (VatTreatment.GIFT.value, lazy("A gift without counterpart: no VAT")),
    ]
)


class TermsForm(Form):
    """The cooperative's terms from next month on; ``seen`` is what the preview shown was made of."""

    rate_bp = RateField(lazy("Share of online sales"), [Required()])
    margin_rate_bp = RateField(lazy("Share of the margin"), [Required()])
    starter_rate_bp = RateField(lazy("Share of online sales after a free start"), [Required()])
    starter_months = IntegerField(
        lazy("Months of a free start"),
        [InputRequired(), NumberRange(0, 36)],
        description=lazy("0: shops cannot choose it by themselves."),
    )
    starter_turnover = MoneyField(
        lazy("Turnover that ends a free start"), [Required()], description=lazy("Before tax; 0 for no limit.")
    )
    minimum = MoneyField(
        lazy("At least"),
        [Required()],
        description=lazy("A month, before tax, for shops that give a share and sold something. 0 for none."),
    )
    cap = MoneyField(lazy("At most"), [Required()], description=lazy("A month, before tax. 0 for no cap."))
    tax_rate_bp = RateField(lazy("VAT on contributions"), [Required()])
    computed_vat = RadioField(lazy("VAT on shares of sales or margin"), [Required()], choices=_TREATMENTS)
    voluntary_vat = RadioField(
        lazy("VAT on amounts of the shop’s choice"),
        [Required()],
        choices=_TREATMENTS,
        description=lazy(
            "A contribution that opens a service is usually taxed, even when its amount is free. Ask your accountant."
        ),
    )
    question_days = IntegerField(lazy("Days to question a statement"), [InputRequired(), NumberRange(1, 366)])
    seen = HiddenField()

    def terms(self) -> Terms:
        """What was typed; for an accepted form."""
        values = {name: self[name].data for name in Terms._fields}
        return Terms(
            **values
            | {
                "computed_vat": VatTreatment(self.computed_vat.data),
                "voluntary_vat": VatTreatment(self.voluntary_vat.data),
            }
        )

    @property
    def is_seen(self) -> bool:
        """Whether the preview of exactly these terms was on the page."""
        return bool(self.seen.data == fingerprint(self.terms()))


def fingerprint(terms: Terms) -> str:
    """The terms in one line."""
    return " ".join(str(value) for value in terms)
