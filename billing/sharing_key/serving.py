"""The keys of sharing that we publish, for sisters' machines."""

from flask.typing import ResponseReturnValue

from billing.allocation import queries as allocations
from billing.commons.instance import instance_name
from billing.commons.serving import document
from billing.sharing_key import queries
from billing.sharing_key.models import KeyState
from coopcircuits.doors import read_session
from coopcircuits.federation.canonical import canonical_bytes


def keys() -> ResponseReturnValue:
    """Those that we adopted and those that we propose, the highest version first."""
    session = read_session()
    adopted = [(key.digest, key.version, key.since, KeyState.ADOPTED) for key in allocations.adopted_keys(session)]
    proposed = [(key.digest, key.version, key.since, KeyState.PROPOSED) for key in queries.our_proposals(session)]
    told = [
        {"digest": digest, "version": version, "from": since, "state": state.value}
        for digest, version, since, state in sorted(proposed + adopted, key=lambda key: (-key[1], key[0]))
    ]
    return document(canonical_bytes({"instance": instance_name(), "sharing_keys": told}), max_age=0)
