"""Two instances that share October by version 1, and somebody of the cooperative who looks at it in November."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from billing.allocation import queries as allocations
from billing.allocation.services import compute_allocation
from billing.commons.instance import instance_name
from billing.commons.services import publish_report
from billing.cost.models import CostScope
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from tests.support.allocations import adopt
from tests.support.billing import OCTOBER, close
from tests.support.key_pages import SISTER
from tests.support.people import make_user, sign_in
from tests.support.sisters import open_keys, receive, sell_a_month, spend


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with clock.travel(datetime(2026, 11, 13, 9, tzinfo=UTC)):
        yield


@pytest.fixture
def us(app: Flask) -> str:
    with app.app_context():
        return instance_name()


@pytest.fixture
def october(database: Database, settings: Settings, us: str) -> None:
    """Two instances reported and share 200 EUR by version 1."""
    with database.transaction() as session:
        keys = open_keys(Path(settings.var_dir))
        sell_a_month(session, OCTOBER)
        spend(session, OCTOBER, 25_000, scope=CostScope.COMMON)
        close(session)
        publish_report(session, actor=SYSTEM, month=OCTOBER, instance=us, keys=keys)
        receive(session, SISTER)
        rule = {"kind": "hybrid", "equal_permille": 500, "floor": 1_000, "cap_permille": 1000}
        adopt(session, keys, *sorted((us, SISTER)), rule=rule, budget=20_000)
        compute_allocation(session, actor=SYSTEM, month=OCTOBER, instance=us, keys=keys)


@pytest.fixture
def second_key(database: Database, settings: Settings, october: None, us: str) -> Callable[..., None]:
    """Adopt a version 2, from December 2026 where nothing else is said."""

    def adopt_it(*, since: str = "2026-12", **changes: Any) -> None:
        with database.transaction() as session:
            first = allocations.adopted_keys(session)[-1].digest
            given = {"version": 2, "supersedes": first, "budget": 20_000, **changes}
            adopt(session, open_keys(Path(settings.var_dir)), *sorted((us, SISTER)), since=since, **given)

    return adopt_it


@pytest.fixture
def browser(app: Flask, database: Database) -> FlaskClient:
    with database.transaction() as session:
        user = make_user(session, "coop@example.org", is_cooperative=True)
    client = app.test_client()
    sign_in(client, database, user)
    return client
