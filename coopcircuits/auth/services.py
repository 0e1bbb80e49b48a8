"""Make accounts, confirm addresses, sign in and out."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coopcircuits import clock, events
from coopcircuits.actor import SYSTEM, Actor
from coopcircuits.auth import passwords, queries
from coopcircuits.auth.events import EmailConfirmed, PasswordChanged, PasswordResetAsked, SignedIn, SignedUp
from coopcircuits.auth.models import MailedToken, TokenPurpose, User, UserSession
from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.i18n import N_
from coopcircuits.references import new_secret

SHORTEST_PASSWORD = 10
#: How long a mailed link works.
_LIFETIME = {
    TokenPurpose.CONFIRM_EMAIL: timedelta(days=7),
    TokenPurpose.RESET_PASSWORD: timedelta(minutes=45),
    TokenPurpose.INVITATION: timedelta(days=14),
}
_TOO_COMMON = {"motdepasse", "password", "azertyuiop", "qwertyuiop", "1234567890", "coopcircuits"}


class WrongCredentials(InvalidInput):
    """Unknown address or wrong password: which of the two is not said."""

    code = "wrong-credentials"
    message = N_("This address and password do not go together. Please check both, or ask for a new password.")


class LinkExpired(DomainError):
    """The link was used before, is too old, or was never sent."""

    code = "link-expired"
    status = 410
    message = N_("This link has been used or is too old. You can ask for a new one.")


def sign_up(session: Session, *, email: str, name: str, password: str, language: str) -> User:
    """Make an account; raises :class:`InvalidInput` when the address has one."""
    check_password(password, email=email)
    user = User(
        email=email.strip().lower(),
        name=name,
        password_hash=passwords.hash_password(password),
        language=language,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        raise InvalidInput(
            N_("This address already has an account: please log in, or ask for a new password."), field="email"
        ) from None
    events.record(session, SignedUp(user.id), actor=Actor("user", user.id))
    return user


def create_administrator(session: Session, *, email: str, name: str, password: str, language: str) -> User:
    """Make, or promote, a member of the cooperative's team with a confirmed address."""
    user = queries.user_by_email(session, email)
    if user is None:
        user = sign_up(session, email=email, name=name, password=password, language=language)
    user.is_cooperative = True
    user.confirmed_at = user.confirmed_at or clock.now()
    return user


def check_password(password: str, *, email: str) -> None:
    """Refuse passwords that are short, among the most common, or the address itself."""
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput(
            N_("Please use at least %(least)s characters; a short sentence is easiest to remember."),
            field="password",
            least=SHORTEST_PASSWORD,
        )
    bare = password.lower().strip("0123456789!?. ")
    if bare in _TOO_COMMON or password.lower() in (email.lower(), *_TOO_COMMON) or len(set(password)) < 4:
        raise InvalidInput(N_("This password is too easy to guess. Please choose another one."), field="password")


def mail_token(session: Session, *, user_id: int, purpose: TokenPurpose) -> str:
    """A secret for a mailed link; earlier ones for the same purpose stop working."""
    now = clock.now()
    session.execute(
        update(MailedToken)
        .where(MailedToken.user_id == user_id, MailedToken.purpose == purpose, MailedToken.used_at.is_(None))
        .values(used_at=now)
    )
    secret = new_secret()
    session.add(
        MailedToken(
            user_id=user_id,
            purpose=purpose,
            token_hash=queries.hash_token(secret),
            created_at=now,
            expires_at=now + _LIFETIME[purpose],
        )
    )
    return secret


def use_token(session: Session, *, secret: str, purpose: TokenPurpose) -> User:
    """Use a mailed link up, once and in time; raises :class:`LinkExpired`."""
    now = clock.now()
    used = session.execute(
        update(MailedToken)
        .where(
            MailedToken.token_hash == queries.hash_token(secret),
            MailedToken.purpose == purpose,
            MailedToken.used_at.is_(None),
            MailedToken.expires_at > now,
        )
        .values(used_at=now)
        .returning(MailedToken.user_id)
    ).scalar()
    if used is None:
        raise LinkExpired
    return session.get_one(User, used)


def confirm_email(session: Session, *, secret: str) -> User:
    """The person proved that the address is theirs."""
    user = use_token(session, secret=secret, purpose=TokenPurpose.CONFIRM_EMAIL)
    if user.confirmed_at is None:
        user.confirmed_at = clock.now()
        session.flush()
        events.record(session, EmailConfirmed(user.id), actor=Actor("user", user.id))
    return user


def log_in(session: Session, *, email: str, password: str, user_agent: str) -> tuple[UserSession, str]:
    """Open a session; returns its row and the secret for the cookie. Raises :class:`WrongCredentials`."""
    user = queries.user_by_email(session, email)
    if not passwords.matches(user.password_hash if user else None, password) or user is None or user.disabled_at:
        raise WrongCredentials
    return open_session(session, user=user, user_agent=user_agent)


def open_session(session: Session, *, user: User, user_agent: str) -> tuple[UserSession, str]:
    """Sign a browser in; returns the row and the secret that only the cookie will know."""
    now, token = clock.now(), new_secret()
    row = UserSession(
        user=user,
        user_id=user.id,
        token_hash=queries.hash_token(token),
        user_agent=user_agent[:200],
        created_at=now,
        last_seen_at=now,
    )
    session.add(row)
    session.flush()
    events.record(session, SignedIn(user.id), actor=Actor("user", user.id))
    return row, token


def revoke_session(session: Session, *, user_id: int, session_id: int) -> None:
    """Sign one of a person's browsers out."""
    session.execute(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def revoke_others(session: Session, *, user_id: int, keep: int | None) -> None:
    """Sign every browser of a person out, except one."""
    others = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    if keep is not None:
        others = others.where(UserSession.id != keep)
    session.execute(others.values(revoked_at=clock.now()))


def change_password(session: Session, *, user_id: int, old: str, new: str, keep_session: int) -> None:
    """Set a new password after checking the old one; other browsers are signed out."""
    user = session.get_one(User, user_id)
    if not passwords.matches(user.password_hash, old):
        raise InvalidInput(N_("This is not your present password."), field="old_password")
    _set_password(session, user=user, password=new, keep=keep_session)


def ask_reset(session: Session, *, email: str) -> None:
    """Ask for a link to set a new password. The answer is the same whether the account exists or not."""
    user = queries.user_by_email(session, email)
    if user is not None and user.disabled_at is None:
        events.record(session, PasswordResetAsked(user.id), actor=SYSTEM)


def reset_password(session: Session, *, secret: str, password: str) -> User:
    """Set a new password by a mailed link, which also proves the address."""
    user = use_token(session, secret=secret, purpose=TokenPurpose.RESET_PASSWORD)
    _set_password(session, user=user, password=password, keep=None)
    user.confirmed_at = user.confirmed_at or clock.now()
    return user


def _set_password(session: Session, *, user: User, password: str, keep: int | None) -> None:
    check_password(password, email=user.email)
    user.password_hash = passwords.hash_password(password)
    revoke_others(session, user_id=user.id, keep=keep)
    events.record(session, PasswordChanged(user.id), actor=Actor("user", user.id))


def token_is_live(session: Session, *, secret: str, purpose: TokenPurpose) -> bool:
    """Whether a mailed link would still work, without using it up."""
    found = session.scalar(
        select(MailedToken.id).where(
            MailedToken.token_hash == queries.hash_token(secret),
            MailedToken.purpose == purpose,
            MailedToken.used_at.is_(None),
            MailedToken.expires_at > clock.now(),
        )
    )
    return found is not None
