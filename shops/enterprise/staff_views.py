"""Who works in an enterprise, and with which role."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from coopcircuits.auth.login import current_actor
from coopcircuits.auth.queries import user_by_email
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.i18n import N_, _
from shops.enterprise import queries, services
from shops.enterprise.forms import ROLES, RoleForm, StaffForm
from shops.permissions import current_enterprise


def staff(shop: str) -> ResponseReturnValue:
    return _page(StaffForm())


def _page(form: StaffForm) -> ResponseReturnValue:
    members = queries.staff_of(read_session(), enterprise_id=current_enterprise().id)
    rows = [
        (member, RoleForm(data={"role": member.role, "notified": member.notified}, prefix=_prefix(member.user_id)))
        for member in members
    ]
    return render_template(
        "shops/enterprise/staff.html", rows=rows, form=form, roles=ROLES.values()
    ), 422 if form.errors else 200


def _prefix(user_id: int) -> str:
    """Keeps the fields of one person's form apart from those of the others on the page."""
    return f"person-{user_id}-"


def add_staff(shop: str) -> ResponseReturnValue:
    form = StaffForm.posted()
    if form.accepted:
        try:
            with transaction() as session:
                person = user_by_email(session, form.email.data)
                if person is None:
                    raise InvalidInput(
                        N_("Nobody has an account with this address yet. Ask them to make one, then add them here."),
                        field="email",
                    )
                services.add_staff(
                    session,
                    enterprise_id=current_enterprise().id,
                    user_id=person.id,
                    role=form.role.data,
                    notified=form.notified.data,
                    actor=current_actor(),
                )
                name = person.name
            flash(_("%(name)s now works here.", name=name), "success")
            return redirect(url_for("enterprise.staff", shop=shop))
        except DomainError as error:
            form.refuse(error)
    return _page(form)


def change_role(shop: str, user_id: int) -> ResponseReturnValue:
    form = RoleForm.posted(prefix=_prefix(user_id))
    if not form.accepted:
        return _page(StaffForm())
    try:
        with transaction() as session:
            services.change_staff(
                session,
                enterprise_id=current_enterprise().id,
                user_id=user_id,
                role=form.role.data,
                notified=form.notified.data,
                actor=current_actor(),
            )
        flash(_("The role is saved."), "success")
    except DomainError as error:
        if error.status == 404:
            raise
        flash(str(error), "warning")
    return redirect(url_for("enterprise.staff", shop=shop))


def remove_staff(shop: str, user_id: int) -> ResponseReturnValue:
    try:
        with transaction() as session:
            services.remove_staff(
                session, enterprise_id=current_enterprise().id, user_id=user_id, actor=current_actor()
            )
    except DomainError as error:
        if error.status == 404:
            raise
        flash(str(error), "warning")
        return redirect(url_for("enterprise.staff", shop=shop))
    if user_id == current_user.user_id:
        flash(_("You no longer work there."), "info")
        return redirect(url_for("enterprise.mine"))
    flash(_("This person no longer has access."), "success")
    return redirect(url_for("enterprise.staff", shop=shop))
