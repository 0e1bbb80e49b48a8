"""Whatever happens in whatever order, no cent is used twice and every account balances."""

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.collection import corrections, queries, services, standing
from billing.collection.models import Receipt, Settlement
from billing.invoice.models import Invoice, InvoiceKind
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from shops.enterprise.models import Enterprise
from tests.support.collection import TODAY, make_credit_note, make_invoice, pay
from tests.support.shops import make_enterprise

AMOUNTS = st.integers(1, 5000)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("invoice"), AMOUNTS, st.just(0)),
        st.tuples(st.just("pay"), AMOUNTS, st.integers(0, 3)),
        st.tuples(st.just("return"), AMOUNTS, st.integers(0, 5)),
        st.tuples(st.just("credit"), AMOUNTS, st.integers(0, 5)),
        st.tuples(st.just("move"), AMOUNTS, st.integers(0, 5)),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_cent_is_used_twice(session: Session, steps: list[tuple[str, int, int]]) -> None:
    shop, other = make_enterprise(session), make_enterprise(session)
    for number, (what, amount, which) in enumerate(steps):
        _do(session, shop, other, what, amount, which, f"{shop.id}:{number}")
        for each in (shop, other):
            _check(session, each)


def _do(session: Session, shop: Enterprise, other: Enterprise, what: str, amount: int, which: int, source: str) -> None:
    invoices = session.scalars(
        select(Invoice).where(Invoice.enterprise_id == shop.id, Invoice.kind == InvoiceKind.INVOICE)
    ).all()
    receipts = [
        row for row in session.scalars(select(Receipt).where(Receipt.enterprise_id == shop.id)).all() if row.kept
    ]
    if what == "invoice":
        make_invoice(session, shop, amount)
        services.settle_account(session, enterprise_id=shop.id)
    elif what == "pay":
        named = invoices[which] if which < len(invoices) else None
        pay(session, shop, amount, source=source, invoice=named)
    elif what == "return" and receipts:
        receipt = receipts[which % len(receipts)]
        part = min(amount, receipt.kept)
        services.return_receipt(
            session, receipt_id=receipt.id, amount=part, returned_on=TODAY, reason="AC04", source=source, actor=SYSTEM
        )
    elif what == "move":
        _move(session, shop, other, which)
    elif what == "credit" and invoices:
        invoice = invoices[which % len(invoices)]
        credited = session.scalar(select(func.sum(Invoice.total)).where(Invoice.corrects_id == invoice.id)) or 0
        if invoice.total > credited:
            make_credit_note(session, invoice, min(amount, invoice.total - int(credited)))


def _move(session: Session, shop: Enterprise, other: Enterprise, which: int) -> None:
    """Money of either goes to the other, which is asked for something too."""
    make_invoice(session, other, 700)
    services.settle_account(session, enterprise_id=other.id)
    held = select(Receipt).where(Receipt.enterprise_id.in_([shop.id, other.id]), Receipt.returned < Receipt.amount)
    receipts = session.scalars(held.order_by(Receipt.id)).all()
    if receipts:
        receipt = receipts[which % len(receipts)]
        to = other if receipt.enterprise_id == shop.id else shop
        with clock.travel(datetime(2026, 11, 20, 9, tzinfo=UTC)):
            corrections.reassign(
                session,
                receipt_id=receipt.id,
                from_id=receipt.enterprise_id,
                to_id=to.id,
                today=TODAY,
                reason="homonyme",
                actor=SYSTEM,
            )


def _check(session: Session, shop: Enterprise) -> None:
    found = standing.position(session, shop.id)
    assert found.invoiced - found.credited - found.received == found.open - found.credit
    assert not found.open or not found.credit, "credit lies idle beside an open invoice"
    by_receipt = dict(_sums(session, Settlement.receipt_id))
    for receipt in session.scalars(select(Receipt).where(Receipt.enterprise_id == shop.id)):
        assert 0 <= by_receipt.get(receipt.id, 0) <= receipt.kept
    by_invoice = dict(_sums(session, Settlement.invoice_id))
    for invoice in session.scalars(select(Invoice).where(Invoice.enterprise_id == shop.id)):
        assert 0 <= by_invoice.get(invoice.id, 0) <= invoice.total
        assert queries.open_amount(session, invoice.id) >= 0


def _sums(session: Session, column: object) -> list[tuple[int, int]]:
    rows = session.execute(select(column, func.sum(Settlement.amount)).group_by(column))  # type: ignore[call-overload]  # any of its columns
    return [(int(key), int(amount)) for key, amount in rows]
