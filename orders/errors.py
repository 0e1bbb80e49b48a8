"""What can go wrong when people buy."""

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


class BasketChanged(DomainError):
    """The basket is not the one that the page showed."""

    code = "basket-changed"
    message = N_("Your basket has changed since you saw this page. Please look at it again; nothing has been charged.")
