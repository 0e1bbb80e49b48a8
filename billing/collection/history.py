"""What became of receipts: what of them went back, what did not arrive, from which shop to which they were moved."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from billing.collection.models import FailedReturn, ReceiptMove, ReceiptReturn


def return_by_source(session: Session, source: str) -> ReceiptReturn | None:
    return session.scalar(select(ReceiptReturn).where(ReceiptReturn.source == source))


def failure_of(session: Session, return_id: int) -> FailedReturn | None:
    """How a return failed, if it did."""
    return session.scalar(select(FailedReturn).where(FailedReturn.return_id == return_id))


def failures_of(session: Session, receipt_id: int) -> Sequence[FailedReturn]:
    """Returns of a receipt that failed, in order, with what was to go back."""
    return session.scalars(
        select(FailedReturn)
        .join(FailedReturn.went)
        .where(ReceiptReturn.receipt_id == receipt_id)
        .order_by(FailedReturn.id)
        .options(contains_eager(FailedReturn.went))
    ).all()


def returns_of(session: Session, receipt_id: int) -> Sequence[ReceiptReturn]:
    return session.scalars(
        select(ReceiptReturn).where(ReceiptReturn.receipt_id == receipt_id).order_by(ReceiptReturn.id)
    ).all()


def moves_of(session: Session, receipt_id: int) -> Sequence[ReceiptMove]:
    """From which shop to which a receipt was moved, in order, with the shops."""
    return session.scalars(
        select(ReceiptMove)
        .where(ReceiptMove.receipt_id == receipt_id)
        .order_by(ReceiptMove.id)
        .options(joinedload(ReceiptMove.from_shop), joinedload(ReceiptMove.to_shop))
    ).all()


def moves_of_shop(session: Session, enterprise_id: int, *, most: int = 50) -> Sequence[ReceiptMove]:
    """Money that was moved to or from a shop, the latest first, with the receipts."""
    return session.scalars(
        select(ReceiptMove)
        .where(or_(ReceiptMove.from_id == enterprise_id, ReceiptMove.to_id == enterprise_id))
        .order_by(ReceiptMove.id.desc())
        .options(joinedload(ReceiptMove.receipt))
        .limit(most)
    ).all()
