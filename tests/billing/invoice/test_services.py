"""Statements become invoices, once, complete and for ever; credit notes never take off more."""

import threading
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from billing.invoice import paper, queries, services
from billing.invoice.errors import (
    AlreadyInvoiced,
    CreditTooLarge,
    DocumentNotWritten,
    InvoiceIncomplete,
    InvoiceRefused,
    ShopAbroad,
    VatDisagrees,
)
from billing.invoice.models import Invoice, InvoiceKind
from billing.invoice.sealing import digest
from billing.scheme.models import VatTreatment
from billing.statement import services as statements
from billing.statement.models import Statement, StatementState
from coopcircuits import clock
from coopcircuits.cooperative.models import VatRegime
from coopcircuits.db import Database
from coopcircuits.document.models import Counter, LegalMention, MentionKind
from coopcircuits.errors import InvalidInput
from coopcircuits.events import Event
from coopcircuits.period import Month
from shops.enterprise.models import Enterprise
from tests.support.billing import COOPERATIVE, OCTOBER, Till, close, in_month, statement
from tests.support.collection import pay
from tests.support.invoices import NOVEMBER_4, approved, complete_cooperative, make_invoice
from tests.support.people import make_user


def issue(session: Session, found: Statement, at: datetime = NOVEMBER_4) -> Invoice:
    with clock.travel(at):
        return services.issue_invoice(session, statement_id=found.id, actor=COOPERATIVE)


def credit(session: Session, invoice: Invoice, net: int | None = None, reason: str = "Compté deux fois") -> Invoice:
    with clock.travel(NOVEMBER_4 + timedelta(days=1)):
        return services.issue_credit_note(session, invoice_id=invoice.id, reason=reason, actor=COOPERATIVE, net=net)


def events_of(session: Session, name: str) -> list[dict[str, Any]]:
    session.flush()
    return [event.payload for event in session.scalars(select(Event).where(Event.name == name))]


def test_an_approved_statement_becomes_an_invoice_with_its_amounts_and_dates(session: Session) -> None:
    complete_cooperative(session)
    found = approved(session)
    invoice = issue(session, found)
    assert (invoice.number, invoice.kind) == ("F2026-0001", InvoiceKind.INVOICE)
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 11, 4), date(2026, 12, 4))
    assert (invoice.net, invoice.tax, invoice.total) == (2_844, 569, 3_413)
    assert (invoice.net, invoice.tax, invoice.total) == (found.contribution, found.contribution_tax, found.total)
    assert found.state is StatementState.INVOICED
    assert digest(invoice.pdf) == invoice.sha256
    assert events_of(session, "InvoiceIssued") == [
        {
            "invoice_id": invoice.id,
            "enterprise_id": found.enterprise_id,
            "number": "F2026-0001",
            "total": 3_413,
            "currency": "EUR",
        }
    ]


def test_a_statement_is_invoiced_once(session: Session) -> None:
    complete_cooperative(session)
    found = approved(session)
    issue(session, found)
    with pytest.raises(AlreadyInvoiced) as refusal:
        issue(session, found)
    assert "F2026-0001" in str(refusal.value)


def test_what_is_not_approved_or_asks_for_nothing_is_not_invoiced(session: Session) -> None:
    complete_cooperative(session)
    till = Till(session)
    till.sell(in_month(OCTOBER), 300_000)
    close(session)
    with pytest.raises(InvoiceRefused):
        issue(session, statement(session, till.shop))
    free = approved_waived(session)
    with pytest.raises(InvoiceRefused):
        issue(session, free)
    assert session.scalars(select(Counter)).all() == []


def approved_waived(session: Session) -> Statement:
    """A statement of September of which the cooperative asks nothing."""
    month = OCTOBER.plus(1)
    till = Till(session, name="La Ferme sans frais", email="sans@frais.example")
    till.sell(in_month(month), 300_000)
    close(session, month)
    found = statement(session, till.shop, month)
    statements.waive(session, actor=COOPERATIVE, statement_id=found.id, seen_version=found.version, reason="Grêle")
    statements.approve(session, actor=COOPERATIVE, seen={found.id: found.version})
    assert found.total == 0
    return found


COOPERATIVE_FIELDS = [
    ("street", "rue de la coopérative"),
    ("postcode", "code postal de la coopérative"),
    ("city", "ville de la coopérative"),
    ("legal_form", "forme juridique de la coopérative"),
    ("capital", "capital de la coopérative"),
    ("siret", "SIRET de la coopérative"),
    ("register", "registre de la coopérative"),
    ("vat_number", "numéro de TVA de la coopérative"),
    ("iban", "IBAN de la coopérative"),
]


