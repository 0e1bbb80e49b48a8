"""Two whole instances in one process that ask each other without a network, at any time of any calendar."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from billing.commons.instance import instance_name, own_identity
from billing.peer import queries
from billing.peer.models import Peer
from billing.peer.pulling import fetch_identity, pull_peer
from billing.peer.services import pin_peer
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.federation.client import PullFailed, Response
from coopcircuits.federation.keys import KeyStore
from tests.support.sisters import open_keys


class Neighbours:
    """Stands in for the client that pulls: asks the application of a host itself."""

    def __init__(self) -> None:
        self.apps: dict[str, Flask] = {}

    def document(self, host: str, path: str, *, if_none_match: str | None = None, **_given: Any) -> Response:
        headers = {"If-None-Match": if_none_match} if if_none_match else {}
        answer = self.apps[host].test_client().get(path, headers=headers)
        if answer.status_code not in (200, 304):
            raise PullFailed("unexpected-status", str(answer.status_code))
        return Response(answer.status_code, {name.lower(): value for name, value in answer.headers}, answer.data)


@dataclass
class House:
    """One of the instances: its application, its own name, and how it reaches the others."""

    app: Flask
    neighbours: Neighbours

    def __post_init__(self) -> None:
        with self.app.app_context():
            self.host = instance_name()
        self.neighbours.apps[self.host] = self.app

    @property
    def database(self) -> Database:
        found: Database = self.app.extensions["database"]
        return found

    @property
    def keys(self) -> KeyStore:
        settings: Settings = self.app.extensions["settings"]
        return open_keys(Path(settings.var_dir))

    def run(self, *arguments: str) -> str:
        """A command of ``flask federation`` that ends well."""
        done = self.app.test_cli_runner().invoke(args=["federation", *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    def befriend(self, host: str) -> Peer:
        raw, identity = fetch_identity(self.neighbours, host)  # type: ignore[arg-type]  # it only asks for documents
        with self.database.transaction() as session:
            return pin_peer(session, actor=SYSTEM, raw=raw, identity=identity, own_name=self.host)

    def pull(self, host: str) -> list[tuple[str, str, str]]:
        """Ask a sister now: (what, outcome, reason)."""
        with self.database.reading() as session:
            peer = queries.by_host(session, host)
        assert peer is not None
        with self.app.app_context():
            own = own_identity()
        found = pull_peer(
            self.database.transaction,
            self.neighbours,  # type: ignore[arg-type]  # it only asks for documents
            peer_id=peer.id,
            actor=SYSTEM,
            us=self.host,
            own_identity=own,
        )
        return [(finding.subject, finding.outcome.value, finding.reason) for finding in found]
