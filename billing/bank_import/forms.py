"""What is sent and typed about bank statements."""

from wtforms import FileField, SelectField

from coopcircuits.forms import Form, Required
from coopcircuits.i18n import lazy


class BankFileForm(Form):
    """One file."""

    file = FileField(
        lazy("File of your bank"),
        [Required()],
        description=lazy("In the camt.053 format (XML), as banks offer it for accounting, up to 5 MB."),
    )


class PlaceForm(Form):
    """Whose money a line is."""

    target = SelectField(lazy("It comes from"), [Required()])
