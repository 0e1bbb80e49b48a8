"""A shop's own invoices and credit notes."""

from flask import g, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from billing.collection.queries import open_amounts
from billing.invoice import queries
from billing.invoice.models import Invoice
from billing.invoice.snapshot import Snapshot
from billing.invoice.views import pdf_response
from coopcircuits.doors import read_session
from shops.permissions import current_enterprise

#: Documents that the page of the contribution shows.
_LATEST = 6


def own(shop: str) -> ResponseReturnValue:
    return render_template("billing/invoice/own.html", **_listed())


def show_own(shop: str, number: str) -> ResponseReturnValue:
    invoice = _one(number)
    g.invoice = invoice  # for the parts of the page that others fill
    return render_template(
        "billing/invoice/show_own.html",
        invoice=invoice,
        paper=Snapshot.read(invoice.snapshot),
        notes=queries.credit_notes_of(read_session(), invoice.id),
    )


def pdf_own(shop: str, number: str) -> ResponseReturnValue:
    return pdf_response(_one(number))


def latest() -> Markup | None:
    """The part of the contribution's page with the last documents; nothing before the first."""
    if "enterprise" not in g:
        return None
    listed = _listed(_LATEST)
    if not listed["invoices"]:
        return None
    return Markup(render_template("billing/invoice/latest.html", **listed))  # noqa: S704 - our own template


def _one(number: str) -> Invoice:
    return queries.by_number(read_session(), number, enterprise_id=current_enterprise().id)


def _listed(most: int | None = None) -> dict[str, object]:
    session = read_session()
    invoices = queries.of_shop(session, current_enterprise().id)[:most]
    return {"invoices": invoices, "open_amounts": open_amounts(session, [found.id for found in invoices])}
