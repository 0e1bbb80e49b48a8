"""Whom money may come from, as a person chooses: an open invoice, or a shop whose money is kept for what comes next."""

from typing import Any

from sqlalchemy.orm import Session

from billing.collection import queries, standing
from coopcircuits.forms import select_options
from coopcircuits.i18n import gettext
from coopcircuits.templating import money_text


def payer_choices(session: Session) -> list[Any]:
    """Every open invoice with its shop, then every shop that was ever asked for money."""
    owed = [
        (
            f"{found.invoice.enterprise_id}.{found.invoice.id}",
            f"{found.invoice.enterprise.name} · {found.invoice.number} · "
            f"{money_text(found.open, found.invoice.currency)}",
        )
        for found in queries.open_invoices(session)
    ]
    paying = [(str(shop.id), shop.name) for shop in standing.billed_shops(session)]
    return [
        *select_options([("", gettext("Choose whom it comes from"))]),
        *select_options(owed, heading=gettext("Open invoices")),
        *select_options(paying, heading=gettext("Kept for a shop’s next invoices")),
    ]


def chosen_payer(choice: str) -> tuple[int, int | None]:
    """The shop and, if one was named, the invoice of a choice."""
    shop_id, _dot, invoice_id = choice.partition(".")
    return int(shop_id), int(invoice_id) if invoice_id else None
