"""Pages on which a shop says how it may be paid."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from coopcircuits.auth.login import current_actor
from coopcircuits.doors import database, read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _
from coopcircuits.links import link_to
from shops.enterprise.models import Enterprise
from shops.payment_method import card_account, queries, services
from shops.payment_method.forms import PaymentForm
from shops.payment_method.models import PaymentKind
from shops.payment_method.provider import gateway, has_provider
from shops.permissions import current_enterprise


def index(shop: str) -> ResponseReturnValue:
    methods = queries.methods_of(read_session(), current_enterprise().id)
    values: dict[str, object] = {PaymentForm.field_of(method.kind): method.disabled_at is None for method in methods}
    values |= {f"{PaymentForm.field_of(method.kind)}_words": method.instructions for method in methods}
    return _page(PaymentForm(data=values))


def save(shop: str) -> ResponseReturnValue:
    form = PaymentForm.posted()
    if not form.accepted:
        return _page(form)
    enterprise = current_enterprise()
    with transaction() as session:
        for kind in PaymentKind:
            if form[PaymentForm.field_of(kind)].data:
                services.accept(
                    session,
                    actor=current_actor(),
                    enterprise_id=enterprise.id,
                    kind=kind,
                    instructions=form.words(kind),
                )
            else:
                services.refuse(session, actor=current_actor(), enterprise_id=enterprise.id, kind=kind)
    flash(_("The ways to pay are saved."), "success")
    return redirect(url_for("payment_method.index", shop=shop))


def _page(form: PaymentForm) -> ResponseReturnValue:
    page = render_template("shops/payment_method/index.html", form=form, has_provider=has_provider())
    return page, 422 if form.errors else 200


def connect(shop: str) -> ResponseReturnValue:
    """Lead to the provider's pages, where the shop opens or completes its own account."""
    enterprise = current_enterprise()
    back = link_to("payment_method.connected", shop=shop)
    try:
        page = card_account.onboarding_page(
            database(), gateway(), enterprise_id=enterprise.id, back_url=back, actor=current_actor()
        )
    except DomainError as error:
        flash(str(error), "warning")
        return redirect(url_for("payment_method.index", shop=shop))
    return redirect(page)


def connected(shop: str) -> ResponseReturnValue:
    """Back from the provider, which leads here by a link: ask it how the account stands, as often as one likes."""
    enterprise = current_enterprise()
    try:
        ready = card_account.look_again(database(), gateway(), enterprise_id=enterprise.id, actor=current_actor())
        if ready and not _ever_decided(enterprise):
            _accept_cards(enterprise)
    except DomainError as error:
        flash(str(error), "warning")
        return redirect(url_for("payment_method.index", shop=shop))
    if ready:
        flash(_("Your account takes cards."), "success")
    else:
        flash(_("The payment service still needs something from you, or is checking it. Come back to it here."), "info")
    return redirect(url_for("payment_method.index", shop=shop))


def _ever_decided(enterprise: Enterprise) -> bool:
    methods = queries.methods_of(read_session(), enterprise.id)
    return any(method.kind is PaymentKind.CARD for method in methods)


def _accept_cards(enterprise: Enterprise) -> None:
    """Who goes through all this wants to take cards."""
    with transaction() as session:
        services.accept(
            session, actor=current_actor(), enterprise_id=enterprise.id, kind=PaymentKind.CARD, instructions=""
        )
