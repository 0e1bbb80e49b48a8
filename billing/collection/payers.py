"""Whom money may come from, as a person chooses: an open invoice, or a shop whose money is kept for what comes next."""

from typing import Any

from sqlalchemy.orm import Session

from billing.collection import queries, standing
from coopcircuits.asked import whole_number
from coopcircuits.forms import select_options
from coopcircuits.i18n import gettext
from coopcircuits.templating import money_text
from shops.enterprise import queries as enterprises


def payer_choices(session: Session, asked: str = "") -> list[Any]:
    """Every open invoice with its shop, then every shop that was ever asked for money.

    What somebody ``asked`` for stays a choice where it is an invoice that was paid meanwhile, so that it can be said.
    """
    owed = [
        (
            f"{found.invoice.enterprise_id}.{found.invoice.id}",
            f"{found.invoice.enterprise.name} · {found.invoice.number} · "
            f"{money_text(found.open, found.invoice.currency)}",
        )
        for found in queries.open_invoices(session)
    ]
    if asked not in [value for value, _label in owed]:
        owed += _paid_meanwhile(session, asked)
    paying = [(str(shop.id), shop.name) for shop in standing.billed_shops(session)]
    return [
        *select_options([("", gettext("Choose whom it comes from"))]),
        *select_options(owed, heading=gettext("Open invoices")),
        *select_options(paying, heading=gettext("Kept for a shop’s next invoices")),
    ]


def _paid_meanwhile(session: Session, asked: str) -> list[tuple[str, str]]:
    """An invoice that asks for nothing any more, as a choice."""
    shop_id, invoice_id = map(whole_number, (asked.partition(".")[0], asked.partition(".")[2]))
    if shop_id is None or invoice_id is None or not queries.is_of_shop(session, invoice_id, shop_id):
        return []
    number, shops = queries.numbers(session, [invoice_id])[invoice_id], enterprises.by_ids(session, [shop_id])
    return [(asked, f"{shops[shop_id].name} · {number} · {gettext('paid in full')}")]


def chosen_payer(choice: str) -> tuple[int, int | None]:
    """The shop and, if one was named, the invoice of a choice."""
    shop_id, _dot, invoice_id = choice.partition(".")
    return int(shop_id), int(invoice_id) if invoice_id else None
