"""Why purchases cannot be declared."""

from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import N_


class MonthClosedAlready(InvalidInput):
    """The month's statements are written, or being written."""

    code = "month-closed-already"
    message = N_("%(period)s is closed: its purchases cannot change any more. Ask the cooperative on your statement.")
