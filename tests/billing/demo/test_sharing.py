"""The demonstration's two instances share a month as real ones would, and come to the same bytes."""

from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select

from billing.allocation import queries
from billing.allocation.models import PeerAllocation
from billing.commons.instance import instance_name
from billing.commons.services import publish_report
from billing.cost.models import CostScope
from billing.demo.sharing import load_sharing
from billing.demo.sister import read_sister
from billing.sharing_key import queries as proposals
from billing.sharing_key.models import KeyState
from billing.treasury.runway import position
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from tests.support.billing import OCTOBER, close
from tests.support.disputes import keys_of
from tests.support.sisters import sell_a_month, spend


def test_october_is_shared_and_settled(app: Flask, database: Database, settings: Settings) -> None:
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    with app.app_context(), clock.travel(now), database.transaction() as session:
        sell_a_month(session, OCTOBER)
        spend(session, OCTOBER, 25_000, scope=CostScope.COMMON)
        close(session)
        publish_report(session, actor=SYSTEM, month=OCTOBER, instance=instance_name(), keys=keys_of(settings))
        load_sharing(session)
        held = queries.current(session, "2026-10")
        assert held is not None
        said = queries.payload_of(held)
        theirs = session.scalars(select(PeerAllocation)).one()
        states = [(row.version, row.state) for row in proposals.proposals(session)]
    assert held.locked_at == now
    assert theirs.digest == held.digest
    assert sum(part["share"] for part in said["shares"]) + said["uncovered"] == said["budget"] > 25_000
    assert (2, KeyState.PROPOSED) in states


def test_nothing_is_shared_before_the_first_report(app: Flask, database: Database) -> None:
    with app.app_context(), clock.travel(datetime(2026, 11, 22, 9, tzinfo=UTC)), database.transaction() as session:
        load_sharing(session)
        assert queries.adopted_keys(session) == []


def test_the_sisters_cash_lasts_as_long_as_its_own_reports_say() -> None:
    spending: dict[str, int] = {}
    for month in read_sister().months:
        spending[month["period"]] = sum(cost["amount"] for cost in month["costs"] if cost["kind"] == "cash")
        told = month["balance"]
        found = position(month["period"], told["cash_end"], spending=spending, currency="EUR")
        assert (found.cash, found.runway) == (told["cash_end"], told["runway_months_tenths"])
