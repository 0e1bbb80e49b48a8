"""Log in and out, sign up, prove an address, choose a new password."""

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from coopcircuits import i18n, language, visitor
from coopcircuits.auth import hooks, login, queries, services, throttle
from coopcircuits.auth.forms import AddressForm, LogInForm, NewPasswordForm, SignUpForm
from coopcircuits.auth.models import TokenPurpose
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, TooManyRequests
from coopcircuits.i18n import _

#: Where the address last typed in this browser is kept, to fill it in on the next page.
_TYPED = "typed_address"


def log_in() -> ResponseReturnValue:
    wanted = request.values.get("next", "")
    target = language.back_to(wanted)
    if current_user.is_authenticated:
        return redirect(target) if wanted else render_template("coopcircuits/auth/already_in.html")
    form = LogInForm.posted(data={"email": session.get(_TYPED, ""), "next": target})
    status = 200
    if request.method == "POST":
        status = 422
        if form.accepted:
            try:
                _open_session(form.email.data, form.password.data)
                return redirect(target)
            except services.NotConfirmed:
                return _send_confirmation(
                    form.email.data, _("Your address is not confirmed yet. We have sent you the link again.")
                )
            except TooManyRequests:
                raise
            except DomainError as error:
                form.refuse(error)
    return render_template("coopcircuits/auth/log_in.html", form=form), status


def _open_session(email: str, password: str) -> None:
    throttle.check(email)
    try:
        user = services.recognise(read_session(), email=email, password=password)
    except services.WrongCredentials:
        throttle.count_wrong(email)
        raise
    with transaction() as db:
        row, token = services.log_in(db, recognised=user, user_agent=request.user_agent.string)
        hooks.run(db, visitor=visitor.visitor_id(), user_id=user.id)
    login.sign_in(row, token)


def log_out() -> ResponseReturnValue:
    if current_user.is_authenticated:
        with transaction() as db:
            services.revoke_session(db, user_id=current_user.user_id, session_id=current_user.session_id)
        login.sign_out()
        flash(_("You are logged out."), "success")
    return redirect("/")


def sign_up() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect("/")
    form = SignUpForm.posted()
    if form.accepted:
        try:
            with transaction() as db:
                services.ask_sign_up(
                    db,
                    email=form.email.data,
                    name=form.name.data,
                    password=form.password.data,
                    language=i18n.language(),
                )
            session[_TYPED] = form.email.data
            return redirect(url_for("auth.confirmation_sent"))
        except DomainError as error:
            form.refuse(error)
    return render_template("coopcircuits/auth/sign_up.html", form=form), 422 if form.errors else 200


def confirmation_sent() -> ResponseReturnValue:
    """ "We have written to you", with the offer to write again."""
    address = session.get(_TYPED, "")
    return render_template(
        "coopcircuits/auth/confirmation_sent.html", address=address, form=AddressForm(data={"email": address})
    )


def send_confirmation() -> ResponseReturnValue:
    form = AddressForm.posted()
    if not form.accepted:
        return render_template("coopcircuits/auth/confirmation_sent.html", address="", form=form), 422
    return _send_confirmation(form.email.data, _("If this address waits to be confirmed, a new link is on its way."))


def _send_confirmation(email: str, message: str) -> ResponseReturnValue:
    with transaction() as db:
        services.ask_confirmation(db, email=email)
    session[_TYPED] = email
    flash(message, "info")
    return redirect(url_for("auth.confirmation_sent"))


def confirmation(secret: str) -> ResponseReturnValue:
    """One button: mail programs that open every link to look for viruses must not use it up."""
    live = queries.token_is_live(read_session(), secret=secret, purpose=TokenPurpose.CONFIRM_EMAIL)
    page = "confirm.html" if live else "confirmation_expired.html"
    return render_template(f"coopcircuits/auth/{page}", form=AddressForm()), 200 if live else 410


def confirm(secret: str) -> ResponseReturnValue:
    try:
        with transaction() as db:
            user = services.confirm_email(db, secret=secret)
    except services.LinkExpired:
        return confirmation(secret)
    session[_TYPED] = user.email
    flash(_("Thank you, your address is confirmed. You can log in now."), "success")
    return redirect(url_for("auth.log_in"))


def forgotten_password() -> ResponseReturnValue:
    form = AddressForm.posted(data={"email": session.get(_TYPED, "")})
    if form.accepted:
        with transaction() as db:
            services.ask_reset(db, email=form.email.data)
        session[_TYPED] = form.email.data
        return redirect(url_for("auth.reset_sent"))
    return render_template("coopcircuits/auth/forgotten_password.html", form=form), 422 if form.errors else 200


def reset_sent() -> ResponseReturnValue:
    return render_template("coopcircuits/auth/reset_sent.html", address=session.get(_TYPED, ""))


def new_password(secret: str) -> ResponseReturnValue:
    form = NewPasswordForm.posted()
    if not queries.token_is_live(read_session(), secret=secret, purpose=TokenPurpose.RESET_PASSWORD):
        return render_template("coopcircuits/auth/reset_expired.html"), 410
    if form.accepted:
        try:
            with transaction() as db:
                user = services.reset_password(db, secret=secret, password=form.password.data)
            login.sign_out()
            session[_TYPED] = user.email
            flash(_("Your new password is set, and every browser is logged out. Please log in with it."), "success")
            return redirect(url_for("auth.log_in"))
        except DomainError as error:
            form.refuse(error)
    return render_template("coopcircuits/auth/new_password.html", form=form), 422 if form.errors else 200
