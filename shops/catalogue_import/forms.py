"""What is sent to import a catalogue."""

from wtforms import FileField

from coopcircuits.forms import Form, Required
from coopcircuits.i18n import lazy


class UploadForm(Form):
    """One file."""

    file = FileField(
        lazy("Your file"),
        [Required()],
        description=lazy("CSV, up to 10,000 lines and 10 MB. Any encoding; commas, semicolons or tabs."),
    )
