"""A person's page of tokens."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from coopcircuits.api import queries, services
from coopcircuits.api.forms import TokenForm
from coopcircuits.api.scopes import Scope, scopes_for
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _


def tokens() -> ResponseReturnValue:
    return _page(_form())


def create() -> ResponseReturnValue:
    """Make a token. The answer is the page itself: no other could show the secret, which is kept nowhere."""
    form, user_id = _form(), int(current_user.user_id)
    if form.accepted:
        try:
            with transaction() as db:
                _token, secret = services.create_token(
                    db,
                    user_id=user_id,
                    name=form.name.data,
                    scopes=form.scopes.data,
                    days=form.days.data,
                    actor=current_actor(),
                )
            return _page(TokenForm(offered=_offered()), secret)
        except DomainError as error:
            form.refuse(error)
    return _page(form)


def revoke(token_id: int) -> ResponseReturnValue:
    with transaction() as db:
        services.revoke_token(db, user_id=current_user.user_id, token_id=token_id, actor=current_actor())
    flash(_("This token works no more."), "success")
    return redirect(url_for("api.tokens"))


def _offered() -> list[Scope]:
    return scopes_for(is_cooperative=current_user.is_cooperative)


def _form() -> Any:
    return TokenForm.posted(offered=_offered())


def _page(form: TokenForm, secret: str = "") -> ResponseReturnValue:
    page = render_template(
        "coopcircuits/api/tokens.html",
        form=form,
        secret=secret,
        tokens=queries.live_tokens(read_session(), current_user.user_id),
        words={scope.name: scope.words for scope in _offered()},
    )
    return page, 422 if form.errors else 200
