"""Closing by a button: at once where shops are few, by the worker where they are many; refusals change nothing."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from billing.statement import queries, services
from billing.statement.events import MonthClosed
from billing.statement.models import Closing, Statement
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.events import Event
from orders.sale.models import SaleKind
from tests.support.billing import NOVEMBER_2, OCTOBER, Till, in_month
from tests.support.people import form_token, make_user, sign_in
from tests.support.worker import deliver_all

CLOSE, CLOSING = ("/cooperative/months/2026-10/" + name for name in ("close", "closing"))


@pytest.fixture
def till(client: FlaskClient, database: Database) -> Till:
    """A shop that sold in October; the browser belongs to the cooperative."""
    with database.transaction() as session:
        till = Till(session)
        till.sell(in_month(OCTOBER), 105_500)
        person = make_user(session, email="coop@example.org", is_cooperative=True)
    sign_in(client, database, person)
    return till


def counted(database: Database) -> tuple[int, int]:
    """Statements, and times that a month was closed."""
    with database.reading() as session:
        closed = select(func.count()).where(Event.name == MonthClosed.__name__)
        return session.scalar(select(func.count(Statement.id))) or 0, session.scalar(closed) or 0


def test_many_shops_are_left_to_the_worker_with_a_page_to_watch(
    app: Flask, client: FlaskClient, database: Database, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_MANY", 0)
    with clock.travel(NOVEMBER_2):
        assert client.get(CLOSING).status_code == 404
        data = {"csrf_token": form_token(client)}
        assert client.post(CLOSE, data=data).headers["Location"].endswith(CLOSING)
        watched = client.get(CLOSING).get_data(as_text=True)
        assert 'data-module="progress"' in watched
        assert 'http-equiv="refresh"' in watched
        assert counted(database) == (0, 0)
        deliver_all(app)
        done = client.get(CLOSING).get_data(as_text=True)
        assert "1 relevé à vérifier" in done
        assert 'value="2" max="2"' in done
        assert "refresh" not in done
        client.post(CLOSE, data=data)
    assert counted(database) == (1, 1)


def test_few_shops_are_closed_at_once_and_the_same_page_says_so(
    client: FlaskClient, database: Database, till: Till
) -> None:
    with clock.travel(NOVEMBER_2):
        answer = client.post(CLOSE, data={"csrf_token": form_token(client)}, follow_redirects=True)
    shown = answer.get_data(as_text=True)
    assert answer.request.path == CLOSING
    assert ('value="2" max="2"' in shown, "1 relevé est écrit" in shown, "1 relevé à vérifier" in shown) == (True,) * 3
    assert counted(database) == (1, 1)


def test_a_closing_that_was_left_is_finished_by_hand(client: FlaskClient, database: Database, till: Till) -> None:
    with clock.travel(NOVEMBER_2):
        with database.transaction() as session:
            services.start_closing(session, month=OCTOBER, actor=SYSTEM)
        text = client.post(CLOSING, data={"csrf_token": form_token(client)}, follow_redirects=True)
    assert "1 relevé à vérifier" in text.get_data(as_text=True)
    assert counted(database) == (1, 1)


def test_a_shop_in_two_currencies_is_refused(client: FlaskClient, database: Database, till: Till) -> None:
    with database.transaction() as session:
        shop = session.merge(till.shop)
        again = Till(session, shop)
        order = again.sell(in_month(OCTOBER), 2_110)
        again.give_back(order, in_month(OCTOBER, 12), 1_055, SaleKind.REFUND).currency = "CHF"
    with clock.travel(NOVEMBER_2):
        answer = client.post(CLOSE, data={"csrf_token": form_token(client)}, follow_redirects=True)
    assert "dans une autre monnaie que EUR" in answer.get_data(as_text=True)
    assert counted(database) == (0, 0)
    with database.reading() as session:
        assert session.scalars(select(Closing.finished_at)).all() == [None]
