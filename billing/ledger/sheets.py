"""The books as tables for a spreadsheet, line by line."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from billing.ledger import accounts, queries
from billing.ledger.chart import JOURNALS, account_name
from billing.ledger.fec import auxiliary
from coopcircuits import clock
from coopcircuits.i18n import gettext, pgettext
from coopcircuits.money import to_decimal
from coopcircuits.spreadsheet import Cell, Sheet
from shops.enterprise.models import Enterprise


def journal_sheet(session: Session, year: int) -> Sheet:
    """Every line of every entry of a year, with the hash of its entry."""
    heads = [
        gettext("Position"), gettext("Journal"), gettext("Number"), gettext("Day"), gettext("Account"),
        gettext("Name of the account"), gettext("Account of the shop"), gettext("Shop"),
        gettext("Reference of the document"), gettext("Day of the document"), pgettext("entry", "Wording"),
        gettext("Debit"), gettext("Credit"), gettext("Currency"), gettext("Entered on"), gettext("Hash"),
    ]  # fmt: skip
    return Sheet(f"journal-{year}", heads, _journal(session, year))


def _journal(session: Session, year: int) -> Iterator[list[Cell]]:
    zone = queries.zone(session)
    for entry in queries.entries_of_year(session, year):
        entered = clock.local_date(entry.posted_at, zone)
        for line in entry.lines:
            yield [
                entry.id, JOURNALS[entry.journal], entry.number, entry.day, line.account,
                account_name(line.account, entry.day), auxiliary(line.party_id), line.party_name, entry.piece,
                entry.piece_day, entry.label, _amount(line.debit, entry.currency), _amount(line.credit, entry.currency),
                entry.currency, entered, entry.hash,
            ]  # fmt: skip


def account_sheet(session: Session, shop: Enterprise) -> Sheet:
    """A shop's account, the latest day first."""
    heads = [
        gettext("Day"), gettext("Reference of the document"), gettext("Day of the document"),
        pgettext("entry", "Wording"), gettext("Asked for"), gettext("Paid or taken off"), gettext("Left to pay"),
        gettext("Currency"),
    ]  # fmt: skip
    head = queries.head(session)
    currency = head.currency if head else shop.currency
    rows = (
        [
            move.day, move.piece, move.piece_day, move.label, _amount(move.debit, currency),
            _amount(move.credit, currency), to_decimal(move.owed, currency), currency,
        ]
        for move in accounts.moves(session, shop.id)
    )  # fmt: skip
    return Sheet(f"account-{shop.permalink}", heads, rows)


def _amount(minor: int, currency: str) -> Cell:
    return to_decimal(minor, currency) if minor else None
