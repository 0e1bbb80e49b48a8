"""What is typed about receipts."""

from wtforms import DateField
from wtforms.validators import Optional

from coopcircuits.forms import Form, MoneyField, Required, text
from coopcircuits.i18n import lazy


class ReturnForm(Form):
    """Money that went back to a shop."""

    amount = MoneyField(
        lazy("Amount that went back"), [Optional()], description=lazy("Empty: all that is left of the receipt.")
    )
    returned_on = DateField(lazy("Day"), [Required()])
    reason = text(lazy("Why"), most=200, help=lazy("“Paid twice”, “refused by the bank”."))
