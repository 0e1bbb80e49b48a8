"""The pages on which a cooperative contests a figure, answers and judges; and what everybody sees."""

import hashlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.event import listen

from billing.commons.instance import instance_name
from billing.commons.services import publish_report
from billing.dispute import queries, services
from billing.peer.models import Peer, PeerReport
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.federation.signing import ObjectKind, build_envelope
from tests.billing.commons import sister
from tests.support.billing import OCTOBER, close
from tests.support.disputes import contest, keys_of
from tests.support.people import form_token, make_user, sign_in
from tests.support.sisters import receive, sell_a_month

SISTER = "rebost.example"
NOVEMBER_9 = datetime(2026, 11, 9, 9, tzinfo=UTC)
NOVEMBER_13 = datetime(2026, 11, 13, 9, tzinfo=UTC)
NOVEMBER_14 = datetime(2026, 11, 14, 9, tzinfo=UTC)


@pytest.fixture
def report(database: Database) -> PeerReport:
    """October of a sister."""
    with database.transaction() as session:
        return receive(session, SISTER)


@pytest.fixture
def browser(app: Flask, database: Database) -> Iterator[FlaskClient]:
    """Somebody of the cooperative, on 13 November."""
    with database.transaction() as session:
        user = make_user(session, "coop@example.org", is_cooperative=True)
    client = app.test_client()
    with clock.travel(NOVEMBER_13):
        sign_in(client, database, user)
        yield client


@pytest.fixture
def us(app: Flask) -> str:
    with app.app_context():
        return instance_name()


def post(browser: FlaskClient, path: str, **data: Any) -> tuple[int, str]:
    answer = browser.post(path, data={"csrf_token": form_token(browser), **data}, follow_redirects=True)
    return answer.status_code, plain(answer.get_data(as_text=True))


def read(browser: FlaskClient, path: str) -> str:
    return plain(browser.get(path).get_data(as_text=True))


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


def claim_path(report: PeerReport) -> str:
    return f"/cooperative/peers/{report.peer_id}/reports/{report.digest}/dispute"


def claimed_by_the_sister(database: Database, us: str, digest: str) -> str:
    """A claim of the sister about our own report, as if it had been pulled; its digest."""
    claim = {
        "v": 1,
        "type": "coop-dispute",
        "act": "claim",
        "instance": SISTER,
        "issued_at": "2026-11-13T08:00:00Z",
        "reason": "Aquest cost no és comú.",
        "evidence": [],
        "concerns": us,
        "report": digest,
        "period": "2026-10",
        "field": "income_12m",
        "claimed": 0,
    }
    with database.transaction() as session:
        peer = Peer(host=SISTER, name="El Rebost", country="ES", currency="EUR", root_key="x", identity=b"")
        peer.added_by, peer.added_at, peer.next_pull_at = "system", NOVEMBER_13, NOVEMBER_13
        session.add(peer)
        session.flush()
        raw = build_envelope(ObjectKind.DISPUTE, claim, [sister.KEY])
        return services.keep_document(
            session, actor=SYSTEM, peer_id=peer.id, raw=raw, payload=claim, us=us, at=NOVEMBER_13
        ).digest


def test_a_figure_is_contested_from_the_sisters_page(
    browser: FlaskClient, database: Database, report: PeerReport
) -> None:
    assert claim_path(report) in read(browser, f"/cooperative/peers/{report.peer_id}")
    page = read(browser, claim_path(report))
    assert "Hébergement, payé pour l’instance (412 €)" in page
    status, page = post(
        browser,
        claim_path(report),
        figure="costs[0].amount",
        claimed="320,50",
        reason="La facture dit 320,50 €.",
        evidence="facture 2026-118",
        file=(io.BytesIO(b"%PDF-1.7 facture"), "facture.pdf"),
        read="y",
    )
    assert status == 200
    assert "Attend une réponse" in page
    assert "91,50 €" in page  # what is contested
    with database.reading() as session:
        ((document, _digest),) = queries.our_documents(session)
    (evidence,) = json.loads(document.envelope)["payload"]["evidence"]
    assert evidence["ref"] == "facture 2026-118"
    assert evidence["digest"] == "sha256:" + hashlib.sha256(b"%PDF-1.7 facture").hexdigest()
    listed = read(browser, "/cooperative/peers/disputes")
    assert f"/cooperative/peers/disputes/{document.digest}" in listed


