"""Write the sales ledger."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.db import write
from coopcircuits.money import NOTHING, TaxedMoney
from coopcircuits.period import Month
from orders.order.models import Order, Origin
from orders.sale.models import SaleEntry, SaleKind
from shops.enterprise.queries import zone_of


def enter(
    session: Session,
    *,
    order: Order,
    kind: SaleKind,
    taxes: Mapping[int, TaxedMoney],
    reason: str = "",
    actor: Actor,
) -> SaleEntry:
    """Enter a signed difference, split by rate in basis points, in the present month of the shop's zone."""
    now = clock.now()
    whole = sum(taxes.values(), NOTHING)
    entry = SaleEntry(
        order_id=order.id,
        shop_id=order.shop_id,
        kind=kind,
        at=now,
        month=str(Month.of(now, zone_of(session, order.shop_id))),
        online=order.origin is Origin.ONLINE,
        currency=order.currency,
        gross=whole.gross,
        net=whole.net,
        tax=whole.tax,
        deposits=0,
        taxes={str(rate): [part.net, part.tax] for rate, part in sorted(taxes.items())},
        reason=reason[:200],
        actor=actor.label,
    )
    return write(session, entry)
