"""Disputes between running instances: contested, pulled, answered, judged; and what is refused."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from billing.allocation import queries as allocations
from billing.allocation.services import compute_allocation
from billing.cost.models import CostCategory, CostScope
from billing.dispute import cases, errors, queries, services
from billing.dispute.document import Act, State, Verdict
from billing.dispute.models import Dispute
from billing.peer.models import Peer, PeerReport
from billing.peer.pulling import pull_peer
from billing.peer.queries import reports_of
from billing.peer.services import keep_report
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.errors import NotFound
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.lists import DISPUTES_PATH
from coopcircuits.federation.moments import parse_moment
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.verify import Outcome
from coopcircuits.federation.verify import Verdict as Result
from tests.billing.commons.sister import report as sister_report
from tests.conftest import Templates
from tests.support.allocations import adopt
from tests.support.billing import OCTOBER
from tests.support.disputes import contest, keys_of
from tests.support.people import make_user
from tests.support.sisters import Instance, befriend, last_month, quick, receive, running, spend
from tests.support.worker import deliver_all, mails_to

US, REBOST = "localhost", "rebost.example"
NOVEMBER_12 = datetime(2026, 11, 12, 9, tzinfo=UTC)
DECEMBER_12 = datetime(2026, 12, 12, 9, tzinfo=UTC)
MONTH = last_month()


@pytest.fixture
def sister(templates: Templates, backend: str, settings: Settings, tmp_path: Path) -> Iterator[Instance]:
    """Another instance that answers, and reported the last month."""
    url = templates.copy(backend, "ready")
    with running(replace(settings, database_url=url, var_dir=str(tmp_path / "sister"))) as instance:
        instance.report_last_month()
        yield instance
    templates.drop(url)


@pytest.fixture
def peer(database: Database, sister: Instance) -> Peer:
    """That instance, trusted by ours, with its report."""
    peer = befriend(database, quick(sister.host), sister.host)
    pull(database, peer)
    return peer


def pull(database: Database, peer: Peer) -> list[tuple[str, str]]:
    found = pull_peer(database.transaction, quick(peer.host), peer_id=peer.id, actor=SYSTEM, us=US)
    return [(finding.outcome.value, finding.reason) for finding in found if finding.subject.startswith("dispute")]


def report_of(database: Database, peer: Peer) -> PeerReport:
    with database.reading() as session:
        return reports_of(session, peer.id)[0]


@pytest.fixture
def dispute(database: Database, settings: Settings, peer: Peer) -> Dispute:
    """Our claim against the sister's first cost."""
    with database.transaction() as session:
        return contest(session, report_of(database, peer), peer.host, us=US, keys=keys_of(settings))


def state(database: Database, digest: str) -> State:
    with database.reading() as session:
        return cases.case_of(session, digest, us=US, our_name="Nous").state


def answer(
    database: Database, settings: Settings, dispute: Dispute, us: str, act: Act, verdict: Verdict | None
) -> None:
    with database.transaction() as session:
        services.say(
            session,
            actor=SYSTEM,
            us=us,
            keys=keys_of(settings),
            dispute=dispute.digest,
            act=act,
            verdict=verdict,
            reason="We looked again.",
        )


def hand_over(claim: Dispute, database: Database, sister: Instance, host: str = US) -> None:
    """Our claim reaches the sister, as if it had pulled it from us."""
    with database.reading() as session:
        held = queries.document_of(session, claim.digest)
        assert held is not None
        raw = held.envelope
    with sister.database.transaction() as session:
        peer = Peer(host=host, name="Nous", country="FR", currency="EUR", root_key="x", identity=b"", added_by="system")
        peer.added_at = peer.next_pull_at = claim.opened_at
        session.add(peer)
        session.flush()
        services.keep_document(
            session,
            actor=SYSTEM,
            peer_id=peer.id,
            raw=raw,
            payload=json.loads(raw)["payload"],
            us=sister.host,
            at=claim.opened_at,
        )