def test_what_cannot_be_signed_is_said_and_kept(browser: FlaskClient, database: Database, report: PeerReport) -> None:
    good = {"figure": "costs[0].amount", "claimed": "320", "reason": "La facture dit 320 €.", "read": "y"}
    for typed in (
        {"figure": "costs[7].amount"},
        {"claimed": "beaucoup"},
        {"claimed": "1,005"},
        {"claimed": "412"},
        {"reason": " "},
        {"read": ""},
    ):
        status, page = post(browser, claim_path(report), **{**good, **typed})
        assert status == 422, typed
        assert "error-summary" in page, typed
    with database.reading() as session:
        assert queries.our_documents(session) == []


def test_the_list_has_pages_and_asks_the_database_no_more_for_more_disputes(
    browser: FlaskClient,
    database: Database,
    settings: Settings,
    report: PeerReport,
    us: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def count() -> int:
        asked.clear()
        read(browser, "/cooperative/peers/disputes")
        return len(asked)

    with database.transaction() as session:
        first = contest(session, report, SISTER, us=us, keys=keys_of(settings))
    listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    few = count()
    with clock.travel(NOVEMBER_14), database.transaction() as session:
        for field in ("income_12m", "orders.completed"):
            contest(session, report, SISTER, us=us, keys=keys_of(settings), field=field, claimed=1)
    assert count() <= few
    monkeypatch.setattr(queries, "PAGE", 2)
    assert first.digest not in read(browser, "/cooperative/peers/disputes")
    assert first.digest in read(browser, "/cooperative/peers/disputes?page=2")


def test_the_contested_amount_stands_apart_on_the_public_page(
    browser: FlaskClient, client: FlaskClient, database: Database, settings: Settings, report: PeerReport, us: str
) -> None:
    assert "Chiffres contestés" not in read(client, "/commons/2026-10")
    with database.transaction() as session:
        contest(session, report, SISTER, us=us, keys=keys_of(settings))
    page = read(client, "/commons/2026-10")
    assert "Chiffres contestés" in page
    assert "402 €" in page
    assert "/federation/v1/disputes/sha256:" in page
    assert "Chiffres contestés" in read(browser, "/cooperative/commons/2026-10")


def test_a_dispute_is_withdrawn_once(
    browser: FlaskClient, database: Database, settings: Settings, report: PeerReport, us: str
) -> None:
    with database.transaction() as session:
        evidence = [services.Evidence("facture 2026-118"), services.Evidence("photo", "ab" * 32)]
        dispute = contest(session, report, SISTER, us=us, keys=keys_of(settings), evidence=evidence)
    path = f"/cooperative/peers/disputes/{dispute.digest}"
    page = read(browser, path)
    assert "Retirer la contestation" in page
    assert "Repose sur : facture 2026-118" in page
    assert "abababab" in page
    assert "Signer cette réponse" not in page
    status, page = post(browser, path, act="withdraw", reason="Nous nous sommes trompés.", read="y")
    assert (status, "Retirée" in page) == (200, True)
    assert "Nous nous sommes trompés." in page
    status, _page = post(browser, path, act="withdraw", reason="Encore.", read="y")
    assert status == 422


def test_a_claim_against_us_waits_for_our_answer(
    browser: FlaskClient, database: Database, settings: Settings, us: str
) -> None:
    with clock.travel(NOVEMBER_9), database.transaction() as session:
        sell_a_month(session, OCTOBER)
        close(session)
        ours = publish_report(session, actor=SYSTEM, month=OCTOBER, instance=us, keys=keys_of(settings))
    digest = claimed_by_the_sister(database, us, ours.digest)
    assert "Votre réponse est attendue" in read(browser, "/cooperative/peers/disputes")
    path = f"/cooperative/peers/disputes/{digest}"
    status, page = post(browser, path, act="answer", reason="Voici le détail.", read="y")
    assert (status, "Répondue" in page) == (200, True)
    status, page = post(browser, path, act="uphold", reason="C’est juste.", read="y")
    assert (status, "Fondée" in page) == (200, True)
    assert "Votre correction est attendue" in page
