"""The accounts that contributions move, and the journals' names: one table, dated, each with its source.

Only France's chart is known. Its books are written in French whoever reads them (C. com. art. R123-174).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing.ledger.models import Journal


class Account(StrEnum):
    """What an account is for; :func:`account` gives its number on a day."""

    SHOPS = "shops"
    CONTRIBUTIONS = "contributions"
    GIFTS = "gifts"
    VAT_COLLECTED = "vat-collected"
    BANK = "bank"
    CARD_PROVIDER = "card-provider"
    CHEQUES = "cheques"
    CASH = "cash"
    TO_BE_SORTED = "to-be-sorted"


@dataclass(frozen=True)
class ChartRow:
    """An account's number and name, from a day included to a day excluded."""

    use: Account
    number: str
    name: str
    source: str
    valid_from: date = date(2020, 1, 1)
    valid_to: date | None = None


_PCG = "Plan comptable général (règlement ANC 2014-03)"
CHART = (
    ChartRow(Account.SHOPS, "411000", "Clients", f"{_PCG}, compte 411"),
    ChartRow(Account.CONTRIBUTIONS, "706000", "Prestations de services", f"{_PCG}, compte 706"),
    ChartRow(Account.GIFTS, "754100", "Dons manuels", "Règlement ANC 2018-06, compte 7541"),
    ChartRow(Account.VAT_COLLECTED, "445710", "TVA collectée", f"{_PCG}, compte 44571"),
    ChartRow(Account.BANK, "512000", "Banque", f"{_PCG}, compte 512"),
    ChartRow(Account.CARD_PROVIDER, "517000", "Autres organismes financiers", f"{_PCG}, compte 517"),
    ChartRow(Account.CHEQUES, "511200", "Chèques à encaisser", f"{_PCG}, compte 5112"),
    ChartRow(Account.CASH, "530000", "Caisse", f"{_PCG}, compte 53"),
    ChartRow(Account.TO_BE_SORTED, "471000", "Comptes d’attente", f"{_PCG}, compte 471"),
)

JOURNALS = {
    Journal.SALES: "Ventes",
    Journal.BANK: "Banque",
    Journal.CASH: "Caisse",
    Journal.OTHER: "Opérations diverses",
}


def account(use: Account, day: date) -> str:
    """The number of the account for this use on a day."""
    return next(row.number for row in CHART if row.use is use and _holds(row, day))


def account_name(number: str, day: date) -> str:
    """The name of an account as it was on a day; its number if the chart never had it."""
    return next((row.name for row in CHART if row.number == number and _holds(row, day)), number)


def _holds(row: ChartRow, day: date) -> bool:
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)
