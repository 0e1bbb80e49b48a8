"""Write mails into the outbox and send what waits there."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits import clock, i18n, templating
from coopcircuits.mail.models import Mail, MailState

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
    **context: Any,
) -> Mail | None:
    """Put a mail into the outbox, rendered in its reader's language; nothing if ``key`` has been used before.

    ``template`` names a pair of templates without their endings; ``subject`` is an English msgid, filled from
    ``context``. A key is "what:id" and stands for one message to one person ("order-placed:12").
    """
    if session.scalar(select(Mail.id).where(Mail.key == key)) is not None:
        return None
    with i18n.speaking(language):
        line = i18n.gettext(subject)
        line = line % context if "%(" in line else line
        context = {**context, "subject": line}
        mail = Mail(
            key=key,
            recipient=to,
            reply_to=reply_to,
            sender_name=_one_line(sender_name)[:120],
            language=language,
            subject=_one_line(line)[:200],
            text=templating.render(f"{template}.txt", **context).strip() + "\n",
            html=templating.render(f"{template}.html", **context),
            created_at=clock.now(),
            next_attempt_at=clock.now(),
        )
    session.add(mail)
    session.flush()
    return mail


def _one_line(text: str) -> str:
    """Nothing typed by a person may start a new header."""
    return " ".join(text.split())


def mark_sent(session: Session, *, mail_id: int) -> None:
    mail = session.get_one(Mail, mail_id)
    mail.state, mail.sent_at, mail.attempts = MailState.SENT, clock.now(), mail.attempts + 1


def mark_refused(session: Session, *, mail_id: int, error: str, for_good: bool) -> None:
    """Note a failed attempt and when to try again: after 1, 2, 4 … minutes, at most 6 hours; then give up."""
    mail = session.get_one(Mail, mail_id)
    mail.attempts += 1
    mail.last_error = error[:500]
    mail.next_attempt_at = clock.now() + timedelta(minutes=min(2 ** (mail.attempts - 1), 360))
    if for_good or mail.attempts >= MAX_ATTEMPTS:
        mail.state = MailState.FAILED