@pytest.mark.parametrize(("field", "named"), COOPERATIVE_FIELDS)
def test_each_field_of_the_cooperative_that_is_missing_is_named(session: Session, field: str, named: str) -> None:
    complete_cooperative(session, **{field: None if field == "capital" else ""})
    refuses(session, named)


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("name", "nom de la boutique"),
        ("street", "rue de la boutique"),
        ("postcode", "code postal de la boutique"),
        ("city", "ville de la boutique"),
        ("siret", "SIRET de la boutique"),
    ],
)
def test_each_field_of_the_shop_that_is_missing_is_named(session: Session, field: str, named: str) -> None:
    complete_cooperative(session)
    found = approved(session)
    setattr(found.enterprise, field, "")
    refuses(session, named, found)


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (MentionKind.NATURE, "Ce qui est vendu"),
        (MentionKind.LATE_PENALTY, "Pénalités de retard"),
        (MentionKind.RECOVERY_FEE, "Indemnité forfaitaire"),
        (MentionKind.EARLY_PAYMENT, "Escompte"),
        (MentionKind.VAT_ON_DEBITS, "TVA sur les débits"),
    ],
)
def test_each_sentence_of_the_law_that_is_missing_is_named(session: Session, kind: MentionKind, named: str) -> None:
    complete_cooperative(session, vat_on_debits=True)
    session.execute(delete(LegalMention).where(LegalMention.kind == kind))
    refuses(session, named)


def refuses(session: Session, named: str, found: Statement | None = None) -> None:
    """Issuing is refused by name, takes no number and leaves the statement approved."""
    found = found or approved(session)
    with pytest.raises(InvoiceIncomplete) as refusal:
        issue(session, found)
    assert named in str(refusal.value)
    assert len(refusal.value.params["missing"]) == 1
    assert found.state is StatementState.APPROVED
    assert session.scalars(select(Counter)).all() == []


def test_a_small_business_says_why_there_is_no_vat_by_the_law_of_the_day(session: Session) -> None:
    complete_cooperative(session, vat_regime=VatRegime.SMALL_BUSINESS, vat_number="")
    said = []
    for name, day in (("Avant", datetime(2027, 12, 31, 9, tzinfo=UTC)), ("Après", datetime(2028, 1, 1, 9, tzinfo=UTC))):
        found = approved_of(session, name)
        found.contribution_tax_bp = found.contribution_tax = 0
        found.total = found.contribution
        invoice = issue(session, found, day)
        said.append(invoice.snapshot["mentions"]["small-business"])
        assert (invoice.tax, invoice.number) == (0, f"F{day.year}-0001")
    assert "293 B du CGI" in said[0]
    assert "L. 223-1" in said[1]


def approved_of(session: Session, name: str) -> Statement:
    """The approved statement of a month of its own."""
    month = {"Avant": 10, "Après": 11}[name]
    return approved(session, name=name, email=f"{month}@ferme.example", month=Month(2026, month))


def test_vat_where_none_may_be_charged_and_none_where_it_must_are_refused(session: Session) -> None:
    complete_cooperative(session, vat_regime=VatRegime.SMALL_BUSINESS)
    found = approved(session)
    with pytest.raises(VatDisagrees):
        issue(session, found)
    complete_cooperative(session, vat_regime=VatRegime.REGISTERED)
    found.contribution_tax_bp = found.contribution_tax = 0
    found.total = found.contribution
    with pytest.raises(VatDisagrees):
        issue(session, found)
    found.enterprise.country = "BE"
    with pytest.raises(ShopAbroad):
        issue(session, found)


def test_two_cents_are_invoiced_though_no_cent_of_tax_comes_out(session: Session) -> None:
    complete_cooperative(session)
    invoice = issue(session, approved(session, gross=211))  # 1 % of 2.00
    assert (invoice.net, invoice.tax, invoice.snapshot["rate_bp"]) == (2, 0, 2_000)
    complete_cooperative(session, vat_regime=VatRegime.SMALL_BUSINESS)
    other = approved(session, gross=211, name="La Petite Ferme", email="petite@ferme.example", month=OCTOBER.plus(1))
    with pytest.raises(VatDisagrees):
        issue(session, other)


def test_a_gift_gets_a_notice_without_vat_in_a_series_of_its_own(session: Session) -> None:
    complete_cooperative(session, vat_number="")
    found = approved(session)
    found.vat = VatTreatment.GIFT
    found.contribution_tax_bp = found.contribution_tax = 0
    found.total = found.contribution
    session.flush()
    notice = issue(session, found)
    assert (notice.kind, notice.number, notice.tax) == (InvoiceKind.GIFT, "D2026-0001", 0)
    assert list(notice.snapshot["mentions"]) == ["gift"]
    note = credit(session, notice)
    assert (note.number, note.total) == ("A2026-0001", notice.total)


def test_credit_notes_name_their_invoice_and_never_take_off_more(session: Session) -> None:
    invoice = make_invoice(session)
    first = credit(session, invoice, 1_000)
    assert (first.number, first.corrects_id, first.net, first.tax) == ("A2026-0001", invoice.id, 1_000, 200)
    with pytest.raises(CreditTooLarge) as refusal:
        credit(session, invoice, 1_845)
    assert refusal.value.field == "net"
    for nothing in (0, -100):
        with pytest.raises(CreditTooLarge):
            credit(session, invoice, nothing)
    last = credit(session, invoice)
    assert (last.number, last.net, last.tax) == ("A2026-0002", 1_844, 369)
    assert queries.credited(session, invoice.id) == (invoice.net, invoice.tax)
    with pytest.raises(CreditTooLarge):
        credit(session, invoice, 1)
    with pytest.raises(InvalidInput):
        credit(session, last)
    with pytest.raises(InvalidInput) as unsaid:
        credit(session, invoice, 1, reason="  ")
    assert unsaid.value.field == "reason"
    assert [fact["corrects_id"] for fact in events_of(session, "CreditNoteIssued")] == [invoice.id, invoice.id]


