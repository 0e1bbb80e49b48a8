"""Addresses of the ground floor."""

from coopcircuits import views
from coopcircuits.access import COOPERATIVE, DEMONSTRATION, PUBLIC, SIGNED_IN
from coopcircuits.api import openapi
from coopcircuits.api import views as api
from coopcircuits.auth import account_views as account
from coopcircuits.auth import views as auth
from coopcircuits.cooperative import views as cooperative
from coopcircuits.mail import views as mail
from coopcircuits.routing import rule
from coopcircuits.setup import views as setup
from coopcircuits.work import views as work

_POST = ("POST",)
_BOTH = ("GET", "POST")

RULES = [
    rule("/", views.home, access=PUBLIC),
    rule("/design", views.design, access=PUBLIC),
    rule("/language/<code>", views.switch_language, access=PUBLIC),
    rule("/healthz", views.healthz, access=PUBLIC),
    rule("/readyz", views.readyz, access=PUBLIC),
    rule("/setup", setup.show, access=PUBLIC),
    rule("/setup", setup.save, access=PUBLIC, methods=_POST, limit="10 per minute"),
    # the demonstration
    rule("/demo/accounts", views.demo_accounts, access=DEMONSTRATION),
    rule("/demo/mails", mail.letter_box, access=DEMONSTRATION),
    rule("/demo/mails/<int:mail_id>", mail.letter, access=DEMONSTRATION),
    rule("/demo/mails/<int:mail_id>/body", mail.letter_body, access=DEMONSTRATION),
    rule("/demo/mails/<int:mail_id>/files/<int:place>", mail.letter_attachment, access=DEMONSTRATION),
    # the cooperative as a legal person
    rule("/cooperative/identity", cooperative.identity, access=COOPERATIVE, methods=_BOTH),
    rule("/cooperative/mentions", cooperative.mentions, access=COOPERATIVE, methods=_BOTH),
    # behind the scenes
    rule("/cooperative/work", work.show, access=COOPERATIVE),
    rule("/cooperative/work/retry", work.retry_failed, access=COOPERATIVE, methods=_POST),
    rule("/cooperative/work/<int:delivery_id>/retry", work.retry_delivery, access=COOPERATIVE, methods=_POST),
    rule("/cooperative/work/mails/<int:mail_id>/retry", work.retry_mail, access=COOPERATIVE, methods=_POST),
    # accounts
    rule("/log-in", auth.log_in, access=PUBLIC, methods=_BOTH, limit="60 per minute"),
    rule("/log-out", auth.log_out, access=PUBLIC, methods=_POST),
    rule("/sign-up", auth.sign_up, access=PUBLIC, methods=_BOTH, limit="20 per minute"),
    rule("/confirm", auth.confirmation_sent, access=PUBLIC),
    rule("/confirm", auth.send_confirmation, access=PUBLIC, methods=_POST, limit="5 per minute"),
    rule("/confirm/<secret>", auth.confirmation, access=PUBLIC),
    rule("/confirm/<secret>", auth.confirm, access=PUBLIC, methods=_POST, limit="10 per minute"),
    rule("/password/forgot", auth.forgotten_password, access=PUBLIC, methods=_BOTH, limit="5 per minute"),
    rule("/password/sent", auth.reset_sent, access=PUBLIC),
    rule("/password/new/<secret>", auth.new_password, access=PUBLIC, methods=_BOTH, limit="10 per minute"),
    rule("/account", account.account, access=SIGNED_IN),
    rule("/account", account.save_account, access=SIGNED_IN, methods=_POST),
    rule("/account/password", account.change_password, access=SIGNED_IN, methods=_POST, limit="10 per minute"),
    rule("/account/browsers/<int:session_id>/end", account.end_session, access=SIGNED_IN, methods=_POST),
    rule("/account/browsers/end-others", account.end_other_sessions, access=SIGNED_IN, methods=_POST),
    # programs
    rule("/api/v1/openapi.json", openapi.describe, access=PUBLIC),
    rule("/account/tokens", api.tokens, access=SIGNED_IN),
    rule("/account/tokens", api.create, access=SIGNED_IN, methods=_POST, limit="20 per hour"),
    rule("/account/tokens/<int:token_id>/revoke", api.revoke, access=SIGNED_IN, methods=_POST),
]
