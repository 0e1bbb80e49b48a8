"""Closing a month in two short transactions: fix what it counts, then write its statements.

Run twice at once, or again after being killed, it ends with the same statements: the first transaction happens once,
the second happens wholly or not at all, and what it writes depends on nothing but what the first has fixed.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from billing.statement import queries, services
from billing.statement.queries import MonthSummary
from coopcircuits.actor import Actor
from coopcircuits.period import Month


def close_month(
    transaction: Callable[[], AbstractContextManager[Session]], *, month: Month, actor: Actor
) -> MonthSummary:
    """Close a month through the transactions of the door it is called from; a closed month stays as it is.

    Raises what :func:`billing.statement.services.start_closing` raises.
    """
    with transaction() as session:
        services.start_closing(session, month=month, actor=actor)
    with transaction() as session:
        created = services.write_statements(session, period=str(month), actor=actor)
        return queries.summary(session, str(month), created=created)
