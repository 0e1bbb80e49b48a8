"""What invoices, gifts, credit notes, payments and returned payments move, in the transaction in which they happen."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.collection.models import ReceiptMethod
from billing.collection.services import record_receipt, return_receipt
from billing.invoice import services as invoices
from billing.invoice.events import CreditNoteIssued, InvoiceIssued
from billing.invoice.models import Invoice, InvoiceKind
from billing.ledger import accounts, bookings, queries
from billing.ledger.models import JournalEntry
from coopcircuits import clock, events, i18n
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from shops.enterprise.models import Enterprise
from tests.support.collection import make_invoice, pay
from tests.support.crowd import at_once
from tests.support.invoices import NOVEMBER_4, approved, complete_cooperative
from tests.support.shops import make_enterprise

NOVEMBER_21 = datetime(2026, 11, 21, 9, tzinfo=UTC)


def issued(session: Session, shop: Enterprise, **given: object) -> Invoice:
    """An invoice with its event, as the service that issues it leaves them."""
    invoice = make_invoice(session, shop, **given)  # type: ignore[arg-type]  # handed through
    invoice.net, invoice.tax = invoice.total * 5 // 6, invoice.total - invoice.total * 5 // 6
    if invoice.kind is InvoiceKind.GIFT:
        invoice.net, invoice.tax = invoice.total, 0
    session.flush()
    fact = InvoiceIssued(
        invoice_id=invoice.id, enterprise_id=shop.id, number=invoice.number, total=invoice.total, currency="EUR"
    )
    with clock.travel(NOVEMBER_4):
        events.record(session, fact, actor=SYSTEM)
    return invoice


def credited(session: Session, shop: Enterprise, invoice: Invoice) -> Invoice:
    note = make_invoice(session, shop, invoice.total)
    note.kind, note.corrects_id, note.net, note.tax = InvoiceKind.CREDIT_NOTE, invoice.id, invoice.net, invoice.tax
    session.flush()
    fact = CreditNoteIssued(
        invoice_id=note.id,
        corrects_id=invoice.id,
        enterprise_id=shop.id,
        number=note.number,
        total=note.total,
        currency="EUR",
    )
    with clock.travel(NOVEMBER_4):
        events.record(session, fact, actor=SYSTEM)
    return note


def moves(entry: JournalEntry) -> list[tuple[str, int, int]]:
    return [(line.account, line.debit, line.credit) for line in entry.lines]


def entries(session: Session) -> list[JournalEntry]:
    return list(queries.entries_in_order(session, upto=1000))


def test_an_invoice_is_owed_with_its_tax(session: Session) -> None:
    i18n.use_language("en")
    invoice = issued(session, make_enterprise(session, name="La Ferme du Val"))
    (entry,) = entries(session)
    assert moves(entry) == [("411000", 3420, 0), ("706000", 0, 2850), ("445710", 0, 570)]
    assert (entry.journal, entry.piece, entry.piece_day) == ("VE", invoice.number, invoice.issued_on)
    assert entry.label == f"Facture {invoice.number}, La Ferme du Val", "books are in French whoever works"
    assert entry.piece_digest == f"sha256:{invoice.sha256}"


def test_a_gift_is_no_sale_and_bears_no_tax(session: Session) -> None:
    issued(session, make_enterprise(session), total=1500, kind=InvoiceKind.GIFT)
    (entry,) = entries(session)
    assert moves(entry) == [("411000", 1500, 0), ("754100", 0, 1500)]


@pytest.mark.parametrize("kind", [InvoiceKind.INVOICE, InvoiceKind.GIFT])
def test_a_credit_note_takes_back_what_it_corrects(session: Session, kind: InvoiceKind) -> None:
    shop = make_enterprise(session)
    credited(session, shop, issued(session, shop, kind=kind))
    first, second = entries(session)
    assert moves(second) == [(account, credit, debit) for account, debit, credit in moves(first)]


@pytest.mark.parametrize(
    ("method", "source", "account"),
    [
        (ReceiptMethod.TRANSFER, "bank:1", "512000"),
        (ReceiptMethod.SEPA_DEBIT, "debit:1", "512000"),
        (ReceiptMethod.SEPA_DEBIT, "stripe:pi_1", "517000"),
        (ReceiptMethod.CARD, "stripe:pi_1", "517000"),
        (ReceiptMethod.OTHER, "hand:1", "471000"),
    ],
)
def test_money_arrives_and_goes_back_where_it_came(
    session: Session, method: ReceiptMethod, source: str, account: str
) -> None:
    shop = make_enterprise(session, name="La Ferme du Val")
    with clock.travel(NOVEMBER_21):
        receipt = record_receipt(
            session,
            enterprise_id=shop.id,
            method=method,
            amount=3420,
            currency="EUR",
            received_on=date(2026, 11, 20),
            source=source,
            reference="F2026-0001",
            actor=SYSTEM,
        )
        for number, amount in ((1, 1000), (2, 2420)):
            return_receipt(
                session,
                receipt_id=receipt.id,
                amount=amount,
                returned_on=date(2026, 11, 21),
                reason="Compte clos",
                source=f"bank:return{number}",
                actor=SYSTEM,
            )
    arrived, *went_back = entries(session)
    assert moves(arrived) == [(account, 3420, 0), ("411000", 0, 3420)]
    assert [moves(entry) for entry in went_back] == [
        [(account, 0, 1000), ("411000", 1000, 0)],
        [(account, 0, 2420), ("411000", 2420, 0)],
    ]
    assert "La Ferme du Val" in arrived.label
    assert arrived.label.endswith("F2026-0001")
    assert went_back[0].label.endswith("Compte clos")


def test_the_same_fact_is_booked_once(session: Session) -> None:
    invoice = issued(session, make_enterprise(session))
    bookings.book_document(session, invoice_id=invoice.id)
    assert len(entries(session)) == 1


def test_the_services_that_issue_and_collect_keep_the_books(session: Session) -> None:
    with clock.travel(NOVEMBER_4):
        complete_cooperative(session)
        statement = approved(session, name="La Ferme du Val")
        invoice = invoices.issue_invoice(session, statement_id=statement.id, actor=SYSTEM)
        pay(session, session.get_one(Enterprise, invoice.enterprise_id), invoice.total)
        invoices.issue_credit_note(session, invoice_id=invoice.id, reason="Vendu deux fois", actor=SYSTEM)
        asked, paid, taken_off = entries(session)
    assert moves(asked) == [
        ("411000", invoice.total, 0),
        ("706000", 0, invoice.net),
        ("445710", 0, invoice.tax),
    ]
    assert asked.piece_digest == f"sha256:{invoice.sha256}"
    assert moves(paid) == [("512000", invoice.total, 0), ("411000", 0, invoice.total)]
    assert moves(taken_off) == [(account, credit, debit) for account, debit, credit in moves(asked)]
    assert accounts.owed_by(session, invoice.enterprise_id) == -invoice.total


def test_what_fails_is_not_in_the_books(database: Database) -> None:
    with database.transaction() as session:
        shop = make_enterprise(session)

    def fail(session: Session) -> None:
        issued(session, session.get_one(Enterprise, shop.id))
        raise InterruptedError

    assert at_once(database, [fail]) == {"InterruptedError": 1}
    with database.reading() as session:
        assert session.scalars(select(JournalEntry)).all() == []
