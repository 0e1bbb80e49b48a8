"""Who pays what, for people: on the public page of the month and on the cooperative's."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from billing.allocation import services
from billing.commons.instance import instance_name
from billing.commons.services import publish_report
from billing.cost.models import CostKind, CostScope
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from tests.support.allocations import adopt
from tests.support.billing import OCTOBER, close
from tests.support.people import make_user, sign_in
from tests.support.sisters import open_keys, receive, sell_a_month, spend

NOVEMBER_12 = datetime(2026, 11, 12, 9, tzinfo=UTC)
SISTER = "rebost.example"


@pytest.fixture
def us(app: Flask) -> str:
    with app.app_context():
        return instance_name()


@pytest.fixture
def october(database: Database, settings: Settings, us: str) -> None:
    """Two instances reported; both spent for the common software, ours gave work as well."""
    with clock.travel(NOVEMBER_12), database.transaction() as session:
        keys = open_keys(Path(settings.var_dir))
        sell_a_month(session, OCTOBER)
        spend(session, OCTOBER, 25_000, scope=CostScope.COMMON)
        spend(session, OCTOBER, 7_700, scope=CostScope.COMMON, kind=CostKind.IN_KIND, minutes=90)
        close(session)
        publish_report(session, actor=SYSTEM, month=OCTOBER, instance=us, keys=keys)
        receive(session, SISTER)
        rule = {"kind": "hybrid", "equal_permille": 500, "floor": 1_000, "cap_permille": 1000}
        adopt(session, keys, *sorted((us, SISTER)), rule=rule, budget=20_000)
        services.compute_allocation(session, actor=SYSTEM, month=OCTOBER, instance=us, keys=keys)


def page(client: FlaskClient, path: str) -> str:
    with clock.travel(NOVEMBER_12):
        answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True).replace("\u202f", " ").replace("\xa0", " ")


def test_everybody_reads_who_pays_what(client: FlaskClient, october: None) -> None:
    text = page(client, "/commons/2026-10")
    assert "Qui paie quoi" in text
    assert "200 €" in text  # the budget that was voted
    assert "El Rebost" in text
    assert "77 €" in text  # work given, beside
    assert "Même résultat, à l’octet près" in text
    assert "1 sur 2" in text


def test_our_own_share_is_worked_out_line_by_line(client: FlaskClient, october: None) -> None:
    text = page(client, "/commons/2026-10")
    assert "Part égale : 50 % de 200 €, divisée par 2" in text
    assert "Déjà payé pour le logiciel commun" in text
    assert "À recevoir" in text  # we spent 250 EUR ourselves, more than our share


def test_the_cooperative_sees_it_beside_its_report(app: Flask, database: Database, october: None) -> None:
    with database.transaction() as session:
        user = make_user(session, "coop@example.org", is_cooperative=True)
    client = app.test_client()
    with clock.travel(NOVEMBER_12):
        sign_in(client, database, user)
    assert "Comment notre part a été calculée" in page(client, "/cooperative/commons/2026-10")


def test_a_month_without_allocation_says_nothing_of_it(client: FlaskClient, october: None) -> None:
    assert "Qui paie quoi" not in page(client, "/commons/2026-09")
