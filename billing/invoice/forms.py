"""What is typed about invoices."""

from wtforms.validators import Optional
from wtforms.widgets import TextArea

from coopcircuits.forms import Form, MoneyField, text
from coopcircuits.i18n import lazy


class CreditForm(Form):
    """A credit note: a part, or all that is left."""

    net = MoneyField(
        lazy("Amount before tax"), [Optional()], description=lazy("Leave it empty to take off all that is left.")
    )
    reason = text(lazy("Why"), most=300, widget=TextArea(), help=lazy("The shop reads it on the credit note."))
