"""Pages of an enterprise: mine, a new one, its profile, and what the public reads."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, NotFound
from coopcircuits.i18n import _
from coopcircuits.links import link_to
from coopcircuits.site import site
from shops.addresses import management_url
from shops.delivery.queries import pickup_points
from shops.enterprise import queries, services
from shops.enterprise.forms import KINDS, NewEnterpriseForm, ProfileForm
from shops.enterprise.models import Enterprise
from shops.permissions import current_enterprise
from shops.product.queries import products_of
from shops.supply_link.queries import shops_selling


def mine() -> ResponseReturnValue:
    memberships = queries.enterprises_of(read_session(), user_id=current_user.user_id)
    return render_template("shops/enterprise/mine.html", memberships=memberships)


def new() -> ResponseReturnValue:
    form = NewEnterpriseForm.posted(data={"email": current_user.email}, country=site().country)
    if form.accepted:
        try:
            with transaction() as session:
                enterprise = _create(session, form)
            flash(_("%(name)s is here. Only you see it until you open it.", name=enterprise.name), "success")
            return redirect(management_url(enterprise.permalink))
        except DomainError as error:
            form.refuse(error)
    return render_template("shops/enterprise/new.html", form=form), 422 if form.errors else 200


def _create(session: Session, form: NewEnterpriseForm) -> Enterprise:
    is_producer, sells = KINDS[form.kind.data]
    here = site()
    return services.create_enterprise(
        session,
        actor=current_actor(),
        owner_id=current_user.user_id,
        name=form.name.data or "",
        is_producer=is_producer,
        sells=sells,
        email=form.email.data or "",
        phone=form.phone.data or "",
        street=form.street.data or "",
        postcode=form.postcode.data or "",
        city=form.city.data or "",
        country=here.country,
        zone=here.zone,
        currency=here.currency,
    )


def profile(shop: str) -> ResponseReturnValue:
    enterprise = current_enterprise()
    form = ProfileForm.posted(data=ProfileForm.values_of(enterprise), country=enterprise.country)
    if form.accepted:
        try:
            with transaction() as session:
                services.edit_profile(
                    session, actor=current_actor(), enterprise_id=enterprise.id, profile=form.profile()
                )
            flash(_("The profile is saved."), "success")
            return redirect(url_for("enterprise.profile", shop=shop))
        except DomainError as error:
            form.refuse(error)
    return render_template("shops/enterprise/profile.html", form=form), 422 if form.errors else 200


def open_to_public(shop: str) -> ResponseReturnValue:
    try:
        with transaction() as session:
            services.activate(session, actor=current_actor(), enterprise_id=current_enterprise().id)
        flash(_("You are open: people can find you in the directory."), "success")
    except DomainError as error:
        flash(str(error), "warning")
    return redirect(management_url(shop))


def public(enterprise: str) -> ResponseReturnValue:
    session = read_session()
    found = queries.by_permalink(session, enterprise)
    if not found.is_visible:
        works_here = current_user.is_authenticated and queries.role_of(
            session, enterprise_id=found.id, user_id=current_user.user_id
        )
        if not works_here:
            raise NotFound
    return render_template(
        "shops/enterprise/public.html",
        enterprise=found,
        canonical=link_to("enterprise.public", enterprise=found.permalink),
        products=products_of(session, producer_ids=[found.id]) if found.is_producer else [],
        sellers=shops_selling(session, producer_id=found.id) if found.is_producer else [],
        pickup_points=pickup_points(session, found.id) if found.is_shop else [],
    )
