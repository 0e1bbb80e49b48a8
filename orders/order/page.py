"""An order with everything that its page tells, for the shopper and for the shop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.auth.models import User
from coopcircuits.events.models import Event
from orders.order import queries
from orders.order.models import Order, OrderLine, OrderState
from orders.order.words import timeline, who
from orders.order_cycle.models import CycleState
from orders.payment import queries as payments
from orders.payment.models import Payment, PaymentState, Refund, RefundState
from orders.sale import queries as sales
from shops.payment_method.models import PaymentKind, PaymentMethod


@dataclass(frozen=True)
class OrderPage:
    """Amounts are minor units of the order's currency. ``due``: what it comes to; ``kept``: what the shop has of it."""

    order: Order
    lines: Sequence[OrderLine]
    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    events: Sequence[Event]
    due: int
    kept: int
    #: What the shop says of the pickup point, and of the way to pay.
    pickup_instructions: str
    payment_instructions: str

    @property
    def bought(self) -> list[OrderLine]:
        return [line for line in self.lines if line.quantity]

    @property
    def money(self) -> list[Payment | Refund]:
        """Payments and refunds worth showing, in the order in which they came."""
        shown: list[Payment | Refund] = [p for p in self.payments if p.state is not PaymentState.CANCELLED]
        return [*shown, *self.refunds]

    @property
    def to_pay(self) -> int:
        """What the shop still expects by hand."""
        return sum(p.amount for p in self.expected_by_hand)

    @property
    def expected_by_hand(self) -> list[Payment]:
        return [p for p in self.payments if p.state is PaymentState.PENDING and p.kind is not PaymentKind.CARD]

    @property
    def is_before_closing(self) -> bool:
        return self.order.cycle.state is CycleState.OPEN

    @property
    def can_pay(self) -> bool:
        """A card may still be tried."""
        return self.order.state is OrderState.AWAITING_PAYMENT and any(
            p.state is PaymentState.PENDING and p.expires_at is not None and clock.now() < p.expires_at
            for p in self.payments
        )

    @property
    def held_until(self) -> datetime | None:
        """Until when the card page takes a payment."""
        return next((p.expires_at for p in self.payments if p.state is PaymentState.PENDING), None)

    @property
    def can_change(self) -> bool:
        return self.order.state is OrderState.PLACED and self.is_before_closing

    @property
    def can_cancel(self) -> bool:
        return self.order.state is OrderState.AWAITING_PAYMENT or self.can_change

    @property
    def has_failed_refund(self) -> bool:
        """Money that should have gone back is still with the shop."""
        return any(refund.state is RefundState.FAILED for refund in self.refunds)

    def history(self, *, names: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
        """The timeline; staff are named by ``names`` on the shop's own page, by the shop's name elsewhere."""
        shop, labels = self.order.shop, {event.actor for event in self.events}
        people = who(self.order, labels, shop_name=shop.name, names=names)
        return timeline(self.order, self.events, lines=self.lines, refunds=self.refunds, people=people, zone=shop.zone)


def load(session: Session, order: Order) -> OrderPage:
    """Everything of an order read by :mod:`orders.order.queries`."""
    method = session.scalar(
        select(PaymentMethod).where(
            PaymentMethod.enterprise_id == order.shop_id, PaymentMethod.kind == order.payment_kind
        )
    )
    return OrderPage(
        order=order,
        lines=order.lines,
        payments=payments.payments_of(session, order_id=order.id),
        refunds=payments.refunds_of(session, order_id=order.id),
        events=queries.history(session, order_id=order.id),
        due=sales.due(session, order_id=order.id),
        kept=payments.kept(session, order_id=order.id),
        pickup_instructions=queries.pickup_point(session, slot_id=order.slot_id).instructions,
        payment_instructions=method.instructions if method else "",
    )


def names_of(session: Session, events: Sequence[Event]) -> dict[int, str]:
    """Names of the people who acted, by id."""
    ids = {int(event.actor.removeprefix("user:")) for event in events if event.actor.startswith("user:")}
    return {user.id: user.name for user in session.scalars(select(User).where(User.id.in_(ids)))}


def qr(address: str, title: str) -> Markup:
    """An address to be read by a telephone, as a drawing without styles."""
    import segno  # late: few pages draw one

    drawn = segno.make(address, error="m", micro=False).svg_inline(scale=4, border=3, light="#fff", title=title)
    return Markup(drawn)  # noqa: S704 - drawn by the library, its title escaped
