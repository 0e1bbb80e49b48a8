"""Costs are proved, corrected and taken out, and whoever looks later sees that."""

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from billing.commons.models import PublishedReport, ReportState
from billing.cost import queries, services
from billing.cost.errors import CostChanged
from billing.cost.models import CostCategory
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.errors import InvalidInput
from coopcircuits.files import FileKind, SentFile
from tests.support.billing import OCTOBER, in_month
from tests.support.costs import spec
from tests.support.documents import PDF, PNG
from tests.support.people import form_token, make_user, sign_in

BILL = SentFile("Facture d’octobre.pdf", FileKind.PDF, PDF)


def publish(session: Session) -> None:
    """October's final report is out."""
    session.add(
        PublishedReport(
            period="2026-10",
            revision=1,
            state=ReportState.FINAL,
            digest="sha256:0",
            envelope=b"{}",
            issued_at=clock.now(),
            published_by="system",
        )
    )
    session.flush()


def test_a_document_is_kept_once_and_tells_where_else_it_is(session: Session) -> None:
    first = services.register_cost(session, actor=SYSTEM, cost=spec(CostCategory.HOSTING, 3_490), receipt=BILL)
    services.attach_receipt(session, actor=SYSTEM, cost_id=first.id, receipt=BILL)
    assert [(held.name, held.size, held.sha256) for held in queries.cost_of(session, first.id).receipts] == [
        (BILL.name, len(PDF), BILL.sha256)
    ]
    second = services.register_cost(session, actor=SYSTEM, cost=spec(CostCategory.TOOLS, 1_000), receipt=BILL)
    services.register_cost(session, actor=SYSTEM, cost=spec(CostCategory.TOOLS, 2_000))
    assert queries.others_proved_by(session, second) == [first]
    assert queries.proved(session, "2026-10") == {CostCategory.HOSTING: (1, 3_490), CostCategory.TOOLS: (1, 1_000)}


def test_two_people_do_not_correct_the_same_cost_unknowingly(session: Session) -> None:
    cost = services.register_cost(session, actor=SYSTEM, cost=spec(CostCategory.HOSTING, 3_490))
    services.correct_cost(
        session, actor=SYSTEM, cost_id=cost.id, seen_version=0, cost=spec(CostCategory.HOSTING, 3_000)
    )
    with pytest.raises(CostChanged):
        services.correct_cost(
            session, actor=SYSTEM, cost_id=cost.id, seen_version=0, cost=spec(CostCategory.HOSTING, 9)
        )
    assert (cost.amount, cost.version) == (3_000, 1)


def test_what_sisters_were_told_changes_only_with_a_reason(session: Session) -> None:
    cost = services.register_cost(session, actor=SYSTEM, cost=spec(CostCategory.HOSTING, 3_490))
    other = services.register_cost(session, actor=SYSTEM, cost=spec(CostCategory.HOSTING, 100))
    publish(session)
    for change in (
        lambda: services.remove_cost(session, actor=SYSTEM, cost_id=cost.id, reason=" "),
        lambda: services.correct_cost(
            session, actor=SYSTEM, cost_id=cost.id, seen_version=0, cost=spec(CostCategory.HOSTING, 1)
        ),
    ):
        with pytest.raises(InvalidInput) as refused:
            change()
        assert refused.value.field == "reason"
    services.correct_cost(
        session,
        actor=SYSTEM,
        cost_id=cost.id,
        seen_version=0,
        cost=spec(CostCategory.HOSTING, 1),
        reason="Avoir du fournisseur",
    )
    services.remove_cost(session, actor=SYSTEM, cost_id=other.id, reason="Saisi deux fois")
    session.flush()
    assert queries.by_month(session, ["2026-10"])["2026-10"].own == 1
    told = [(event.name, event.payload.get("reason")) for event in queries.happenings(session, cost.id)]
    assert told == [("CostCorrected", "Avoir du fournisseur"), ("CostRegistered", None)]


