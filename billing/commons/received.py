"""Reports as they lie in an archive, with what its writer says of when each was seen and until when it counted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from billing.commons import archive_folder
from billing.commons.archive_files import Files, Wrong, wrong_document
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.identity import Identity
from coopcircuits.federation.moments import format_moment, parse_moment
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import kids_of, parse_envelope

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Received:
    """A report as it lies in the folder, not verified yet; ``until`` is when its key turned out to be stolen.

    ``is_disowned`` says that it was seen after the theft: from ``until`` on it counts no more and contradicts no other.
    """

    name: Path
    raw: bytes
    digest: str
    issued: str
    face: tuple[str, str, str]
    host: str
    identity: Identity
    first_seen: datetime
    until: datetime | None

    @property
    def is_disowned(self) -> bool:
        return self.until is not None and _is_revoked(self.raw, self.identity, self.first_seen)

    @property
    def end(self) -> datetime:
        return self.until if self.until is not None and self.is_disowned else _NEVER

    def contradicts(self, other: "Received") -> bool:
        """Whether it is put aside for another under its month and revision: if it is stolen, until that was known."""
        if self.is_disowned:
            return other.first_seen < self.end and self.first_seen < other.end
        return not other.is_disowned


def received_reports(known: Files, identities: Mapping[str, Identity]) -> Iterator[Received]:
    """Every report with what the writer says of it: it cannot have counted before it was seen, nor longer than its
    issuer's last identity, which tells of the theft."""
    seen, revoked_at = known.first_seen, known.revoked_at
    for name, raw in known.files("reports"):
        try:
            payload = parse_envelope(raw).payload
            issued, own = str(payload["issued_at"]), digest(payload)
        except (Refusal, KeyError) as error:
            raise wrong_document(name, raw, error) from None
        host = archive_folder.instance_in(name.parent.name)
        identity = identities.get(host)
        if identity is None:
            raise Wrong(name, f"there is no identity of {host}")
        until = revoked_at.get(own)
        first_seen = seen.get(own, _moment(issued, identity.valid_until - timedelta(seconds=1)))
        if until is not None and not _is_revoked(raw, identity, _NEVER):
            raise Wrong(name, "it is said to count no more, but its key was not stolen")
        if until is not None and not first_seen <= until < identity.valid_until:
            raise Wrong(name, f"it cannot have counted until {format_moment(until)}")
        face = (host, str(payload.get("period")), str(payload.get("revision")))
        yield Received(name, raw, own, issued, face, host, identity, first_seen, until)


def _is_revoked(raw: bytes, identity: Identity, first_seen: datetime) -> bool:
    """Whether a document bears a key that was stolen by the time that it was first seen."""
    return any(identity.is_revoked(kid, first_seen=first_seen) for kid in kids_of(raw))


def _moment(text: str, otherwise: datetime) -> datetime:
    try:
        return parse_moment(text)
    except ValueError:
        return otherwise
