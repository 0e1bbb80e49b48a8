"""What sisters say they received, compared with what we hold."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from billing.commons.models import PublishedReport, ReportState
from billing.notice.queries import waiting
from billing.peer import queries, services
from billing.peer.models import Peer, PeerReport, Pull
from billing.peer.remarks import remarks
from billing.peer.standing import standing
from coopcircuits import clock
from coopcircuits.db import Database
from coopcircuits.federation.canonical import canonical_bytes, digest
from coopcircuits.federation.lists import SEEN_PATH
from coopcircuits.i18n import speaking
from tests.billing.commons import sister
from tests.billing.commons.sister import NOW, STRANGER
from tests.support.library import US, Library, friend, outcomes, pull
from tests.support.people import make_user, sign_in
from tests.support.worker import deliver_all, mails_to

ISSUER, TELLER = "es.example.coop", "de.example.coop"
ONE = sister.report(instance=ISSUER)
OTHER = sister.report(instance=ISSUER, orders={"completed": 3_121, "cancelled": 88})


def digest_of(raw: bytes) -> str:
    return digest(json.loads(raw)["payload"])


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with clock.travel(NOW):
        yield


@pytest.fixture
def issuer(database: Database) -> Peer:
    return friend(database, ISSUER, name="El Rebost")


@pytest.fixture
def teller(database: Database) -> Peer:
    return friend(database, TELLER, name="Die Kiste")


@pytest.fixture
def library(database: Database, issuer: Peer) -> Library:
    """The issuer shows us one face, and another to the teller."""
    made = Library()
    made.publish(ISSUER, ONE, name="El Rebost")
    made.publish(TELLER)
    assert outcomes(pull(database, made, issuer)) == [("accepted", "")]
    made.show(TELLER, OTHER)
    return made


def held(database: Database) -> dict[str, bool]:
    """What we hold of the issuer: put aside or not."""
    with database.reading() as session:
        return {row.digest: row.quarantined_at is not None for row in session.scalars(select(PeerReport))}


def test_an_issuer_with_two_faces_is_found_out_and_both_are_put_aside(
    database: Database, library: Library, issuer: Peer, teller: Peer
) -> None:
    subject = f"seen/{digest_of(OTHER).removeprefix('sha256:')[:16]}"
    assert (subject, "accepted", "equivocation") in pull(database, library, teller)
    assert held(database) == {digest_of(ONE): True, digest_of(OTHER): True}
    with database.reading() as session:
        assert queries.last_pull(session, issuer.id, "twin/2026-10/1").outcome == "quarantined"
    assert outcomes(pull(database, library, teller)) == [("unchanged", "")]  # once


def test_what_another_sister_shows_is_no_answer_of_the_issuer(
    database: Database, library: Library, issuer: Peer, teller: Peer
) -> None:
    with clock.travel(NOW + timedelta(hours=6)):
        pull(database, library, teller)
    with database.reading() as session:
        assert queries.last_asked(session, issuer.id) == NOW
        assert [pull.subject for pull in queries.last_runs(session, [issuer.id])[issuer.id]] == ["2026-10/1"]


def test_the_cooperative_is_told_by_mail_and_on_the_page_until_a_revision_settles_it(
    app: Flask, database: Database, library: Library, issuer: Peer, teller: Peer
) -> None:
    with database.transaction() as session:
        user = make_user(session, "coop@example.org", is_cooperative=True)
    pull(database, library, teller)
    deliver_all(app)
    (mail,) = [mail for mail in mails_to(database, "coop@example.org") if mail.key.startswith("two_faces")]
    assert "El Rebost" in mail.subject
    browser = app.test_client()
    sign_in(browser, database, user)
    page = read(browser, f"/cooperative/peers/{issuer.id}")
    assert "Deux rapports différents" in page
    assert digest_of(ONE) in page
    assert digest_of(OTHER) in page
    assert "federation@fr.example.coop" in page
    assert "Se contredit" in read(browser, "/cooperative/peers")
    revised = sister.report(instance=ISSUER, revision=2, supersedes=digest_of(ONE), reason="A mistake")
    library.publish(ISSUER, ONE, revised, name="El Rebost")
    assert ("accepted", "") in outcomes(pull(database, library, issuer))
    assert "Deux rapports différents" not in read(browser, f"/cooperative/peers/{issuer.id}")
    assert held(database)[digest_of(ONE)]  # what contradicts stays aside


def read(browser: FlaskClient, path: str) -> str:
    return browser.get(path).get_data(as_text=True)


@pytest.mark.parametrize("name", ["unsigned", "changed", "another", "missing"])
def test_a_sisters_word_alone_accuses_nobody(database: Database, library: Library, teller: Peer, name: str) -> None:
    path = (TELLER, f"{SEEN_PATH}/{digest_of(OTHER)}")
    forged = sister.report(STRANGER, instance=ISSUER, orders={"completed": 1, "cancelled": 0})
    if name == "unsigned":
        library.show(TELLER, forged)
    elif name == "changed":
        library.shelf[path] = OTHER.replace(b'"completed":3121', b'"completed":3122')
    elif name == "another":
        library.shelf[path] = ONE
    else:
        del library.shelf[path]
    expected = {"unsigned": "unknown-key", "missing": "unexpected-status"}.get(name, "wrong-document")
    assert ("refused", expected) in outcomes(pull(database, library, teller))
    assert held(database) == {digest_of(ONE): False}


def test_an_issuer_that_was_away_for_a_week_is_judged_later(database: Database, library: Library, teller: Peer) -> None:
    with clock.travel(NOW + timedelta(days=8)):
        library.publish(TELLER, identity=sister.identity_envelope(instance=TELLER, valid_until="2026-11-20T12:00:00Z"))
        library.show(TELLER, OTHER)
        assert outcomes(pull(database, library, teller)) == [("unchanged", "")]
    assert held(database) == {digest_of(ONE): False}


def test_the_other_sisters_are_told(app: Flask, database: Database, library: Library, teller: Peer) -> None:
    pull(database, library, teller)
    deliver_all(app)
    with database.reading() as session:
        assert {host for _notice, host in waiting(session)} == {ISSUER, TELLER}


def test_the_same_reports_and_those_that_we_lack_are_no_contradiction(
    database: Database, library: Library, teller: Peer
) -> None:
    library.show(TELLER, ONE, sister.report(instance="it.example.coop"))
    assert outcomes(pull(database, library, teller)) == [("unchanged", "")]


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"instance":"it.example.coop","seen":[]}', b" " * (1024 * 1024 + 1)])
def test_a_list_that_cannot_be_read_is_refused(database: Database, library: Library, teller: Peer, body: bytes) -> None:
    library.shelf[TELLER, SEEN_PATH] = body
    assert ("seen", "refused") in [found[:2] for found in pull(database, library, teller)]


@pytest.fixture
def ours(app: Flask, database: Database) -> bytes:
    """Our own October, and somebody of the cooperative who gets mail."""
    raw = sister.report(instance=US)
    with database.transaction() as session:
        make_user(session, "coop@example.org", is_cooperative=True)
        session.add(
            PublishedReport(
                period="2026-10",
                revision=1,
                state=ReportState.FINAL,
                digest=digest_of(raw),
                envelope=raw,
                issued_at=NOW,
                published_by="system",
            )
        )
    return raw


def alarms(app: Flask, database: Database) -> list[str]:
    """Mails that somebody may have our key."""
    deliver_all(app)
    return [mail.text for mail in mails_to(database, "coop@example.org") if mail.key.startswith("own_report")]


def test_a_report_in_our_name_alarms_us_once(
    app: Flask, database: Database, library: Library, teller: Peer, ours: bytes
) -> None:
    library.show(TELLER, ours, sister.report(instance=US, orders={"completed": 99, "cancelled": 0}))
    identity = sister.identity_envelope(instance=US)
    for _ in range(2):
        assert ("accepted", "equivocation") in outcomes(pull(database, library, teller, own_identity=identity))
    (text,) = alarms(app, database)
    assert "notre signature" in text
    with database.reading() as session, speaking("fr"):
        run = queries.last_runs(session, [teller.id])[teller.id]
        (remark,) = remarks(session, teller, run, NOW, us=US)
        assert "à notre nom" in remark.title
        assert standing(teller, run, NOW).tone == "success"  # it is not the teller who contradicts itself
    library.show(TELLER, sister.report(STRANGER, instance=US, orders={"completed": 2, "cancelled": 0}))
    assert ("refused", "unknown-key") in outcomes(pull(database, library, teller, own_identity=identity))


def test_a_report_in_our_name_alarms_us_even_if_it_could_not_be_fetched_at_first(
    app: Flask, database: Database, library: Library, teller: Peer, ours: bytes
) -> None:
    twin = sister.report(instance=US, orders={"completed": 99, "cancelled": 0})
    identity = sister.identity_envelope(instance=US)
    library.show(TELLER, twin)
    path = (TELLER, f"{SEEN_PATH}/{digest_of(twin)}")
    for there, outcome in ((False, "refused"), (True, "accepted"), (False, "refused"), (True, "accepted")):
        library.shelf.pop(path, None)
        library.shelf |= {path: twin} if there else {}
        assert outcome in [found[1] for found in pull(database, library, teller, own_identity=identity)]
    assert len(alarms(app, database)) == 1


def test_no_issuer_makes_our_list_too_long_to_be_read(
    client: FlaskClient, database: Database, library: Library
) -> None:
    """A sister that revised one month thirty times leaves room for the others, and its latest word can be compared."""
    with database.transaction() as session:
        one = session.scalars(select(PeerReport)).one()
        told = {"peer_id": one.peer_id, "state": one.state, "envelope": b"", "received_at": NOW}
        for period, revision in (("2026-09", 1), *((one.period, again) for again in range(2, 32))):
            session.add(PeerReport(period=period, revision=revision, digest=f"sha256:{revision:064d}", **told))
    listed = [(entry["period"], entry["revision"]) for entry in client.get(SEEN_PATH).get_json()["seen"]]
    assert listed == [("2026-09", 1), *(("2026-10", revision) for revision in range(12, 32))]


def test_a_list_of_any_length_costs_a_constant_number_of_rows(
    database: Database, library: Library, teller: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hostile sister lists other digests at every pull; tomorrow it is asked again, and two faces are found."""
    monkeypatch.setattr(services, "MOST_A_DAY", 20)

    def rows() -> int:
        with database.reading() as session:
            return len(session.scalars(select(Pull).where(Pull.peer_id == teller.id)).all())

    def list_others(run: int) -> None:
        entry = {"issuer": ISSUER, "period": "2026-10", "revision": 1, "first_seen": "2026-11-09T09:00:00Z"}
        others = [entry | {"digest": f"sha256:{run:08d}{number:08d}{0:048d}"} for number in range(200)]
        library.shelf[TELLER, SEEN_PATH] = canonical_bytes({"instance": TELLER, "seen": others})

    for run in range(12):
        with clock.travel(NOW + timedelta(hours=run)):
            list_others(run)
            pull(database, library, teller)
    assert rows() <= 21
    with database.reading() as session, clock.travel(NOW + timedelta(hours=11)), speaking("fr"):
        last = queries.last_runs(session, [teller.id])[teller.id]
        assert "too-many" in {pull.reason for pull in last}
        assert "attendent demain" in standing(teller, last, clock.now()).sentence
    with clock.travel(NOW + timedelta(hours=30)):
        library.show(TELLER, OTHER)
        assert ("accepted", "equivocation") in outcomes(pull(database, library, teller))
    assert rows() <= 23


def test_a_report_that_we_hold_is_shown_as_it_came(client: FlaskClient, database: Database, library: Library) -> None:
    answer = client.get(f"{SEEN_PATH}/{digest_of(ONE)}")
    assert (answer.status_code, answer.data) == (200, ONE)
    missing = client.get(f"{SEEN_PATH}/{digest_of(OTHER)}")
    assert (missing.status_code, missing.get_json()["type"]) == (404, "urn:coop-report:1:unknown-report")
