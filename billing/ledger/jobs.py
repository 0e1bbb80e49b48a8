"""Periodic work on the books."""

from datetime import timedelta

from billing.ledger import instance, queries, services
from coopcircuits.doors import read_session
from coopcircuits.i18n import gettext, ngettext
from coopcircuits.jobs import job


@job("billing.close_books", every=timedelta(hours=1))
def close_books(dry_run: bool) -> str:
    """Close the days, months and years that are over, and keep a copy of each closing beside the database."""
    if dry_run:
        head = queries.head(read_session())
        due = services.what_is_due(read_session(), head).periods if head else []
        return ", ".join(period for _kind, period in due)
    made = len(instance.close_books())
    return ngettext("%(num)s closing made", "%(num)s closings made", made) if made else ""


@job(queries.VERIFICATION, every=timedelta(days=1))
def verify_books(dry_run: bool) -> str:
    """Read every row of the books and the closings kept beside them; fails naming the first that is wrong."""
    if dry_run:
        return ""
    whole = instance.verify_own_books(read_session())
    return gettext(
        "%(entries)s entries and %(closings)s closings are whole", entries=whole.entries, closings=whole.closings
    )
