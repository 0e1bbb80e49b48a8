"""What is typed about the cash of a month."""

from typing import Any

from wtforms import IntegerField, SelectField
from wtforms.widgets import HiddenInput

from coopcircuits.forms import Form, MoneyField, Required, text
from coopcircuits.i18n import lazy

_AMOUNT_HELP = lazy("All accounts and the till together, on its last day. Overdrawn: with a minus sign, such as -250.")
_REMARK_HELP = lazy("Only the cooperative reads it: which accounts, what was unusual.")


def _amount() -> Any:
    return MoneyField(lazy("What the accounts held"), [Required()], least=None, description=_AMOUNT_HELP)


def _remark() -> Any:
    return text(lazy("Remark"), most=300, required=False, help=_REMARK_HELP)


class BalanceForm(Form):
    """The end of one month."""

    #: Whether the month may be noted is for the use case to say, in better words than "not a valid choice".
    period = SelectField(lazy("Month"), [Required()], validate_choice=False)
    amount = _amount()
    remark = _remark()


class CorrectionForm(Form):
    """The same written anew."""

    version = IntegerField(lazy("Version"), [Required()], widget=HiddenInput())
    amount = _amount()
    remark = _remark()
    reason = text(
        lazy("Why it changes"), most=300, required=False, help=lazy("Needed once the month is in a published report.")
    )
