"""The cooperative's invoices, month by month and one by one."""

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from billing.addresses import month_in
from billing.collection.queries import open_amounts
from billing.invoice import queries, services, unwritten
from billing.invoice.forms import CreditForm
from billing.invoice.models import Invoice
from billing.invoice.naming import file_name
from billing.invoice.obstacles import obstacles
from billing.invoice.queries import PAGE
from billing.invoice.snapshot import Snapshot
from coopcircuits.asked import page_of
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _

#: Statements waiting for their invoice that one page looks at.
_WAITING = 100


def index() -> ResponseReturnValue:
    session = read_session()
    periods = queries.periods(session)
    period = request.args.get("period") or (periods[0] if periods else "")
    if not period:
        return render_template("billing/invoice/nothing.html")
    period, sums = str(month_in(period)), queries.month_sums(session, period)
    page = page_of(sums.documents, PAGE)
    invoices = queries.of_month(session, period, page=page.number)
    run = queries.last_run(session, period)
    return render_template(
        "billing/invoice/index.html",
        period=period,
        periods=sorted({period, *periods}, reverse=True),
        sums=sums,
        invoices=invoices,
        open_amounts=open_amounts(session, [found.id for found in invoices]),
        waiting=queries.count_to_invoice(session, period),
        run=run if run and run.finished_at is None else None,
        unwritten=[found for found in unwritten.unwritten(session) if found.period == period],
        obstacles=obstacles(session, queries.to_invoice(session, period, most=_WAITING)),
        page=page,
    )


def issue() -> ResponseReturnValue:
    """Let the worker invoice the month."""
    period = str(month_in(request.form.get("period", "")))
    with transaction() as session:
        services.ask_to_issue(session, period=period, actor=current_actor())
    return redirect(url_for("invoice.index", period=period))


def show(number: str) -> ResponseReturnValue:
    return _page(queries.by_number(read_session(), number), CreditForm())


def pdf(number: str) -> ResponseReturnValue:
    return pdf_response(queries.by_number(read_session(), number))


def credit(number: str) -> ResponseReturnValue:
    """Issue a credit note, or say beside the field why not."""
    form, invoice = CreditForm.posted(), queries.by_number(read_session(), number)
    if form.accepted:
        try:
            with transaction() as session:
                note = services.issue_credit_note(
                    session,
                    invoice_id=invoice.id,
                    net=form.net.data,
                    reason=form.reason.data,
                    actor=current_actor(),
                )
            flash(_("Credit note %(number)s is issued. The shop gets it by mail.", number=note.number), "success")
            return redirect(url_for("invoice.show", number=note.number))
        except DomainError as error:
            form.refuse(error)
        invoice = queries.by_number(read_session(), number)
    return _page(invoice, form)


def _page(invoice: Invoice, form: CreditForm) -> ResponseReturnValue:
    session = read_session()
    g.invoice = invoice  # for the parts of the page that others fill
    taken_off = queries.credited(session, invoice.id)
    page = render_template(
        "billing/invoice/show.html",
        invoice=invoice,
        paper=Snapshot.read(invoice.snapshot),
        notes=queries.credit_notes_of(session, invoice.id),
        left=invoice.net - taken_off.net,
        form=form,
    )
    return page, 422 if form.errors else 200


def pdf_response(invoice: Invoice) -> Response:
    """The file as it was issued."""
    file = queries.pdf_of(read_session(), invoice.id)
    headers = {"Content-Disposition": f'inline; filename="{file_name(invoice.number)}"'}
    return Response(file, mimetype="application/pdf", headers=headers)


def unwritten_section() -> Markup | None:
    """Documents that could not be made, on the page of what happens behind the scenes."""
    found = unwritten.unwritten(read_session())
    return Markup(render_template("billing/invoice/unwritten.html", unwritten=found)) if found else None  # noqa: S704 - our own template


def on_statement() -> Markup | None:
    """The part of an invoiced statement's page that leads to its documents."""
    address = request.view_args or {}
    documents = queries.of_shop_month(read_session(), address.get("shop", ""), address.get("period", ""))
    return Markup(render_template("billing/invoice/of_statement.html", documents=documents))  # noqa: S704 - our own template
