"""Invoices paid online in tests: a payment sandbox in this process and the hands of those who use it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.invoice.models import Invoice
from billing.online_payment import messages, provider
from billing.online_payment.models import OnlinePayment
from coopcircuits.actor import SYSTEM
from coopcircuits.auth.models import User
from coopcircuits.db import Database
from coopcircuits.payments.gateway import Gateway
from coopcircuits.payments.models import WebhookReceipt
from coopcircuits.payments.sandbox import PLATFORM, TEST_KEY, TEST_WEBHOOK_SECRET
from coopcircuits.payments.sandbox import transport as sandbox
from coopcircuits.payments.sandbox.app import create_sandbox
from coopcircuits.payments.till import Till
from orders.payment.services import keep_receipt
from tests.support.collection import make_invoice
from tests.support.people import make_user
from tests.support.shops import make_enterprise


@dataclass
class Counter:
    """The sandbox, our till at it, one shop and its invoice."""

    app: Flask
    gateway: Gateway
    database: Database
    person: User
    invoice: Invoice

    @property
    def till(self) -> Till:
        return Till(self.gateway)

    def open(self) -> str:
        """Open the invoice's payment page; gives its id."""
        url = provider.open_page(
            self.database,
            self.till,
            invoice_id=self.invoice.id,
            enterprise_id=self.invoice.enterprise_id,
            person=self.person,
            actor=SYSTEM,
            back="http://localhost/invoice",
        )
        return url.rsplit("/", 1)[1]

    def payment(self) -> OnlinePayment:
        """The last attempt."""
        with self.database.reading() as session:
            return session.scalars(select(OnlinePayment).order_by(OnlinePayment.id.desc())).first()  # type: ignore[return-value]  # there is one

    def look(self) -> None:
        """Ask the provider, as the return page and the job do."""
        provider.look_again(self.database, self.till, payment_id=self.payment().id)

    def control(self, which: str, /, **body: Any) -> Any:
        """Turn one of the sandbox's controls."""
        answer = self.app.test_client().post(f"/_sandbox/{which}", json=body)
        assert answer.status_code == 200, answer.json
        return answer.json

    def take_back(self) -> None:
        """The payer's bank takes the last payment back."""
        self.control(f"charges/{self.app.extensions['sandbox'].store.select(PLATFORM, 'charge')[0]['id']}/take-back")

    def messages(self) -> list[int]:
        """Keep every message of the provider about our own account; gives their ids, oldest first."""
        ids = []
        for payload, signature in sandbox.signed_events(self.app, PLATFORM):
            event = self.gateway.read_webhook(payload, signature)
            with self.database.transaction() as session:
                keep_receipt(session, event=event, payload=json.loads(payload))
        with self.database.reading() as session:
            ids = list(session.scalars(select(WebhookReceipt.id).order_by(WebhookReceipt.id)))
        return ids

    def read(self, message: int) -> None:
        messages.read(self.database, self.till, receipt_id=message)


@contextmanager
def open_counter(database: Database, folder: Path) -> Iterator[Counter]:
    """A sandbox with an invoice of 34,20 € to pay."""
    app = create_sandbox(folder / "sandbox.sqlite3", public_url="http://pay.test")
    gateway = Gateway(
        TEST_KEY, webhook_secret=TEST_WEBHOOK_SECRET, http_client=sandbox.SandboxTransport(app), retries=0
    )
    with database.transaction() as session:
        person, invoice = _people(session)
    yield Counter(app, gateway, database, person, invoice)
    app.extensions["sandbox"].close()


def _people(session: Session) -> tuple[User, Invoice]:
    person = make_user(session, "elise@example.org")
    shop = make_enterprise(session, owner_id=person.id, name="La Ferme en ligne")
    return person, make_invoice(session, shop)
