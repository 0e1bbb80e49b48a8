"""What can go wrong when shops keep their shelves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.i18n import N_


class OutOfStock(DomainError):
    """Some variants could not be served in full; ``left`` says what remains of each, by variant id."""

    code = "out-of-stock"
    message = N_("Some products sold out while you were ordering. Nothing has been charged; your basket is kept.")

    def __init__(self, left: Mapping[int, int]) -> None:
        super().__init__()
        self.left = dict(left)


class NameTaken(InvalidInput):
    """Another enterprise bears this name under the same postcode."""

    code = "name-taken"
    message = N_(
        "Another enterprise already bears this name at this postcode. If it is yours, ask its owner for access; "
        "otherwise add a word to the name."
    )

    def __init__(self) -> None:
        super().__init__(field="name")


class EmailNotConfirmed(DomainError):
    """Nobody reachable answers for the enterprise yet."""

    code = "email-not-confirmed"
    message = N_("First confirm your e-mail address: open the link in the mail that we sent you.")


class LastOwner(DomainError):
    """Without this person nobody could manage the enterprise."""

    code = "last-owner"
    message = N_("This is the last owner. Make somebody else owner first; nothing has been changed.")


@dataclass(frozen=True)
class CellProblem:
    """One cell of the list that cannot be saved: ``message`` is a msgid with a place for ``now``, its present value."""

    variant_id: int
    field: str
    message: str
    now: object


class CellsRefused(InvalidInput):
    """Some cells of the list cannot be saved, so none was."""

    code = "cells-refused"
    message = N_("Nothing has been saved: please look at the marked cells.")

    def __init__(self, problems: Sequence[CellProblem]) -> None:
        super().__init__()
        self.problems = list(problems)
