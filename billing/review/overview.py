"""The cooperative's first page: what waits, how the last closed month went."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing.question import queries as questions
from billing.question.queries import Waiting
from billing.review import queries
from billing.review.closed import ClosedMonth, last_closed
from billing.statement import queries as statements
from coopcircuits.period import Month


@dataclass(frozen=True)
class Overview:
    """What the first page shows."""

    to_close: Sequence[Month]
    waiting: Sequence[tuple[str, int]]
    to_invoice: Sequence[tuple[str, int]]
    questions: Sequence[Waiting]
    closed: ClosedMonth | None


def overview(session: Session) -> Overview:
    """Read the first page's figures."""
    return Overview(
        to_close=statements.months_to_close(session),
        waiting=queries.waiting_by_period(session),
        to_invoice=queries.to_invoice_by_period(session),
        questions=questions.waiting_by_period(session),
        closed=last_closed(session),
    )
