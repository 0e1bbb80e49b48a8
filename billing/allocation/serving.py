"""What sisters' machines read of the allocation: ours of each month, and the keys of sharing that we adopted."""

from flask.typing import ResponseReturnValue

from billing.allocation import queries
from billing.commons.serving import YEAR, document, problem
from coopcircuits.doors import read_session
from coopcircuits.i18n import N_, gettext

_NOT_ALLOCATED = N_("We have not computed this month.")
_UNKNOWN_KEY = N_("We have not adopted this key of sharing.")


def allocation(period: str) -> ResponseReturnValue:
    """Our allocation of a month; it may still change until it is locked."""
    held = queries.current(read_session(), period)
    if held is None:
        return problem(404, "unknown-period", gettext(_NOT_ALLOCATED))
    return document(held.envelope, max_age=YEAR if held.locked_at else 0)


def sharing_key(digest: str) -> ResponseReturnValue:
    """A key of sharing under our signature; it never changes."""
    held = queries.key_by_digest(read_session(), digest)
    if held is None:
        return problem(404, "unknown-key", gettext(_UNKNOWN_KEY))
    return document(held.envelope, max_age=YEAR)
