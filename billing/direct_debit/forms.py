"""What is typed about direct debits."""

from wtforms import BooleanField, DateField

from coopcircuits.forms import Form, Required, text
from coopcircuits.i18n import lazy


class MandateForm(Form):
    """A shop agrees to be debited."""

    holder = text(lazy("Name on the account"), most=70)
    iban = text(lazy("IBAN"), most=42, help=lazy("On your bank details: it begins with FR and two digits in France."))
    agreed = BooleanField(lazy("I sign this mandate"), [Required()])


class DebitDayForm(Form):
    """When the bank collects."""

    day = DateField(lazy("Day of collection"), [Required()])


class RefusalForm(Form):
    """Why a debit did not come."""

    reason = text(lazy("Why"), most=200, required=False, help=lazy("The bank’s words or code, such as AM04."))
