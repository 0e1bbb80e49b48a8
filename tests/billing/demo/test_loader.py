"""A slice of the demonstration, built as the command builds the whole."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.collection.queries import open_amount
from billing.demo.loader import Loaded, load
from billing.invoice.models import Invoice
from billing.invoice.verification import verify
from billing.peer.models import PeerReport
from billing.question import queries as questions
from billing.statement import queries as statements
from billing.statement.models import Statement, StatementState
from coopcircuits import clock
from coopcircuits.auth import passwords
from coopcircuits.auth import queries as people
from coopcircuits.demo.accounts import FILE
from coopcircuits.events.models import Delivery, DeliveryState, Event
from coopcircuits.mail.models import Mail
from orders.order.models import Order, OrderState
from orders.order_cycle.models import CycleState, OrderCycle
from orders.payment.models import Payment, PaymentState
from orders.sale.models import SaleEntry
from shops.demo.loader import Scale
from shops.enterprise.models import Enterprise, Sells
from shops.payment_method.models import PaymentKind
from tests.conftest import build
from tests.support.databases import Templates
from tests.support.invariants import check_invariants

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SLICE = Scale(shops=2, products=3, shoppers=8)


class Silence:
    """Nobody watches."""

    def show(self, step: str, share: float) -> None:
        assert 0 <= share <= 1, step


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def demo_app(empty_app: Flask) -> Iterator[Flask]:
    _as_demo(empty_app)
    with empty_app.app_context():
        yield empty_app


def _as_demo(app: Flask) -> None:
    sandbox = {"stripe_api_base": "http://pay.test", "stripe_secret_key": "sk_test_demo"}
    app.extensions["settings"] = replace(app.extensions["settings"], env="demo", **sandbox)


def _load(app: Flask, months: int, scale: Scale) -> Loaded:
    with clock.travel(NOW):
        return load(app, Silence(), months=months, scale=scale)


def test_a_slice_is_true_to_every_rule(demo_app: Flask, tmp_path: Path) -> None:
    built = _load(demo_app, 2, SLICE)
    with demo_app.extensions["database"].reading() as session, clock.travel(NOW):
        check_invariants(session)
        _check_life(session, built)
        _check_months(session)
        _check_messages(session)
        _check_accounts(session, json.loads((tmp_path / FILE).read_text()))


def _check_life(session: Session, built: Loaded) -> None:
    orders = session.scalars(select(Order)).all()
    assert len(orders) == built.orders > 25
    assert {OrderState.PLACED, OrderState.COLLECTED} <= {order.state for order in orders}
    assert all(order.created_at <= NOW for order in orders)
    assert all((order.state is OrderState.COLLECTED) == (order.collected_at is not None) for order in orders)
    paid = session.scalars(select(Payment).where(Payment.kind == PaymentKind.CARD, Payment.state == PaymentState.PAID))
    assert all(payment.intent_id for payment in paid.all())
    shops = session.scalars(select(Enterprise.id).where(Enterprise.sells != Sells.NONE)).all()
    cycles = session.scalars(select(OrderCycle)).all()
    assert {cycle.shop_id for cycle in cycles if cycle.state is CycleState.OPEN} == set(shops)
    assert all((cycle.processed_at is not None) == (cycle.closes_at <= NOW) for cycle in cycles)


def _check_months(session: Session) -> None:
    found = session.scalars(select(Statement)).all()
    assert {row.period for row in found} == {"2026-09", "2026-10"}
    for row in found:
        billed = StatementState.INVOICED if row.total else StatementState.APPROVED
        assert row.state is (StatementState.TO_REVIEW if row.period == "2026-10" else billed)
        entered = select(func.sum(SaleEntry.net)).where(
            SaleEntry.shop_id == row.enterprise_id, SaleEntry.month == row.period, SaleEntry.online.is_(True)
        )
        assert row.net == session.scalar(entered) == sum(line.net for line in statements.lines_of(session, row))
    assert [(month.period, month.questions) for month in questions.waiting_by_period(session)] == [("2026-10", 1)]
    assert session.scalar(select(func.count(PeerReport.id))) == 4
    assert verify(session).wrong is None
    unpaid = [one for one in session.scalars(select(Invoice)) if open_amount(session, one.id)]
    assert len(unpaid) == 1, "one shop forgot"


def _check_messages(session: Session) -> None:
    assert session.scalar(select(func.count(Event.id)).where(Event.dispatched_at.is_(None))) == 0
    states = set(session.scalars(select(Delivery.state).distinct()))
    assert states == {DeliveryState.DONE}, session.scalars(select(Delivery.last_error)).all()
    subjects = " ".join(session.scalars(select(Mail.subject)))
    assert "confirmée" in subjects


def _check_accounts(session: Session, accounts: list[dict[str, str]]) -> None:
    assert [account["role"].split(",")[0] for account in accounts[:3]] == ["Shopper", "Manager", "Cooperative"]
    for account in accounts[:4]:
        user = people.user_by_email(session, account["email"])
        assert user is not None
        assert passwords.matches(user.password_hash, account["password"])
        assert user.confirmed_at is not None


def test_the_same_present_gives_the_same_figures(demo_app: Flask, templates: Templates, backend: str) -> None:
    other = build(replace(demo_app.extensions["settings"], database_url=templates.copy(backend, "empty")))
    _as_demo(other)
    figures = []
    for app in (demo_app, other):
        with app.app_context():
            _load(app, 1, Scale(shops=1, products=4, shoppers=6))
        with app.extensions["database"].reading() as session:
            figures.append([tuple(row) for row in session.execute(_FIGURES)])
    other.extensions["database"].engine.dispose()
    templates.drop(other.extensions["settings"].database_url)
    assert figures[0] == figures[1] != []


_FIGURES = select(
    Order.email, Order.state, Order.payment_kind, Order.created_at, Order.total, Order.tax_total
).order_by(Order.created_at, Order.email)


def test_nothing_is_built_on_something_else(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["demo", "load"])
    assert done.exit_code == 1
    assert done.output == (
        "Error: This database is not empty: the demonstration needs a fresh one, and changes nothing here.\n"
    )
    with app.extensions["database"].reading() as session:
        assert session.scalar(select(func.count(Enterprise.id))) == 0
