"""The page that tells who may sell whose products."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopcircuits.asked import asked_words
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import _
from shops.enterprise.queries import by_permalink
from shops.permissions import current_enterprise
from shops.supply_link import queries, services


def index(shop: str) -> ResponseReturnValue:
    enterprise, session, words = current_enterprise(), read_session(), asked_words()
    return render_template(
        "shops/supply_link/index.html",
        granted=queries.links_from(session, producer_id=enterprise.id),
        suppliers=queries.suppliers_of(session, enterprise.id),
        words=words,
        found=queries.hubs_found(session, words=words, but=enterprise.id) if words else [],
    )


def grant(shop: str) -> ResponseReturnValue:
    """Let the shop named in the form sell our products."""
    enterprise = current_enterprise()
    try:
        with transaction() as session:
            hub = by_permalink(session, request.form.get("hub", ""))
            services.grant(
                session,
                producer_id=enterprise.id,
                hub_id=hub.id,
                edits_catalogue=bool(request.form.get("edits")),
                actor=current_actor(),
            )
    except InvalidInput as error:
        flash(str(error), "warning")
    else:
        flash(_("%(name)s may now sell your products.", name=hub.name), "success")
    return redirect(url_for("supply_link.index", shop=shop))


def revoke(shop: str) -> ResponseReturnValue:
    """End a permission, given (``hub`` in the form) or received (``producer``)."""
    enterprise = current_enterprise()
    with transaction() as session:
        if "hub" in request.form:
            other = by_permalink(session, request.form["hub"])
            producer_id, hub_id = enterprise.id, other.id
        else:
            other = by_permalink(session, request.form.get("producer", ""))
            producer_id, hub_id = other.id, enterprise.id
        services.revoke(session, producer_id=producer_id, hub_id=hub_id, actor=current_actor())
    flash(_("This agreement has ended. What was ordered stays ordered."), "success")
    return redirect(url_for("supply_link.index", shop=shop))
