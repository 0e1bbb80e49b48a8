"""What people type about a dispute."""

from typing import Any

from wtforms import BooleanField, FileField, SelectField, TextAreaField, ValidationError
from wtforms.validators import Length, Optional

from billing.dispute.document import figures, is_money
from billing.dispute.words import field_text, figure_text
from coopcircuits.federation.schema import one_line
from coopcircuits.forms import Form, Required, read_decimal, select_options, text
from coopcircuits.i18n import gettext, lazy
from coopcircuits.money import exponent


def _reason(label: Any) -> TextAreaField:
    return TextAreaField(
        label, [Required(), Length(max=1000)], filters=[lambda typed: one_line(typed or "")], render_kw={"rows": 4}
    )


class SayForm(Form):
    """One more document of a dispute."""

    reason = _reason(lazy("What you say about it"))
    evidence = text(lazy("What it rests on"), most=200, required=False, help=lazy("For example: invoice 2026-118."))
    file = FileField(
        lazy("Its file"),
        [Optional()],
        description=lazy(
            "Only its fingerprint is kept, signed and published: whoever sees the file later can check it. Keep it."
        ),
    )
    read = BooleanField(lazy("I know that this will be signed, public, and can never be changed."))

    def validate_read(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(gettext("Tick the box once you have read what you sign."))


class ClaimForm(SayForm):
    """A figure is contested; :meth:`offer` comes first."""

    figure = SelectField(lazy("Which figure"), [Required()])
    claimed = text(
        lazy("What it should be"),
        most=30,
        required=False,
        help=lazy("In the unit of the report. Leave it empty if you only know that it is wrong."),
    )
    reason = _reason(lazy("Why you contest it"))
    value: int | None = None

    def offer(self, report: dict[str, Any]) -> "ClaimForm":
        """Fill in which figures the report has."""
        self.currency = str(report["currency"])
        named = [
            (path, f"{field_text(path, report)} ({figure_text(figure, path, self.currency)})")
            for path, figure in figures(report).items()
        ]
        self.figure.choices = select_options([("", gettext("Choose")), *named])
        return self

    def validate_claimed(self, field: Any) -> None:
        if not (field.data or "").strip():
            return
        digits = exponent(self.currency) if is_money(self.figure.data or "") else 0
        try:
            number = read_decimal(field.data) * 10**digits
        except ValueError:
            raise ValidationError(gettext("Write a number such as 1250 or 1250.50.")) from None
        if number != number.to_integral_value():
            raise ValidationError(gettext("This has more decimals than the report."))
        self.value = int(number)
