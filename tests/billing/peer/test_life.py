"""What may become of a sister: its clock goes wrong, it moves, falls silent, mistakes the year; all said in words."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from billing.commons.report import build
from billing.peer import queries
from billing.peer.models import Peer
from billing.peer.remarks import remarks
from billing.peer.signing_keys import keys_of
from coopcircuits import clock
from coopcircuits.db import Database
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.index import IDENTITY_PATH
from coopcircuits.federation.moments import format_moment
from coopcircuits.federation.signing import ObjectKind, build_envelope, parse_envelope
from coopcircuits.i18n import speaking
from coopcircuits.period import Month
from tests.billing.commons import sister
from tests.billing.commons.sister import COMING, KEY, NOW, ROOT, STRANGER
from tests.support.library import Library, friend, outcomes, pull
from tests.support.people import make_user, sign_in

HOST, MOVED = "es.example.coop", "nou.example.coop"


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with clock.travel(NOW):
        yield


@pytest.fixture
def peer(database: Database) -> Peer:
    return friend(database, HOST, name="El Rebost")


@pytest.fixture
def library() -> Library:
    return Library()


def month(period: str, **changes: Any) -> bytes:
    """The sister's report of a month, issued on the ninth of the next one at eight."""
    of = Month.parse(period)
    after = of.plus(1)
    given = {"month": of, "issued_at": datetime(after.year, after.number, 9, 8, tzinfo=UTC), "instance": HOST}
    payload = build(sister.figures(**(given | changes)))
    return build_envelope(ObjectKind.REPORT, payload, [KEY])


def identity(**changes: Any) -> bytes:
    """Valid for six days from now, whenever that is."""
    until = format_moment(clock.now() + timedelta(days=6))
    return sister.identity_envelope(instance=HOST, **{"name": "El Rebost", "valid_until": until, **changes})


def said(database: Database, peer: Peer) -> list[tuple[str, str]]:
    """The remarks on the sister's page: (tone, title and sentence in French)."""
    with database.reading() as session, speaking("fr"):
        run = queries.last_runs(session, [peer.id]).get(peer.id, [])
        found = remarks(session, queries.peer_of(session, peer.id), run, clock.now())
        told = [(remark.tone, f"{remark.title}. {remark.sentence}") for remark in found]
    return [(tone, sentence.replace("\u202f", " ")) for tone, sentence in told]


def words(database: Database, peer: Peer) -> str:
    return " ".join(sentence for _tone, sentence in said(database, peer))


# ---------------------------------------------------------------- clocks


@pytest.mark.parametrize(
    ("seconds", "outcome"), [(600, ("accepted", "")), (-600, ("accepted", "")), (601, ("refused", "issued-in-future"))]
)
def test_a_report_signed_by_a_clock_ten_minutes_off(
    database: Database, library: Library, peer: Peer, seconds: int, outcome: tuple[str, str]
) -> None:
    library.publish(HOST, month("2026-10", issued_at=NOW + timedelta(seconds=seconds)), name="El Rebost")
    assert outcomes(pull(database, library, peer)) == [outcome]
    assert ("horloges" in words(database, peer)) is (outcome[0] == "refused")
    with clock.travel(NOW + timedelta(minutes=1)):  # asked again, it is good
        assert pull(database, library, peer)[0][1] in ("accepted", "unchanged")
        assert said(database, peer) == []


@pytest.mark.parametrize(
    ("seconds", "reason"), [(600, ""), (601, "identity-too-long"), (-600, ""), (-7 * 24 * 3600, "identity-expired")]
)
def test_an_identity_signed_by_a_clock_ten_minutes_off(
    database: Database, library: Library, peer: Peer, seconds: int, reason: str
) -> None:
    until = format_moment(NOW + timedelta(days=7, seconds=seconds))
    library.publish(HOST, identity=identity(valid_until=until))
    (found,) = pull(database, library, peer)
    assert found[2] == reason
    assert ("horloges" in words(database, peer)) is bool(reason)


# ---------------------------------------------------------------- changes


