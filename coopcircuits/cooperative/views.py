"""The cooperative as a legal person: who it is on its documents, and what the law makes it write there."""

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.cooperative import queries, services
from coopcircuits.cooperative.forms import MENTION_NAMES, IdentityForm, MentionForm
from coopcircuits.cooperative.menu import section
from coopcircuits.cooperative.services import Identity
from coopcircuits.document.mentions import all_mentions
from coopcircuits.document.models import MentionKind
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _
from coopcircuits.site import site


def identity() -> ResponseReturnValue:
    """Show the form; on POST save it."""
    cooperative = queries.cooperative(read_session())
    form = IdentityForm.posted(data=vars(Identity.of(cooperative)) if cooperative else {})
    if form.accepted:
        try:
            with transaction() as session:
                services.save_identity(session, actor=current_actor(), identity=form.identity())
            current_app.extensions.pop("site", None)  # every page shows the name
            flash(_("Saved. The next documents say so."), "success")
            return redirect(url_for("cooperative.identity"))
        except DomainError as error:
            form.refuse(error)
    page = render_template("coopcircuits/cooperative/identity.html", form=form, **section())
    return page, 422 if form.errors else 200


def mentions() -> ResponseReturnValue:
    """Show the sentences of the law with their dates; on POST enter one."""
    today = clock.local_date(clock.now(), site().zone)
    form = MentionForm.posted(data={"valid_from": today})
    if form.accepted:
        try:
            with transaction() as session:
                services.enter_mention(
                    session,
                    actor=current_actor(),
                    kind=form.kind.data,
                    text=form.wording.data,
                    source=form.source.data or "",
                    valid_from=form.valid_from.data,
                )
            flash(_("Saved. Documents say so from that day on."), "success")
            return redirect(url_for("cooperative.mentions"))
        except DomainError as error:
            form.refuse(error)
    rows = all_mentions(read_session(), country=site().country)
    page = render_template(
        "coopcircuits/cooperative/mentions.html",
        form=form,
        kinds=[(kind, MENTION_NAMES[kind], [row for row in rows if row.kind is kind]) for kind in MentionKind],
        today=today,
        **section(),
    )
    return page, 422 if form.errors else 200
