"""What can go wrong when shops keep their shelves."""

from collections.abc import Mapping

from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_


class OutOfStock(DomainError):
    """Some variants could not be served in full; ``left`` says what remains of each, by variant id."""

    code = "out-of-stock"
    message = N_("Some products sold out while you were ordering. Nothing has been charged; your basket is kept.")

    def __init__(self, left: Mapping[int, int]) -> None:
        super().__init__()
        self.left = dict(left)
