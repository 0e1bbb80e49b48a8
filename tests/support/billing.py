"""Months to bill in tests: shops that sell straight into the ledger, at any instant."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from billing.statement import queries, services
from billing.statement.models import Statement
from coopcircuits import clock
from coopcircuits.actor import GUEST, SYSTEM, Actor
from coopcircuits.money import TaxedMoney
from coopcircuits.period import Month
from orders.order.models import Order, OrderState, Origin
from orders.order_cycle.models import OrderCycle, Slot
from orders.sale.models import SaleEntry, SaleKind
from orders.sale.services import enter
from shops.customer.models import Customer
from shops.enterprise.models import Enterprise
from shops.payment_method.models import PaymentKind
from tests.support.shops import make_enterprise, make_pickup_point

OCTOBER = Month(2026, 10)
#: The month is over in Paris, and in every zone but the latest.
NOVEMBER_2 = datetime(2026, 11, 2, 12, tzinfo=UTC)
#: Somebody who works for the cooperative.
COOPERATIVE = Actor("user", user_id=None, is_cooperative=True)

_number = count(1)


class Till:
    """A shop and its way to sell in tests, without shelves or baskets."""

    def __init__(self, session: Session, shop: Enterprise | None = None, **given: Any) -> None:
        self.session = session
        self.shop = shop or make_enterprise(session, **given)
        point = make_pickup_point(session, self.shop)
        day = datetime(2026, 10, 1, tzinfo=UTC)
        self.cycle = OrderCycle(
            reference=f"C{next(_number):07d}",
            shop_id=self.shop.id,
            name="Toujours",
            opens_at=day,
            closes_at=day + timedelta(days=365),
            created_at=day,
        )
        self.customer = Customer(
            enterprise_id=self.shop.id, email=f"c{next(_number)}@example.org", name="Claire", created_at=day
        )
        session.add_all([self.cycle, self.customer])
        session.flush()
        self.slot = Slot(cycle_id=self.cycle.id, method_id=point.id, starts_at=day, ends_at=day + timedelta(hours=2))
        session.add(self.slot)
        session.flush()

    def order(self, *, online: bool = True, reference: str = "") -> Order:
        """An order that is not in the ledger yet."""
        number = next(_number)
        order = Order(
            reference=reference or f"R{number:07d}",
            link_secret="secret",
            checkout_key=f"key-{number}",
            shop_id=self.shop.id,
            cycle_id=self.cycle.id,
            customer_id=self.customer.id,
            state=OrderState.PLACED,
            origin=Origin.ONLINE if online else Origin.STAFF,
            language="fr",
            currency=self.shop.currency,
            customer_name="Claire Odier",
            email=self.customer.email,
            phone="",
            slot_id=self.slot.id,
            pickup_name="À la ferme",
            pickup_address="Die",
            pickup_from=self.slot.starts_at,
            pickup_until=self.slot.ends_at,
            payment_kind=PaymentKind.ON_COLLECTION,
            items_total=0,
            delivery_fee=0,
            total=0,
            tax_total=0,
            created_at=clock.now(),
        )
        self.session.add(order)
        self.session.flush()
        return order

    def enter(self, order: Order, at: datetime, amount: TaxedMoney, kind: SaleKind = SaleKind.SALE) -> SaleEntry:
        """A signed difference of an order, at an instant."""
        with clock.travel(at):
            entry = enter(self.session, order=order, kind=kind, taxes={550: amount}, actor=GUEST)
        self.session.flush()
        return entry

    def sell(self, at: datetime, gross: int, *, online: bool = True, reference: str = "") -> Order:
        """An order of one tax-included amount at 5.5 %."""
        order = self.order(online=online, reference=reference)
        self.enter(order, at, TaxedMoney.from_gross(gross, 550))
        return order

    def give_back(self, order: Order, at: datetime, gross: int, kind: SaleKind = SaleKind.REFUND) -> SaleEntry:
        """Money back on an order, tax included."""
        return self.enter(order, at, -TaxedMoney.from_gross(gross, 550), kind)


def in_month(month: Month, day: int = 10, hour: int = 12) -> datetime:
    """An instant of a month."""
    return datetime(month.year, month.number, day, hour, tzinfo=UTC)


def close(session: Session, month: Month = OCTOBER, *, at: datetime | None = None) -> int:
    """Close a month in the test's own transaction, three days after its end; returns how many statements came."""
    with clock.travel(at or month.ends_at("UTC") + timedelta(days=3)):
        services.start_closing(session, month=month, actor=SYSTEM)
        return services.write_statements(session, period=str(month), actor=SYSTEM)


def statement(session: Session, shop: Enterprise, month: Month = OCTOBER) -> Statement:
    """A shop's statement with its adjustments."""
    session.flush()
    return queries.statement_of(session, enterprise_id=shop.id, period=str(month))
