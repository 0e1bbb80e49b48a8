"""What can go wrong when people buy."""

from collections.abc import Sequence
from dataclasses import dataclass

from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_


class WrongState(DomainError):
    """The order is no longer in a state that allows this."""

    code = "wrong-state"
    message = N_("This order has changed in the meantime. Here is how it stands now.")


class CycleNotOpen(DomainError):
    """The cycle closed, or has not opened yet."""

    code = "cycle-not-open"
    message = N_("Ordering is closed. Nothing has been charged; your basket is kept.")


class SlotFull(DomainError):
    """Somebody took the slot's last place."""

    code = "slot-full"
    message = N_("This slot has just filled up. Please choose another one; nothing has been charged.")


@dataclass(frozen=True)
class PriceMove:
    """A line of a basket whose price is no longer the one that was seen; ``now`` is ``None`` when it left the sale."""

    offer_id: int
    product_name: str
    seen: int
    now: int | None


class BasketChanged(DomainError):
    """The basket is not the one that the page showed; ``moves`` says which prices are others."""

    code = "basket-changed"
    message = N_("Your basket has changed since you saw this page. Please look at it again; nothing has been charged.")

    def __init__(self, moves: Sequence[PriceMove] = ()) -> None:
        super().__init__()
        self.moves = tuple(moves)


class TooLate(DomainError):
    """The cycle is over: the shop is already harvesting and packing."""

    code = "too-late"
    message = N_("The sale is closed, so this order cannot be changed here any more. Please write to the shop.")


class NothingLeft(DomainError):
    """The last line would be lowered to nothing."""

    code = "nothing-left"
    message = N_("Nothing would be left of this order. To give it up, cancel it; nothing has been changed.")


class PaidByCard(DomainError):
    """A card was charged for a total that cannot be raised afterwards."""

    code = "paid-by-card"
    message = N_(
        "This order is paid by card, so its total cannot grow. Please place a second order for the rest; nothing has "
        "been changed."
    )


class AmountMoved(DomainError):
    """The amount is not the one that the person agreed to."""

    code = "amount-moved"
    message = N_(
        "The amounts have changed since you saw this page. Please look at them again; nothing has been changed."
    )


class HoldOver(DomainError):
    """The time to pay by card has run out."""

    code = "hold-over"
    message = N_("The time to pay has run out. Nothing has been charged; you can order again.")


class TooMuch(DomainError):
    """More money than is left of what was paid."""

    code = "too-much"
    message = N_("This is more than what is left of the payment. Nothing has been refunded.")
