"""What is typed about a pickup point."""

from datetime import date
from typing import Any

from babel.dates import format_date
from wtforms import FormField, SelectField, StringField, TimeField
from wtforms.validators import Optional
from wtforms.widgets import TextArea

from coopcircuits import i18n
from coopcircuits.forms import Form, Lines, MoneyField, read_quantity, select_options, text
from coopcircuits.i18n import gettext, lazy
from shops.delivery.models import DeliveryMethod
from shops.delivery.services import HoursSpec
from shops.directory.place_form import PlacedForm

MOST_SLOTS = 30


def weekday_name(weekday: int) -> str:
    """Name of a day of the week, 0 for Monday."""
    name: str = format_date(date(2024, 1, 1 + weekday), "EEEE", locale=i18n.locale())
    return name


class TimeOrBlank(TimeField):
    """A time of day; a line of the table is blank as a whole or not at all, so no single field is called optional."""

    def __init__(self, label: Any = None, **options: Any) -> None:
        super().__init__(label, **options)
        self.flags.required = True

    def process_formdata(self, valuelist: Any) -> None:
        if valuelist and valuelist[0].strip():
            super().process_formdata(valuelist)
        else:
            self.data = None


class HoursForm(Form):
    """One weekly slot; a line without times is nothing."""

    weekday = SelectField(lazy("Day"), coerce=int, default=4)
    starts = TimeOrBlank(lazy("From"))
    ends = TimeOrBlank(lazy("Until"))
    capacity = StringField(lazy("Limit"), [Optional()], filters=[lambda v: (v or "").strip()])

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.weekday.choices = select_options([(day, weekday_name(day)) for day in range(7)])
        self.read: HoursSpec | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the line and keep what it says in ``self.read``."""
        self.read = None
        if not super().validate(extra_validators):
            return False
        if self.starts.data is None and self.ends.data is None:
            return True
        if self.starts.data is None or self.ends.data is None:
            blank = self.starts if self.starts.data is None else self.ends
            blank.errors = [gettext("Write both times, or neither.")]
            return False
        if self.ends.data <= self.starts.data:
            self.ends.errors = [gettext("A slot ends after it starts.")]
            return False
        try:
            capacity = read_quantity(self.capacity.data) if self.capacity.data else None
            if capacity == 0:
                raise ValueError(gettext("Leave this empty for no limit."))
        except ValueError as error:
            self.capacity.errors = [str(error)]
            return False
        self.read = HoursSpec(self.weekday.data, self.starts.data, self.ends.data, capacity)
        return True


class PickupForm(PlacedForm):
    """A place where orders are collected, and when."""

    name = text(lazy("Name of the place"), most=120, help=lazy("“At the farm”, “In front of the station”…"))
    instructions = text(
        lazy("How to find it"), most=1000, required=False, widget=TextArea(), help=lazy("Sent with every order.")
    )
    fee = MoneyField(lazy("Fee for collecting here"), [Optional()], description=lazy("Per order, tax included."))
    hours = Lines(FormField(HoursForm), min_entries=2, max_entries=MOST_SLOTS)

    def __init__(self, *given: Any, currency: str, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fee.currency = currency

    @property
    def slots(self) -> list[HoursForm]:
        return [entry.form for entry in self.hours.entries]

    def add_line(self) -> None:
        """One more blank slot, at most :data:`MOST_SLOTS`."""
        if len(self.hours.entries) < MOST_SLOTS:
            self.hours.append_entry()

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields; without a slot nobody could collect."""
        fine = super().validate(extra_validators)
        if fine and not any(slot.read for slot in self.slots):
            self.slots[0].starts.errors = [gettext("Write at least one slot.")]
            self.hours.errors = [entry.errors for entry in self.hours.entries]
            return False
        return fine

    def values(self) -> dict[str, Any]:
        """What was typed, for the use case."""
        return {
            "name": self.name.data or "",
            "street": self.street.data or "",
            "postcode": self.postcode.data or "",
            "city": self.city.data or "",
            "instructions": (self.instructions.data or "").replace("\r\n", "\n"),
            "fee": self.fee.data or 0,
            "hours": [slot.read for slot in self.slots if slot.read],
        }

    @staticmethod
    def values_of(method: DeliveryMethod) -> dict[str, Any]:
        """What the form shows of a pickup point."""
        names = ("name", "street", "postcode", "city", "instructions", "fee")
        hours = [
            {
                "weekday": span.weekday,
                "starts": span.starts,
                "ends": span.ends,
                "capacity": "" if span.capacity is None else str(span.capacity),
            }
            for span in method.hours
        ]
        return {name: getattr(method, name) for name in names} | {"hours": hours}
