"""What is typed about receipts."""

from wtforms import DateField, SelectField
from wtforms.validators import Optional

from coopcircuits.forms import Form, MoneyField, Required, text
from coopcircuits.i18n import lazy


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
