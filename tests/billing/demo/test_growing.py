"""Volume for measuring obeys the rules that ordinary use obeys."""

from flask import Flask
from sqlalchemy import func, select, text

from coopcircuits import clock
from coopcircuits.db import Database
from orders.order.models import Order
from orders.order_cycle.models import CycleState, OrderCycle
from orders.sale.models import SaleEntry
from shops.enterprise.models import Enterprise
from shops.product.models import Product
from shops.stock.models import Stock
from tests.support.invariants import check_invariants
from tests.support.orders import make_order

GROW = ["demo", "grow", "--shops", "6", "--products", "40", "--orders", "190"]


def test_grown_rows_obey_every_rule(app: Flask, database: Database) -> None:
    done = app.test_cli_runner().invoke(args=GROW)
    assert done.exit_code == 0, done.output
    assert done.output.endswith("Added 6 shops, 40 products and 190 orders.\n")
    with database.reading() as session:
        check_invariants(session)
        counts = {
            model: session.scalar(select(func.count()).select_from(model)) for model in (Enterprise, Product, Order)
        }
        assert counts == {Enterprise: 6, Product: 40, Order: 190}
        shelves = session.scalars(select(Stock)).all()
        assert {shelf.on_demand for shelf in shelves} == {True, False}
        cycles = session.scalars(select(OrderCycle)).all()
        assert {cycle.shop_id for cycle in cycles if cycle.state is CycleState.OPEN} == {c.shop_id for c in cycles}
        months = set(session.scalars(select(SaleEntry.month)))
        assert len(months) > 12
        if database.engine.dialect.name == "sqlite":
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []


def test_ordinary_orders_follow_and_more_can_grow(app: Flask, database: Database) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=GROW).exit_code == 0
    with database.transaction() as session:
        ordinary = make_order(session)
    assert runner.invoke(args=GROW).exit_code == 0
    with database.reading() as session:
        check_invariants(session)
        assert session.scalar(select(func.count(Order.id))) == 381
        assert session.get_one(Order, ordinary.id).total == ordinary.total
        assert session.scalar(select(func.max(Order.created_at))) <= clock.now()


def test_volume_needs_an_instance(empty_app: Flask) -> None:
    done = empty_app.test_cli_runner().invoke(args=GROW)
    assert done.exit_code == 1
    assert done.output == "Error: Set the instance up first: flask demo load, or flask cooperative set-up.\n"
