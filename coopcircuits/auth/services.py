"""Make accounts, prove addresses, sign in and out, choose passwords."""

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coopcircuits import clock, events
from coopcircuits.actor import GUEST, SYSTEM, Actor
from coopcircuits.auth import passwords, queries
from coopcircuits.auth.events import (
    ConfirmationAsked,
    EmailConfirmed,
    NamedAdministrator,
    PasswordChanged,
    PasswordResetAsked,
    SignedIn,
    SignedUp,
    SignedUpAgain,
)
from coopcircuits.auth.models import MailedToken, TokenPurpose, User, UserSession
from coopcircuits.errors import DomainError, InvalidInput, NotFound
from coopcircuits.i18n import N_
from coopcircuits.references import new_secret

SHORTEST_PASSWORD = 10
#: Subject of what was asked for an address without an account.
NOBODY = 0
#: "Last seen" is written at most this often.
SEEN_EVERY = timedelta(minutes=10)
_KEPT = timedelta(days=90)
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


class NotConfirmed(InvalidInput):
    """The password is right, but nobody has proven yet that the address is theirs."""

    code = "not-confirmed"
    message = N_("This address has not been confirmed yet: please follow the link in the mail that we have sent you.")


class LinkExpired(DomainError):
    """The link was used before, is too old, or was never sent."""

    code = "link-expired"
    status = 410
    message = N_("This link has been used or is too old. You can ask for a new one.")


class AddressTaken(InvalidInput):
    """Said only to those who may know who has an account: commands, loaders, the cooperative."""

    code = "address-taken"
    message = N_("This address already has an account: please log in, or ask for a new password.")

    def __init__(self) -> None:
        super().__init__(field="email")


def sign_up(session: Session, *, email: str, name: str, password: str, language: str, confirmed: bool = False) -> User:
    """Make an account; raises :class:`AddressTaken`. ``confirmed`` where the address needs no proof by mail."""
    check_password(password, email=email)
    hashed = passwords.hash_password(password)
    return open_account(session, email=email, name=name, password_hash=hashed, language=language, confirmed=confirmed)


def open_account(
    session: Session, *, email: str, name: str, password_hash: str, language: str, confirmed: bool = False
) -> User:
    """The same where the password is known by its hash only."""
    user = User(
        email=email.strip().lower(),
        name=name,
        password_hash=password_hash,
        language=language,
        confirmed_at=clock.now() if confirmed else None,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        raise AddressTaken from None
    events.record(session, SignedUp(user.id), actor=Actor("user", user.id))
    return user


def ask_sign_up(session: Session, *, email: str, name: str, password: str, language: str) -> None:
    """Make an account, or write to the owner of the one that exists; whoever asked learns neither."""
    try:
        sign_up(session, email=email, name=name, password=password, language=language)
    except AddressTaken:
        owner = queries.user_by_email(session, email)
        events.record(session, SignedUpAgain(owner.id if owner else NOBODY), actor=GUEST)


def create_administrator(
    session: Session, *, email: str, name: str, password: str | None, language: str, actor: Actor = SYSTEM
) -> User:
    """Make a member of the cooperative's team, their address taken as proven; or promote an account (password kept)."""
    user = queries.user_by_email(session, email)
    if user is None:
        if password is None:
            raise InvalidInput(N_("A new account needs a password."), field="password")
        user = sign_up(session, email=email, name=name, password=password, language=language, confirmed=True)
    user.is_cooperative = True
    user.confirmed_at = user.confirmed_at or clock.now()
    session.flush()
    events.record(session, NamedAdministrator(user.id), actor=actor)
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
    """A secret for a mailed link. Earlier ones go on working: people follow whichever mail they find first."""
    now, secret = clock.now(), new_secret()
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
    _note_proven(session, user)
    return user


def _note_proven(session: Session, user: User) -> None:
    if user.confirmed_at is None:
        user.confirmed_at = clock.now()
        events.record(session, EmailConfirmed(user.id), actor=Actor("user", user.id))


def recognise(session: Session, *, email: str, password: str) -> User:
    """Whose password this is; raises :class:`WrongCredentials` or :class:`NotConfirmed`.

    Reads only: comparing passwords is slow on purpose, and no lock may be held meanwhile.
    """
    user = queries.user_by_email(session, email)
    if not passwords.matches(user.password_hash if user else None, password) or user is None or user.disabled_at:
        raise WrongCredentials
    if user.confirmed_at is None:
        raise NotConfirmed
    return user


def log_in(session: Session, *, recognised: User, user_agent: str) -> tuple[UserSession, str]:
    """Open a session for somebody just recognised; refused if their password was changed in between."""
    user = session.get_one(User, recognised.id)
    if user.password_hash != recognised.password_hash or user.disabled_at:
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


def note_seen(session: Session, *, session_id: int) -> None:
    """Remember that a browser was used now, unless that is known already."""
    now = clock.now()
    session.execute(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.last_seen_at < now - SEEN_EVERY)
        .values(last_seen_at=now)
    )


