"""What is typed about reminders."""

import re

from wtforms import DateField

from coopcircuits.asked import whole_number
from coopcircuits.forms import Form, Required, text
from coopcircuits.i18n import lazy


class ReminderTermsForm(Form):
    """After how many days shops are reminded."""

    days = text(
        lazy("Days after the due date"), most=60, required=False, help=lazy("“7, 21, 45”. Empty: nobody is reminded.")
    )
    valid_from = DateField(lazy("For invoices due from"), [Required()])

    def numbers(self) -> list[int]:
        """The whole numbers typed; something else among them gives one that is refused."""
        return [
            -1 if (number := whole_number(each)) is None else number
            for each in re.split(r"[\s,;]+", (self.days.data or "").strip())
            if each
        ]
