"""Card payments in tests: a payment sandbox in this process, and the hands of those who use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits.db import Database
from coopcircuits.payments.gateway import Gateway
from coopcircuits.payments.sandbox import TEST_KEY, TEST_WEBHOOK_SECRET
from coopcircuits.payments.sandbox import transport as sandbox
from coopcircuits.payments.sandbox.app import create_sandbox
from orders.order.models import Order
from orders.payment import provider
from orders.payment.models import Payment
from shops.enterprise.models import Enterprise
from shops.payment_method.models import PaymentKind
from tests.support.cycles import make_cycle
from tests.support.orders import accept_cards, make_order
from tests.support.shops import make_shop

BASE = "http://localhost"


@dataclass(frozen=True)
class Bank:
    """The sandbox, our gateway to it, and one shop's account."""

    app: Flask
    gateway: Gateway
    account: str

    def make_shop(self, session: Session, **given: Any) -> Enterprise:
        """A shop that takes cards on this account."""
        shop = make_shop(session, **given)
        accept_cards(session, shop, self.account)
        return shop

    def make_order(self, database: Database, **given: Any) -> Order:
        """An order of such a shop that waits for its card."""
        with database.transaction() as session:
            cycle = given.pop("cycle", None) or make_cycle(session, self.make_shop(session))
            return make_order(session, cycle, payment_kind=PaymentKind.CARD, **given)

    def open(self, database: Database, order: Order) -> str:
        """Open the order's payment page; gives its id."""
        provider.open_page(database, self.gateway, order_id=order.id, base_url=BASE)
        with database.reading() as session:
            return session.scalars(select(Payment.checkout_id).where(Payment.order_id == order.id)).one() or ""

    def pay(self, checkout_id: str, card: str = "4242424242424242", **given: Any) -> str:
        """Pay as the shopper would."""
        return sandbox.pay(self.app, checkout_id, card, **given)

    def look(self, database: Database, order: Order) -> None:
        """Re-read the provider, as the return page and the job do."""
        with database.reading() as session:
            payment_id = session.scalars(select(Payment.id).where(Payment.order_id == order.id)).first()
        provider.look_again(database, self.gateway, payment_id=payment_id or 0)

    def make_paid_order(self, database: Database, **given: Any) -> Order:
        """An order whose card has been charged, and which is therefore placed."""
        order = self.make_order(database, **given)
        assert self.pay(self.open(database, order)) == "succeeded"
        self.look(database, order)
        return order

    def fault(self, kind: str, **given: Any) -> None:
        """Make the next matching request go wrong, see the sandbox's ``FAULTS``."""
        answer = self.app.test_client().post("/_sandbox/faults", json={"kind": kind, **given})
        assert answer.status_code == 200, answer.json

    def charges(self) -> list[dict[str, Any]]:
        """Every successful charge of the account, newest first."""
        return [row for row in self.app.extensions["sandbox"].store.select(self.account, "charge") if row["paid"]]

    def events(self) -> list[tuple[bytes, str]]:
        """Payload and signature of every event so far, oldest first."""
        return sandbox.signed_events(self.app, self.account)


def new_gateway(app: Flask) -> Gateway:
    return Gateway(TEST_KEY, webhook_secret=TEST_WEBHOOK_SECRET, http_client=sandbox.SandboxTransport(app), retries=0)


@contextmanager
def open_bank(folder: Path) -> Iterator[Bank]:
    """A sandbox with its memory in ``folder`` and one account that may charge."""
    app = create_sandbox(folder / "sandbox.sqlite3", public_url="http://pay.test")
    gateway = new_gateway(app)
    account = gateway.create_account(email="f@example.org", country="FR", name="La ferme", idempotency_key="account")
    sandbox.complete_account(app, account)
    yield Bank(app, gateway, account)
    app.extensions["sandbox"].close()