def revoke_session(session: Session, *, user_id: int, session_id: int) -> None:
    """Sign one of a person's browsers out; somebody else's is not found."""
    row = session.scalar(select(UserSession).where(UserSession.id == session_id, UserSession.user_id == user_id))
    if row is None:
        raise NotFound
    row.revoked_at = row.revoked_at or clock.now()


def revoke_others(session: Session, *, user_id: int, keep: int | None) -> None:
    """Sign every browser of a person out, except one."""
    others = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    if keep is not None:
        others = others.where(UserSession.id != keep)
    session.execute(others.values(revoked_at=clock.now()))


def forget_old(session: Session) -> int:
    """Delete what nobody can use any more: browsers logged out or unused, and links, of three months ago."""
    long_ago = clock.now() - _KEPT
    unused = (UserSession.last_seen_at < long_ago) | (UserSession.revoked_at < long_ago)
    browsers = session.scalars(delete(UserSession).where(unused).returning(UserSession.id)).all()
    expired = MailedToken.expires_at < long_ago
    links = session.scalars(delete(MailedToken).where(expired).returning(MailedToken.id)).all()
    return len(browsers) + len(links)


def change_password(session: Session, *, user_id: int, old: str, new: str, keep_session: int) -> None:
    """Set a new password after checking the old one; other browsers are signed out."""
    user = session.get_one(User, user_id)
    if not passwords.matches(user.password_hash, old):
        raise InvalidInput(N_("This is not your present password."), field="old_password")
    _set_password(session, user=user, password=new, keep=keep_session)


def ask_reset(session: Session, *, email: str) -> None:
    """Ask for a link to set a new password. Answer and work are the same whether the account exists or not."""
    user = queries.user_by_email(session, email)
    known = user is not None and user.disabled_at is None
    events.record(session, PasswordResetAsked(user.id if user and known else NOBODY), actor=GUEST)


def ask_confirmation(session: Session, *, email: str) -> None:
    """Ask again for the link that proves an address. Answer and work are the same for any address."""
    user = queries.user_by_email(session, email)
    waits = user is not None and user.confirmed_at is None and user.disabled_at is None
    events.record(session, ConfirmationAsked(user.id if user and waits else NOBODY), actor=GUEST)


def reset_password(session: Session, *, secret: str, password: str) -> User:
    """Set a new password by a mailed link, which also proves the address."""
    user = use_token(session, secret=secret, purpose=TokenPurpose.RESET_PASSWORD)
    _set_password(session, user=user, password=password, keep=None)
    _note_proven(session, user)
    return user


def edit_profile(session: Session, *, user_id: int, name: str, language: str) -> User:
    """Change how a person is called and in which language we write to them."""
    user = session.get_one(User, user_id)
    user.name, user.language = name, language
    return user


def _set_password(session: Session, *, user: User, password: str, keep: int | None) -> None:
    check_password(password, email=user.email)
    user.password_hash = passwords.hash_password(password)
    revoke_others(session, user_id=user.id, keep=keep)
    links = update(MailedToken).where(
        MailedToken.user_id == user.id,
        MailedToken.purpose == TokenPurpose.RESET_PASSWORD,
        MailedToken.used_at.is_(None),
    )
    session.execute(links.values(used_at=clock.now()))
    events.record(session, PasswordChanged(user.id), actor=Actor("user", user.id))
