"""Reading tokens."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from coopcircuits import clock
from coopcircuits.api.models import ApiToken
from coopcircuits.auth.models import User
from coopcircuits.auth.queries import hash_token


def _is_live() -> ColumnElement[bool]:
    return ApiToken.revoked_at.is_(None) & (ApiToken.expires_at > clock.now())


def live_token(session: Session, secret: str) -> ApiToken | None:
    """The token behind a secret with its owner, unless revoked, expired or its owner's account disabled."""
    return session.scalar(
        select(ApiToken)
        .join(ApiToken.user)
        .where(ApiToken.hash == hash_token(secret), _is_live(), User.disabled_at.is_(None))
        .options(joinedload(ApiToken.user))
    )


def live_tokens(session: Session, user_id: int) -> Sequence[ApiToken]:
    """A person's tokens that work, the latest first."""
    return session.scalars(
        select(ApiToken).where(ApiToken.user_id == user_id, _is_live()).order_by(ApiToken.id.desc())
    ).all()
