"""Disputes with a sister: contested, pulled, answered, judged, corrected; and what is refused."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from billing.allocation import queries as allocations
from billing.allocation.services import compute_allocation
from billing.dispute import cases, errors, queries, services
from billing.dispute.document import Act, State, Verdict
from billing.dispute.models import Dispute, DisputeDocument
from billing.dispute.pulling import MOST
from billing.peer.models import Peer, PeerReport
from billing.peer.services import keep_report
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.errors import NotFound
from coopcircuits.events.models import Delivery, DeliveryState
from coopcircuits.federation.canonical import canonical_bytes, digest
from coopcircuits.federation.keys import PrivateKey
from coopcircuits.federation.lists import DISPUTES_PATH
from coopcircuits.federation.moments import parse_moment
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import ObjectKind, build_envelope
from coopcircuits.federation.verify import Outcome
from coopcircuits.federation.verify import Verdict as Result
from tests.billing.commons import sister
from tests.support.allocations import adopt
from tests.support.billing import OCTOBER
from tests.support.disputes import contest, keys_of
from tests.support.library import Library, pull
from tests.support.people import make_user
from tests.support.sisters import receive
from tests.support.worker import deliver_all, mails_to

US, SISTER = "localhost", "rebost.example"
NOVEMBER_12 = datetime(2026, 11, 12, 9, tzinfo=UTC)
DECEMBER_12 = datetime(2026, 12, 12, 9, tzinfo=UTC)
COST = {"category": "hosting", "scope": "common", "kind": "cash", "receipts": [], "amount": 41_200}


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with clock.travel(NOVEMBER_12):
        yield


@pytest.fixture
def report(database: Database) -> PeerReport:
    """October of a sister, with one cost."""
    with database.transaction() as session:
        return receive(session, SISTER, costs=[COST])


@pytest.fixture
def peer(database: Database, report: PeerReport) -> Peer:
    with database.reading() as session:
        return session.get_one(Peer, report.peer_id)


@pytest.fixture
def library(report: PeerReport) -> Library:
    """What the sister publishes."""
    made = Library()
    made.publish(SISTER, report.envelope)
    return made


@pytest.fixture
def dispute(database: Database, settings: Settings, report: PeerReport) -> Dispute:
    """Our claim against the sister's first cost."""
    with database.transaction() as session:
        return contest(session, report, SISTER, us=US, keys=keys_of(settings))


def speak(library: Library, act: Act, signer: PrivateKey = sister.KEY, **more: Any) -> str:
    """The sister signs one more document; its path."""
    payload = {
        "v": 1,
        "type": "coop-dispute",
        "act": act.value,
        "instance": SISTER,
        "issued_at": "2026-11-12T08:30:00Z",
        "reason": "We looked again.",
        "evidence": [],
        **more,
    }
    found = digest(payload)
    listed = json.loads(library.shelf.get((SISTER, DISPUTES_PATH), b'{"disputes":[]}'))["disputes"]
    claim, at = more.get("dispute", found), payload["issued_at"]
    entry = {"digest": found, "act": act.value, "dispute": claim, "issued_at": at}
    library.shelf[SISTER, DISPUTES_PATH] = canonical_bytes({"instance": SISTER, "disputes": [entry, *listed]})
    library.shelf[SISTER, f"{DISPUTES_PATH}/{found}"] = build_envelope(ObjectKind.DISPUTE, payload, [signer])
    return f"{DISPUTES_PATH}/{found}"


def ask(database: Database, library: Library, peer: Peer) -> list[tuple[str, str]]:
    """Pull; what came of documents about disputes."""
    found = pull(database, library, peer, us=US)
    return [(outcome, reason) for subject, outcome, reason in found if subject.startswith("dispute")]


def state(database: Database, dispute: Dispute) -> State:
    with database.reading() as session:
        return cases.case_of(session, dispute.digest, us=US, our_name="Nous").state


