"""The commands that others script against."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from coopcircuits import clock
from coopcircuits.db import Database
from orders.sale.models import SaleKind
from tests.support.billing import NOVEMBER_2, OCTOBER, Till, in_month

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    def invoke(*arguments: str) -> Result:
        with clock.travel(NOVEMBER_2):
            return app.test_cli_runner().invoke(args=["billing", *arguments])

    return invoke


@pytest.fixture
def shop(database: Database) -> str:
    with database.transaction() as session:
        till = Till(session, name="La ferme des Sources")
        order = till.sell(in_month(OCTOBER, 3), 105_500, reference="AAAA1111")
        till.give_back(order, in_month(OCTOBER, 9), 10_550, SaleKind.REFUND)
        till.sell(in_month(OCTOBER, 20), 42_200, reference="BBBB2222")
        till.sell(in_month(OCTOBER.plus(1), 1), 1_055, reference="CCCC3333")
        return till.shop.permalink


def test_close_twice(run: Run, shop: str) -> None:
    first = run("close", "2026-10", "--json")
    assert first.exit_code == 0, first.output
    expected = {
        "period": "2026-10",
        "statements": 1,
        "created": 1,
        "unchanged": 0,
        "turnover_minor": 130_000,
        "contribution_minor": 1_300,
        "currency": "EUR",
    }
    assert json.loads(first.stdout) == expected
    second = run("close", "2026-10", "--json")
    assert json.loads(second.stdout) == {**expected, "created": 0, "unchanged": 1}
    assert "1 statements (0 new, 1 unchanged)" in run("close", "2026-10").stdout


def test_a_statement_adds_up(run: Run, shop: str) -> None:
    run("close", "2026-10")
    found: dict[str, Any] = json.loads(run("statement", shop, "2026-10", "--json").stdout)
    for sum_ in ("gross_minor", "tax_minor", "net_minor"):
        assert sum(line[sum_] for line in found["lines"]) == found[sum_]
    assert [(line["order"], line["kind"], line["net_minor"]) for line in found["lines"]] == [
        ("AAAA1111", "sale", 100_000),
        ("AAAA1111", "refund", -10_000),
        ("BBBB2222", "sale", 40_000),
    ]
    assert found["base_minor"] * found["rate_bp"] == found["computed_minor"] * 10_000
    assert found["computed_minor"] + found["adjusted_minor"] == found["contribution_minor"]
    assert found["contribution_minor"] + found["contribution_tax_minor"] == found["total_minor"] == 1_560
    assert (found["shop"], found["state"], found["orders"], found["refunds"]) == (shop, "to-review", 2, 1)
    text = run("statement", shop, "2026-10").stdout
    assert "In October 2026: 2 online orders, 1 cancellation or refund, €1,300.00 before tax." in text


def test_a_month_under_way_is_provisional(run: Run, shop: str) -> None:
    found = json.loads(run("statement", shop, "2026-11", "--json").stdout)
    assert (found["state"], found["net_minor"], found["closed_at"]) == ("provisional", 1_000, None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["close", "2026-11"], "2026-11 is not over in every shop yet. It can be closed from 2026-12-01 00:00"),
        (["close", "2026-9"], "Write the month as YYYY-MM"),
        (["close", "2026-09"], "Nothing was sold online in 2026-09 or before"),
        (["statement", "nobody", "2026-10"], "No shop has the address nobody."),
        (["statement", "la-ferme-des-sources", "2027-01"], "2027-01 has not begun yet."),
    ],
)
def test_refusals_are_one_clear_line(run: Run, shop: str, arguments: list[str], said: str) -> None:
    answer = run(*arguments)
    assert answer.exit_code == 1
    assert said in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert answer.stdout == ""