def test_a_sister_that_changes_its_currency_counts_in_the_new_one_and_it_is_said(
    database: Database, library: Library, peer: Peer
) -> None:
    september = month("2026-09")
    october = month("2026-10", currency="CHF", prev=digest(json.loads(september)["payload"]))
    library.publish(HOST, september, october, name="El Rebost", currency="CHF")
    assert outcomes(pull(database, library, peer)) == [("accepted", ""), ("accepted", "")]
    with database.reading() as session:
        assert queries.peer_of(session, peer.id).currency == "CHF"
    ((tone, sentence),) = said(database, peer)
    assert tone == "info"
    assert "Depuis octobre 2026, elle déclare en CHF au lieu de EUR" in sentence


def test_a_sister_that_changes_its_name_is_not_followed(database: Database, library: Library, peer: Peer) -> None:
    library.publish(HOST, month("2026-10"), identity=sister.identity_envelope(instance=MOVED))
    assert pull(database, library, peer) == [("identity", "refused", "wrong-issuer")]
    ((tone, sentence),) = said(database, peer)
    assert tone == "danger"
    assert MOVED in sentence
    with database.reading() as session:
        assert queries.reports_of(session, peer.id) == []
    moved = friend(database, MOVED)  # a person added the new name
    library.publish(MOVED, month("2026-10", instance=MOVED))
    assert outcomes(pull(database, library, moved)) == [("accepted", "")]


def test_another_root_key_is_said_with_what_to_do(database: Database, library: Library, peer: Peer) -> None:
    library.publish(HOST)
    stranger = sister.make_key("root", 200)
    raw = build_envelope(
        ObjectKind.IDENTITY,
        sister.identity_payload(instance=HOST, root_key=sister.encode_base64url(stranger.public)),
        (KEY, stranger),
    )
    library.shelf[HOST, IDENTITY_PATH] = raw
    assert pull(database, library, peer) == [("identity", "refused", "root-changed")]
    assert "autre clé racine" in words(database, peer)
    assert stranger.public != ROOT.public


# ---------------------------------------------------------------- keys


def test_a_key_that_was_announced_takes_over_and_the_old_one_ends(
    app: Flask, database: Database, library: Library, peer: Peer
) -> None:
    """The identity of the tests announces a key for January: nobody here does anything about it."""
    october = month("2026-10")
    early = build_envelope(ObjectKind.REPORT, parse_envelope(month("2026-10", state="provisional")).payload, [COMING])
    library.publish(HOST, early, name="El Rebost")
    assert outcomes(pull(database, library, peer)) == [("refused", "key-not-yet-valid")]
    library.publish(HOST, october, name="El Rebost")
    assert outcomes(pull(database, library, peer)) == [("accepted", "")]
    before = {key.kid: (key.tone, key.until) for key in keys_of(fresh(database, peer), NOW)}
    assert before[COMING.kid] == ("info", None)
    assert before[sister.REVOKED.kid][0] == "danger"
    with clock.travel(datetime(2027, 1, 9, 12, tzinfo=UTC)):
        payload = sister.identity_payload()
        old = {KEY.kid: payload["verify_keys"][KEY.kid] | {"expired_at": "2027-01-01T00:00:00Z", "reason": "rotated"}}
        changes = {
            "instance": HOST,
            "verify_keys": {COMING.kid: payload["verify_keys"][COMING.kid]},
            "old_verify_keys": payload["old_verify_keys"] | old,
            "valid_until": "2027-01-15T12:00:00Z",
        }
        rotated = sister.identity_envelope(COMING, ROOT, **changes)
        content = parse_envelope(month("2026-12")).payload
        library.publish(HOST, october, build_envelope(ObjectKind.REPORT, content, [KEY]), identity=rotated)
        assert outcomes(pull(database, library, peer)) == [("refused", "key-expired")]
        library.publish(HOST, october, build_envelope(ObjectKind.REPORT, content, [COMING]), identity=rotated)
        assert outcomes(pull(database, library, peer)) == [("accepted", "")]
        after = {key.kid: key.tone for key in keys_of(fresh(database, peer), clock.now())}
    assert (after[COMING.kid], after[KEY.kid]) == ("success", "quiet")


def fresh(database: Database, peer: Peer) -> Peer:
    with database.reading() as session:
        return queries.peer_of(session, peer.id)


# ---------------------------------------------------------------- silence


