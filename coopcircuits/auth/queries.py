"""Reading accounts and sessions."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from coopcircuits.auth.models import User, UserSession


def hash_token(token: str) -> str:
    """What is stored of a secret that only its holder knows."""
    return hashlib.sha256(token.encode()).hexdigest()


def live_session(session: Session, token: str) -> UserSession | None:
    """The session behind a cookie's token with its user, unless revoked or disabled."""
    return session.scalar(
        select(UserSession)
        .join(UserSession.user)
        .where(
            UserSession.token_hash == hash_token(token),
            UserSession.revoked_at.is_(None),
            User.disabled_at.is_(None),
        )
        .options(joinedload(UserSession.user))
    )


def user_by_email(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(User.email == email.strip().lower()))
