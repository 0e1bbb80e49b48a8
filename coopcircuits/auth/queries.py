"""Reading accounts and sessions."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from coopcircuits import clock
from coopcircuits.auth.models import MailedToken, TokenPurpose, User, UserSession

#: A browser unused for longer has to sign in again.
SESSION_LIFETIME = timedelta(days=60)
MOST_LINKS_AN_HOUR = 4


def hash_token(token: str) -> str:
    """What is stored of a secret that only its holder knows."""
    return hashlib.sha256(token.encode()).hexdigest()


def _is_live() -> ColumnElement[bool]:
    return UserSession.revoked_at.is_(None) & (UserSession.last_seen_at > clock.now() - SESSION_LIFETIME)


def live_session(session: Session, token: str) -> UserSession | None:
    """The session behind a cookie's token with its user, unless revoked, forgotten or disabled."""
    return session.scalar(
        select(UserSession)
        .join(UserSession.user)
        .where(UserSession.token_hash == hash_token(token), _is_live(), User.disabled_at.is_(None))
        .options(joinedload(UserSession.user))
    )


def live_sessions(session: Session, user_id: int) -> Sequence[UserSession]:
    """A person's signed-in browsers, last used first."""
    return session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, _is_live())
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    ).all()


def user_by_email(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(User.email == email.strip().lower()))


def cooperative_people(session: Session) -> Sequence[User]:
    """Those who work for the cooperative, first come first."""
    return session.scalars(
        select(User).where(User.is_cooperative.is_(True), User.disabled_at.is_(None)).order_by(User.id)
    ).all()


def token_is_live(session: Session, *, secret: str, purpose: TokenPurpose) -> bool:
    """Whether a mailed link would still work, without using it up."""
    found = session.scalar(
        select(MailedToken.id).where(
            MailedToken.token_hash == hash_token(secret),
            MailedToken.purpose == purpose,
            MailedToken.used_at.is_(None),
            MailedToken.expires_at > clock.now(),
        )
    )
    return found is not None


def may_mail_token(session: Session, user_id: int, purpose: TokenPurpose) -> bool:
    """Whether one more link may be mailed: anybody may type anybody's address, so only a few an hour are."""
    lately = select(func.count(MailedToken.id)).where(
        MailedToken.user_id == user_id,
        MailedToken.purpose == purpose,
        MailedToken.created_at > clock.now() - timedelta(hours=1),
    )
    return (session.scalar(lately) or 0) < MOST_LINKS_AN_HOUR
