"""Sends mails as long as the worker lives."""

from datetime import timedelta

from coopcircuits.doors import database, settings
from coopcircuits.i18n import ngettext
from coopcircuits.jobs import job
from coopcircuits.mail import queries, transport


@job("mail.send", every=timedelta(seconds=3))
def send(dry_run: bool) -> str:
    """Send what waits in the outbox."""
    if dry_run:
        with database().reading() as session:
            count = len(queries.due(session))
        return ngettext("%(num)s mail would be sent", "%(num)s mails would be sent", count)
    sent = transport.send_due(database(), settings())
    return ngettext("%(num)s mail sent", "%(num)s mails sent", sent) if sent else ""
