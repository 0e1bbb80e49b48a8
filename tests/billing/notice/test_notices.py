"""Sisters tell each other that something was published, and ask sooner."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.commons.instance import instance_name, signed_identity
from billing.commons.services import publish_report
from billing.notice import jobs, queries, services
from billing.notice.models import NoticeNonce, WaitingNotice
from billing.peer import services as peering
from billing.peer.models import Peer, PeerState, PullOutcome
from billing.peer.services import Finding
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.federation.identity import verify_identity
from coopcircuits.federation.lists import NOTICES_PATH
from coopcircuits.federation.notice import build_notice, sign_notice
from tests.billing.commons import sister as known
from tests.support.databases import Templates
from tests.support.disputes import keys_of
from tests.support.sisters import Instance, befriend, last_month, quick, running
from tests.support.worker import deliver_all

DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
def sister(templates: Templates, backend: str, settings: Settings, tmp_path: Path) -> Iterator[Instance]:
    """Another instance, on a database of its own, that answers."""
    url = templates.copy(backend, "ready")
    with running(replace(settings, database_url=url, var_dir=str(tmp_path / "sister"))) as instance:
        yield instance
    templates.drop(url)


def pin(session: Session, raw: bytes, host: str) -> Peer:
    """Trust an instance, and be in no hurry to ask it."""
    identity = verify_identity(raw, expected_host=host, now=clock.now())
    peer = peering.pin_peer(session, actor=SYSTEM, raw=raw, identity=identity, own_name="elsewhere.example")
    peer.next_pull_at = clock.now() + timedelta(hours=5)
    return peer


def test_what_we_publish_is_told_and_we_are_asked_soon(app: Flask, database: Database, sister: Instance) -> None:
    with app.app_context():
        us, raw = instance_name(), signed_identity()
    with sister.database.transaction() as session:
        seat = pin(session, raw, us)
    befriend(database, quick(sister.host), sister.host)
    app.extensions["pull_client"] = quick(sister.host)
    with database.transaction() as session:
        publish_report(session, actor=SYSTEM, month=last_month(), instance=us, keys=keys_of(app.extensions["settings"]))
    deliver_all(app)
    with app.app_context():
        assert jobs.send_notices(True) == sister.host
        assert jobs.send_notices(False).startswith("1 ")
        assert jobs.send_notices(False) == ""
    with sister.database.reading() as session:
        assert session.get_one(Peer, seat.id).next_pull_at <= clock.now()
        assert session.scalar(select(func.count(NoticeNonce.id))) == 1


def test_a_sister_that_is_away_loses_the_notice_and_nobody_waits(app: Flask, database: Database) -> None:
    with database.transaction() as session, clock.travel(known.NOW):
        peer = pin(session, known.identity_envelope(), known.HOST)
        session.add(WaitingNotice(peer_id=peer.id, digest=DIGEST, made_at=clock.now()))
    app.extensions["pull_client"] = quick("127.0.0.1:1")
    with app.app_context():
        assert jobs.send_notices(False) == ""
        assert jobs.send_notices(True) == ""


def test_two_workers_send_a_notice_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second worker read what waits before the first took it."""
    with clock.travel(known.NOW), database.transaction() as session:
        peer = pin(session, known.identity_envelope(), known.HOST)
        for digest in ("sha256:" + "cd" * 32, DIGEST):
            session.add(WaitingNotice(peer_id=peer.id, digest=digest, made_at=clock.now()))
            session.flush()
    with database.reading() as session:
        read = queries.waiting(session)
    with database.transaction() as session:
        assert services.take_waiting(session, most=5) == [(known.HOST, DIGEST)]
    monkeypatch.setattr(queries, "waiting", lambda _session: read)
    with database.transaction() as session:
        assert services.take_waiting(session, most=5) == []


# ---------------------------------------------------------------- being told


@pytest.fixture
def peer(database: Database) -> Peer:
    """A sister whose keys everybody knows, asked not before five hours."""
    with clock.travel(known.NOW), database.transaction() as session:
        return pin(session, known.identity_envelope(), known.HOST)


def post(client: FlaskClient, *, instance: str = known.HOST, nonce: str = "", to: str = "localhost") -> tuple[int, str]:
    body = build_notice(instance, DIGEST)
    headers = sign_notice(body, to=to, signer=known.KEY, now=known.NOW, nonce=nonce)
    with clock.travel(known.NOW):
        answer = client.post(NOTICES_PATH, data=body, headers=headers)
    return answer.status_code, answer.get_json()["type"].rsplit(":", 1)[1] if answer.data else ""


def next_pull(database: Database, peer: Peer) -> float:
    """Hours until the sister is asked."""
    with database.reading() as session:
        return (session.get_one(Peer, peer.id).next_pull_at - known.NOW).total_seconds() / 3600


def test_a_notice_counts_once(client: FlaskClient, database: Database, peer: Peer) -> None:
    assert next_pull(database, peer) == 5
    assert post(client, nonce="a" * 20) == (202, "")
    assert next_pull(database, peer) == 0
    assert post(client, nonce="a" * 20) == (409, "replayed")
    assert post(client, nonce="b" * 20) == (202, "")


def test_calling_often_does_not_make_us_ask_often(client: FlaskClient, database: Database, peer: Peer) -> None:
    with database.transaction() as session:
        found = Finding("reports", PullOutcome.UNCHANGED)
        peering.note(session, actor=SYSTEM, peer_id=peer.id, finding=found, at=known.NOW - timedelta(minutes=1))
    assert post(client)[0] == 202
    assert next_pull(database, peer) == 9 / 60


def test_only_sisters_that_are_asked_may_tell(client: FlaskClient, database: Database, peer: Peer) -> None:
    assert post(client, instance="stranger.example.coop") == (403, "unknown-peer")
    assert post(client, to="other.example.coop") == (401, "bad-signature")
    for state in (PeerState.PAUSED, PeerState.REMOVED):
        with database.transaction() as session:
            peering.change_state(session, actor=SYSTEM, peer_id=peer.id, state=state)
        assert post(client) == (403, "unknown-peer")
    assert next_pull(database, peer) == 5


def test_what_is_no_notice_is_refused_without_looking_at_it(client: FlaskClient, peer: Peer) -> None:
    assert client.post(NOTICES_PATH, data=b"{}", content_type="text/plain").status_code == 415
    assert client.post(NOTICES_PATH, data=b" " * 1025, content_type="application/json").status_code == 413
    answer = client.post(NOTICES_PATH, data=b"{}", content_type="application/json")
    assert (answer.status_code, answer.get_json()["type"]) == (422, "urn:coop-report:1:bad-notice")
    assert client.get(NOTICES_PATH).status_code in (404, 405)


def test_a_flood_is_stopped(client: FlaskClient) -> None:
    answers = [client.post(NOTICES_PATH, data=b"{}", content_type="application/json").status_code for _ in range(31)]
    assert answers == [422] * 30 + [429]
