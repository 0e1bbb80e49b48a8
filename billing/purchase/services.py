"""Say what was bought for a month, until that month is closed."""

from sqlalchemy.orm import Session

from billing.purchase import queries
from billing.purchase.errors import MonthClosedAlready
from billing.purchase.events import PurchasesDeclared
from billing.purchase.models import PurchaseDeclaration
from billing.statement import queries as statements
from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import N_
from coopcircuits.period import Month
from shops.enterprise import queries as enterprises


def declare_purchases(
    session: Session, *, actor: Actor, enterprise_id: int, month: Month, amount: int
) -> PurchaseDeclaration:
    """Declare what a shop bought for its online sales of a month, in minor units ex tax; a second time replaces it.

    Raises :class:`MonthClosedAlready`, or :class:`InvalidInput` for a month to come or an amount below zero.
    """
    shop = enterprises.lock_enterprise(session, enterprise_id)
    if month.starts_at(shop.zone) > clock.now():
        raise InvalidInput(N_("%(period)s has not begun yet."), field="period", period=str(month))
    if amount < 0:
        raise InvalidInput(N_("The amount cannot be negative."), field="amount")
    declaration = queries.declarations_of(session, enterprise_id=enterprise_id).get(str(month))
    if declaration is None:
        declaration = PurchaseDeclaration(enterprise_id=enterprise_id, period=str(month))
        session.add(declaration)
    declaration.amount, declaration.declared_by, declaration.declared_at = amount, actor.label, clock.now()
    session.flush()
    # looked at after the row is written: a closing waits for such rows, so it counts this one or is seen here
    last = statements.last_closing(session)
    if last is not None and last.period >= str(month):
        raise MonthClosedAlready(period=str(month))
    declared = PurchasesDeclared(enterprise_id=enterprise_id, period=str(month), amount=amount)
    events.record(session, declared, actor=actor)
    return declaration
