"""Pages of a shop's fees."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.i18n import _
from shops.fee import queries, services
from shops.fee.forms import KINDS, FeeForm
from shops.permissions import current_enterprise


def index(shop: str) -> ResponseReturnValue:
    enterprise = current_enterprise()
    return render_template(
        "shops/fee/index.html",
        fees=queries.fees_of(read_session(), enterprise.id),
        kinds=KINDS,
        currency=enterprise.currency,
    )


def new(shop: str) -> ResponseReturnValue:
    enterprise = current_enterprise()
    form = FeeForm.posted(currency=enterprise.currency)
    if form.accepted:
        with transaction() as session:
            services.create_fee(
                session,
                actor=current_actor(),
                enterprise_id=enterprise.id,
                name=form.name.data,
                kind=form.kind.data,
                calculator=form.calculator.data,
                value=form.value,
            )
        flash(_("%(name)s is saved. Choose it when you open a sale.", name=form.name.data), "success")
        return redirect(url_for("fee.index", shop=shop))
    return render_template("shops/fee/edit.html", form=form, fee_id=None), 422 if form.errors else 200


def edit(shop: str, fee_id: int) -> ResponseReturnValue:
    enterprise = current_enterprise()
    fee = queries.fee_of(read_session(), enterprise_id=enterprise.id, fee_id=fee_id)
    form = FeeForm.posted(data=FeeForm.values_of(fee, enterprise.currency), currency=enterprise.currency)
    if form.accepted:
        with transaction() as session:
            services.edit_fee(
                session,
                actor=current_actor(),
                enterprise_id=enterprise.id,
                fee_id=fee_id,
                name=form.name.data,
                kind=form.kind.data,
                calculator=form.calculator.data,
                value=form.value,
            )
        flash(_("%(name)s is saved. Prices on sale follow.", name=form.name.data), "success")
        return redirect(url_for("fee.index", shop=shop))
    return render_template("shops/fee/edit.html", form=form, fee_id=fee_id), 422 if form.errors else 200


def delete(shop: str, fee_id: int) -> ResponseReturnValue:
    with transaction() as session:
        services.delete_fee(session, actor=current_actor(), enterprise_id=current_enterprise().id, fee_id=fee_id)
    flash(_("This fee is no longer added. Orders already placed keep it."), "success")
    return redirect(url_for("fee.index", shop=shop))
