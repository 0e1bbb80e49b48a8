"""What is typed about a cost."""

from datetime import date
from typing import cast

from wtforms import DateField, FileField, IntegerField, RadioField, SelectField
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import HiddenInput

from billing.cost.models import CostCategory, CostKind, CostScope
from billing.cost.services import CostSpec
from billing.cost.words import CATEGORIES, KINDS, SCOPES
from coopcircuits.forms import Form, MoneyField, Required, select_options, text
from coopcircuits.i18n import lazy
from coopcircuits.period import Month

RECEIPT_HELP = lazy("PDF, JPEG or PNG, up to 5 MB. Only the cooperative can open it.")


class CostForm(Form):
    """One cost of one month."""

    label = text(lazy("What it was"), most=160, help=lazy("“Server and backups, October”."))
    category = SelectField(
        lazy("Category"), choices=select_options([(key.value, name) for key, name in CATEGORIES.items()])
    )
    kind = RadioField(
        lazy("Paid how"),
        [Required()],
        choices=select_options([(key.value, name) for key, name in KINDS.items()]),
        default="cash",
    )
    scope = RadioField(
        lazy("For whom"),
        [Required()],
        choices=select_options([(key.value, name) for key, name in SCOPES.items()]),
        default="local",
    )
    amount = MoneyField(
        lazy("Amount before tax"), [Required()], description=lazy("For work given: what it would have cost.")
    )
    tax = MoneyField(lazy("Tax paid"), [Optional()])
    minutes = IntegerField(
        lazy("Minutes of work"), [Optional(), NumberRange(0, 100_000)], description=lazy("Only for work given.")
    )
    spent_on = DateField(lazy("Day"), [Required()])
    month = SelectField(lazy("Counts in"))
    receipt = FileField(lazy("Receipt"), [Optional()], description=RECEIPT_HELP)

    def spec(self) -> CostSpec:
        """What the use case takes; for an accepted form."""
        return CostSpec(
            month=Month.parse(self.month.data),
            category=CostCategory(self.category.data),
            scope=CostScope(self.scope.data),
            kind=CostKind(self.kind.data),
            label=self.label.data or "",
            amount=self.amount.data,
            tax=self.tax.data or 0,
            minutes=self.minutes.data or 0,
            spent_on=cast(date, self.spent_on.data),
        )


class CorrectionForm(CostForm):
    """A cost written anew."""

    version = IntegerField(lazy("Version"), [Required()], widget=HiddenInput())
    reason = text(
        lazy("Why it changes"), most=300, required=False, help=lazy("Needed once the month is in a published report.")
    )


class RemovalForm(Form):
    """A cost taken out."""

    reason = text(
        lazy("Why it goes"), most=300, required=False, help=lazy("Needed once the month is in a published report.")
    )


class ReceiptForm(Form):
    """One more document."""

    receipt = FileField(lazy("Receipt"), [Required()], description=RECEIPT_HELP)