def say(database: Database, settings: Settings, dispute: Dispute, act: Act, verdict: Verdict | None = None) -> None:
    with database.transaction() as session:
        services.say(
            session,
            actor=SYSTEM,
            us=US,
            keys=keys_of(settings),
            dispute=dispute.digest,
            act=act,
            verdict=verdict,
            reason="We were wrong.",
        )


def test_a_claim_is_signed_served_and_never_changes(client: FlaskClient, dispute: Dispute) -> None:
    listed = client.get(DISPUTES_PATH)
    assert [entry["digest"] for entry in listed.get_json()["disputes"]] == [dispute.digest]
    again = client.get(DISPUTES_PATH, headers={"If-None-Match": listed.headers["ETag"]})
    assert again.status_code == 304
    served = client.get(f"{DISPUTES_PATH}/{dispute.digest}")
    payload = served.get_json()["payload"]
    assert (payload["act"], payload["claimed"], payload["field"]) == ("claim", 1_000, "costs[0].amount")
    assert "max-age=300" in served.headers["Cache-Control"]  # its content stays, its signature may change
    missing = client.get(f"{DISPUTES_PATH}/sha256:{'0' * 64}")
    assert (missing.status_code, missing.get_json()["type"]) == (404, "urn:coop-report:1:unknown-dispute")


def test_the_sister_answers_and_admits_and_we_learn_of_both(
    database: Database, library: Library, peer: Peer, dispute: Dispute
) -> None:
    speak(library, Act.ANSWER, dispute=dispute.digest)
    assert ask(database, library, peer) == [("accepted", "")]
    assert state(database, dispute) is State.ANSWERED
    speak(library, Act.VERDICT, dispute=dispute.digest, outcome="upheld")
    assert ask(database, library, peer) == [("accepted", "")]
    assert ask(database, library, peer) == []
    assert state(database, dispute) is State.UPHELD


def test_a_claim_and_what_is_said_to_it_may_come_at_once(
    database: Database, library: Library, peer: Peer, report: PeerReport
) -> None:
    """The sister contests its own sister's report, which we hold as well, and takes it back."""
    with database.transaction() as session:
        other = receive(session, "it.example.coop")
    claim = speak(
        library,
        Act.CLAIM,
        concerns="it.example.coop",
        report=other.digest,
        period="2026-10",
        field="costs[0].amount",
        claimed=None,
    )
    speak(library, Act.WITHDRAWAL, dispute=claim.rpartition("/")[2])
    assert ask(database, library, peer) == [("accepted", ""), ("accepted", "")]
    with database.reading() as session:
        (case,) = cases.cases(session, us=US, our_name="Nous")
    assert (case.state, case.contested) == (State.WITHDRAWN, None)


def test_a_sister_contests_a_figure_once_until_it_is_settled(
    database: Database, library: Library, peer: Peer, report: PeerReport
) -> None:
    with database.transaction() as session:
        other = receive(session, "it.example.coop")
    about: dict[str, Any] = {"concerns": "it.example.coop", "report": other.digest, "period": "2026-10"}
    about["field"] = "income_12m"
    first = speak(library, Act.CLAIM, **about, claimed=1)
    for claimed in (2, 3):
        speak(library, Act.CLAIM, **about, claimed=claimed, issued_at="2026-11-12T08:50:00Z")
    refused = ("refused", "already-contested")
    assert ask(database, library, peer) == [("accepted", ""), refused, refused]
    speak(library, Act.WITHDRAWAL, dispute=first.rpartition("/")[2], issued_at="2026-11-12T08:40:00Z")
    assert ask(database, library, peer) == [("accepted", ""), ("accepted", ""), refused]


