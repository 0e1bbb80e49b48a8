"""The keys under which a sister signs, as its page shows them."""

from dataclasses import dataclass
from datetime import datetime

from billing.peer.models import Peer
from coopcircuits.federation.keys import COMPROMISED
from coopcircuits.federation.moments import parse_moment
from coopcircuits.federation.signing import parse_envelope
from coopcircuits.i18n import gettext


@dataclass(frozen=True)
class SigningKey:
    """A signing key of a sister: its state in a word, the tone of that, and from when and until when it counts."""

    kid: str
    label: str
    tone: str
    since: datetime
    until: datetime | None


def keys_of(peer: Peer, now: datetime) -> list[SigningKey]:
    """The signing keys of its last identity, the one that counts last first."""
    payload = parse_envelope(peer.identity).payload
    found = []
    for kid, entry in payload["verify_keys"].items():
        since = parse_moment(entry["valid_from"])
        coming = since > now
        found.append(
            SigningKey(
                kid,
                gettext("Takes over soon") if coming else gettext("In use"),
                "info" if coming else "success",
                since,
                None,
            )
        )
    for kid, entry in payload["old_verify_keys"].items():
        stolen = entry["reason"] == COMPROMISED
        label, tone = (gettext("Revoked as stolen"), "danger") if stolen else (gettext("Replaced"), "quiet")
        found.append(SigningKey(kid, label, tone, parse_moment(entry["valid_from"]), parse_moment(entry["expired_at"])))
    return sorted(found, key=lambda key: (key.since, key.kid), reverse=True)
