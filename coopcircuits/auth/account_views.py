"""A person's own page: name, language, password, signed-in browsers."""

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from coopcircuits import i18n, language, templating
from coopcircuits.auth import devices, queries, services
from coopcircuits.auth.forms import ChangePasswordForm, ProfileForm
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _


def account() -> ResponseReturnValue:
    return _page(_profile_form(), ChangePasswordForm())


def _profile_form() -> ProfileForm:
    return ProfileForm(data={"name": current_user.name, "language": current_user.language})


def _page(profile: ProfileForm, password: ChangePasswordForm) -> ResponseReturnValue:
    browsers = [
        {"id": row.id, "device": devices.in_words(row.user_agent), "seen": row.last_seen_at, "since": row.created_at}
        for row in queries.live_sessions(read_session(), current_user.user_id)
    ]
    page = render_template(
        "coopcircuits/auth/account.html",
        profile=profile,
        password=password,
        browsers=browsers,
        sections=templating.sections("account"),
    )
    return page, 422 if profile.errors or password.errors else 200


def save_account() -> ResponseReturnValue:
    form = ProfileForm.posted()
    if not form.accepted:
        return _page(form, ChangePasswordForm())
    with transaction() as db:
        services.edit_profile(db, user_id=current_user.user_id, name=form.name.data, language=form.language.data)
    i18n.use_language(form.language.data)
    flash(_("Your account is up to date."), "success")
    response = make_response(redirect(url_for("auth.account")))
    language.remember(response, form.language.data)
    return response


def change_password() -> ResponseReturnValue:
    form = ChangePasswordForm.posted()
    if form.accepted:
        try:
            with transaction() as db:
                services.change_password(
                    db,
                    user_id=current_user.user_id,
                    old=form.old_password.data,
                    new=form.password.data,
                    keep_session=current_user.session_id,
                )
            flash(_("Your new password is set. Your other browsers are logged out."), "success")
            return redirect(url_for("auth.account"))
        except DomainError as error:
            form.refuse(error)
    return _page(_profile_form(), form)


def end_session(session_id: int) -> ResponseReturnValue:
    with transaction() as db:
        services.revoke_session(db, user_id=current_user.user_id, session_id=session_id)
    flash(_("This browser is logged out."), "success")
    return redirect(url_for("auth.account"))


def end_other_sessions() -> ResponseReturnValue:
    with transaction() as db:
        services.revoke_others(db, user_id=current_user.user_id, keep=current_user.session_id)
    flash(_("Your other browsers are logged out."), "success")
    return redirect(url_for("auth.account"))