def test_what_is_not_theirs_to_say_is_refused(
    database: Database, settings: Settings, library: Library, peer: Peer, dispute: Dispute
) -> None:
    for act, verdict in ((Act.ANSWER, None), (Act.VERDICT, Verdict.UPHELD)):
        with pytest.raises(Refusal) as refused:
            say(database, settings, dispute, act, verdict)
        assert refused.value.reason == "not-theirs"
    speak(library, Act.WITHDRAWAL, dispute=dispute.digest)
    speak(library, Act.VERDICT, dispute=dispute.digest, outcome="rejected")
    assert ask(database, library, peer) == [("refused", "not-theirs")] * 2
    assert state(database, dispute) is State.OPEN
    say(database, settings, dispute, Act.WITHDRAWAL)
    assert state(database, dispute) is State.WITHDRAWN
    with pytest.raises(errors.DisputeSettled):
        say(database, settings, dispute, Act.ANSWER)


def test_a_double_press_signs_once(database: Database, settings: Settings, dispute: Dispute) -> None:
    for seconds in (0, 2):
        with clock.travel(NOVEMBER_12 + timedelta(seconds=seconds)):
            say(database, settings, dispute, Act.WITHDRAWAL)
    with database.reading() as session:
        assert [document.act for document, _claim in queries.our_documents(session)] == [Act.WITHDRAWAL, Act.CLAIM]


def test_a_claim_must_be_about_something(database: Database, settings: Settings, report: PeerReport) -> None:
    keys = keys_of(settings)
    with database.transaction() as session:
        with pytest.raises(errors.NoSuchFigure):
            contest(session, report, SISTER, us=US, keys=keys, field="costs[99].amount")
        with pytest.raises(errors.SameFigure):
            contest(session, report, SISTER, us=US, keys=keys, claimed=41_200)
        with pytest.raises(NotFound):
            contest(session, report, SISTER, us=US, keys=keys, report_digest="sha256:" + "0" * 64)
        contest(session, report, SISTER, us=US, keys=keys)
        with pytest.raises(errors.AlreadyContested):
            contest(session, report, SISTER, us=US, keys=keys, claimed=2_000)


def test_documents_that_were_changed_or_lead_nowhere_are_refused(
    database: Database, library: Library, peer: Peer, dispute: Dispute, report: PeerReport
) -> None:
    path = (SISTER, speak(library, Act.ANSWER, dispute=dispute.digest))
    good = library.shelf[path]
    for body, reason in (
        (good.replace(b"again", b"twice"), "bad-signature"),
        (good.replace(b'"act":"answer"', b'"act":"claim"'), "bad-dispute"),
        (good.replace(b"rebost.example", b"rebosa.example"), "wrong-issuer"),
        (good.replace(b"test-2026", b"test-2025"), "key-expired"),
        (b"[]", "bad-envelope"),
    ):
        library.shelf[path] = body
        assert ask(database, library, peer) == [("refused", reason)]
    library.shelf[path] = good
    assert ask(database, library, peer) == [("accepted", "")]
    claim = {"concerns": US, "period": "2026-10", "field": "shops.active", "claimed": 1}
    for changes, reason in (
        ({"act": Act.ANSWER, "dispute": "sha256:" + "0" * 64}, "unknown-dispute"),
        ({"act": Act.CLAIM, "report": "sha256:" + "0" * 64, **claim}, "unknown-report"),
        (
            {"act": Act.ANSWER, "dispute": dispute.digest, "reason": "No.", "signer": sister.STRANGER},
            "unknown-key",
        ),
        ({"act": Act.ANSWER, "dispute": dispute.digest, "issued_at": "2026-11-12T09:11:00Z"}, "issued-in-future"),
    ):
        del library.shelf[SISTER, DISPUTES_PATH]
        speak(library, **changes)
        assert ask(database, library, peer) == [("refused", reason)]
    library.shelf[SISTER, DISPUTES_PATH] = b'{"instance":"it.example.coop","disputes":[]}'
    assert ask(database, library, peer) == [("refused", "wrong-issuer")]


