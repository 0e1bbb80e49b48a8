"""Invoices whole months for those who pressed the button."""

from datetime import timedelta

from billing.invoice import issuing, queries
from coopcircuits.doors import read_session, transaction
from coopcircuits.i18n import ngettext
from coopcircuits.jobs import job

#: Seconds after which the worker turns to its other work.
_SHIFT = 5.0


@job("billing.issue_invoices", every=timedelta(seconds=2))
def issue_invoices(dry_run: bool) -> str:
    """Carry out the orders to invoice a month, a few seconds at a time."""
    open_runs = queries.open_runs(read_session())
    if dry_run:
        return ngettext("%(num)s month to invoice", "%(num)s months to invoice", len(open_runs))
    issued = sum(issuing.carry_out(transaction, run_id=run_id, seconds=_SHIFT) for run_id in open_runs)
    return ngettext("%(num)s document issued", "%(num)s documents issued", issued) if issued else ""
