"""Write mails into the outbox and send what waits there."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits import clock, i18n, templating
from coopcircuits.errors import NotFound
from coopcircuits.mail import attachments as files
from coopcircuits.mail.attachments import Attachment
from coopcircuits.mail.models import Mail, MailState
from coopcircuits.site import site

MAX_ATTEMPTS = 15


def queue(
    session: Session,
    *,
    key: str,
    to: str,
    language: str,
    template: str,
    subject: str,
    sender_name: str = "",
    reply_to: str | None = None,
    attachments: Sequence[Attachment] = (),
    **context: Any,
) -> Mail | None:
    """Put a mail into the outbox, rendered in its reader's language; nothing if ``key`` has been used before.

    ``template`` names a pair of templates without their endings; ``subject`` is an English msgid, filled from
    ``context``. A key is "what:id" and stands for one message to one person ("order-placed:12"). Files that go with it
    are fetched when it is sent.
    """
    if session.scalar(select(Mail.id).where(Mail.key == key)) is not None:
        return None
    with i18n.speaking(language):
        line = i18n.gettext(subject)
        line = line % context if "%(" in line else line
        context = {**context, "subject": line}
        mail = Mail(
            key=key,
            recipient=to.strip().lower(),
            reply_to=reply_to,
            sender_name=_one_line(sender_name or site().name)[:120],
            language=language,
            subject=_one_line(line)[:200],
            text=templating.render(f"{template}.txt", **context).strip() + "\n",
            html=templating.render(f"{template}.html", **context),
            attached=files.kept(attachments),
            created_at=clock.now(),
            next_attempt_at=clock.now(),
        )
    session.add(mail)
    session.flush()
    return mail


def _one_line(text: str) -> str:
    """Nothing typed by a person may start a new header."""
    return " ".join(text.split())


def claim(session: Session, *, mail_id: int) -> Mail | None:
    """Take a mail for sending; nothing if another worker has it. Counts the attempt and dates the next one:
    after 1, 2, 4 … minutes, at most 6 hours."""
    now = clock.now()
    mail = session.scalar(
        select(Mail)
        .where(Mail.id == mail_id, Mail.state == MailState.WAITING, Mail.next_attempt_at <= now)
        .with_for_update(skip_locked=True)
    )
    if mail is not None:
        mail.attempts += 1
        mail.next_attempt_at = now + timedelta(minutes=min(2 ** (mail.attempts - 1), 360))
    return mail


def mark_sent(session: Session, *, mail_id: int) -> None:
    mail = session.get_one(Mail, mail_id)
    mail.state, mail.sent_at, mail.last_error = MailState.SENT, clock.now(), None


def mark_refused(session: Session, *, mail_id: int, error: str, for_good: bool) -> None:
    """Note why a claimed mail was not sent; give up if that is final, or after about two days."""
    mail = session.get_one(Mail, mail_id)
    mail.last_error = error[:500]
    if for_good or mail.attempts >= MAX_ATTEMPTS:
        mail.state = MailState.FAILED


def retry(session: Session, *, mail_id: int) -> None:
    """Send a mail that was given up, or waits after a refusal, at once; raises :class:`NotFound` if it was sent."""
    mail = session.get(Mail, mail_id)
    if mail is None or mail.state is MailState.SENT:
        raise NotFound
    mail.state, mail.attempts, mail.next_attempt_at = MailState.WAITING, 0, clock.now()
