"""Pages of a shop's pickup points."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.i18n import _
from shops.delivery import queries, services
from shops.delivery.forms import PickupForm, weekday_name
from shops.permissions import current_enterprise


def index(shop: str) -> ResponseReturnValue:
    points = queries.pickup_points(read_session(), current_enterprise().id)
    return render_template("shops/delivery/index.html", points=points, weekday_name=weekday_name)


def new(shop: str) -> ResponseReturnValue:
    enterprise = current_enterprise()
    here = {"street": enterprise.street, "postcode": enterprise.postcode, "city": enterprise.city, "fee": 0}
    form = PickupForm.posted(data=here, country=enterprise.country, currency=enterprise.currency)
    if "more" in request.form:
        form.add_line()
    elif form.accepted:
        with transaction() as session:
            services.add_pickup_point(session, actor=current_actor(), enterprise_id=enterprise.id, **form.values())
        flash(_("%(name)s is saved.", name=form.name.data), "success")
        return redirect(url_for("delivery.index", shop=shop))
    return _page(form)


def edit(shop: str, method_id: int) -> ResponseReturnValue:
    enterprise = current_enterprise()
    method = queries.pickup_point_of(read_session(), enterprise_id=enterprise.id, method_id=method_id)
    form = PickupForm.posted(
        data=PickupForm.values_of(method), country=enterprise.country, currency=enterprise.currency
    )
    if "more" in request.form:
        form.add_line()
    elif form.accepted:
        with transaction() as session:
            services.edit_pickup_point(
                session, actor=current_actor(), enterprise_id=enterprise.id, method_id=method_id, **form.values()
            )
        flash(_("%(name)s is saved.", name=form.name.data), "success")
        return redirect(url_for("delivery.index", shop=shop))
    return _page(form, method_id)


def _page(form: PickupForm, method_id: int | None = None) -> ResponseReturnValue:
    page = render_template("shops/delivery/edit.html", form=form, method_id=method_id)
    return page, 422 if form.errors else 200


def removal(shop: str, method_id: int) -> ResponseReturnValue:
    method = queries.pickup_point_of(read_session(), enterprise_id=current_enterprise().id, method_id=method_id)
    return render_template("shops/delivery/remove.html", method=method)


def remove(shop: str, method_id: int) -> ResponseReturnValue:
    with transaction() as session:
        services.remove_pickup_point(
            session, actor=current_actor(), enterprise_id=current_enterprise().id, method_id=method_id
        )
    flash(_("This pickup point is no longer offered. Orders to be collected there stay."), "success")
    return redirect(url_for("delivery.index", shop=shop))
