"""What staff type about an order."""

from typing import Any

from coopcircuits.forms import Form, MoneyField, Required, text
from coopcircuits.i18n import lazy


class CancelForm(Form):
    """Why the shop gives an order up."""

    reason = text(lazy("Why?"), most=200, help=lazy("The shopper reads this in the mail."))


class RefundForm(Form):
    """How much goes back, and why."""

    amount = MoneyField(lazy("Amount to give back"), [Required()])
    reason = text(
        lazy("Why?"),
        most=200,
        help=lazy("For example: one box was bruised. The shopper reads this."),
        id="refund-reason",
    )

    @classmethod
    def of(cls, currency: str) -> Any:
        """The form in the order's currency."""
        form = cls.posted()
        form.amount.currency = currency
        return form
