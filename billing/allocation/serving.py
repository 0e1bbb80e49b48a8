"""What sisters' machines read of the allocation: ours of each month, and the keys of sharing that we publish."""

from flask.typing import ResponseReturnValue

from billing.allocation import queries
from billing.commons.serving import SIGNED_AGAIN, document, problem
from billing.sharing_key import queries as proposals
from coopcircuits.doors import read_session
from coopcircuits.i18n import N_, gettext

_NOT_ALLOCATED = N_("We have not computed this month.")
_UNKNOWN_KEY = N_("We have neither adopted nor proposed this key of sharing.")


def allocation(period: str) -> ResponseReturnValue:
    """Our allocation of a month; it may still change until it is locked."""
    held = queries.current(read_session(), period)
    if held is None:
        return problem(404, "unknown-period", gettext(_NOT_ALLOCATED))
    return document(held.envelope, max_age=SIGNED_AGAIN if held.locked_at else 0)


def sharing_key(digest: str) -> ResponseReturnValue:
    """A key of sharing under our signature, adopted or proposed; its content never changes."""
    session = read_session()
    held = queries.key_by_digest(session, digest) or proposals.our_proposal(session, digest)
    if held is None:
        return problem(404, "unknown-key", gettext(_UNKNOWN_KEY))
    return document(held.envelope, max_age=SIGNED_AGAIN)
