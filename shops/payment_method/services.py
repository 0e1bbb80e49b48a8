"""Say how a shop may be paid."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.events import record
from shops.events import PaymentMethodsChanged
from shops.payment_method.models import PaymentKind, PaymentMethod


def accept(
    session: Session, *, actor: Actor, enterprise_id: int, kind: PaymentKind, instructions: str
) -> PaymentMethod:
    """Accept a way to pay, with what the shopper is told about it."""
    method = _method(session, enterprise_id, kind)
    if method is None:
        method = PaymentMethod(enterprise_id=enterprise_id, kind=kind)
        try:
            with session.begin_nested():
                session.add(method)
        except IntegrityError:  # accepted by somebody else at the same moment
            method = session.scalars(
                select(PaymentMethod).where(PaymentMethod.enterprise_id == enterprise_id, PaymentMethod.kind == kind)
            ).one()
    elif method.disabled_at is None and method.instructions == instructions:
        return method
    method.instructions, method.disabled_at = instructions, None
    session.flush()
    record(session, PaymentMethodsChanged(enterprise_id), actor=actor)
    return method


def refuse(session: Session, *, actor: Actor, enterprise_id: int, kind: PaymentKind) -> None:
    """Stop accepting a way to pay; orders already placed keep theirs."""
    method = _method(session, enterprise_id, kind)
    if method is None or method.disabled_at is not None:
        return
    method.disabled_at = clock.now()
    session.flush()
    record(session, PaymentMethodsChanged(enterprise_id), actor=actor)


def _method(session: Session, enterprise_id: int, kind: PaymentKind) -> PaymentMethod | None:
    return session.scalar(
        select(PaymentMethod).where(PaymentMethod.enterprise_id == enterprise_id, PaymentMethod.kind == kind)
    )