def test_a_sister_silent_for_three_months_is_said_and_left_to_the_members(
    database: Database, library: Library, peer: Peer
) -> None:
    library.publish(HOST, month("2026-10"), name="El Rebost")
    pull(database, library, peer)
    library.shelf.clear()  # nobody answers any more
    for at, told in (("2027-01-31", False), ("2027-02-01", True)):
        with clock.travel(datetime.fromisoformat(at).replace(hour=12, tzinfo=UTC)):
            assert outcomes(pull(database, library, peer)) == [("unreachable", "connect-failed")]
            assert ("Son dernier rapport définitif : octobre 2026" in words(database, peer)) is told
    later = datetime(2027, 2, 9, 12, tzinfo=UTC)
    with clock.travel(later):  # it comes back with what it missed
        found = [month("2026-10")]
        for period in ("2026-11", "2026-12", "2027-01"):
            found.append(month(period, prev=digest(json.loads(found[-1])["payload"])))
        library.publish(HOST, *found, identity=identity())
        assert outcomes(pull(database, library, peer)) == [("accepted", "")] * 3
        assert said(database, peer) == []


def test_its_page_says_how_often_the_same_came_of_asking(
    app: Flask, database: Database, library: Library, peer: Peer
) -> None:
    with database.transaction() as session:
        user = make_user(session, "coop@example.org", is_cooperative=True)
    for _ in range(3):
        pull(database, library, peer)
    browser = app.test_client()
    sign_in(browser, database, user)
    page = browser.get(f"/cooperative/peers/{peer.id}").get_data(as_text=True)
    assert "3 fois depuis le 9 nov. 2026" in page


# ---------------------------------------------------------------- months that are wrong


def test_a_month_sent_twice_has_no_effect(database: Database, library: Library, peer: Peer) -> None:
    library.publish(HOST, month("2026-10"), month("2026-10"), name="El Rebost")
    assert outcomes(pull(database, library, peer)) == [("accepted", ""), ("unchanged", "already-known")]
    assert outcomes(pull(database, library, peer)) == [("unchanged", "")]
    with database.reading() as session:
        assert len(queries.reports_of(session, peer.id)) == 1
    assert said(database, peer) == []


def test_a_month_sent_twice_with_other_figures_is_put_aside_both_times(
    database: Database, library: Library, peer: Peer
) -> None:
    first, second = month("2026-10"), month("2026-10", orders_completed=3_121)
    library.publish(HOST, first, name="El Rebost")
    pull(database, library, peer)
    library.publish(HOST, second, name="El Rebost")
    assert outcomes(pull(database, library, peer)) == [("quarantined", "equivocation")]
    ((tone, sentence),) = said(database, peer)
    assert (tone, "Deux rapports différents, octobre 2026" in sentence) == ("danger", True)


@pytest.mark.parametrize("state", ["final", "provisional"])
def test_next_year_is_refused_and_said(
    app: Flask, database: Database, library: Library, peer: Peer, state: str
) -> None:
    library.publish(HOST, month("2027-10", issued_at=NOW, state=state), name="El Rebost")
    assert pull(database, library, peer) == [("2027-10/1", "refused", "not-begun")]
    assert "octobre 2027" in words(database, peer)
    with database.transaction() as session:
        user = make_user(session, "coop@example.org", is_cooperative=True)
    browser = app.test_client()
    sign_in(browser, database, user)
    page = browser.get(f"/cooperative/peers/{peer.id}").get_data(as_text=True)
    assert "Elle déclare un mois qui n’a pas commencé" in page
    assert "Prend bientôt le relais" in page


def test_a_hostile_sister_leaves_the_others_alone(database: Database, library: Library, peer: Peer) -> None:
    other = friend(database, "it.example.coop")
    library.publish("it.example.coop", month("2026-10", instance="it.example.coop"))
    library.publish(HOST, month("2027-10", issued_at=NOW, state="provisional"), name="El Rebost")
    pull(database, library, peer)
    assert outcomes(pull(database, library, other)) == [("accepted", "")]
    with database.reading() as session:
        assert [report.peer_id for report in queries.held_reports(session)] == [other.id]


def test_of_what_is_refused_only_the_last_bytes_are_kept(database: Database, library: Library, peer: Peer) -> None:
    for completed in range(3):
        forged = sister.report(STRANGER, instance=peer.host, orders={"completed": completed, "cancelled": 0})
        library.publish(peer.host, forged)
        assert outcomes(pull(database, library, peer)) == [("refused", "unknown-key")]
        with database.reading() as session:
            log = [pull for pull in queries.pulls_of(session, peer.id) if pull.subject == "2026-10/1"]
        assert [pull.document for pull in log if pull.document] == [forged]
