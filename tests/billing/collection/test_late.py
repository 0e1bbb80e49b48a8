"""Who has not paid: by age, by shop, on the cooperative's first page."""

from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from billing.collection import late
from billing.invoice.models import InvoiceKind
from coopcircuits import clock
from coopcircuits.db import Database
from tests.support.collection import TODAY, make_credit_note, make_invoice, pay
from tests.support.people import make_user, sign_in
from tests.support.shops import make_enterprise


def test_late_invoices_are_sorted_by_age(session: Session) -> None:
    shop, other = make_enterprise(session), make_enterprise(session)
    for days, amount in ((0, 1), (1, 1000), (30, 2000), (31, 4000), (60, 100), (90, 200), (91, 8000)):
        make_invoice(session, shop, amount, due_on=TODAY - timedelta(days=days))
    make_invoice(session, other, 500, due_on=TODAY - timedelta(days=400))
    make_invoice(session, other, 700, due_on=TODAY - timedelta(days=40), kind=InvoiceKind.GIFT)
    found = late.by_age(session, day=TODAY)
    assert [(age.first, age.last, age.invoices, age.shops, age.open) for age in found] == [
        (1, 30, 2, 1, 3000), (31, 60, 2, 1, 4100), (61, 90, 1, 1, 200), (91, None, 2, 2, 8500),
    ]  # fmt: skip
    shops = late.late_shops(session, day=TODAY, most=5)
    assert [(each.shop, each.invoices, each.open, (TODAY - each.since).days) for each in shops] == [
        (shop, 6, 15300, 91), (other, 1, 500, 400),
    ]  # fmt: skip


def test_what_is_paid_or_corrected_is_not_late(session: Session) -> None:
    shop = make_enterprise(session)
    first, second = (make_invoice(session, shop, 1000, due_on=TODAY - timedelta(days=10)) for _ in range(2))
    make_credit_note(session, first)
    pay(session, shop, 400, invoice=second)
    assert sum(age.open for age in late.by_age(session, day=TODAY)) == 600
    pay(session, shop, 600, invoice=second)
    assert (late.by_age(session, day=TODAY), late.late_shops(session, day=TODAY, most=5)) == ([], [])


def test_the_first_page_says_who_has_not_paid(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        coop = make_user(session, "coop@example.org", is_cooperative=True)
    sign_in(client, database, coop)
    with clock.travel(datetime(2026, 11, 20, 9, tzinfo=UTC)):
        assert "Qui n’a pas payé" not in client.get("/cooperative").get_data(as_text=True), "nothing was invoiced"
        with database.transaction() as session:
            shop = make_enterprise(session, name="La Ferme du Val")
            make_invoice(session, shop, due_on=TODAY)
        assert "Aucune facture n’est en retard" in client.get("/cooperative").get_data(as_text=True)
        with database.transaction() as session:
            make_invoice(session, shop, due_on=TODAY - timedelta(days=100))
        shown = client.get("/cooperative").get_data(as_text=True)
    for part in ("Qui n’a pas payé", "plus de 90 jours", "La Ferme du Val", "/cooperative/receipts#late"):
        assert part in shown, part
