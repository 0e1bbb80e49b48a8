"""Hands mails of the outbox to the mail server."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from urllib.parse import unquote, urlsplit

from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.mail import queries, services
from coopcircuits.mail.models import Mail


def message(mail: Mail, *, sender: str) -> EmailMessage:
    """The mail as it travels. Its id never changes, so a second copy after a crash is recognised as such."""
    letter = EmailMessage()
    letter["Subject"] = mail.subject
    letter["From"] = formataddr((mail.sender_name, sender))
    letter["To"] = mail.recipient
    if mail.reply_to:
        letter["Reply-To"] = mail.reply_to
    letter["Date"] = format_datetime(mail.created_at)
    letter["Message-ID"] = f"<{mail.id}.{mail.created_at:%Y%m%d%H%M%S}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["Content-Language"] = mail.language
    letter.set_content(mail.text)
    letter.add_alternative(mail.html, subtype="html")
    return letter


def connect(url: str) -> smtplib.SMTP:
    """A connection to ``smtp://`` (upgraded to TLS where offered) or ``smtps://``."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=20, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=20)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server


def send_due(database: Database, settings: Settings) -> int:
    """Send what waits; returns how many were sent. No transaction is open while the mail server is spoken to."""
    with database.reading() as session:
        waiting = queries.due(session)
    if not waiting:
        return 0
    if not settings.mail_url:  # kept in the database, where the demo page shows them
        with database.transaction() as session:
            for mail in waiting:
                services.mark_sent(session, mail_id=mail.id)
        return len(waiting)
    sent = 0
    with connect(settings.mail_url) as server:
        for mail in waiting:
            sent += _send(database, server, mail, settings.mail_from)
    return sent


def _send(database: Database, server: smtplib.SMTP, mail: Mail, sender: str) -> int:
    try:
        server.send_message(message(mail, sender=sender))
    except smtplib.SMTPRecipientsRefused as refusal:
        code, words = next(iter(refusal.recipients.values()))
        with database.transaction() as session:
            services.mark_refused(session, mail_id=mail.id, error=f"{code} {words!r}", for_good=code >= 550)
        return 0
    except smtplib.SMTPResponseException as refusal:
        with database.transaction() as session:
            services.mark_refused(session, mail_id=mail.id, error=str(refusal), for_good=False)
        return 0
    with database.transaction() as session:
        services.mark_sent(session, mail_id=mail.id)
    return 1
