"""One run of asking a sister: whom it asks, what it has seen, and what it found so far."""

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy.orm import Session

from billing.peer import queries, services
from billing.peer.models import PullOutcome
from billing.peer.services import Finding
from coopcircuits.actor import Actor
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.client import PullClient
from coopcircuits.federation.identity import Identity
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.schema import Problem
from coopcircuits.federation.signing import ObjectKind
from coopcircuits.federation.verify import SeenReport
from coopcircuits.federation.verify_object import verify_object


class Listed(Protocol):
    """An entry of a list that names a document by its digest."""

    @property
    def digest(self) -> str: ...
    @property
    def path(self) -> str: ...


Entry = TypeVar("Entry", bound=Listed)
Transaction = Callable[[], AbstractContextManager[Session]]

#: Reasons for which no document came at all.
NO_ANSWER = frozenset(
    {
        "bad-address",
        "scheme-not-allowed",
        "port-not-allowed",
        "unresolvable",
        "address-not-allowed",
        "connect-failed",
        "certificate",
        "tls-failed",
        "too-slow",
    }
)


@dataclass
class Run:
    """What lies between :func:`services.start_pull` and :func:`services.finish_pull`."""

    transaction: Transaction
    client: PullClient
    actor: Actor
    peer_id: int
    host: str
    #: Our own name among instances, and the identity that we publish.
    us: str
    own_identity: bytes
    root_key: bytes
    known_etag: str
    at: datetime
    until: float
    #: What we hold of it, known once its identity is.
    seen: list[SeenReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    reached: bool = False
    etag: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether its time is used up: the next run goes on."""
        return time.monotonic() > self.until or not self.reached

    def found(self, finding: Finding) -> None:
        """Write down what a document came to."""
        self.findings.append(finding)
        with self.transaction() as session:
            services.note(session, actor=self.actor, peer_id=self.peer_id, finding=finding, at=self.at)

    def refuse(self, subject: str, refusal: Refusal, raw: bytes | None) -> None:
        """Write down that a document was refused, or that none came."""
        self.found(refused(subject, refusal, raw))

    def has_room(self) -> bool:
        """Whether more may be fetched of what the sister lists; where the log of the day is full it is said there."""
        with self.transaction() as session:
            is_full = services.is_log_full(session, peer_id=self.peer_id, at=self.at)
        if is_full:
            self.found(services.MORE)
        return not is_full

    def in_turn(self, kind: str, missing: Sequence[Entry], *, most: int) -> list[Entry]:
        """The ``most`` of ``missing`` to fetch now: in their order those never asked for, then the longest waiting.

        So what is refused at every pull keeps nothing else from its turn. None while the log of the day is full.
        """
        if not missing or not self.has_room():
            return []
        with self.transaction() as session:
            tried = queries.last_tries(session, self.peer_id, kind)
        new = [entry for entry in missing if subject_of(kind, entry) not in tried]
        again = [entry for entry in missing if subject_of(kind, entry) in tried]
        return (new + sorted(again, key=lambda entry: tried[subject_of(kind, entry)]))[:most]

    def entries_of(
        self, path: str, subject: str, parse: Callable[..., list[Entry]], *, max_bytes: int
    ) -> list[Entry] | None:
        """A list that says what to ask for; ``None`` where an older sister has none, or no good one came."""
        raw = self._list_of(path, subject, max_bytes)
        if raw is None:
            return None
        try:
            return parse(raw, expected_host=self.host)
        except Refusal as refusal:
            self.refuse(subject, refusal, None)
            return None

    def take(
        self,
        entry: Listed,
        kind: ObjectKind,
        *,
        subject: str,
        identity: Identity,
        check: Callable[[Any], Collection[Problem]],
        keep: Callable[[Session, bytes, dict[str, Any]], object],
    ) -> None:
        """Fetch a signed object, verify it and have it kept in one transaction, or write down why not."""
        raw = None
        try:
            raw = self.client.document(self.host, entry.path).body
            envelope = verify_object(raw, kind=kind, identity=identity, check=check, received_at=self.at)
            if digest(envelope.payload) != entry.digest:
                raise Refusal("wrong-document", digest(envelope.payload))
            with self.transaction() as session:
                keep(session, raw, envelope.payload)
        except Refusal as refusal:
            self.refuse(subject, refusal, raw)
            return
        self.found(Finding(subject, PullOutcome.ACCEPTED))

    def _list_of(self, path: str, subject: str, max_bytes: int) -> bytes | None:
        try:
            return self.client.document(self.host, path, max_bytes=max_bytes).body
        except Refusal as refusal:
            if refusal.reason != "unexpected-status":
                self.refuse(subject, refusal, None)
                self.reached = refusal.reason not in NO_ANSWER
            return None


def subject_of(kind: str, entry: Listed) -> str:
    """What a document is called in the log of pulls."""
    return f"{kind}/{entry.digest.removeprefix('sha256:')[:16]}"


def refused(subject: str, refusal: Refusal, raw: bytes | None) -> Finding:
    """What a refusal is in the log of pulls."""
    outcome = PullOutcome.UNREACHABLE if refusal.reason in NO_ANSWER else PullOutcome.REFUSED
    return Finding(subject, outcome, refusal, raw)
