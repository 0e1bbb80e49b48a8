"""Documents that could not be made: said once each, with what helps, until they are made."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.invoice import paper, unwritten, words
from billing.invoice.errors import DocumentNotWritten
from billing.invoice.issuing import issue_month
from billing.invoice.models import Invoice, UnwrittenDocument
from billing.statement import services as statements
from coopcircuits import clock, i18n
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from tests.support.billing import COOPERATIVE
from tests.support.crowd import at_once
from tests.support.invoices import NOVEMBER_4, approved, complete_cooperative


def _break(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def fail(*_args: Any, **_options: Any) -> bytes:
        raise failure

    monkeypatch.setattr(paper, "typeset", fail)


def test_the_command_keeps_what_happened_and_how_often(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.transaction() as session:
        complete_cooperative(session)
        statement = approved(session)
    with monkeypatch.context() as broken:
        for hour, failure in enumerate((RuntimeError("first"), OSError(28, "No space left on device"))):
            _break(broken, failure)
            with clock.travel(NOVEMBER_4 + timedelta(hours=hour)):
                (outcome,) = issue_month(database.transaction, period="2026-10", actor=SYSTEM)
            assert outcome.refused
    with database.reading() as session:
        (row,) = session.scalars(select(UnwrittenDocument))
        assert (row.attempts, row.first_at, row.last_at) == (2, NOVEMBER_4, NOVEMBER_4 + timedelta(hours=1))
        (found,) = unwritten.unwritten(session)
        assert (found.period, len(found.shops)) == ("2026-10", 1)
        assert found.cause == "OSError: [Errno 28] No space left on device"
        with i18n.speaking("en"):
            assert "disk" in words.what_to_do(found.cause)
    with clock.travel(NOVEMBER_4 + timedelta(hours=2)):
        (outcome,) = issue_month(database.transaction, period="2026-10", actor=SYSTEM)
    assert outcome.number == "F2026-0001"
    with database.reading() as session:
        assert (unwritten.unwritten(session), session.get(UnwrittenDocument, statement.id)) == ([], None)


def test_what_is_no_longer_to_be_issued_is_no_longer_said(session: Session) -> None:
    statement = approved(session)
    unwritten.remember(session, statement_id=statement.id, failure=DocumentNotWritten(cause="MemoryError"))
    assert len(unwritten.unwritten(session)) == 1
    statements.undo_approval(session, actor=COOPERATIVE, statement_id=statement.id, seen_version=statement.version)
    assert unwritten.unwritten(session) == []


def test_two_orders_that_fail_at_once_are_one_row(database: Database) -> None:
    with database.transaction() as session:
        statement = approved(session)

    def remember(session: Session) -> None:
        unwritten.remember(session, statement_id=statement.id, failure=DocumentNotWritten(cause="MemoryError"))

    assert at_once(database, [remember] * 4) == {"done": 4}
    with database.reading() as session:
        assert len(session.scalars(select(UnwrittenDocument)).all()) == 1
        assert session.scalars(select(Invoice)).all() == []
