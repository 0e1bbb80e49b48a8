"""What shops paid: the cooperative's page of receipts, and each shop's own."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from billing.bank_import import queries as bank
from billing.collection import corrections, history, late, queries, services, standing
from billing.collection.forms import MoveForm, ReturnForm
from billing.collection.models import NAMED
from billing.collection.page import invoice_payments, shop_payments
from billing.days import today
from billing.direct_debit.errors import DebitsOff
from billing.direct_debit.forms import MandateForm
from billing.direct_debit.services import mandate_text
from billing.reminder import queries as reminders
from coopcircuits.asked import whole_number
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, NotFound
from coopcircuits.forms import select_options
from coopcircuits.i18n import _
from coopcircuits.references import new_reference
from shops.enterprise import queries as enterprises
from shops.permissions import current_enterprise

#: Shops that the cooperative's first page names.
_NAMED_SHOPS = 5


def index() -> ResponseReturnValue:
    session = read_session()
    overdue = queries.overdue(session, day=today())
    credits = standing.credits(session)
    in_credit = enterprises.by_ids(session, credits)
    return render_template(
        "billing/collection/index.html",
        today=today(),
        waiting=bank.waiting(session),
        late=overdue,
        reminded=reminders.steps_taken(session, [found.invoice.id for found in overdue]),
        late_total=sum(found.open for found in overdue),
        open_total=sum(found.open for found in queries.open_invoices(session)),
        receipts=queries.receipts(session),
        credits=[(in_credit[id_], amount) for id_, amount in sorted(credits.items())],
        files=bank.files(session, most=5),
    )


def show(receipt_id: int) -> ResponseReturnValue:
    return _receipt_page(receipt_id, _return_form(), _move_form(receipt_id))


def give_back(receipt_id: int) -> ResponseReturnValue:
    form = _return_form()
    if form.accepted:
        try:
            with transaction() as session:
                services.give_back(
                    session,
                    receipt_id=receipt_id,
                    amount=form.amount.data,
                    returned_on=form.returned_on.data or today(),
                    today=today(),
                    reason=form.reason.data or "",
                    source=f"hand:{request.form.get('key', '')[:40] or new_reference(12)}",
                    actor=current_actor(),
                )
            flash(_("Written down: the money went back, and what it paid is open again."), "success")
            return redirect(url_for("collection.show", receipt_id=receipt_id))
        except NotFound:
            raise
        except DomainError as error:
            form.refuse(error)
    return _receipt_page(receipt_id, form, _move_form(receipt_id, blank=True))


def move(receipt_id: int) -> ResponseReturnValue:
    """Give the money to the shop whose it is."""
    form = _move_form(receipt_id)
    if form.accepted:
        try:
            with transaction() as session:
                corrections.reassign(
                    session,
                    receipt_id=receipt_id,
                    from_id=whole_number(request.form.get("from_shop", "")) or 0,
                    to_id=int(form.to_shop.data),
                    today=today(),
                    reason=form.reason.data or "",
                    actor=current_actor(),
                )
            flash(_("The money is moved: both shops see it on their page of payments."), "success")
            return redirect(url_for("collection.show", receipt_id=receipt_id))
        except NotFound:
            raise
        except DomainError as error:
            form.refuse(error)
    return _receipt_page(receipt_id, _return_form(blank=True), form)


def _return_form(*, blank: bool = False) -> ReturnForm:
    start = {"returned_on": today()}
    form: ReturnForm = ReturnForm(data=start) if blank else ReturnForm.posted(data=start)
    return form


def _move_form(receipt_id: int, *, blank: bool = False) -> MoveForm:
    """Its fields have names of their own, since the page has another form."""
    form: MoveForm = MoveForm(prefix="move-") if blank else MoveForm.posted(prefix="move-")
    session = read_session()
    own = whole_number(request.form.get("from_shop", "")) or queries.receipt(session, receipt_id).enterprise_id
    shops = [(str(shop.id), shop.name) for shop in standing.billed_shops(session) if shop.id != own]
    form.to_shop.choices = select_options([("", _("Choose a shop")), *shops])
    return form


def _receipt_page(receipt_id: int, form: ReturnForm, move_form: MoveForm) -> ResponseReturnValue:
    session = read_session()
    receipt = queries.receipt(session, receipt_id)
    page = render_template(
        "billing/collection/show.html",
        receipt=receipt,
        returns=history.returns_of(session, receipt_id),
        failures=history.failures_of(session, receipt_id),
        moves=history.moves_of(session, receipt_id),
        form=form,
        move_form=move_form,
        is_movable=receipt.kept > 0 and receipt.method not in NAMED,
        key=new_reference(12),
    )
    return page, 422 if form.errors or move_form.errors else 200


def of_shop(shop: str) -> ResponseReturnValue:
    """A shop's payments: what is open, how to pay it, what was paid, the mandate."""
    return shop_page(MandateForm())


def shop_page(form: MandateForm) -> ResponseReturnValue:
    """The same page with a form as it was typed."""
    session, enterprise = read_session(), current_enterprise()
    try:
        agreed = mandate_text(session)
    except DebitsOff:
        agreed = ""
    page = render_template(
        "billing/collection/shop.html",
        shop=enterprise,
        payments=shop_payments(session, enterprise, day=today()),
        today=today(),
        form=form,
        mandate_text=agreed,
    )
    return page, 422 if form.errors else 200


def invoice_section() -> Markup | None:
    """The payments of the invoice whose page this is, for a page that names it in its address."""
    arguments = request.view_args or {}
    session = read_session()
    is_shop = "shop" in arguments
    owner = current_enterprise().id if is_shop else None
    try:
        invoice = queries.invoice_by_number(session, str(arguments.get("number", "")), enterprise_id=owner)
    except NotFound:
        return None
    if invoice.is_credit_note:
        return None
    payments = invoice_payments(session, invoice, day=today())
    page = render_template("billing/collection/of_invoice.html", payments=payments, is_shop=is_shop)
    return Markup(page)  # noqa: S704 - our own template


def late_section() -> Markup | None:
    """Who has not paid, on the cooperative's first page, once anything was invoiced."""
    session = read_session()
    if not standing.is_anything_billed(session):
        return None
    ages = late.by_age(session, day=today())
    shops = late.late_shops(session, day=today(), most=_NAMED_SHOPS) if ages else []
    return Markup(render_template("billing/collection/late.html", ages=ages, shops=shops))  # noqa: S704 - our own template


def shop_section() -> Markup | None:
    """What is open, on the shop's page of its contribution."""
    enterprise = current_enterprise()
    stands = standing.position(read_session(), enterprise.id, day=today())
    page = render_template("billing/collection/section.html", shop=enterprise, stands=stands)
    return Markup(page)  # noqa: S704 - our own template