def test_a_claim_is_signed_served_and_never_changes(client: FlaskClient, dispute: Dispute) -> None:
    listed = client.get(DISPUTES_PATH)
    assert [entry["digest"] for entry in listed.get_json()["disputes"]] == [dispute.digest]
    again = client.get(DISPUTES_PATH, headers={"If-None-Match": listed.headers["ETag"]})
    assert again.status_code == 304
    served = client.get(f"{DISPUTES_PATH}/{dispute.digest}")
    payload = served.get_json()["payload"]
    assert (payload["act"], payload["claimed"], payload["field"]) == ("claim", 1_000, "costs[0].amount")
    assert "immutable" in served.headers["Cache-Control"]
    missing = client.get(f"{DISPUTES_PATH}/sha256:{'0' * 64}")
    assert (missing.status_code, missing.get_json()["type"]) == (404, "urn:coop-report:1:unknown-dispute")


def test_the_sister_answers_and_admits_and_we_learn_of_both(
    database: Database, sister: Instance, peer: Peer, dispute: Dispute
) -> None:
    hand_over(dispute, database, sister)
    answer(sister.database, sister.settings, dispute, sister.host, Act.ANSWER, None)
    assert pull(database, peer) == [("accepted", "")]
    assert state(database, dispute.digest) is State.ANSWERED
    answer(sister.database, sister.settings, dispute, sister.host, Act.VERDICT, Verdict.UPHELD)
    assert pull(database, peer) == [("accepted", "")]
    assert pull(database, peer) == []
    assert state(database, dispute.digest) is State.UPHELD


def test_an_upheld_dispute_changes_nothing_by_itself_and_waits_for_the_correction(
    database: Database, settings: Settings, sister: Instance, peer: Peer, dispute: Dispute
) -> None:
    hand_over(dispute, database, sister)
    answer(sister.database, sister.settings, dispute, sister.host, Act.VERDICT, Verdict.UPHELD)
    pull(database, peer)
    with database.reading() as session:
        assert cases.case_of(session, dispute.digest, us=US, our_name="Nous").revision is None
    with sister.database.transaction() as session:
        spend(session, MONTH, 4_000, scope=CostScope.COMMON, category=CostCategory.DEVELOPMENT)
    sister.publish(MONTH, reason="A dispute was upheld")
    pull(database, peer)
    with database.reading() as session:
        assert cases.case_of(session, dispute.digest, us=US, our_name="Nous").revision == 2


def test_the_correction_becomes_a_true_up_of_the_next_month(database: Database, settings: Settings, app: Flask) -> None:
    cost = {"category": "hosting", "scope": "common", "kind": "cash", "receipts": []}
    with database.transaction() as session:
        report = receive(session, REBOST, costs=[cost | {"amount": 41_200}])
        with clock.travel(NOVEMBER_12):
            keys = keys_of(settings)
            adopt(session, keys, *sorted((US, REBOST)))
            claim = contest(session, report, REBOST, us=US, keys=keys)
            october = compute_allocation(session, actor=SYSTEM, month=OCTOBER, instance=US, keys=keys)
        assert allocations.payload_of(october)["budget"] == 41_200
        revise(session, report, costs=[cost | {"amount": 1_000}])
        with clock.travel(DECEMBER_12):
            november = compute_allocation(session, actor=SYSTEM, month=OCTOBER.plus(1), instance=US, keys=keys)
            assert cases.case_of(session, claim.digest, us=US, our_name="Nous").revision == 2
    shares = allocations.payload_of(november)["shares"]
    assert sum(share["true_up"] for share in shares) < 0


def revise(session: Session, report: PeerReport, **changes: Any) -> None:
    """The sister issues another revision of its report after the objections ended."""
    issued = "2026-11-25T08:00:00Z"
    raw = sister_report(
        instance=REBOST,
        revision=2,
        supersedes=report.digest,
        reason="A dispute was upheld",
        issued_at=issued,
        **changes,
    )
    payload = json.loads(raw)["payload"]
    verdict = Result(Outcome.ACCEPTED, payload=payload, digest=digest(payload))
    at = parse_moment(issued)
    keep_report(session, actor=SYSTEM, peer_id=report.peer_id, raw=raw, verdict=verdict, at=at)


