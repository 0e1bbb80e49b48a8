"""Two instances over HTTP: publish, pull, verify, show; and every way in which a sister can disappoint."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from billing import jobs
from billing.peer import pulling, queries, services
from billing.peer.errors import PeerBusy
from billing.peer.models import Peer, PeerReport, PeerState, Pull, PullOutcome
from billing.peer.pulling import pull_peer
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.errors import NotFound
from coopcircuits.federation.index import INDEX_PATH, report_path
from coopcircuits.federation.signing import encode_base64url
from tests.billing.commons.sister import ROOT, identity_envelope
from tests.support.databases import Templates
from tests.support.sisters import Instance, befriend, last_month, quick, running, soon, spend

JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def sister(templates: Templates, backend: str, settings: Settings, tmp_path: Path) -> Iterator[Instance]:
    """Another instance, on a database of its own, that answers."""
    url = templates.copy(backend, "ready")
    with running(replace(settings, database_url=url, var_dir=str(tmp_path / "sister"))) as instance:
        yield instance
    templates.drop(url)


@pytest.fixture
def peer(database: Database, sister: Instance) -> Peer:
    """That instance, trusted by ours."""
    return befriend(database, quick(sister.host), sister.host)


def pull(database: Database, peer: Peer) -> list[tuple[str, str, str]]:
    found = pull_peer(database.transaction, quick(peer.host), peer_id=peer.id, actor=SYSTEM)
    return [(finding.subject, finding.outcome.value, finding.reason) for finding in found]


def held(database: Database, peer: Peer) -> list[PeerReport]:
    with database.reading() as session:
        return list(session.scalars(select(PeerReport).where(PeerReport.peer_id == peer.id)))


def log_of(database: Database, peer: Peer) -> list[Pull]:
    with database.reading() as session:
        return list(queries.pulls_of(session, peer.id))


def fresh(database: Database, peer: Peer) -> Peer:
    with database.reading() as session:
        return session.get_one(Peer, peer.id)


def test_a_published_month_is_pulled_verified_and_kept_byte_for_byte(
    database: Database, sister: Instance, peer: Peer
) -> None:
    report = sister.report_last_month()
    assert pull(database, peer) == [(f"{report.period}/1", "accepted", "")]
    (kept,) = held(database, peer)
    assert (kept.envelope, kept.digest, kept.state) == (report.envelope, report.digest, "final")
    assert kept.quarantined_at is None


def test_the_second_time_there_is_nothing_new_and_nothing_is_sent(
    database: Database, sister: Instance, peer: Peer
) -> None:
    sister.report_last_month()
    pull(database, peer)
    assert fresh(database, peer).index_etag
    assert pull(database, peer) == [("reports", "unchanged", "")]
    assert pull(database, peer) == [("reports", "unchanged", "")]
    unchanged = [row for row in log_of(database, peer) if row.outcome is PullOutcome.UNCHANGED]
    assert [row.times for row in unchanged] == [2]


def test_a_changed_byte_is_refused_said_and_kept_as_evidence(database: Database, sister: Instance, peer: Peer) -> None:
    report = sister.report_last_month()
    subject = f"{report.period}/1"
    sister.spoil[report_path(report.period, 1)] = lambda body: body.replace(b'"completed":12', b'"completed":13')
    assert pull(database, peer) == [(subject, "refused", "bad-signature")]
    assert held(database, peer) == []
    (row,) = log_of(database, peer)
    assert row.document is not None
    assert b'"completed":13' in row.document
    sister.spoil.clear()
    assert pull(database, peer) == [(subject, "accepted", "")]


def test_two_faces_are_put_aside_and_a_later_revision_is_not(database: Database, sister: Instance, peer: Peer) -> None:
    report = sister.report_last_month()
    pull(database, peer)
    with sister.database.transaction() as session:
        forged = session.get_one(type(report), report.id)
        session.delete(forged)
    with sister.database.transaction() as session:
        spend(session, last_month(), 1_000)
    other = sister.publish(last_month())
    sister.restart()
    assert pull(database, peer) == [(f"{report.period}/1", "quarantined", "equivocation")]
    assert {kept.digest for kept in held(database, peer)} == {report.digest, other.digest}
    assert all(kept.quarantined_at for kept in held(database, peer))
    assert pull(database, peer) == [("reports", "unchanged", "")]


def test_a_revision_replaces_what_it_names(database: Database, sister: Instance, peer: Peer) -> None:
    report = sister.report_last_month()
    pull(database, peer)
    with sister.database.transaction() as session:
        spend(session, last_month(), 1_000)
    sister.publish(last_month(), reason="an invoice came late")
    assert pull(database, peer) == [(f"{report.period}/2", "accepted", "")]
    with database.reading() as session:
        assert queries.latest_reports(session, report.period)[peer.id].revision == 2


def test_another_root_key_is_another_instance(database: Database, sister: Instance, peer: Peer, tmp_path: Path) -> None:
    (Path(sister.settings.var_dir) / "keys").rename(tmp_path / "lost")
    sister.report_last_month()
    assert pull(database, peer) == [("identity", "refused", "root-changed")]
    assert held(database, peer) == []


def test_an_index_of_somebody_else_is_refused(database: Database, sister: Instance, peer: Peer) -> None:
    sister.spoil[INDEX_PATH] = lambda body: body.replace(sister.host.encode(), b"other.example")
    assert pull(database, peer) == [("reports", "refused", "wrong-issuer")]


def test_a_report_of_another_month_than_asked_is_refused(database: Database, sister: Instance, peer: Peer) -> None:
    report = sister.report_last_month()
    earlier = str(last_month().plus(-1))
    sister.spoil[INDEX_PATH] = lambda body: body.replace(report.period.encode(), earlier.encode())
    sister.spoil[report_path(earlier, 1)] = lambda _body: report.envelope
    assert pull(database, peer) == [(f"{earlier}/1", "refused", "unexpected-status")]


# ---------------------------------------------------------------- sisters that misbehave

Handler = Callable[[socket.socket], None]


@contextmanager
def behaving(handler: Handler) -> Iterator[str]:
    """A server on loopback that does this to each connection; gives its ``host:port``."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(5)
                connection.recv(4096)
                handler(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def saying(answer: bytes) -> Handler:
    return lambda connection: connection.sendall(answer)


def a_gigabyte(connection: socket.socket) -> None:
    connection.sendall(JSON + b"\r\n")
    for _ in range(1024):
        connection.sendall(b" " * 1024 * 1024)


def dripping(connection: socket.socket) -> None:
    connection.sendall(JSON + b"\r\n")
    for _ in range(100):
        connection.sendall(b" ")
        time.sleep(0.1)


BAD = {
    "a web page": (saying(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>Bonjour</h1>"), "wrong-content-type"),
    "a web page that claims to be JSON": (saying(JSON + b"\r\n<h1>Bonjour</h1>"), "not-json"),
    "nothing": (saying(b""), "not-http"),
    "an empty document": (saying(JSON + b"Content-Length: 0\r\n\r\n"), "not-json"),
    "a gigabyte": (a_gigabyte, "too-large"),
    "a gigabyte announced": (saying(JSON + b"Content-Length: 1073741824\r\n\r\n{"), "too-large"),
    "a slow drip": (dripping, "too-slow"),
    "a redirection": (saying(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"), "redirected"),
    "an error": (saying(b"HTTP/1.1 500 Oh\r\nContent-Type: text/html\r\n\r\nx"), "unexpected-status"),
    "half of it": (saying(JSON + b"Content-Length: 10\r\n\r\n{"), "truncated"),
}


def known(database: Database, host: str) -> Peer:
    """A sister trusted long ago under this name."""
    with database.transaction() as session:
        peer = Peer(host=host, name="Ailleurs", country="ES", currency="EUR", identity=identity_envelope())
        peer.root_key, peer.added_by = encode_base64url(ROOT.public), "system"
        peer.added_at = peer.next_pull_at = clock.now()
        session.add(peer)
    return peer


@pytest.mark.parametrize("name", BAD)
def test_a_bad_answer_ends_as_a_row_with_its_reason(database: Database, name: str) -> None:
    handler, reason = BAD[name]
    with behaving(handler) as host:
        peer = known(database, host)
        started = time.monotonic()
        assert [(subject, why) for subject, _outcome, why in pull(database, peer)] == [("identity", reason)]
    assert time.monotonic() - started < 60
    (row,) = log_of(database, peer)
    assert (row.reason, row.times) == (reason, 1)
    after = fresh(database, peer)
    assert (after.failures, after.pulling_since, after.pulled_at) == (1, None, None)


def test_nobody_at_home_is_a_row_too(database: Database) -> None:
    with behaving(saying(b"")) as host:
        peer = known(database, host)
    assert pull(database, peer)[0][1] == "unreachable"


@pytest.mark.parametrize("host", ["localhost:22", "169.254.169.254", "internal", "10.0.0.1"])
def test_private_places_are_never_asked(database: Database, host: str) -> None:
    peer = known(database, host)
    found = pull_peer(database.transaction, quick("127.0.0.1:1"), peer_id=peer.id, actor=SYSTEM)
    assert [finding.outcome for finding in found] == [PullOutcome.UNREACHABLE]


# ---------------------------------------------------------------- when sisters are asked


def test_failures_in_a_row_make_the_pauses_grow() -> None:
    hours = [services.pause_after(failures) // services.EVERY for failures in range(10)]
    assert hours == [1, 1, 1, 1, 1, 2, 4, 8, 16, 28]


def test_a_sister_is_asked_again_in_about_six_hours(database: Database) -> None:
    peer = known(database, "127.0.0.1:1")
    before = clock.now()
    pull(database, peer)
    after = fresh(database, peer)
    assert before + services.EVERY - services.JITTER <= after.next_pull_at <= clock.now() + soon()
    with database.reading() as session:
        assert queries.due(session, clock.now()) == []
        assert [due.id for due in queries.due(session, clock.now() + soon())] == [peer.id]


def test_only_one_asks_at_a_time_and_the_dead_do_not_block(database: Database) -> None:
    peer = known(database, "127.0.0.1:1")
    with database.transaction() as session:
        services.start_pull(session, peer_id=peer.id)
    with pytest.raises(PeerBusy):
        pull(database, peer)
    with clock.travel(clock.now() + 2 * services._ABANDONED):
        assert pull(database, peer) == [("identity", "unreachable", "connect-failed")]


def test_paused_and_removed_sisters_are_left_alone(database: Database) -> None:
    peer = known(database, "127.0.0.1:1")
    for state in (PeerState.PAUSED, PeerState.REMOVED):
        with database.transaction() as session:
            services.change_state(session, actor=SYSTEM, peer_id=peer.id, state=state)
        with database.reading() as session:
            assert queries.due(session, clock.now() + soon()) == []
        with pytest.raises((PeerBusy, NotFound)):
            pull(database, peer)


def test_the_job_asks_everybody_although_one_misbehaves(
    database: Database, sister: Instance, peer: Peer, app: Flask
) -> None:
    sister.report_last_month()
    with ExitStack() as stack:
        host = stack.enter_context(behaving(dripping))
        known(database, host)
        app.extensions["pull_client"] = quick(sister.host, host)
        stack.enter_context(app.app_context())
        assert jobs.pull_reports(True) == f"{sister.host}, {host}"
        assert jobs.pull_reports(False).startswith("2 ")  # documents judged
    assert len(held(database, peer)) == 1
    with database.reading() as session:
        reasons = set(session.scalars(select(Pull.reason)))
    assert reasons == {"", "too-slow"}


def test_a_run_fetches_a_bounded_number_of_reports(
    database: Database, sister: Instance, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = last_month().plus(-1), last_month()
    sister.publish(first)
    sister.publish(second)
    monkeypatch.setattr(pulling, "MOST_REPORTS", 1)
    assert pull(database, peer) == [(f"{first}/1", "accepted", "")]
    assert pull(database, peer) == [(f"{second}/1", "accepted", "")]


def test_a_report_that_is_always_refused_holds_up_no_other(
    database: Database, sister: Instance, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = last_month().plus(-1), last_month()
    sister.publish(first)
    sister.publish(second)
    sister.spoil[f"/federation/v1/reports/{first}/1"] = lambda raw: raw[:-1]
    monkeypatch.setattr(pulling, "MOST_REPORTS", 1)
    assert pull(database, peer)[0][:2] == (f"{first}/1", "refused")
    assert pull(database, peer) == [(f"{second}/1", "accepted", "")]
    assert pull(database, peer)[0][:2] == (f"{first}/1", "refused")


def test_the_identity_is_renewed_with_every_question(database: Database, sister: Instance, peer: Peer) -> None:
    sister.rename("Les Circuits renommés")
    pull(database, peer)
    assert fresh(database, peer).name == "Les Circuits renommés"
