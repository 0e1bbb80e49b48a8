"""The form that publishes a month."""

from wtforms import BooleanField, HiddenField, ValidationError

from coopcircuits.forms import Form, text
from coopcircuits.i18n import gettext, lazy


class PublishForm(Form):
    #: The content that was read: other figures are not published unseen.
    reviewed = HiddenField()
    reason = text(
        lazy("Why the figures change"),
        most=300,
        required=False,
        help=lazy("Public, and signed with the report. For example: three refunds were forgotten."),
    )
    read = BooleanField(lazy("I have read the report. It will be public and can never be changed, only replaced."))

    def validate_read(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(gettext("Tick the box once you have read the report."))
