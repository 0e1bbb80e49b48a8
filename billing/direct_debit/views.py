"""Mandates on the shop's page; files for the bank on the cooperative's."""

from datetime import timedelta

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.collection.views import shop_page
from billing.days import today
from billing.direct_debit import queries, services
from billing.direct_debit.bank_days import next_bank_day
from billing.direct_debit.forms import DebitDayForm, MandateForm, RefusalForm
from billing.direct_debit.words import debit_state
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, NotFound
from coopcircuits.i18n import _
from shops.permissions import current_enterprise

#: What the form proposes: the bank has the file in time.
_SOON = timedelta(days=5)


def sign(shop: str) -> ResponseReturnValue:
    form: MandateForm = MandateForm.posted()
    if form.accepted:
        try:
            with transaction() as session:
                services.sign_mandate(
                    session,
                    actor=current_actor(),
                    enterprise_id=current_enterprise().id,
                    holder=form.holder.data or "",
                    iban=form.iban.data or "",
                )
            flash(_("The mandate is signed: your next invoices are collected on their due date."), "success")
            return redirect(url_for("collection.of_shop", shop=shop))
        except DomainError as error:
            form.refuse(error)
    return shop_page(form)


def revoke(shop: str) -> ResponseReturnValue:
    with transaction() as session:
        services.revoke_mandate(session, actor=current_actor(), enterprise_id=current_enterprise().id)
    flash(_("The mandate has ended: nothing more will be collected by direct debit."), "success")
    return redirect(url_for("collection.of_shop", shop=shop))


def index() -> ResponseReturnValue:
    form: DebitDayForm = DebitDayForm.posted(data={"day": next_bank_day(today() + _SOON)})
    return _page(form)


def prepare() -> ResponseReturnValue:
    form: DebitDayForm = DebitDayForm.posted()
    if form.accepted and form.day.data:
        try:
            with transaction() as session:
                made = services.prepare_file(session, actor=current_actor(), day=form.day.data, today=today())
            flash(_("The file is ready: download it and hand it to your bank."), "success")
            return redirect(url_for("direct_debit.show", reference=made.reference))
        except DomainError as error:
            form.refuse(error)
    return _page(form)


def _page(form: DebitDayForm) -> ResponseReturnValue:
    session = read_session()
    page = render_template(
        "billing/direct_debit/index.html",
        form=form,
        ready=services.may_be_collected(session, day=form.day.data) if form.day.data else [],
        files=queries.files(session),
    )
    return page, 422 if form.errors else 200


def show(reference: str) -> ResponseReturnValue:
    made = queries.file(read_session(), reference)
    return render_template("billing/direct_debit/show.html", made=made, state=debit_state, form=RefusalForm())


def download(reference: str) -> ResponseReturnValue:
    """The very bytes that were prepared."""
    made = queries.file(read_session(), reference)
    headers = {"Content-Disposition": f'attachment; filename="{made.reference}.xml"'}
    return Response(made.content, mimetype="application/xml", headers=headers)


def refuse(reference: str, line_id: int) -> ResponseReturnValue:
    """The bank said no, in another way than in its statement."""
    form: RefusalForm = RefusalForm.posted()
    with transaction() as session:
        if line_id not in {line.id for line in queries.file(session, reference).lines}:
            raise NotFound
        services.take_back(
            session,
            actor=current_actor(),
            line_id=line_id,
            returned_on=today(),
            reason=form.reason.data or "",
            source=f"debit-refused:{line_id}",
        )
    flash(_("Written down: the invoice is open again, and the shop is told."), "success")
    return redirect(url_for("direct_debit.show", reference=reference))
