"""A shop's purchases under the margin scheme, month by month."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from billing.purchase import queries, services
from billing.purchase.forms import PurchasesForm
from billing.purchase.models import PurchaseDeclaration
from billing.scheme import queries as schemes
from billing.scheme.models import SchemeKind
from billing.statement import queries as statements
from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.forms import select_options
from coopcircuits.i18n import _
from coopcircuits.period import Month
from coopcircuits.templating import month_text
from shops.permissions import current_enterprise

#: How many months the page shows.
_MONTHS = 12


@dataclass(frozen=True)
class Row:
    """One month; ``net`` is its online turnover ex tax, so far where it is open."""

    period: str
    net: int
    declaration: PurchaseDeclaration | None
    is_open: bool


def index(shop: str) -> ResponseReturnValue:
    rows = _rows()
    asked = request.args.get("period", "")
    undeclared = [row.period for row in reversed(rows) if row.is_open and row.declaration is None]
    return _page(PurchasesForm(data={"period": asked or (undeclared[0] if undeclared else rows[0].period)}), rows)


def declare(shop: str) -> ResponseReturnValue:
    rows, form, enterprise = _rows(), PurchasesForm.posted(), current_enterprise()
    _offer(form, rows)
    if form.accepted:
        month = Month.parse(form.period.data)
        try:
            with transaction() as session:
                services.declare_purchases(
                    session, actor=current_actor(), enterprise_id=enterprise.id, month=month, amount=form.amount.data
                )
            flash(_("Your purchases of %(month)s are noted.", month=month_text(str(month))), "success")
            return redirect(url_for("purchase.index", shop=shop))
        except DomainError as error:
            form.refuse(error)
    return _page(form, rows)


def _offer(form: PurchasesForm, rows: Sequence[Row]) -> None:
    form.period.choices = select_options((row.period, month_text(row.period)) for row in rows if row.is_open)


def _page(form: PurchasesForm, rows: Sequence[Row]) -> ResponseReturnValue:
    session, enterprise = read_session(), current_enterprise()
    _offer(form, rows)
    month = Month.of(clock.now(), enterprise.zone)
    page = render_template("billing/purchase/index.html", form=form, rows=rows, terms=schemes.terms_for(session, month))
    return page, 422 if form.errors else 200


def _rows() -> list[Row]:
    """The months up to now, the latest first: those that are open, and closed ones with a statement."""
    session, enterprise = read_session(), current_enterprise()
    last = statements.last_closing(session)
    declared = queries.declarations_of(session, enterprise_id=enterprise.id)
    closed = {found.period: found.net for found in statements.statements_of(session, enterprise_id=enterprise.id)}
    rows, month = [], Month.of(clock.now(), enterprise.zone)
    for back in range(_MONTHS):
        period = str(month.plus(-back))
        is_open = last is None or period > last.period
        if is_open and (back < 2 or last is not None):
            net = statements.so_far(session, enterprise=enterprise, month=month.plus(-back)).net
            rows.append(Row(period, net, declared.get(period), is_open=True))
        elif period in closed:
            rows.append(Row(period, closed[period], declared.get(period), is_open=False))
    return rows


def shop_section() -> Markup | None:
    """A word on the shop's contribution page, where its scheme asks for purchases."""
    session, enterprise = read_session(), current_enterprise()
    month = Month.of(clock.now(), enterprise.zone)
    around = [schemes.scheme_for(session, [enterprise.id], month.plus(n))[enterprise.id] for n in (-1, 0, 1)]
    if not any(scheme.kind is SchemeKind.MARGIN for scheme in around):
        return None
    page = render_template(
        "billing/purchase/section.html", missing=[row.period for row in _rows() if row.is_open and not row.declaration]
    )
    return Markup(page)  # noqa: S704 - our own template
