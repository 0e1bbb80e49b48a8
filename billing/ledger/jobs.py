"""Periodic work on the books."""

from datetime import timedelta

from billing.ledger import instance, queries, services
from coopcircuits.doors import read_session
from coopcircuits.jobs import job


@job("billing.close_books", every=timedelta(hours=1))
def close_books(dry_run: bool) -> str:
    """Close the days, months and years that are over, and keep a copy of each closing beside the database."""
    if not dry_run:
        return f"{len(instance.close_books())} closings made"
    head = queries.head(read_session())
    due = services.what_is_due(read_session(), head).periods if head else []
    return f"{len(due)} to close: {', '.join(period for _kind, period in due)}" if due else "nothing to close"
