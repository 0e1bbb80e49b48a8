"""What sisters' machines read of disputes: the documents that we signed, and every one that we hold by its digest."""

from flask.typing import ResponseReturnValue

from billing.commons.instance import instance_name
from billing.commons.serving import SIGNED_AGAIN, document, problem
from billing.dispute import queries
from coopcircuits.doors import read_session
from coopcircuits.federation.canonical import canonical_bytes
from coopcircuits.federation.moments import format_moment
from coopcircuits.i18n import N_, gettext

_UNKNOWN = N_("We hold no such document of a dispute.")


def disputes() -> ResponseReturnValue:
    """Every document that we signed, newest first."""
    entries = [
        {"digest": one.digest, "act": one.act.value, "dispute": claim, "issued_at": format_moment(one.issued_at)}
        for one, claim in queries.our_documents(read_session())
    ]
    return document(canonical_bytes({"instance": instance_name(), "disputes": entries}), max_age=0)


def dispute_document(digest: str) -> ResponseReturnValue:
    """One document as it was signed, by us or by a sister; its content never changes."""
    held = queries.document_of(read_session(), digest)
    if held is None:
        return problem(404, "unknown-dispute", gettext(_UNKNOWN))
    return document(held.envelope, max_age=SIGNED_AGAIN)
