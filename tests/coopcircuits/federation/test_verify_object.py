"""Which keys may have signed what bears no date, and what bears one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coopcircuits.federation.keys import PrivateKey
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import Envelope, ObjectKind, build_envelope
from coopcircuits.federation.verify_object import verify_object
from tests.billing.commons.sister import COMING, KEY, NOW, REVOKED, STALE, STRANGER, identity

#: When the key that was lost stopped counting.
LOST = datetime(2026, 11, 9, 10, tzinfo=UTC)


def verified(signer: PrivateKey, received_at: datetime | None, **payload: Any) -> Envelope:
    raw = build_envelope(ObjectKind.DISPUTE, {"v": 1, **payload}, [signer])
    return verify_object(
        raw, kind=ObjectKind.DISPUTE, identity=identity(), check=lambda _payload: [], received_at=received_at
    )


@pytest.mark.parametrize("received_at", [NOW, None], ids=["fetched", "archive"])
@pytest.mark.parametrize("signer", [KEY, STALE, COMING], ids=lambda key: key.kid)
def test_what_bears_no_date_may_be_signed_by_any_announced_key(
    signer: PrivateKey, received_at: datetime | None
) -> None:
    """A key of sharing that was adopted before a rotation can still be fetched by who joins after it."""
    assert verified(signer, received_at).payload == {"v": 1}


@pytest.mark.parametrize("date", [{}, {"issued_at": "2026-11-08T10:00:00Z"}], ids=["without date", "dated"])
def test_a_compromised_key_only_speaks_for_what_was_seen_before(date: dict[str, str]) -> None:
    assert verified(REVOKED, LOST - timedelta(seconds=1), **date)
    for received_at in (LOST, NOW, None):
        with pytest.raises(Refusal) as refused:
            verified(REVOKED, received_at, **date)
        assert refused.value.reason == "key-revoked"


@pytest.mark.parametrize("received_at", [NOW, None], ids=["fetched", "archive"])
def test_what_bears_a_date_is_signed_by_a_key_that_had_not_expired_then(received_at: datetime | None) -> None:
    """A later key may sign it again, after a theft."""
    issued = "2026-11-08T10:00:00Z"
    assert verified(KEY, received_at, issued_at=issued)
    assert verified(COMING, received_at, issued_at=issued)
    for signer, reason in ((STALE, "key-expired"), (STRANGER, "unknown-key")):
        with pytest.raises(Refusal) as refused:
            verified(signer, received_at, issued_at=issued)
        assert refused.value.reason == reason
