"""What a manager types to plan a cycle."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wtforms import DateField, SelectMultipleField, TimeField

from coopcircuits.asked import whole_number
from coopcircuits.errors import InvalidInput
from coopcircuits.forms import Form, Required, read_quantity, text
from coopcircuits.i18n import N_, lazy
from orders.order_cycle.local_time import read_local
from orders.order_cycle.planning import SlotChoice
from orders.order_cycle.slots import SlotSpec


@dataclass(frozen=True)
class CyclePlan:
    """A cycle as typed, with instants instead of wall-clock times: what the services take."""

    name: str
    opens_at: datetime
    closes_at: datetime
    variant_ids: Collection[int]
    slots: Sequence[SlotSpec]
    fee_ids: Collection[int]


class _Ticks(SelectMultipleField):
    """Ticked lines of a list; which ones exist is the service's question."""

    def pre_validate(self, form: Any) -> None:
        """Anything of the right shape."""


def _number(typed: str | int) -> int:
    """An id; what is none of ours becomes 0, which no row has."""
    return whole_number(str(typed)) or 0


class CycleForm(Form):
    """One page for the whole cycle."""

    name = text(lazy("Name of the sale"), most=120)
    opens_on = DateField(lazy("Opens on"), [Required()])
    opens_time = TimeField(lazy("Opens at"), [Required()])
    closes_on = DateField(lazy("Closes on"), [Required()])
    closes_time = TimeField(lazy("Closes at"), [Required()])
    variants = _Ticks(lazy("Products"), coerce=_number, choices=[])
    slots = _Ticks(lazy("Pickup"), coerce=str, choices=[])
    fees = _Ticks(lazy("Fees"), coerce=_number, choices=[])

    def plan(self, choices: Sequence[SlotChoice], capacities: Mapping[str, str], zone: str) -> CyclePlan:
        """The cycle in the shop's time ``zone``; ``capacities`` are the texts typed beside the slots, by key.

        Raises :class:`InvalidInput` naming the field.
        """
        typed: Any = self.data
        opens_at = read_local(typed["opens_on"], typed["opens_time"], zone, field="opens_time")
        closes_at = read_local(typed["closes_on"], typed["closes_time"], zone, field="closes_time")
        return CyclePlan(
            name=typed["name"],
            opens_at=opens_at,
            closes_at=closes_at,
            variant_ids=typed["variants"],
            slots=[
                choice.spec(closes_at, zone, _capacity(capacities.get(choice.key, "")))
                for choice in choices
                if choice.key in typed["slots"]
            ],
            fee_ids=typed["fees"],
        )


def _capacity(typed: str) -> int | None:
    """How many orders a slot holds; nothing typed means no limit."""
    if not typed.strip():
        return None
    try:
        capacity = read_quantity(typed.strip())
    except ValueError as error:
        raise InvalidInput(str(error), field="slots") from error
    if capacity == 0:
        raise InvalidInput(N_("A slot holds at least one order; leave the field empty for no limit."), field="slots")
    return capacity
