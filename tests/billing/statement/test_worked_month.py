"""The month worked by hand in docs/billing.md, line by line, through the ledger and the closing."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from billing.scheme.contribution import MonthSold, Scheme, Terms, apply
from billing.scheme.models import SchemeKind
from billing.turnover import example
from coopcircuits.money import TaxedMoney
from orders.sale.models import SaleKind
from tests.support.billing import OCTOBER, Till, close, in_month, statement

DOCUMENT = Path(__file__).parents[3] / "docs" / "billing.md"
AMOUNT = r"\**([−\d.,]+)\**"


def cents(text: str) -> int:
    return int(Decimal(text.replace("−", "-").replace(",", "")) * 100)


@pytest.fixture(scope="module")
def table() -> dict[str, tuple[int, int, int]]:
    """What happened → with tax, tax, counted; as the document says."""
    rows = re.findall(rf"^\| (\w[^|]*) \| {AMOUNT} \| {AMOUNT} \| {AMOUNT} \|$", DOCUMENT.read_text(), re.MULTILINE)
    return {what: (cents(gross), cents(tax), cents(net)) for what, gross, tax, net in rows}


def test_the_document_and_the_public_page_tell_the_same_month(table: dict[str, tuple[int, int, int]]) -> None:
    told = {line.what: (line.gross, line.amount.tax, line.counted.net) for line in example.MONTH}
    assert table == told


def test_the_month_comes_to_what_the_document_says(session: Session, table: dict[str, tuple[int, int, int]]) -> None:
    till = Till(session)
    for what, (gross, tax, counted) in table.items():
        if what.startswith("Deposits"):
            continue  # in the ledger deposits stand beside the three amounts
        kind = SaleKind.SALE if gross > 0 else SaleKind.CANCELLATION
        order = till.order(online="telephone" not in what)
        entry = till.enter(order, in_month(OCTOBER), TaxedMoney(gross - tax, tax), kind)
        entry.deposits = 2_400
        assert counted == (gross - tax if entry.online else 0)
    close(session)
    found = statement(session, till.shop)
    text = DOCUMENT.read_text()
    turnover = re.search(rf"Online turnover\*\* \| \| \| {AMOUNT} \|", text)
    owed = re.search(
        r"1 % of ([\d.,]+) is ([\d.]+); VAT at 20 % on it is ([\d.]+); the shop gives \*\*([\d.]+)\*\*", text
    )
    assert turnover
    assert owed
    assert cents(turnover[1].rstrip("*")) == found.net
    said = [cents(amount) for amount in owed.groups()]
    assert said == [found.base, found.contribution, found.contribution_tax, found.total]


@pytest.mark.parametrize(
    ("scheme", "terms", "month", "said"),
    [
        (Scheme(SchemeKind.MARGIN), Terms(100, 2_000), {"purchases": 195_000}, r"margin of 900.00 is \*\*([\d.]+)"),
        (
            Scheme(SchemeKind.STARTER, since="2026-01", free_until="2026-12", free_turnover=500_000),
            Terms(100, 2_000),
            {"sold_before": 400_000},
            r"0.5 % of the other 1,850.00 is \*\*([\d.]+)",
        ),
        (Scheme(SchemeKind.PERCENT), Terms(100, 2_000, minimum=3_000), {}, r"1 % comes to \*\*([\d.]+)"),
    ],
)
def test_the_month_under_the_other_schemes(scheme: Scheme, terms: Terms, month: dict[str, int], said: str) -> None:
    found = re.search(said, DOCUMENT.read_text())
    assert found
    assert cents(found[1]) == apply(scheme, terms, MonthSold("2026-10", 285_000, **month)).computed
