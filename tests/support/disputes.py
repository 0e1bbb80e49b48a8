"""Disputes in tests."""

from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from billing.dispute import services
from billing.dispute.models import Dispute
from billing.peer.models import PeerReport
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.federation.keys import KeyStore
from tests.support.sisters import open_keys


def keys_of(settings: Settings) -> KeyStore:
    return open_keys(Path(settings.var_dir))


def contest(session: Session, report: PeerReport, issuer: str, *, us: str, keys: KeyStore, **changes: Any) -> Dispute:
    """Contest the first cost of a sister's report: half of it."""
    given: dict[str, Any] = {
        "issuer": issuer,
        "report_digest": report.digest,
        "field": "costs[0].amount",
        "claimed": 1_000,
        "reason": "The invoice says 10 EUR.",
    }
    return services.open_dispute(session, actor=SYSTEM, us=us, keys=keys, **{**given, **changes})
