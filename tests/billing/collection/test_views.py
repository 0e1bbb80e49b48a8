"""Payments where people look for them: on the invoice's page and on the shop's."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from billing.collection import queries, standing
from billing.invoice import services as invoices
from coopcircuits import clock
from coopcircuits.db import Database
from tests.support.billing import COOPERATIVE
from tests.support.collection import make_invoice as bare_invoice
from tests.support.collection import pay
from tests.support.invoices import NOVEMBER_4, approved, complete_cooperative, make_invoice
from tests.support.people import form_token, make_user, sign_in
from tests.support.shops import make_enterprise

NOVEMBER_20 = datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_the_invoices_page_says_how_to_pay_and_what_was_paid(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    with database.transaction() as session:
        owner = make_user(session, "elise@example.org")
        invoice = make_invoice(session, owner_id=owner.id)
        shop = queries.invoice_by_number(session, invoice.number).enterprise
        coop = make_user(session, "coop@example.org", is_cooperative=True)
    sign_in(client, database, owner)
    page = f"/manage/{shop.permalink}/contribution/invoices/{invoice.number}"
    with clock.travel(NOVEMBER_20):
        before = client.get(page).get_data(as_text=True)
        assert "FR14 2004 1010 0505" in before
        assert "<svg" in before, "a code to be read by the bank's application"
        with database.transaction() as session:
            pay(session, shop, invoice.total - 1)
        other = app.test_client()
        sign_in(other, database, coop)
        theirs = other.get(f"/cooperative/invoices/{invoice.number}").get_data(as_text=True)
        assert "quelques centimes" in theirs
        with database.transaction() as session:
            pay(session, shop, 1)
        assert "Il ne reste rien à régler" in client.get(page).get_data(as_text=True)
        assert "Vos règlements" in client.get(f"/manage/{shop.permalink}/contribution").get_data(as_text=True)


def test_credit_pays_the_next_invoice_as_it_is_issued(session: Session) -> None:
    statement = approved(session)
    shop_id = statement.enterprise_id
    complete_cooperative(session)
    shop = queries.lock_account(session, shop_id)
    pay(session, shop, 100_000)
    with clock.travel(NOVEMBER_4):
        invoice = invoices.issue_invoice(session, statement_id=statement.id, actor=COOPERATIVE)
    assert queries.open_amount(session, invoice.id) == 0
    with clock.travel(NOVEMBER_20):
        invoices.issue_credit_note(session, invoice_id=invoice.id, reason="erreur", actor=COOPERATIVE)
    assert standing.position(session, shop_id).credit == 100_000


def test_money_goes_back_between_its_day_and_today(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        shop = make_enterprise(session)
        invoice = bare_invoice(session, shop)
        receipt = pay(session, shop, invoice.total)
        coop = make_user(session, "coop@example.org", is_cooperative=True)
    sign_in(client, database, coop)
    page = f"/cooperative/receipts/{receipt.id}/return"
    typed = {"csrf_token": form_token(client), "amount": "12,00", "reason": "payé deux fois", "key": "k1"}
    with clock.travel(datetime(2026, 11, 25, 9, tzinfo=UTC)):
        for day, said in (("2026-11-19", "avant d’être arrivé"), ("2026-11-26", "pas encore venu")):
            refused = client.post(page, data={**typed, "returned_on": day})
            shown = refused.get_data(as_text=True)
            assert (refused.status_code, said in shown, "payé deux fois" in shown) == (422, True, True)
            assert 'aria-invalid="true"' in shown
        for day in ("2026-11-20", "2026-11-25"):
            assert client.post(page, data={**typed, "returned_on": day, "key": day}).status_code == 302
    with database.reading() as session:
        assert queries.open_amount(session, invoice.id) == 2400


def test_what_the_provider_gives_back_is_not_written_down_here(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        shop = make_enterprise(session)
        receipt = pay(session, shop, 3420, source="stripe:pi_1")
        coop = make_user(session, "coop@example.org", is_cooperative=True)
    sign_in(client, database, coop)
    page = f"/cooperative/receipts/{receipt.id}"
    with clock.travel(NOVEMBER_20):
        shown = client.get(page).get_data(as_text=True)
        assert ("sur le site du prestataire" in shown, f"{page}/return" in shown) == (True, False)
        typed = {"csrf_token": form_token(client), "returned_on": "2026-11-20", "reason": "payé deux fois", "key": "k1"}
        refused = client.post(f"{page}/return", data=typed)
        assert (refused.status_code, "sur le site du prestataire" in refused.get_data(as_text=True)) == (422, True)
    with database.reading() as session:
        assert standing.position(session, shop.id).received == 3420


def test_the_page_of_receipts_asks_as_little_for_many_shops_in_credit_as_for_one(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "receipts", lambda _session: [])  # as once the last receipts are all of other shops
    asked: list[object] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with database.transaction() as session:
        coop = make_user(session, "coop@example.org", is_cooperative=True)
        pay(session, make_enterprise(session), 1000)
    sign_in(client, database, coop)
    counts = []
    with clock.travel(NOVEMBER_20):
        client.get("/cooperative/receipts")  # the first page of a process also reads who runs the instance
        for more in (0, 3):
            with database.transaction() as session:
                shops = [make_enterprise(session) for _ in range(more)]
                for shop in shops:
                    pay(session, shop, 1000)
            asked.clear()
            shown = client.get("/cooperative/receipts").get_data(as_text=True)
            counts.append(len(asked))
    assert counts[0] == counts[1]
    assert all(shop.name in shown for shop in shops)


def test_money_of_the_wrong_shop_is_moved_and_both_are_told(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    with database.transaction() as session:
        owners = [make_user(session, f"{name}@example.org") for name in ("elise", "paul")]
        wrong, right = (make_enterprise(session, owner_id=owner.id) for owner in owners)
        invoices = [bare_invoice(session, shop) for shop in (wrong, right)]
        receipt = pay(session, wrong, invoices[0].total)
        coop = make_user(session, "coop@example.org", is_cooperative=True)
    sign_in(client, database, coop)
    page = f"/cooperative/receipts/{receipt.id}"
    typed = {"csrf_token": form_token(client), "from_shop": str(wrong.id)}
    with clock.travel(NOVEMBER_20):
        for missing in (
            {"move-to_shop": str(right.id), "move-reason": " "},
            {"move-to_shop": "", "move-reason": "homonyme"},
        ):
            refused = client.post(f"{page}/move", data={**typed, **missing})
            assert refused.status_code == 422
            assert 'aria-invalid="true"' in refused.get_data(as_text=True)
        given = {**typed, "move-to_shop": str(right.id), "move-reason": "homonyme"}
        for _press in range(2):
            assert client.post(f"{page}/move", data=given).location == page
        shown = client.get(page).get_data(as_text=True)
        assert (right.name in shown, "homonyme" in shown, "-34" in shown) == (True, True, False)
        books = client.get("/cooperative/ledger").get_data(as_text=True)
        assert books.count(f'href="{page}"') == 3, "received, taken back, given to the right shop"
        back = {**typed, "from_shop": str(wrong.id), "move-to_shop": str(wrong.id), "move-reason": "?"}
        assert client.post(f"{page}/move", data=back).status_code == 422
        for owner, shop in zip(owners, (wrong, right), strict=True):
            browser = app.test_client()
            sign_in(browser, database, owner)
            for address in ("payments", "account"):
                told = browser.get(f"/manage/{shop.permalink}/contribution/{address}").get_data(as_text=True)
                assert "homonyme" in told
                assert (wrong if shop is right else right).name not in told, "one shop is not told of the other"
    with database.reading() as session:
        assert [queries.open_amount(session, invoice.id) for invoice in invoices] == [3420, 0]
