"""Two years of the commons: what each published and no more, as charts with tables and as a file."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from billing.allocation.services import compute_allocation
from billing.allocation.trend import MONTHS, trends
from billing.commons.instance import instance_name, open_keys, profile
from billing.commons.services import publish_report
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from tests.support.allocations import adopt
from tests.support.billing import OCTOBER, close
from tests.support.sisters import receive, sell_a_month, spend

NOVEMBER_9 = datetime(2026, 11, 9, 9, tzinfo=UTC)
NOVEMBER_13 = datetime(2026, 11, 13, 9, tzinfo=UTC)


@pytest.fixture
def year(app: Flask, database: Database) -> None:
    """October of us and of a sister, allocated."""
    with app.app_context():
        with clock.travel(NOVEMBER_9), database.transaction() as session:
            keys = open_keys()
            sell_a_month(session, OCTOBER)
            spend(session, OCTOBER, 40_000, scope="common")
            close(session)
            publish_report(session, actor=SYSTEM, month=OCTOBER, instance=instance_name(), keys=keys)
            receive(session)
            adopt(session, keys, instance_name(), "rebost.example")
        with clock.travel(NOVEMBER_13), database.transaction() as session:
            compute_allocation(session, actor=SYSTEM, month=OCTOBER, instance=instance_name(), keys=open_keys())


def get(client: FlaskClient, path: str) -> str:
    with clock.travel(NOVEMBER_13):
        answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True).replace("\u202f", " ").replace("\xa0", " ")


def test_a_point_is_what_was_published(app: Flask, database: Database, year: None) -> None:
    with app.app_context(), database.reading() as session:
        ours, theirs = trends(session, us=profile())
        assert [len(found.points) for found in (ours, theirs)] == [MONTHS, MONTHS]
        last = ours.points[-1]
        assert (last.period, last.costs, last.common) == ("2026-10", 40_000, 40_000)
        assert last.sales == 1_450_000  # 15,300 with tax, rounded to hundreds by scheme
        assert last.share is not None
        assert theirs.points[-1].share is not None
        assert ours.points[0].payload is None
        assert [point.period for point in ours.reported] == ["2026-10"]
        assert [point.period for point in ours.since_first] == ["2026-09", "2026-10"]


def test_the_page_shows_an_instance_with_its_figures(client: FlaskClient, year: None) -> None:
    page = get(client, "/commons/trend")
    assert "Ventes hors taxes, en EUR" in page
    assert "14 500 €" in page  # 15,300 with tax
    assert "400 €" in page
    assert "septembre 2026" in page.lower()  # drawn from the month before the first report on
    assert "El Rebost" in get(client, "/commons/trend/rebost.example")
    assert client.get("/commons/trend/nobody.example").status_code == 404


def test_a_hidden_figure_breaks_the_line_and_leaves_the_cell_empty(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    with app.app_context(), clock.travel(NOVEMBER_9), database.transaction() as session:
        sell_a_month(session, OCTOBER, shops=3)
        close(session)
        publish_report(session, actor=SYSTEM, month=OCTOBER, instance=instance_name(), keys=open_keys())
    page = get(client, "/commons/trend")
    assert "De 5 000 € à 20 000 €" in page
    assert "stroke-1" not in page.split("Contributions et coûts")[0]
    line = get(client, "/commons/trend.csv").splitlines()[1].split(";")
    assert line[:5] == ["localhost", "2026-10", "EUR", "", ""]


def test_the_file_holds_every_instance(client: FlaskClient, year: None) -> None:
    lines = [line.split(";") for line in get(client, "/commons/trend.csv").splitlines()[1:]]
    assert [line[0] for line in lines] == ["localhost", "rebost.example"]
    assert lines[0][5:7] == ["400,00", "400,00"]
    assert [line[10:12] for line in lines] == [["", ""], ["31200,00", "8,4"]], "ours was not noted"
    assert "8,4 mois" in get(client, "/commons/trend/rebost.example")
    assert client.get("/commons/trend.txt").status_code == 404


def test_before_anybody_reported_there_is_nothing_to_draw(client: FlaskClient) -> None:
    assert "Aucun rapport" in get(client, "/commons/trend")


def test_the_file_is_not_made_for_everyone_who_hammers_at_it(client: FlaskClient) -> None:
    statuses = [client.get("/commons/trend.csv").status_code for _ in range(121)]
    assert (set(statuses[:120]), statuses[120]) == ({200}, 429)
