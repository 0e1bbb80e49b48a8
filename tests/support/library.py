"""What instances publish, on a shelf instead of a network: pulls in tests at any time of any calendar."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from billing.peer.models import Peer
from billing.peer.pulling import pull_peer
from billing.peer.services import pin_peer
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.federation.canonical import canonical_bytes, digest
from coopcircuits.federation.client import PullFailed, Response
from coopcircuits.federation.identity import verify_identity
from coopcircuits.federation.index import IDENTITY_PATH, INDEX_PATH, IndexEntry, build_index, report_path
from coopcircuits.federation.lists import SEEN_PATH
from tests.billing.commons import sister

US = "here.example"


class Library:
    """Stands in for the client that pulls: ``shelf`` holds documents by host and path."""

    def __init__(self, shelf: Mapping[tuple[str, str], bytes] | None = None) -> None:
        self.shelf = dict(shelf or {})

    def document(self, host: str, path: str, **_given: Any) -> Response:
        if not any(known == host for known, _path in self.shelf):
            raise PullFailed("connect-failed", host)
        if (host, path) not in self.shelf:
            raise PullFailed("unexpected-status", "404")
        return Response(200, {"content-type": "application/json"}, self.shelf[host, path])

    def publish(self, host: str, *reports: bytes, identity: bytes | None = None, **profile: Any) -> None:
        """An instance puts out its identity and these reports, in place of what it had."""
        self.shelf = {key: value for key, value in self.shelf.items() if key[0] != host}
        self.shelf[host, IDENTITY_PATH] = identity or sister.identity_envelope(instance=host, **profile)
        entries = []
        for raw in reports:
            payload = json.loads(raw)["payload"]
            entries.append(
                IndexEntry(
                    payload["period"], payload["revision"], payload["state"], digest(payload), payload["issued_at"]
                )
            )
            self.shelf[host, report_path(payload["period"], payload["revision"])] = raw
        self.shelf[host, INDEX_PATH] = build_index(host, entries, base_url=f"https://{host}")

    def show(self, host: str, *others: bytes) -> None:
        """An instance says that it received these reports, and shows them."""
        seen = []
        for raw in others:
            payload = json.loads(raw)["payload"]
            found = digest(payload)
            seen.append(
                {
                    "issuer": payload["instance"],
                    "period": payload["period"],
                    "revision": payload["revision"],
                    "digest": found,
                    "first_seen": "2026-11-09T09:00:00Z",
                }
            )
            self.shelf[host, f"{SEEN_PATH}/{found}"] = raw
        self.shelf[host, SEEN_PATH] = canonical_bytes({"instance": host, "seen": seen})


def pull(database: Database, library: Library, peer: Peer, **given: Any) -> list[tuple[str, str, str]]:
    """Ask a sister now: (what, outcome, reason)."""
    found = pull_peer(database.transaction, library, peer_id=peer.id, actor=SYSTEM, **{"us": US, **given})  # type: ignore[arg-type]  # it only asks for documents
    return [(finding.subject, finding.outcome.value, finding.reason) for finding in found]


def friend(database: Database, host: str, **profile: Any) -> Peer:
    """Trust an instance with the keys of the tests' sister, at the present of the tests."""
    raw = sister.identity_envelope(instance=host, **profile)
    identity = verify_identity(raw, expected_host=host, now=clock.now())
    with database.transaction() as session:
        return pin_peer(session, actor=SYSTEM, raw=raw, identity=identity, own_name=US)


def outcomes(found: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """What came of each document, without its name."""
    return [(outcome, reason) for _subject, outcome, reason in found]
