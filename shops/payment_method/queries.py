"""Reading how a shop may be paid."""

from collections.abc import Sequence

from sqlalchemy import BindParameter, ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from coopcircuits.db import table
from shops.enterprise.models import Enterprise
from shops.payment_method.models import PaymentKind, PaymentMethod


def methods_of(session: Session, enterprise_id: int) -> Sequence[PaymentMethod]:
    """Every method that the shop ever set, also those switched off now."""
    return session.scalars(
        select(PaymentMethod).where(PaymentMethod.enterprise_id == enterprise_id).order_by(PaymentMethod.id)
    ).all()


def accepted(session: Session, enterprise_id: int) -> Sequence[PaymentMethod]:
    """What a shopper may choose now: switched on, and for cards only once the shop's account can take them."""
    rows = session.scalars(
        select(PaymentMethod)
        .join(Enterprise, Enterprise.id == PaymentMethod.enterprise_id)
        .where(
            PaymentMethod.enterprise_id == enterprise_id,
            PaymentMethod.disabled_at.is_(None),
            or_(PaymentMethod.kind != PaymentKind.CARD, Enterprise.payment_account_ready),
        )
    ).all()
    order = list(PaymentKind)
    return sorted(rows, key=lambda row: order.index(row.kind))


def accepts(kind: BindParameter[PaymentKind]) -> ColumnElement[bool]:
    """The same as a column, for statements about enterprises: whether shoppers may choose this kind now."""
    method, shop = table(PaymentMethod).c, table(Enterprise).c
    return exists().where(
        method.enterprise_id == shop.id,
        method.kind == kind,
        method.disabled_at.is_(None),
        or_(method.kind != PaymentKind.CARD, shop.payment_account_ready),
    )