def test_a_credit_note_speaks_of_vat_as_its_invoice_did(session: Session) -> None:
    invoice = make_invoice(session)
    complete_cooperative(session, vat_regime=VatRegime.SMALL_BUSINESS, vat_number="", vat_on_debits=True)
    session.execute(delete(LegalMention).where(LegalMention.kind == MentionKind.VAT_ON_DEBITS))
    note = credit(session, invoice, 1_000)
    assert note.tax == 200
    assert note.snapshot["mentions"] == invoice.snapshot["mentions"]
    text = PdfReader(BytesIO(note.pdf)).pages[0].extract_text()
    assert "non applicable" not in text
    assert "débits" not in text


def test_a_credit_note_without_vat_says_why_after_the_cooperative_is_registered(session: Session) -> None:
    complete_cooperative(session, vat_regime=VatRegime.SMALL_BUSINESS, vat_number="")
    found = approved(session)
    found.contribution_tax_bp = found.contribution_tax = 0
    found.total = found.contribution
    invoice = issue(session, found)
    complete_cooperative(session, vat_regime=VatRegime.REGISTERED, vat_on_debits=True)
    assert credit(session, invoice).snapshot["mentions"] == invoice.snapshot["mentions"]


def test_many_small_credits_take_off_the_tax_to_the_cent(session: Session) -> None:
    invoice = make_invoice(session, gross=20_000)  # 1.90 and 0.38 of tax
    assert (invoice.net, invoice.tax) == (190, 38)
    while queries.credited(session, invoice.id).net < invoice.net:
        credit(session, invoice, min(37, invoice.net - queries.credited(session, invoice.id).net))
    assert queries.credited(session, invoice.id) == (190, 38)


def test_the_document_speaks_the_language_of_who_reads_the_shops_accounts(session: Session) -> None:
    complete_cooperative(session)
    owner = make_user(session, "mary@example.org", language="en")
    found = approved(session, owner_id=owner.id)
    invoice = issue(session, found)
    assert invoice.language == "en"
    assert "Invoice F2026-0001" in PdfReader(BytesIO(invoice.pdf)).metadata.title


def test_an_invoice_keeps_what_it_said_when_the_cooperative_and_the_shop_move(session: Session) -> None:
    invoice = make_invoice(session)
    before = dict(invoice.snapshot)
    complete_cooperative(session, street="12 avenue Neuve", iban="DE89370400440532013000")
    session.expire(invoice)
    assert invoice.snapshot == before
    assert digest(queries.pdf_of(session, invoice.id)) == invoice.sha256
    note = credit(session, invoice)
    assert note.snapshot["seller"]["street"] == "12 avenue Neuve"


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), RuntimeError("typst"), MemoryError()])
def test_a_file_that_cannot_be_written_leaves_nothing_and_loses_no_number(
    database: Database, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    with database.transaction() as session:
        complete_cooperative(session)
        found = approved(session)

    def fail(*_args: Any, **_options: Any) -> bytes:
        raise failure

    with monkeypatch.context() as broken:
        broken.setattr(paper, "typeset", fail)
        with pytest.raises(DocumentNotWritten), database.transaction() as session:
            issue(session, session.get_one(Statement, found.id))
    with database.reading() as session:
        assert session.scalars(select(Invoice)).all() == []
        assert session.scalars(select(Event).where(Event.name == "InvoiceIssued")).all() == []
        assert session.get_one(Statement, found.id).state is StatementState.APPROVED
    with database.transaction() as session:
        assert issue(session, session.get_one(Statement, found.id)).number == "F2026-0001"


def test_two_people_invoicing_one_statement_at_once_make_one_invoice(database: Database) -> None:
    with database.transaction() as session:
        complete_cooperative(session)
        found = approved(session)
    ends: list[str] = []

    def press() -> None:
        try:
            with database.transaction() as session:
                issue(session, session.get_one(Statement, found.id))
            ends.append("issued")
        except InvoiceRefused as refusal:
            ends.append(refusal.code)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["already-invoiced"] * 3 + ["issued"]


def test_money_comes_in_while_a_credit_note_is_written(database: Database) -> None:
    with database.transaction() as session:
        invoice = make_invoice(session)
    paid = threading.Event()

    def receive() -> None:
        with database.transaction() as session:
            known = session.get_one(Invoice, invoice.id)
            pay(session, session.get_one(Enterprise, known.enterprise_id), known.total, invoice=known)
        paid.set()

    receiving = threading.Thread(target=receive)
    with database.transaction() as session:
        queries.lock_invoice(session, invoice.id)
        receiving.start()
        one_writer = database.engine.dialect.name == "sqlite"
        assert paid.wait(0.1 if one_writer else 10) is not one_writer
    receiving.join()
    assert paid.is_set()
