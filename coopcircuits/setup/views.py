"""The first page: who runs this instance, and who looks after it."""

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from coopcircuits import i18n
from coopcircuits.auth import login
from coopcircuits.auth import services as accounts
from coopcircuits.cooperative import queries
from coopcircuits.cooperative import services as cooperative
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _
from coopcircuits.setup.forms import SetupForm


def show() -> ResponseReturnValue:
    _refuse_once_set_up()
    return _page(SetupForm(data={"country": "FR"}))


def _page(form: SetupForm) -> ResponseReturnValue:
    return render_template("coopcircuits/setup/setup.html", form=form), 422 if form.errors else 200


def _refuse_once_set_up() -> None:
    if queries.cooperative(read_session()) is not None:
        abort(404)


def save() -> ResponseReturnValue:
    _refuse_once_set_up()
    form = SetupForm.posted()
    if not form.accepted:
        return _page(form)
    try:
        with transaction() as db:
            cooperative.set_up(
                db,
                name=form.name.data,
                country=form.country.data,
                currency=form.currency.data,
                zone=form.zone.data,
                email=form.email.data,
            )
            user = accounts.create_administrator(
                db,
                email=form.email.data,
                name=form.administrator.data,
                password=form.password.data,
                language=i18n.language(),
            )
            row, token = accounts.open_session(db, user=user, user_agent=request.user_agent.string)
    except DomainError as error:
        form.refuse(error)
        return _page(form)
    login.sign_in(row, token)
    flash(_("%(name)s is open. The first shops can sign up.", name=form.name.data), "success")
    return redirect("/")
