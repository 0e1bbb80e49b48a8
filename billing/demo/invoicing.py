"""What the demonstration's cooperative invoices, and how its shops pay: all by transfer, most within two weeks."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.collection.models import ReceiptMethod
from billing.collection.services import record_receipt
from billing.invoice.models import Invoice
from billing.invoice.services import issue_invoice
from billing.statement.models import Statement, StatementState
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.cooperative.services import Identity, save_identity
from coopcircuits.demo.timeline import Timeline
from coopcircuits.period import Month
from shops.demo.content import Told
from shops.demo.territory import Territory

Transaction = Callable[[], AbstractContextManager[Session]]

#: Pays its last invoice when it is reminded, and has not yet been reminded enough.
_LATE = "etal-du-glandasse"
#: The bank enters transfers in the morning.
_BOOKED = time(7, 30)


class Invoicing:
    """Plans the documents of a month and their payments."""

    def __init__(self, transaction: Transaction, timeline: Timeline, territory: Territory, *, now: datetime) -> None:
        self._transaction, self._timeline, self._territory, self._now = transaction, timeline, territory, now
        self._chance = random.Random("invoices")  # noqa: S311 - when people pay, not a secret

    def introduce(self, told: Told) -> None:
        """Say who the cooperative is, as its documents must."""
        with self._transaction() as session:
            found = session.scalars(select(Cooperative)).one()
            known = {name: told[name] for name in ("legal_form", "siret", "vat_number", "postcode")}
            identity = replace(
                Identity.of(found), **known, street=told["address"], city=told["commune"], **told["documents"]
            )
            save_identity(session, actor=self._territory.cooperative, identity=identity)

    def plan(self, month: Month, *, at: datetime, is_last_paid: bool) -> None:
        """Issue what is approved of a month, and let shops pay it; in the last month one forgets."""
        self._timeline.at(at, partial(self._issue, month))
        for name, place in self._territory.shops.items():
            late = is_last_paid and name == _LATE
            day = (at + timedelta(days=self._chance.randint(2, 13))).date()
            booked = datetime.combine(day, _BOOKED, at.tzinfo)
            if not late and booked < self._now:
                self._timeline.at(booked, partial(self._pay, month, place.id, day))

    def _issue(self, month: Month) -> None:
        with self._transaction() as session:
            approved = session.scalars(
                select(Statement.id)
                .where(Statement.period == str(month), Statement.state == StatementState.APPROVED, Statement.total > 0)
                .order_by(Statement.id)
            ).all()
        for statement_id in approved:
            with self._transaction() as session:
                issue_invoice(session, statement_id=statement_id, actor=self._territory.cooperative)

    def _pay(self, month: Month, shop_id: int, day: date) -> None:
        with self._transaction() as session:
            invoice = session.scalar(
                select(Invoice)
                .join(Statement, Statement.id == Invoice.statement_id)
                .where(Invoice.enterprise_id == shop_id, Statement.period == str(month))
            )
            if invoice is not None:  # a month without a contribution asks for nothing
                record_receipt(
                    session,
                    enterprise_id=shop_id,
                    method=ReceiptMethod.TRANSFER,
                    amount=invoice.total,
                    currency=invoice.currency,
                    received_on=day,
                    source=f"transfer of {invoice.number}",
                    reference=invoice.number,
                    actor=self._territory.cooperative,
                )
