"""What is typed about receipts."""

from wtforms import DateField, RadioField, SelectField
from wtforms.validators import Optional

from billing.collection.models import BY_HAND
from billing.collection.words import method_name
from coopcircuits.forms import Form, MoneyField, Required, select_options, text
from coopcircuits.i18n import lazy


class HandForm(Form):
    """A cheque or cash."""

    payer = SelectField(lazy("It comes from"), [Required()])
    method = RadioField(lazy("Means of payment"), [Required()])
    amount = MoneyField(lazy("Amount"), [Required()])
    received_on = DateField(lazy("Day"), [Required()])
    reference = text(
        lazy("Reference"),
        most=100,
        required=False,
        help=lazy("The cheque’s number and bank, or that of the slip you gave."),
    )

    def offer_methods(self) -> None:
        """Name the means in the reader's language."""
        self.method.choices = select_options((method.value, method_name(method)) for method in BY_HAND)


class MoveForm(Form):
    """Money that is another shop's."""

    to_shop = SelectField(lazy("Shop whose money it is"), [Required()])
    reason = text(lazy("Why"), most=200, help=lazy("Both shops read this on their page of payments."))


class ReturnForm(Form):
    """Money that went back to a shop."""

    amount = MoneyField(
        lazy("Amount that went back"), [Optional()], description=lazy("Empty: all that is left of the receipt.")
    )
    returned_on = DateField(lazy("Day"), [Required()])
    reason = text(lazy("Why"), most=200, help=lazy("“Paid twice”, “refused by the bank”."))
