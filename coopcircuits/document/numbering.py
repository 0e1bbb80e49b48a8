"""Numbers of legal documents: per seller and series from 1 on, without a gap, dates never going back.

A counter is an ordinary row, held by whoever issues until that transaction ends. Should it fail, the number was never
given; a sequence of the database would lose it.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from coopcircuits.db import write_unless_there
from coopcircuits.document.models import Counter

#: The cooperative as a seller.
COOPERATIVE = "cooperative"


@dataclass(frozen=True)
class Number:
    """The place of a document in its series, and its date."""

    series: str
    sequence: int
    day: date

    def __str__(self) -> str:
        """ "F2026-0001"; more digits where four are not enough."""
        return f"{self.series}-{self.sequence:04d}"


def take_number(session: Session, *, seller: str, series: str, day: date) -> Number:
    """The next number of a series, for a document of ``day``; others wait until this transaction ends.

    The date is ``day``, or that of the document before it where another machine's clock was ahead.
    """
    raised = (
        update(Counter)
        .where(Counter.seller == seller, Counter.series == series)
        .values(last=Counter.last + 1, last_on=case((Counter.last_on > day, Counter.last_on), else_=day))
        .returning(Counter.last, Counter.last_on)
        .execution_options(synchronize_session=False)
    )
    row = session.execute(raised).one_or_none()
    if row is None:
        write_unless_there(session, Counter, seller=seller, series=series, last=0, last_on=day)
        row = session.execute(raised).one()
    return Number(series, *row)


def last_numbers(session: Session, *, seller: str) -> dict[str, int]:
    """The last number given in each series of a seller."""
    rows = session.execute(
        select(Counter.series, Counter.last).where(Counter.seller == seller).order_by(Counter.series)
    )
    return {row.series: row.last for row in rows}
