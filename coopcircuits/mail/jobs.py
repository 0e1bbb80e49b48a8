"""Sends mails as long as the worker lives."""

from datetime import timedelta

from coopcircuits.doors import database, settings
from coopcircuits.jobs import job
from coopcircuits.mail import queries, transport


@job("mail.send", every=timedelta(seconds=3))
def send(dry_run: bool) -> str:
    """Send what waits in the outbox."""
    if dry_run:
        with database().reading() as session:
            return f"{len(queries.due(session))} mails would be sent"
    sent = transport.send_due(database(), settings())
    return f"{sent} mails sent" if sent else ""
