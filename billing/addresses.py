"""What stands in addresses of this floor."""

from coopcircuits.errors import InvalidInput, NotFound
from coopcircuits.period import Month


def month_in(address_part: str) -> Month:
    """The month that an address names; raises :class:`NotFound`."""
    try:
        return Month.parse(address_part)
    except InvalidInput:
        raise NotFound from None
