"""What follows from what happens to accounts: mails. Nobody can make us send one address many of them."""

from sqlalchemy.orm import Session

from coopcircuits import emails
from coopcircuits.auth import queries, services
from coopcircuits.auth.events import ConfirmationAsked, PasswordChanged, PasswordResetAsked, SignedUp, SignedUpAgain
from coopcircuits.auth.models import TokenPurpose, User
from coopcircuits.events import Event, subscriber


@subscriber(SignedUp, ConfirmationAsked)
def mail_confirmation(session: Session, event: Event) -> None:
    user = session.get(User, event.subject_id)
    if user is None or user.confirmed_at or not queries.may_mail_token(session, user.id, TokenPurpose.CONFIRM_EMAIL):
        return
    secret = services.mail_token(session, user_id=user.id, purpose=TokenPurpose.CONFIRM_EMAIL)
    emails.confirmation(session, user=user, secret=secret, event_id=event.id)


@subscriber(PasswordResetAsked)
def mail_password_reset(session: Session, event: Event) -> None:
    user = session.get(User, event.subject_id)
    if user is None or not queries.may_mail_token(session, user.id, TokenPurpose.RESET_PASSWORD):
        return
    secret = services.mail_token(session, user_id=user.id, purpose=TokenPurpose.RESET_PASSWORD)
    emails.password_reset(session, user=user, secret=secret, event_id=event.id)


@subscriber(SignedUpAgain)
def mail_already_signed_up(session: Session, event: Event) -> None:
    user = session.get(User, event.subject_id)
    if user is not None:
        emails.already_signed_up(session, user=user, day=event.at.date())


@subscriber(PasswordChanged)
def mail_password_changed(session: Session, event: Event) -> None:
    user = session.get_one(User, event.subject_id)
    emails.password_changed(session, user=user, event_id=event.id)
