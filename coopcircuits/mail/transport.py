"""Hands mails of the outbox to the mail server."""

import smtplib
import ssl
from collections.abc import Iterable
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.mail import attachments, queries, services
from coopcircuits.mail.attachments import File
from coopcircuits.mail.models import Mail


def message(mail: Mail, *, sender: str, files: Iterable[File] = ()) -> EmailMessage:
    """The mail as it travels. Its id never changes, so a second copy after a crash is recognised as such."""
    letter = EmailMessage()
    letter["Subject"] = mail.subject
    letter["From"] = Address(mail.sender_name, addr_spec=sender)
    letter["To"] = mail.recipient
    if mail.reply_to:
        letter["Reply-To"] = mail.reply_to
    letter["Date"] = format_datetime(mail.created_at)
    letter["Message-ID"] = f"<{mail.id}.{mail.created_at:%Y%m%d%H%M%S}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["Content-Language"] = mail.language
    letter.set_content(mail.text)
    letter.add_alternative(mail.html, subtype="html")
    for file in files:
        kind, _slash, subtype = file.mime.partition("/")
        letter.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.name)
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
    """Send what waits; returns how many were sent. No transaction is open while the mail server is spoken to.

    A mail server that cannot be reached is no fault of the mails: they keep waiting, and the caller hears of it.
    """
    with database.reading() as session:
        waiting = [mail.id for mail in queries.due(session)]
    if not waiting:
        return 0
    if not settings.mail_url:  # kept in the database, where the demo page shows them
        with database.transaction() as session:
            for mail_id in waiting:
                services.mark_sent(session, mail_id=mail_id)
        return len(waiting)
    with connect(settings.mail_url) as server:
        return sum(_send(database, server, mail_id, settings.mail_from) for mail_id in waiting)


def _send(database: Database, server: smtplib.SMTP, mail_id: int, sender: str) -> bool:
    with database.transaction() as session:
        mail = services.claim(session, mail_id=mail_id)
        files = attachments.fetch_all(session, mail) if mail else []
    if mail is None:
        return False  # another worker has it
    try:
        server.send_message(message(mail, sender=sender, files=files))
    except (OSError, ValueError) as refusal:  # every smtplib error is an OSError; ValueError: it cannot be written down
        with database.transaction() as session:
            services.mark_refused(session, mail_id=mail_id, error=_in_words(refusal), for_good=_is_final(refusal))
        if isinstance(refusal, (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, ValueError)):
            return False
        raise  # the connection is lost, so the others need a new one
    with database.transaction() as session:
        services.mark_sent(session, mail_id=mail_id)
    return True


def _is_final(refusal: Exception) -> bool:
    """Whether asking again would get the same answer: the address does not exist, or is no address."""
    if isinstance(refusal, smtplib.SMTPRecipientsRefused):
        return all(code >= 550 for code, _words in refusal.recipients.values())
    return isinstance(refusal, (ValueError, smtplib.SMTPNotSupportedError))


def _in_words(refusal: Exception) -> str:
    answers: list[tuple[int, bytes | str]]
    if isinstance(refusal, smtplib.SMTPRecipientsRefused):
        answers = list(refusal.recipients.values())
    elif isinstance(refusal, smtplib.SMTPResponseException):
        answers = [(refusal.smtp_code, refusal.smtp_error)]
    else:
        return f"{type(refusal).__name__}: {refusal}"
    return "; ".join(f"{code} {w.decode(errors='replace') if isinstance(w, bytes) else w}" for code, w in answers)
