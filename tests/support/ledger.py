"""Books in tests: entries made through the service, and their rows as an offline verifier reads them."""

from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from billing.ledger.chart import Account
from billing.ledger.models import Journal, JournalEntry
from billing.ledger.services import Amount, Piece, post_entry
from coopcircuits import clock
from shops.enterprise.models import Enterprise

_number = count(1)


def sale(shop: Enterprise, net: int = 2850, tax: int = 570) -> list[Amount]:
    """What a taxed contribution moves."""
    taxed = [Amount(Account.VAT_COLLECTED, credit=tax)] if tax else []
    return [
        Amount(Account.SHOPS, debit=net + tax, party=shop),
        Amount(Account.CONTRIBUTIONS, credit=net),
        *taxed,
    ]


def payment(shop: Enterprise, amount: int) -> list[Amount]:
    """What a transfer moves."""
    return [Amount(Account.BANK, debit=amount), Amount(Account.SHOPS, credit=amount, party=shop)]


def post(session: Session, amounts: list[Amount], *, at: datetime | None = None, **given: Any) -> JournalEntry:
    """An entry of the sales journal, its piece dated the day it is made."""
    with clock.travel(at or clock.now()):
        number = next(_number)
        values: dict[str, Any] = {
            "journal": Journal.SALES,
            "source": f"invoice:{number}",
            "piece": Piece(f"F2026-{number:04d}", given.pop("day", None) or date_of(clock.now()), None),
            "label": f"Facture F2026-{number:04d}",
            "currency": "EUR",
        }
        return post_entry(session, amounts=amounts, **{**values, **given})


def date_of(instant: datetime) -> date:
    """The cooperative's civil day."""
    return clock.local_date(instant, "Europe/Paris")
