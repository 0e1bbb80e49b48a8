"""Give programs tokens, and take them back."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.api import queries
from coopcircuits.api.events import TokenCreated, TokenRevoked
from coopcircuits.api.models import ApiToken
from coopcircuits.auth.models import User
from coopcircuits.auth.queries import hash_token
from coopcircuits.errors import DomainError, NotFound
from coopcircuits.i18n import N_
from coopcircuits.references import new_secret

#: Tokens that work at the same time.
MOST_TOKENS = 20
#: "Last used" is written at most this often.
USED_EVERY = timedelta(minutes=10)
#: What every secret begins with, so that whoever finds one lying about knows what it is.
_PREFIX = "coop_"


class TooManyTokens(DomainError):
    """More keys than anybody keeps track of."""

    code = "too-many-tokens"
    message = N_("You have %(most)s tokens: please revoke one that you no longer need.")


def create_token(
    session: Session, *, user_id: int, name: str, scopes: Collection[str], days: int, actor: Actor
) -> tuple[ApiToken, str]:
    """A new token that works for ``days``, and its secret, which is kept nowhere; raises :class:`TooManyTokens`."""
    session.scalar(select(User.id).where(User.id == user_id).with_for_update())  # two requests at once count in turn
    if len(queries.live_tokens(session, user_id)) >= MOST_TOKENS:
        raise TooManyTokens(most=MOST_TOKENS)
    now, secret = clock.now(), _PREFIX + new_secret()
    token = ApiToken(
        user_id=user_id,
        name=name,
        hash=hash_token(secret),
        scopes=sorted(scopes),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    events.record(session, TokenCreated(token.id, user_id), actor=actor)
    return token, secret


def revoke_token(session: Session, *, user_id: int, token_id: int, actor: Actor) -> ApiToken:
    """Take a token back for good; somebody else's is not found. Doing it again changes nothing."""
    token = session.scalar(
        select(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == user_id).with_for_update()
    )
    if token is None:
        raise NotFound
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        events.record(session, TokenRevoked(token.id, user_id), actor=actor)
    return token


def note_used(session: Session, *, token_id: int) -> None:
    """Remember that a token was used now."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=clock.now()))
