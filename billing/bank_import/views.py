"""Import a bank statement: send it, look, confirm; then place what was not recognised."""

from collections import Counter

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.bank_import import queries, services
from billing.bank_import.camt import MOST_BYTES
from billing.bank_import.forms import BankFileForm, PlaceForm
from billing.bank_import.models import BankLine, BankLineState
from billing.collection import queries as collection
from billing.collection.payers import chosen_payer, payer_choices
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _, gettext
from shops.enterprise import queries as enterprises

#: Lines of a file on one page.
_SHOWN = 500


def new() -> ResponseReturnValue:
    return _upload_page(BankFileForm())


def upload() -> ResponseReturnValue:
    form, sent = BankFileForm(), request.files.get("file")
    if sent is None or not sent.filename:
        form.file.errors = [gettext("Choose a file first.")]
        return _upload_page(form)
    try:
        with transaction() as session:
            kept = services.keep_upload(
                session,
                actor=current_actor(),
                file_name=sent.filename,
                content=sent.stream.read(MOST_BYTES + 1),
            )
    except DomainError as error:
        form.refuse(error)
        return _upload_page(form)
    return redirect(url_for("bank_import.preview", file_id=kept.id))


def _upload_page(form: BankFileForm) -> ResponseReturnValue:
    page = render_template("billing/bank_import/new.html", form=form, files=queries.files(read_session()))
    return page, 422 if form.errors else 200


def preview(file_id: int) -> ResponseReturnValue:
    session = read_session()
    kept = queries.file(session, file_id)
    if kept.confirmed_at is not None:
        lines = queries.lines_of(session, file_id)
        return render_template("billing/bank_import/done.html", kept=kept, lines=lines)
    try:
        found = services.preview(session, content=kept.content)
    except DomainError as error:  # the cooperative's account has changed since it was sent
        form = BankFileForm()
        form.refuse(error)
        return _upload_page(form)
    shops = {each.enterprise_id for each in found if each.enterprise_id is not None}
    invoices = {each.invoice_id for each in found if each.invoice_id is not None}
    return render_template(
        "billing/bank_import/preview.html",
        kept=kept,
        found=found[:_SHOWN],
        count=len(found),
        certain=sum(each.is_certain for each in found),
        whys=Counter(each.why for each in found),
        shops={id_: enterprises.by_id(session, id_) for id_ in shops},
        numbers=collection.numbers(session, invoices),
    )


def confirm(file_id: int) -> ResponseReturnValue:
    with transaction() as session:
        services.confirm(session, actor=current_actor(), file_id=file_id)
    flash(_("The bank statement is recorded."), "success")
    return redirect(url_for("bank_import.preview", file_id=file_id))


def line(line_id: int) -> ResponseReturnValue:
    found = queries.line(read_session(), line_id)
    if found.state is not BankLineState.WAITING:
        return _decided(found)
    return _line_page(found, _place_form())


def place(line_id: int) -> ResponseReturnValue:
    found, form = queries.line(read_session(), line_id), _place_form()
    if found.state is not BankLineState.WAITING:
        return _decided(found)
    if form.accepted:
        shop_id, invoice_id = chosen_payer(form.target.data)
        try:
            with transaction() as session:
                services.place(
                    session,
                    actor=current_actor(),
                    line_id=line_id,
                    enterprise_id=shop_id,
                    invoice_id=invoice_id,
                )
            flash(_("The money is placed."), "success")
            return redirect(url_for("collection.index"))
        except DomainError as error:
            form.refuse(error)
    return _line_page(found, form)


def set_aside(line_id: int) -> ResponseReturnValue:
    with transaction() as session:
        services.set_aside(session, actor=current_actor(), line_id=line_id)
    flash(_("The line is left out."), "success")
    return redirect(url_for("collection.index"))


def take_up(line_id: int) -> ResponseReturnValue:
    with transaction() as session:
        services.take_up(session, actor=current_actor(), line_id=line_id)
    return redirect(url_for("bank_import.line", line_id=line_id))


def _decided(found: BankLine) -> ResponseReturnValue:
    """Pressed twice, or somebody else was quicker: where the money is now."""
    if found.receipt_id is None:
        flash(_("This line is no longer to be placed."), "info")
        return redirect(url_for("collection.index"))
    flash(_("This money was placed already: here it is."), "info")
    return redirect(url_for("collection.show", receipt_id=found.receipt_id))


def _place_form() -> PlaceForm:
    form: PlaceForm = PlaceForm.posted()
    form.target.choices = payer_choices(read_session(), form.target.data or "")
    return form


def _line_page(found: BankLine, form: PlaceForm) -> ResponseReturnValue:
    page = render_template("billing/bank_import/line.html", line=found, form=form)
    return page, 422 if form.errors else 200
