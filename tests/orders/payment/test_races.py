"""The return page, the provider's messages and the job meet at the same payment; one sale comes of it."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits.actor import GUEST, SYSTEM
from coopcircuits.db import Database
from orders.order import services as orders
from orders.order.models import Order, OrderState
from orders.payment import provider, queries, services, settlement
from orders.payment.models import Payment, PaymentState
from orders.sale.models import SaleEntry
from tests.support.cards import BASE, Bank
from tests.support.crowd import at_once
from tests.support.invariants import check_invariants


def test_ten_see_the_payment_at_once(database: Database, bank: Bank) -> None:
    order = bank.make_order(database)
    page = bank.open(database, order)
    bank.pay(page)
    status = bank.gateway.fetch_checkout(bank.account, page)
    with database.reading() as session:
        payment_id = session.scalars(select(Payment.id)).one()
    ends = at_once(database, [lambda s: settlement.settle(s, payment_id=payment_id, status=status)] * 10)
    assert ends == {"done": 10}
    with database.reading() as session:
        assert session.get_one(Order, order.id).state is OrderState.PLACED
        assert len(session.scalars(select(SaleEntry)).all()) == 1
        check_invariants(session)


def test_cancelled_at_the_moment_of_the_payment(database: Database, bank: Bank) -> None:
    order = bank.make_order(database)
    page = bank.open(database, order)
    bank.pay(page)
    status = bank.gateway.fetch_checkout(bank.account, page)
    with database.reading() as session:
        payment_id = session.scalars(select(Payment.id)).one()
    jobs = [
        lambda s: settlement.settle(s, payment_id=payment_id, status=status),
        lambda s: orders.cancel(s, order_id=order.id, actor=GUEST),
    ]
    at_once(database, jobs * 3)
    with database.reading() as session:
        assert session.get_one(Order, order.id).state is OrderState.CANCELLED
        assert session.get_one(Payment, payment_id).state is PaymentState.PAID
        assert [r.amount for r in queries.refunds_of(session, order_id=order.id)] == [order.total]
        check_invariants(session)


def test_money_is_given_back_once_however_many_ask(database: Database, bank: Bank) -> None:
    order = bank.make_paid_order(database)

    def refund(session: Session) -> object:
        return services.refund_part(
            session,
            order_id=order.id,
            shop_id=order.shop_id,
            amount=400,
            reason="Barquette abîmée",
            actor=SYSTEM,
        )

    assert at_once(database, [refund] * 6) == {"done": 1, "TooMuch": 5}
    with database.reading() as session:
        check_invariants(session)


@pytest.mark.parametrize("kept", ["page", "key"])
def test_an_answer_that_comes_late_shows_the_page_that_is_kept(database: Database, bank: Bank, kept: str) -> None:
    """Two tabs ask under different keys: whoever answers last, both show the page that was written down first."""
    order = bank.make_order(database)
    with database.reading() as session:
        payment = queries.with_order(session, session.scalars(select(Payment.id)).one())
    late = provider._create_page(bank.gateway, payment, BASE)
    provider._take_new_key(database, payment)
    if kept == "page":
        first = provider.open_page(database, bank.gateway, order_id=order.id, base_url=BASE)
        assert provider._keep_page(database, payment.id, late) == first != late.url
    else:
        assert provider._keep_page(database, payment.id, late) == late.url
        assert provider.open_page(database, bank.gateway, order_id=order.id, base_url=BASE) == late.url