def test_what_is_refused_at_every_pull_keeps_no_other_dispute_from_its_turn(
    database: Database, library: Library, peer: Peer, dispute: Dispute
) -> None:
    for number in range(MOST):
        at = f"2026-11-11T08:{number:02}:00Z"
        speak(library, Act.ANSWER, dispute="sha256:" + f"{number:064x}", issued_at=at)
    speak(library, Act.ANSWER, dispute=dispute.digest)
    assert ask(database, library, peer) == [("refused", "unknown-dispute")] * MOST
    with clock.travel(NOVEMBER_12 + timedelta(hours=6)):
        assert ask(database, library, peer) == [("accepted", "")] + [("refused", "unknown-dispute")] * (MOST - 1)
    assert state(database, dispute) is State.ANSWERED


def test_the_cooperative_gets_a_mail_when_the_sister_speaks(
    app: Flask, database: Database, library: Library, peer: Peer, dispute: Dispute
) -> None:
    with database.transaction() as session:
        make_user(session, "coop@example.org", is_cooperative=True)
    speak(library, Act.ANSWER, dispute=dispute.digest)
    ask(database, library, peer)
    deliver_all(app)
    (mail,) = [mail for mail in mails_to(database, "coop@example.org") if mail.key.startswith("dispute")]
    assert "We looked again." in mail.text
    assert f"/cooperative/peers/disputes/{dispute.digest}" in mail.text


def test_a_dispute_whose_claim_was_dropped_sends_no_mail_and_holds_nothing_up(
    app: Flask, database: Database, library: Library, peer: Peer, dispute: Dispute
) -> None:
    with database.transaction() as session:
        make_user(session, "coop@example.org", is_cooperative=True)
    speak(library, Act.ANSWER, dispute=dispute.digest)
    ask(database, library, peer)
    with database.transaction() as session:
        session.execute(delete(DisputeDocument).where(DisputeDocument.digest == dispute.digest))
    deliver_all(app)
    assert not [mail for mail in mails_to(database, "coop@example.org") if mail.key.startswith("dispute")]
    with database.reading() as session:
        assert not session.scalars(select(Delivery).where(Delivery.state != DeliveryState.DONE)).all()


def test_an_upheld_dispute_changes_nothing_until_the_correction_which_becomes_a_true_up(
    database: Database, settings: Settings, library: Library, peer: Peer, report: PeerReport, dispute: Dispute
) -> None:
    keys = keys_of(settings)

    def compute(session: Session, months: int) -> dict[str, Any]:
        found = compute_allocation(session, actor=SYSTEM, month=OCTOBER.plus(months), instance=US, keys=keys)
        return allocations.payload_of(found)

    def revision(session: Session) -> int | None:
        return cases.case_of(session, dispute.digest, us=US, our_name="Nous").revision

    with database.transaction() as session:
        adopt(session, keys, *sorted((US, SISTER)))
        before = compute(session, 0)
    assert before["budget"] == 41_200
    speak(library, Act.VERDICT, dispute=dispute.digest, outcome="upheld")
    ask(database, library, peer)
    with database.transaction() as session:
        assert compute(session, 0) == before
        assert revision(session) is None
        revise(session, report, costs=[COST | {"amount": 1_000}])
        assert revision(session) == 2
        with clock.travel(DECEMBER_12):
            november = compute(session, 1)
    assert sum(share["true_up"] for share in november["shares"]) < 0


def revise(session: Session, report: PeerReport, **changes: Any) -> None:
    """The sister issues another revision of its report after the objections ended."""
    issued = "2026-11-25T08:00:00Z"
    more = {"revision": 2, "supersedes": report.digest, "reason": "A dispute was upheld", "issued_at": issued}
    raw = sister.report(instance=SISTER, **more, **changes)
    payload = json.loads(raw)["payload"]
    verdict = Result(Outcome.ACCEPTED, payload=payload, digest=digest(payload))
    at = parse_moment(issued)
    keep_report(session, actor=SYSTEM, peer_id=report.peer_id, raw=raw, verdict=verdict, at=at)