def test_what_is_not_theirs_to_say_is_refused(
    database: Database, settings: Settings, sister: Instance, peer: Peer, dispute: Dispute
) -> None:
    hand_over(dispute, database, sister)
    with pytest.raises(Refusal) as refused:
        answer(database, settings, dispute, US, Act.ANSWER, None)
    assert refused.value.reason == "not-theirs"
    with pytest.raises(Refusal):
        answer(database, settings, dispute, US, Act.VERDICT, Verdict.UPHELD)
    with pytest.raises(Refusal):
        answer(sister.database, sister.settings, dispute, sister.host, Act.WITHDRAWAL, None)
    answer(database, settings, dispute, US, Act.WITHDRAWAL, None)
    assert state(database, dispute.digest) is State.WITHDRAWN
    with pytest.raises(errors.DisputeSettled):
        answer(database, settings, dispute, US, Act.WITHDRAWAL, None)


def test_a_claim_must_be_about_something(database: Database, settings: Settings, peer: Peer) -> None:
    report, keys = report_of(database, peer), keys_of(settings)
    with database.transaction() as session:
        with pytest.raises(errors.NoSuchFigure):
            contest(session, report, peer.host, us=US, keys=keys, field="costs[99].amount")
        with pytest.raises(errors.SameFigure):
            contest(session, report, peer.host, us=US, keys=keys, field="shops.active", claimed=6)
        with pytest.raises(NotFound):
            contest(session, report, peer.host, us=US, keys=keys, report_digest="sha256:" + "0" * 64)
        contest(session, report, peer.host, us=US, keys=keys)
        with pytest.raises(errors.AlreadyContested):
            contest(session, report, peer.host, us=US, keys=keys, claimed=2_000)


def test_documents_that_were_changed_or_lead_nowhere_are_refused_until_they_are_good(
    database: Database, sister: Instance, peer: Peer, dispute: Dispute
) -> None:
    hand_over(dispute, database, sister)
    answer(sister.database, sister.settings, dispute, sister.host, Act.ANSWER, None)
    with sister.database.reading() as session:
        ((document, _claim),) = queries.our_documents(session)
    path = f"{DISPUTES_PATH}/{document.digest}"
    sister.spoil[path] = lambda body: body.replace(b"again", b"twice")
    assert pull(database, peer) == [("refused", "bad-signature")]
    sister.spoil[path] = lambda body: body.replace(b'"act":"answer"', b'"act":"claim"')
    assert pull(database, peer) == [("refused", "bad-dispute")]
    with database.transaction() as session:  # as if we had never signed the claim
        for one in queries.dispute_of(session, dispute.digest).documents:
            session.delete(one)
        session.flush()
        session.delete(session.get_one(Dispute, dispute.id))
    del sister.spoil[path]
    assert pull(database, peer) == [("refused", "unknown-dispute")]
    sister.spoil[DISPUTES_PATH] = lambda body: body.replace(sister.host.encode(), b"other.example")
    assert pull(database, peer) == [("refused", "wrong-issuer")]


def test_the_cooperative_gets_a_mail_when_the_sister_speaks(
    app: Flask, database: Database, sister: Instance, peer: Peer, dispute: Dispute
) -> None:
    with database.transaction() as session:
        make_user(session, "coop@example.org", is_cooperative=True)
    hand_over(dispute, database, sister)
    answer(sister.database, sister.settings, dispute, sister.host, Act.ANSWER, None)
    pull(database, peer)
    deliver_all(app)
    (mail,) = [mail for mail in mails_to(database, "coop@example.org") if mail.key.startswith("dispute")]
    assert "We looked again." in mail.text
    assert f"/cooperative/peers/disputes/{dispute.digest}" in mail.text
