"""Documents that could not be made (a full disk, a program that fails): pages say so until they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, contains_eager

from billing.invoice.errors import DocumentNotWritten
from billing.invoice.models import UnwrittenDocument
from billing.statement.models import Statement, StatementState
from coopcircuits import clock
from coopcircuits.db import write_unless_there


@dataclass(frozen=True)
class Unwritten:
    """Documents of a month that could not be made when last tried: of which shops, and what the machine said last."""

    period: str
    shops: Sequence[str]
    cause: str
    last_at: datetime


def unwritten(session: Session) -> list[Unwritten]:
    """The months with documents that could not be made and still wait, the latest first."""
    rows = session.scalars(
        select(UnwrittenDocument)
        .join(UnwrittenDocument.statement)
        .where(Statement.state == StatementState.APPROVED, Statement.total > 0)
        .order_by(Statement.period.desc(), UnwrittenDocument.last_at.desc(), UnwrittenDocument.statement_id)
        .options(contains_eager(UnwrittenDocument.statement).joinedload(Statement.enterprise))
    ).all()
    return [
        Unwritten(period, [row.statement.enterprise.name for row in of_month], of_month[0].cause, of_month[0].last_at)
        for period, found in groupby(rows, key=lambda row: row.statement.period)
        if (of_month := list(found))
    ]


def remember(session: Session, *, statement_id: int, failure: DocumentNotWritten) -> None:
    """Keep that the document of a statement could not be made, and why."""
    now, cause = clock.now(), failure.params["cause"]
    write_unless_there(
        session, UnwrittenDocument, statement_id=statement_id, cause=cause, attempts=0, first_at=now, last_at=now
    )
    known = session.get(UnwrittenDocument, statement_id, populate_existing=True)
    if known is not None:  # its document may be made at this very moment
        known.cause, known.last_at, known.attempts = cause, now, known.attempts + 1


def forget(session: Session, *, statement_id: int) -> None:
    """The document of a statement is made now."""
    session.execute(delete(UnwrittenDocument).where(UnwrittenDocument.statement_id == statement_id))
