"""The pages of invoices: the cooperative's month, one document, the shop's own; nobody else's."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from billing.invoice import paper, queries
from billing.invoice.models import Invoice, InvoiceRun, UnwrittenDocument
from billing.statement.models import Statement, StatementState
from coopcircuits import clock, jobs
from coopcircuits.db import Database
from coopcircuits.document.models import LegalMention, MentionKind
from coopcircuits.mail.models import Mail
from shops.enterprise.models import Enterprise
from tests.support.billing import OCTOBER, Till, close, in_month
from tests.support.invoices import NOVEMBER_4, approve, approved, complete_cooperative, complete_shop, make_invoice
from tests.support.people import form_token, make_user, sign_in
from tests.support.worker import deliver_all


@pytest.fixture
def office(client: FlaskClient, database: Database) -> FlaskClient:
    """A browser of somebody who works for the cooperative."""
    with database.transaction() as session:
        user = make_user(session, "coop@example.org", is_cooperative=True)
    sign_in(client, database, user)
    return client


def carry_out(database: Database) -> None:
    """Let the worker come back until the order is carried out: a slow machine needs more than one shift."""
    while True:
        jobs.run_once("billing.issue_invoices")
        with database.reading() as session:
            if not queries.open_runs(session):
                return


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\xa0", " ").replace("\u202f", " ")


def test_a_month_is_invoiced_by_a_button_and_shows_how_far_it_is(office: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        complete_cooperative(session)
        tills = [Till(session, name=f"Ferme {n}", email=f"ferme{n}@example.org") for n in range(3)]
        for till in tills:
            complete_shop(till.shop)
            till.sell(in_month(OCTOBER), 300_000)
        close(session)
        for till in tills:
            approve(session, till.shop)
    with clock.travel(NOVEMBER_4):
        page = office.get("/cooperative/invoices").get_data(as_text=True)
        assert "3 relevés validés à facturer" in words(page)
        data = {"period": "2026-10", "csrf_token": form_token(office)}
        for _press in range(2):
            assert office.post("/cooperative/invoices", data=data).status_code == 302
        during = words(office.get("/cooperative/invoices?period=2026-10").get_data(as_text=True))
        assert "0 documents émis sur 3" in during
        with office.application.app_context():
            carry_out(database)
        after = words(office.get("/cooperative/invoices?period=2026-10").get_data(as_text=True))
    for part in ("F2026-0001", "F2026-0003", "Ferme 0", "À régler", "34,13 €", "102,39 €"):
        assert part in after, part
    assert "à facturer" not in after
    with database.reading() as session:
        assert len(session.scalars(select(InvoiceRun)).all()) == 1
        assert {found.issued_by for found in session.scalars(select(Invoice))} == {"user:1"}


def test_what_the_law_wants_and_nobody_filled_in_is_named_with_the_way_there(
    office: FlaskClient, database: Database
) -> None:
    with database.transaction() as session:
        complete_cooperative(session, iban="", register="")
        session.execute(delete(LegalMention).where(LegalMention.kind == MentionKind.RECOVERY_FEE))
        found = approved(session, name="Ferme sans numéro", email="sans@numero.example")
        found.enterprise.siret = ""
    with clock.travel(NOVEMBER_4):
        page = office.get("/cooperative/invoices").get_data(as_text=True)
    assert '<a href="/cooperative/identity#iban">IBAN de la coopérative</a>' in page
    assert '<a href="/cooperative/identity#register">' in page
    assert '<a href="/cooperative/mentions#recovery-fee">' in page
    assert "numéro SIRET de la boutique" in words(page)
    assert 'href="mailto:sans@numero.example"' in page
    assert "Émettre" not in page


def test_a_refused_shop_holds_up_nobody_and_gets_its_invoice_with_the_next_order(
    office: FlaskClient, database: Database
) -> None:
    with database.transaction() as session:
        complete_cooperative(session)
        tills = [Till(session, name=f"Ferme {n}", email=f"ferme{n}@example.org") for n in range(3)]
        for till in tills:
            complete_shop(till.shop)
            till.sell(in_month(OCTOBER), 300_000)
        close(session)
        for till in tills:
            approve(session, till.shop)
    data = {"period": "2026-10", "csrf_token": form_token(office)}
    with clock.travel(NOVEMBER_4), office.application.app_context():
        for siret in ("", "44306184100047"):
            with database.transaction() as session:
                session.get_one(Enterprise, tills[0].shop.id).siret = siret
            office.post("/cooperative/invoices", data=data)
            carry_out(database)
    with database.reading() as session:
        invoices = session.scalars(select(Invoice).order_by(Invoice.sequence)).all()
        assert [found.number for found in invoices] == ["F2026-0001", "F2026-0002", "F2026-0003"]
        assert invoices[2].enterprise_id == tills[0].shop.id


def test_one_document_leads_to_its_file_its_statement_and_its_credit_notes(
    office: FlaskClient, database: Database
) -> None:
    with database.transaction() as session:
        invoice = make_invoice(session)
        shop = invoice.snapshot["buyer"]["name"]
    page = words(office.get("/cooperative/invoices/F2026-0001").get_data(as_text=True))
    for part in ("Facture F2026-0001", shop, "28,44 €", "5,69 €", "34,13 €", "04/12/2026", "recouvrement de 40 €"):
        assert part in page, part
    file = office.get("/cooperative/invoices/F2026-0001.pdf")
    assert file.mimetype == "application/pdf"
    assert file.data == invoice.pdf
    assert office.get("/cooperative/invoices/F2026-0002").status_code == 404
    statement = office.get(f"/cooperative/statements/{permalink(database)}/2026-10").get_data(as_text=True)
    assert 'href="/cooperative/invoices/F2026-0001"' in statement


def permalink(database: Database) -> str:
    with database.reading() as session:
        return session.scalars(select(Enterprise.permalink)).one()


def test_a_credit_note_is_written_on_the_page_and_refused_beside_its_field(
    office: FlaskClient, database: Database
) -> None:
    with database.transaction() as session:
        make_invoice(session)
    token = form_token(office)

    def credit(net: str, reason: str) -> tuple[int, str]:
        with clock.travel(NOVEMBER_4 + timedelta(days=1)):
            data = {"net": net, "reason": reason, "csrf_token": token}
            answer = office.post("/cooperative/invoices/F2026-0001/credit", data=data)
        return answer.status_code, words(answer.get_data(as_text=True))

    status, page = credit("30", "Trop compté")
    assert status == 422
    assert "Il reste au plus 28,44 € hors taxes" in page
    assert "Trop compté" in page
    assert credit("", "")[0] == 422
    assert credit("10", "Trop compté")[0] == 302
    page = words(office.get("/cooperative/invoices/F2026-0001").get_data(as_text=True))
    for part in ("A2026-0001", "-12,00 €", "Trop compté", "il reste 18,44 € hors taxes"):
        assert part in page, part
    assert credit("", "Le reste aussi")[0] == 302
    page = office.get("/cooperative/invoices/F2026-0001").get_data(as_text=True)
    assert "Faire un avoir" not in page
    note = words(office.get("/cooperative/invoices/A2026-0001").get_data(as_text=True))
    assert "Avoir A2026-0001" in note
    assert "Faire un avoir" not in note


def test_a_shop_sees_its_own_documents_and_no_others(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        complete_cooperative(session)
        owner = make_user(session, "proprietaire@example.org")
        neighbour = make_user(session, "voisine@example.org")
        make_invoice(session, owner_id=owner.id, name="La Ferme du Val")
        other = Till(session, owner_id=neighbour.id, name="Le Potager voisin", email="potager@example.org").shop
        there = other.permalink
        here = session.scalars(select(Enterprise.permalink).where(Enterprise.name == "La Ferme du Val")).one()
    browser, stranger = app.test_client(), app.test_client()
    sign_in(browser, database, owner)
    sign_in(stranger, database, neighbour)
    listed = words(browser.get(f"/manage/{here}/contribution/invoices").get_data(as_text=True))
    assert "F2026-0001" in listed
    assert "34,13 €" in listed
    assert "F2026-0001" in browser.get(f"/manage/{here}/contribution").get_data(as_text=True)
    one = browser.get(f"/manage/{here}/contribution/invoices/F2026-0001")
    assert "Échéance" in words(one.get_data(as_text=True))
    assert browser.get(f"/manage/{here}/contribution/invoices/F2026-0001.pdf").data[:5] == b"%PDF-"
    for path in (
        f"/manage/{there}/contribution/invoices/F2026-0001",
        f"/manage/{here}/contribution/invoices/F2026-0001",
    ):
        assert stranger.get(path).status_code == 404
        assert stranger.get(f"{path}.pdf").status_code == 404
    empty = words(stranger.get(f"/manage/{there}/contribution/invoices").get_data(as_text=True))
    assert "Votre première facture" in empty


def test_a_file_that_cannot_be_written_holds_up_no_other_and_is_written_with_the_next_order(
    office: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        complete_cooperative(session)
        statement_id = approved(session).id
        till = Till(session, name="La Ferme d’en face", email="face@ferme.example")
        complete_shop(till.shop)
        till.sell(in_month(OCTOBER.plus(1)), 300_000)
        close(session, OCTOBER.plus(1))
        approve(session, till.shop, OCTOBER.plus(1))
    data = {"period": "2026-10", "csrf_token": form_token(office)}
    typeset = paper.typeset

    def fail(template: Path, content: dict[str, Any], *, created: datetime) -> bytes:
        if content["buyer"][0] != "La Ferme d’en face":
            raise ValueError("No bank code")
        return typeset(template, content, created=created)

    with clock.travel(NOVEMBER_4), office.application.app_context():
        office.post("/cooperative/invoices", data=data)
        office.post("/cooperative/invoices", data={**data, "period": "2026-11"})
        with monkeypatch.context() as broken:
            broken.setattr(paper, "typeset", fail)
            carry_out(database)
        with database.reading() as session:
            assert session.get_one(Statement, statement_id).state is StatementState.APPROVED
            [other] = session.scalars(select(Invoice)).all()
            assert (other.number, other.statement_id != statement_id) == ("F2026-0001", True)
        for page in ("/cooperative/invoices?period=2026-10", "/cooperative/work", "/cooperative"):
            said = words(office.get(page).get_data(as_text=True))
            for part in (
                "1 document n’a pas pu être écrit",
                "Octobre 2026 ·",
                "ValueError: No bank code",
            ):
                assert part in said, (page, part)
        assert "n’a pas pu être écrit" not in office.get("/cooperative/invoices?period=2026-11").get_data(as_text=True)
        office.post("/cooperative/invoices", data=data)
        carry_out(database)
    with database.reading() as session:
        number = session.scalars(select(Invoice.number).where(Invoice.statement_id == statement_id)).one()
        assert number == "F2026-0002"
        assert session.scalars(select(UnwrittenDocument)).all() == []
    assert "n’a pas pu être écrit" not in office.get("/cooperative/work").get_data(as_text=True)


def test_the_shop_gets_its_invoice_by_mail_with_the_file(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        owner = make_user(session, "proprietaire@example.org")
        make_invoice(session, owner_id=owner.id)
    with clock.travel(NOVEMBER_4):
        deliver_all(app)
    with database.reading() as session:
        [mail] = session.scalars(select(Mail).where(Mail.key.startswith("invoice:"))).all()
    assert mail.subject == "Facture F2026-0001 : votre contribution, octobre 2026"
    assert mail.attached == [{"kind": "invoice", "id": 1, "name": "F2026-0001.pdf", "mime": "application/pdf"}]
    for part in ("34,13", "FR1420041010050500013M02606", "04/12/2026", "/contribution/invoices/F2026-0001"):
        assert part in mail.text, part
        assert part in mail.html, part