@pytest.fixture
def browser(client: FlaskClient, database: Database) -> FlaskClient:
    """Somebody of the cooperative, signed in."""
    with database.transaction() as session:
        user = make_user(session, is_cooperative=True)
    sign_in(client, database, user)
    return client


def form(**given: Any) -> dict[str, Any]:
    return {
        "label": "Serveur, octobre",
        "category": "hosting",
        "kind": "cash",
        "scope": "local",
        "amount": "34,90",
        "spent_on": "2026-10-03",
        "month": "2026-10",
        **given,
    }


def test_a_receipt_is_sent_opened_and_taken_away(browser: FlaskClient, database: Database) -> None:
    token = {"csrf_token": form_token(browser)}
    with clock.travel(in_month(OCTOBER, 20)):
        bad = browser.post(
            "/cooperative/costs", data=form(**token, receipt=(BytesIO(b"<html>"), "facture.pdf", "application/pdf"))
        )
        assert bad.status_code == 422
        assert 'value="34,90"' in bad.get_data(as_text=True)
        browser.post("/cooperative/costs", data=form(**token, receipt=(BytesIO(PDF), "../Facture.PDF")))
        with database.reading() as session:
            [cost] = queries.costs_of(session, "2026-10")
            [receipt] = cost.receipts
        path = f"/cooperative/costs/{cost.id}"
        assert "Facture.PDF" in browser.get(path).get_data(as_text=True)
        answer = browser.get(f"{path}/receipts/{receipt.id}")
        assert (answer.data, answer.mimetype) == (PDF, "application/pdf")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="facture.pdf"'
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert browser.get(f"/cooperative/costs/{cost.id + 1}/receipts/{receipt.id}").status_code == 404
        assert browser.post(f"{path}/receipts", data=token).status_code == 422
        browser.post(f"{path}/receipts", data={**token, "receipt": (BytesIO(PNG), "photo.png")})
        browser.post(f"{path}/receipts/{receipt.id}/remove", data=token)
        assert browser.post(f"{path}/receipts/{receipt.id}/remove", data=token).status_code == 404
        text = browser.get(path).get_data(as_text=True)
    assert "photo.png" in text
    assert "Facture.PDF" not in text


def test_a_cost_is_corrected_on_its_page(browser: FlaskClient, database: Database) -> None:
    with clock.travel(in_month(OCTOBER, 20)):
        with database.transaction() as session:
            cost = services.register_cost(session, actor=SYSTEM, cost=spec(CostCategory.HOSTING, 3_490))
            publish(session)
        path, token = f"/cooperative/costs/{cost.id}", {"csrf_token": form_token(browser)}
        shown = browser.get(path).get_data(as_text=True)
        assert 'name="version" type="hidden" value="0"' in shown
        silent = browser.post(path, data=form(**token, version="0", amount="30"))
        assert silent.status_code == 422
        assert 'value="30"' in silent.get_data(as_text=True)
        assert browser.post(path, data=form(**token, version="x", amount="30")).status_code == 422
        browser.post(path, data=form(**token, version="0", amount="30", reason="Avoir reçu"))
        assert "« Avoir reçu »" in browser.get(path).get_data(as_text=True).replace("\u202f", " ")
        assert browser.post(f"{path}/remove", data=token).status_code == 422
        browser.post(f"{path}/remove", data={**token, "removal-reason": "Saisi deux fois"})
    assert browser.get(path).status_code == 404


def test_only_the_cooperative_opens_a_receipt(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        cost = services.register_cost(session, actor=SYSTEM, cost=spec(CostCategory.HOSTING, 3_490), receipt=BILL)
        person = make_user(session)
    path = f"/cooperative/costs/{cost.id}/receipts/{cost.receipts[0].id}"
    assert client.get(path).headers["Location"].startswith("/log-in")
    sign_in(client, database, person)
    assert client.get(path).status_code == 403
