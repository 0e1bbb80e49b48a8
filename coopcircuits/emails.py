"""Mails about accounts."""

from datetime import date

from sqlalchemy.orm import Session

from coopcircuits.auth.models import User
from coopcircuits.i18n import N_
from coopcircuits.links import link_to
from coopcircuits.mail import services as mail


def confirmation(session: Session, *, user: User, secret: str, event_id: int) -> None:
    mail.queue(
        session,
        key=f"confirm-email:{event_id}",
        to=user.email,
        language=user.language,
        template="coopcircuits/mail/confirmation",
        subject=N_("Confirm your address"),
        name=user.name,
        link=link_to("auth.confirmation", secret=secret),
    )


def already_signed_up(session: Session, *, user: User, day: date) -> None:
    """At most once a day: anybody may type anybody's address."""
    mail.queue(
        session,
        key=f"signed-up-again:{user.id}:{day}",
        to=user.email,
        language=user.language,
        template="coopcircuits/mail/already_signed_up",
        subject=N_("You already have an account"),
        name=user.name,
        link=link_to("auth.log_in"),
        reset_link=link_to("auth.forgotten_password"),
    )


def password_reset(session: Session, *, user: User, secret: str, event_id: int) -> None:
    mail.queue(
        session,
        key=f"password-reset:{event_id}",
        to=user.email,
        language=user.language,
        template="coopcircuits/mail/password_reset",
        subject=N_("Choose a new password"),
        name=user.name,
        link=link_to("auth.new_password", secret=secret),
    )


def password_changed(session: Session, *, user: User, event_id: int) -> None:
    mail.queue(
        session,
        key=f"password-changed:{event_id}",
        to=user.email,
        language=user.language,
        template="coopcircuits/mail/password_changed",
        subject=N_("Your password has been changed"),
        name=user.name,
        reset_link=link_to("auth.forgotten_password"),
    )
