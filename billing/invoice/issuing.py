"""Invoicing a whole month: each statement in a transaction of its own, so that one refusal, or one document
that cannot be written, holds up nobody else."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing.invoice import queries, services, unwritten
from billing.invoice.errors import DocumentNotWritten, InvoiceRefused
from billing.invoice.models import InvoiceRun
from coopcircuits import clock
from coopcircuits.actor import SYSTEM, Actor

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Outcome:
    """What became of one statement: the number of its document, or why there is none."""

    shop: str
    number: str = ""
    total: int = 0
    refused: str = ""


def issue_month(transaction: Transaction, *, period: str, actor: Actor) -> Iterator[Outcome]:
    """Invoice every approved statement of a month, one by one; a second run issues what the first could not."""
    with transaction() as session:
        waiting = [(found.id, found.enterprise.name) for found in queries.to_invoice(session, period)]
    for statement_id, shop in waiting:
        yield _issue(transaction, statement_id, shop, actor)


def _issue(transaction: Transaction, statement_id: int, shop: str, actor: Actor) -> Outcome:
    try:
        with transaction() as session:
            invoice = services.issue_invoice(session, statement_id=statement_id, actor=actor)
            return Outcome(shop, invoice.number, invoice.total)
    except InvoiceRefused as refusal:
        return Outcome(shop, refused=str(refusal))
    except DocumentNotWritten as failure:
        with transaction() as session:
            unwritten.remember(session, statement_id=statement_id, failure=failure)
        return Outcome(shop, refused=str(failure))


def carry_out(transaction: Transaction, *, run_id: int, seconds: float) -> int:
    """Work on an order for a while, statement by statement; returns how many documents came out.

    Killed at any moment it goes on where it stopped: the order's progress is kept with each document.
    """
    issued, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        with transaction() as session:
            run = queries.lock_run(session, run_id)
            if run is None:  # carried out, or somebody else is at it
                return issued
            issued += _step(session, run)
    return issued


def _step(session: Session, run: InvoiceRun) -> int:
    """The next statement of an order, or its end."""
    found = queries.to_invoice(session, run.period, after_id=run.upto_statement_id, most=1)
    if not found:
        run.finished_at = clock.now()
        return 0
    [statement] = found
    run.upto_statement_id = statement.id
    try:
        with session.begin_nested():
            services.issue_invoice(session, statement_id=statement.id, actor=_who(run))
    except InvoiceRefused:
        return 0  # the page of the month says why
    except DocumentNotWritten as failure:
        unwritten.remember(session, statement_id=statement.id, failure=failure)
        return 0
    run.issued += 1
    return 1


def _who(run: InvoiceRun) -> Actor:
    """The person who gave the order."""
    kind, _colon, number = run.asked_by.partition(":")
    return Actor(kind, int(number), is_cooperative=True) if number else SYSTEM
