"""Keys of sharing and sisters' allocations for tests."""

from typing import Any

from sqlalchemy.orm import Session

from billing.allocation.models import AdoptedKey
from billing.allocation.services import adopt_key
from billing.commons import sharing_key
from coopcircuits.actor import SYSTEM
from coopcircuits.federation.keys import KeyStore


def a_key(*hosts: str, since: str = "2026-10", **changes: Any) -> dict[str, Any]:
    """A hybrid key for these instances, all in euros."""
    members = [(host, "EUR") for host in hosts]
    return (
        sharing_key.hybrid(members, since=since, decided_on="2026-09-01", decision="Voted in the circle of finance")
        | changes
    )


def adopt(session: Session, keys: KeyStore, *hosts: str, since: str = "2026-10", **changes: Any) -> AdoptedKey:
    return adopt_key(session, actor=SYSTEM, payload=a_key(*hosts, since=since, **changes), keys=keys)
