"""Reading and locking payments at the provider."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from billing.collection import queries as accounts
from billing.collection.models import ReceiptReturn
from billing.invoice.models import Invoice
from billing.online_payment.models import OnlinePayment, OnlinePaymentState, StrayPayment
from coopcircuits.errors import NotFound
from coopcircuits.payments.models import WebhookReceipt

UNDER_WAY = (OnlinePaymentState.OPEN, OnlinePaymentState.PROCESSING)
_left_with_a_page = and_(
    OnlinePayment.state == OnlinePaymentState.FAILED,
    OnlinePayment.receipt_id.is_(None),
    OnlinePayment.checkout_id.is_not(None),
)


def payment(session: Session, payment_id: int) -> OnlinePayment:
    """A payment as it is now, with its invoice; raises :class:`NotFound`."""
    found = session.scalar(
        select(OnlinePayment)
        .where(OnlinePayment.id == payment_id)
        .options(joinedload(OnlinePayment.invoice).joinedload(Invoice.enterprise))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def lock_payment(session: Session, payment_id: int) -> OnlinePayment:
    """The same, with the shop's account held until the transaction ends."""
    found = payment(session, payment_id)
    accounts.lock_account(session, found.invoice.enterprise_id)
    return payment(session, payment_id)


def under_way(session: Session, *, invoice_id: int) -> OnlinePayment | None:
    """The payment of an invoice whose page is open or whose debit is on its way."""
    return session.scalar(
        select(OnlinePayment).where(OnlinePayment.invoice_id == invoice_id, OnlinePayment.state.in_(UNDER_WAY))
    )


def being_paid(session: Session, invoice_ids: Collection[int]) -> set[int]:
    """Which of these invoices have a page open, or a debit on its way."""
    return set(
        session.scalars(
            select(OnlinePayment.invoice_id).where(
                OnlinePayment.invoice_id.in_(invoice_ids), OnlinePayment.state.in_(UNDER_WAY)
            )
        )
    )


def is_debit_under_way(session: Session, *, invoice_id: int) -> bool:
    """Whether a direct debit of an invoice waits for the bank's answer."""
    found = under_way(session, invoice_id=invoice_id)
    return found is not None and found.state is OnlinePaymentState.PROCESSING


def last_of(session: Session, *, invoice_id: int) -> OnlinePayment | None:
    """The last attempt to pay an invoice."""
    return session.scalar(
        select(OnlinePayment).where(OnlinePayment.invoice_id == invoice_id).order_by(OnlinePayment.id.desc()).limit(1)
    )


def by_checkout(session: Session, checkout_id: str) -> OnlinePayment | None:
    return session.scalar(select(OnlinePayment).where(OnlinePayment.checkout_id == checkout_id))


def by_intent(session: Session, intent_id: str) -> OnlinePayment | None:
    return session.scalar(select(OnlinePayment).where(OnlinePayment.intent_id == intent_id))


def by_reference(session: Session, reference: str) -> OnlinePayment | None:
    return session.scalar(select(OnlinePayment).where(OnlinePayment.reference == reference))


def to_look_at(session: Session, *, before: datetime, most: int = 200) -> Sequence[int]:
    """Ids of payments made before an instant that are under way, or whose page was replaced and may still be open.

    In any order, so that many slow debits leave nobody out for long.
    """
    replaced = and_(_left_with_a_page, OnlinePayment.expires_at > before)
    return session.scalars(
        select(OnlinePayment.id)
        .where(or_(OnlinePayment.state.in_(UNDER_WAY), replaced), OnlinePayment.created_at < before)
        .order_by(func.random())
        .limit(most)
    ).all()


def ended_since(session: Session, *, since: datetime) -> Sequence[int]:
    """Ids of payments made since an instant that are paid, whose money may still be taken back, or that failed after
    a page was shown, which may have been paid all the same; and of those whose money went back since, which may fail.
    """
    went_back = select(ReceiptReturn.receipt_id).where(ReceiptReturn.recorded_at >= since)
    is_recent = and_(
        OnlinePayment.created_at >= since, or_(OnlinePayment.state == OnlinePaymentState.PAID, _left_with_a_page)
    )
    return session.scalars(
        select(OnlinePayment.id)
        .where(or_(is_recent, OnlinePayment.receipt_id.in_(went_back)))
        .order_by(OnlinePayment.id)
    ).all()


def messages_to_read(session: Session, *, most: int = 200) -> Sequence[int]:
    """Ids of the provider's messages about our own account not yet acted upon, oldest first."""
    return session.scalars(
        select(WebhookReceipt.id)
        .where(WebhookReceipt.processed_at.is_(None), WebhookReceipt.account.is_(None))
        .order_by(WebhookReceipt.id)
        .limit(most)
    ).all()


def strays(session: Session) -> Sequence[StrayPayment]:
    """Money at the provider that somebody has to look at, oldest first."""
    return session.scalars(
        select(StrayPayment).where(StrayPayment.handled_at.is_(None)).order_by(StrayPayment.id)
    ).all()


def stray_by_checkout(session: Session, checkout_id: str) -> StrayPayment | None:
    return session.scalar(select(StrayPayment).where(StrayPayment.checkout_id == checkout_id))
