"""Reading the outbox."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.errors import NotFound
from coopcircuits.mail.models import Mail, MailState


def due(session: Session, *, most: int = 50) -> Sequence[Mail]:
    """Mails to send now, oldest first."""
    return session.scalars(
        select(Mail)
        .where(Mail.state == MailState.WAITING, Mail.next_attempt_at <= clock.now())
        .order_by(Mail.next_attempt_at, Mail.id)
        .limit(most)
    ).all()


def newest(session: Session, *, recipient: str = "", most: int = 50, before: int | None = None) -> Sequence[Mail]:
    """The last mails written, newest first."""
    wanted = select(Mail).order_by(Mail.id.desc()).limit(most)
    if recipient:
        wanted = wanted.where(Mail.recipient == recipient.strip().lower())
    if before is not None:
        wanted = wanted.where(Mail.id < before)
    return session.scalars(wanted).all()


def one(session: Session, mail_id: int) -> Mail:
    found = session.get(Mail, mail_id)
    if found is None:
        raise NotFound
    return found


def recipients(session: Session, *, most: int = 200) -> Sequence[str]:
    """Who was written to, in alphabetical order."""
    return session.scalars(select(Mail.recipient).distinct().order_by(Mail.recipient).limit(most)).all()


def not_sent(session: Session, *, most: int = 100) -> Sequence[Mail]:
    """Mails given up, and those refused at least once that are tried again; the latest first."""
    return session.scalars(
        select(Mail)
        .where(
            or_(Mail.state == MailState.FAILED, (Mail.state == MailState.WAITING) & Mail.last_error.is_not(None)),
        )
        .order_by(Mail.state, Mail.id.desc())
        .limit(most)
    ).all()


def count_waiting(session: Session) -> int:
    return session.scalar(select(func.count(Mail.id)).where(Mail.state == MailState.WAITING)) or 0
