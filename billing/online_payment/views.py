"""The shop's way out to the payment page and back; money that nobody can place."""

from contextlib import suppress

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from billing.collection import queries as collection
from billing.online_payment import provider, queries, services
from billing.online_payment.models import OnlinePaymentState
from coopcircuits.auth.login import current_actor
from coopcircuits.auth.models import User
from coopcircuits.doors import database, read_session, settings, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _
from coopcircuits.payments.errors import ProviderError
from coopcircuits.payments.till import LEAST_MINOR, Till
from shops.payment_method.provider import gateway, has_provider
from shops.permissions import Permission, current_enterprise, may


def pay(shop: str, number: str) -> ResponseReturnValue:
    """To the provider's page, opened now if it is not yet; the same one however often this is pressed."""
    session, enterprise = read_session(), current_enterprise()
    invoice = collection.invoice_by_number(session, number, enterprise_id=enterprise.id)
    here = url_for("invoice.show_own", shop=shop, number=number)
    try:
        url = provider.open_page(
            database(),
            Till(gateway()),
            invoice_id=invoice.id,
            enterprise_id=enterprise.id,
            person=session.get_one(User, current_user.user_id),
            actor=current_actor(),
            back=f"{settings().base_url}{here}",
        )
        return redirect(url, 303)
    except DomainError as error:
        flash(str(error), "warning")
        return redirect(here, 303)


def paid(shop: str, number: str) -> ResponseReturnValue:
    """Back from the provider's page. It may have told us already, or not yet: we ask it ourselves."""
    invoice = collection.invoice_by_number(read_session(), number, enterprise_id=current_enterprise().id)
    known = queries.last_of(read_session(), invoice_id=invoice.id)
    if known is not None:
        with suppress(ProviderError):  # the reconciliation asks again within minutes; the page says what is known
            provider.look_again(database(), Till(gateway()), payment_id=known.id)
        with database().reading() as session:
            state = queries.payment(session, known.id).state
        if state is OnlinePaymentState.PAID:
            flash(_("Thank you, your payment has arrived."), "success")
        elif state is OnlinePaymentState.PROCESSING:
            flash(_("Thank you. Your bank needs a few days for the direct debit: you have nothing left to do."), "info")
    return redirect(url_for("invoice.show_own", shop=shop, number=number), 303)


def pay_section() -> Markup | None:
    """The button on an invoice's page, for those who may use it."""
    if not has_provider() or not may(Permission.EDIT_ACCOUNTS):
        return None
    number = str((request.view_args or {})["number"])
    session, shop = read_session(), current_enterprise()
    invoice = collection.invoice_by_number(session, number, enterprise_id=shop.id)
    known = queries.under_way(session, invoice_id=invoice.id)
    if collection.open_amount(session, invoice.id) < LEAST_MINOR:
        return None
    waits = known is not None and known.state is OnlinePaymentState.PROCESSING
    page = render_template("billing/online_payment/pay.html", shop=shop, number=number, waits=waits)
    return Markup(page)  # noqa: S704 - our own template


def strays_section() -> Markup | None:
    """Money at the provider that somebody has to look at, on the page of receipts."""
    strays = queries.strays(read_session())
    if not strays:
        return None
    page = render_template("billing/online_payment/strays.html", strays=strays)
    return Markup(page)  # noqa: S704 - our own template


def handle(stray_id: int) -> ResponseReturnValue:
    with transaction() as session:
        services.handle_stray(session, actor=current_actor(), stray_id=stray_id)
    return redirect(url_for("collection.index"))
