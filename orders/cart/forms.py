"""What was typed into the quantity fields of a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from coopcircuits.errors import DomainError
from coopcircuits.forms import read_quantity
from orders.cart.services import MOST

_PREFIX = "q"


@dataclass
class Quantities:
    """``typed`` as it was, ``changes`` as numbers and ``errors`` as sentences, all by offer id.

    Only fields that differ from what the page showed are changes: a page left open in another tab, or kept ready for
    everybody, must not undo what was put in the basket since.
    """

    typed: dict[int, str] = field(default_factory=dict)
    changes: dict[int, int] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)
    #: What is wrong with the basket as a whole.
    refusals: list[str] = field(default_factory=list)

    def refuse(self, error: DomainError) -> None:
        """Put a use case's refusal beside the field it names, or above the form."""
        name = error.field or ""
        if name.startswith(_PREFIX) and name[1:].isdecimal():
            self.errors[int(name[1:])] = str(error)
        else:
            self.refusals.append(str(error))

    def value(self, offer_id: int, held: Mapping[int, int]) -> str | int:
        """What the field of an offer shows."""
        return self.typed.get(offer_id, held.get(offer_id, 0))


def read_quantities(posted: Iterable[tuple[str, str]], *, shown: str) -> Quantities:
    """Read the fields ``q<offer id>``; ``shown`` is what :func:`shown_as` wrote into the page."""
    before = _read_shown(shown)
    found = Quantities()
    for name, text in posted:
        if not (name.startswith(_PREFIX) and name[1:].isdecimal() and len(name) < 12):
            continue
        offer_id, typed = int(name[1:]), text.strip()
        if typed == str(before.get(offer_id, 0)) or (not typed and offer_id not in before):
            continue
        found.typed[offer_id] = typed
        try:
            found.changes[offer_id] = read_quantity(typed or "0", most=MOST)
        except ValueError as error:
            found.errors[offer_id] = str(error)
    return found


def shown_as(held: Mapping[int, int]) -> str:
    """The quantities that a page shows, for its hidden field: "12:2 15:1"."""
    return " ".join(f"{offer_id}:{quantity}" for offer_id, quantity in sorted(held.items()))


def _read_shown(text: str) -> dict[int, int]:
    pairs = (pair.partition(":") for pair in text.split())
    return {int(key): int(value) for key, _, value in pairs if key.isdecimal() and value.isdecimal()}
