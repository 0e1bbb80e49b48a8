"""Reminders go out by themselves."""

import logging
from datetime import timedelta

from billing.days import today
from billing.reminder import services
from coopcircuits.actor import SYSTEM
from coopcircuits.doors import read_session, transaction
from coopcircuits.i18n import ngettext
from coopcircuits.jobs import job

log = logging.getLogger(__name__)


@job("billing.remind", every=timedelta(hours=6))
def remind(dry_run: bool) -> str:
    """Remind shops of invoices that are late, by the cooperative's terms; each step once."""
    wanted = services.due(read_session(), day=today())
    if dry_run:
        return ngettext("%(num)s invoice to remind of", "%(num)s invoices to remind of", len(wanted))
    sent = 0
    for invoice_id, _step in wanted:
        try:
            with transaction() as session:
                sent += services.remind(session, actor=SYSTEM, invoice_id=invoice_id, day=today()) is not None
        except Exception:  # one invoice must not keep the others waiting
            log.exception("invoice %s could not be reminded of", invoice_id)
    return ngettext("%(num)s reminder written", "%(num)s reminders written", sent)
