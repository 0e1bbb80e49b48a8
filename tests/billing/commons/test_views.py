"""The commons for people: our report before it is signed, and everybody's side by side."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from billing.commons.models import PublishedReport
from billing.peer.models import PeerReport
from billing.statement.services import approve
from billing.treasury.services import note_balance
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from tests.support.billing import COOPERATIVE, OCTOBER, close, in_month, statement
from tests.support.people import form_token, make_user, sign_in
from tests.support.sisters import receive, sell_a_month, spend

NOVEMBER_9 = datetime(2026, 11, 9, 9, tzinfo=UTC)


@pytest.fixture
def browser(app: Flask, database: Database) -> FlaskClient:
    """Somebody of the cooperative."""
    with database.transaction() as session:
        user = make_user(session, "coop@example.org", is_cooperative=True)
    client = app.test_client()
    with clock.travel(NOVEMBER_9):
        sign_in(client, database, user)
    return client


@pytest.fixture
def october(database: Database) -> None:
    """A month of six shops, closed."""
    with database.transaction() as session:
        sell_a_month(session, OCTOBER)
        close(session)


def get(browser: FlaskClient, path: str, *, at: datetime = NOVEMBER_9) -> str:
    with clock.travel(at):
        answer = browser.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True).replace("\u202f", " ").replace("\xa0", " ")


def publish(browser: FlaskClient, period: str = "2026-10", *, at: datetime = NOVEMBER_9, **data: str) -> int:
    page = get(browser, f"/cooperative/commons/{period}", at=at)
    reviewed = re.search(r'name="reviewed"[^>]*value="([^"]+)"', page)
    assert reviewed
    with clock.travel(at):
        form = {"csrf_token": form_token(browser), "reviewed": reviewed[1], "read": "y", **data}
        return browser.post(f"/cooperative/commons/{period}", data=form).status_code


def published(database: Database) -> list[PublishedReport]:
    with database.reading() as session:
        return list(session.scalars(select(PublishedReport).order_by(PublishedReport.id)))


def test_the_month_is_read_then_signed(browser: FlaskClient, database: Database, october: None) -> None:
    page = get(browser, "/cooperative/commons")
    assert "octobre 2026" in page
    assert "15 300 €" in page  # six shops, two orders each, tax included
    assert "&#34;state&#34;: &#34;final&#34;" in page
    assert publish(browser) == 302
    (report,) = published(database)
    assert (report.period, report.state) == ("2026-10", "final")
    assert "sha256:" in get(browser, "/cooperative/commons/2026-10")


def test_nothing_is_signed_without_the_tick(browser: FlaskClient, database: Database, october: None) -> None:
    assert publish(browser, read="") == 422
    assert published(database) == []


def test_what_is_hidden_is_named_with_its_reason(browser: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        sell_a_month(session, OCTOBER, shops=3)
        close(session)
    page = get(browser, "/cooperative/commons")
    assert "Moins de cinq boutiques" in page
    assert "De 5 000 € à 20 000 €" in page


def test_a_month_under_way_says_that_it_is_provisional(browser: FlaskClient, database: Database) -> None:
    page = get(browser, "/cooperative/commons/2026-11")
    assert "Provisoire" in page
    assert publish(browser, "2026-11") == 302
    assert published(database)[0].state == "provisional"


def test_other_figures_ask_for_a_reason(browser: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        tills = sell_a_month(session, OCTOBER)
    assert publish(browser) == 302
    with database.transaction() as session:
        session.add(tills[0].shop)
        tills[0].session = session
        tills[0].sell(in_month(OCTOBER, day=30), 90_000)
    assert publish(browser) == 422
    assert len(published(database)) == 1
    assert publish(browser, reason="une commande oubliée") == 302
    assert [report.revision for report in published(database)] == [1, 2]


@pytest.mark.parametrize("period", ["2026-13", "automne", "26-10"])
def test_what_is_no_month_does_not_exist(browser: FlaskClient, period: str) -> None:
    assert browser.get(f"/cooperative/commons/{period}").status_code == 404
    assert browser.get(f"/commons/{period}").status_code == 404


def test_the_public_page_before_anybody_reported(client: FlaskClient) -> None:
    assert "Aucun rapport" in get(client, "/commons")


def test_everybody_side_by_side_with_the_proof(
    browser: FlaskClient, client: FlaskClient, database: Database, october: None
) -> None:
    with database.transaction() as session:
        receive(session)
    publish(browser)
    page = get(client, "/commons")
    assert "El Rebost" in page
    assert "Les Circuits du Val" in page
    assert "334 500 €" in page
    assert "2 sur 2" in page
    with database.reading() as session:
        report = session.scalars(select(PeerReport).where(PeerReport.period == "2026-10")).one()
    raw = client.get(f"/commons/reports/{report.digest}")
    assert (raw.data, raw.content_type) == (report.envelope, "application/json")
    assert "Set-Cookie" not in raw.headers


def test_the_cash_is_asked_for_shown_and_published(
    browser: FlaskClient, client: FlaskClient, database: Database, october: None
) -> None:
    assert "?period=2026-10" in get(browser, "/cooperative/commons")
    assert "?period=" not in get(browser, "/cooperative/commons/2026-11"), "the month is not over"
    with database.transaction() as session, clock.travel(NOVEMBER_9):
        spend(session, OCTOBER, 40_000)
        note_balance(session, actor=SYSTEM, month=OCTOBER, amount=312_345)
        receive(session)
    page = get(browser, "/cooperative/commons")
    assert "?period=2026-10" not in page
    assert "3 100 € ÷ 400,00 € par mois (1 mois) = 7,7 mois" in page
    assert publish(browser) == 302
    page = get(browser, "/cooperative/commons")
    assert "dit exactement ceci" in page
    assert 'name="reviewed"' not in page, "nothing changed"
    page = get(client, "/commons/2026-10")
    assert "7,7 mois" in page
    assert "31 200 €" in page  # the sister's
    assert "8,4 mois" in page


def test_the_cash_stays_private_while_contributions_are_hidden(
    browser: FlaskClient, client: FlaskClient, database: Database
) -> None:
    with database.transaction() as session:
        tills = sell_a_month(session, OCTOBER.plus(-1), shops=3)
        close(session, OCTOBER.plus(-1))
        spend(session, OCTOBER, 40_000)
        with clock.travel(in_month(OCTOBER)):
            for till in tills:
                found = statement(session, till.shop, OCTOBER.plus(-1))
                approve(session, actor=COOPERATIVE, seen={found.id: found.version})
        with clock.travel(NOVEMBER_9):
            note_balance(session, actor=SYSTEM, month=OCTOBER, amount=312_345)
    page = get(browser, "/cooperative/commons")
    assert "3 100" not in page
    assert "reste entre vous" in page
    assert "cash_end" not in page
    assert publish(browser) == 302
    assert "3 100" not in get(client, "/commons/2026-10")
    assert "3 100" not in get(client, "/contribution")
    assert "<dt>Publié</dt>" not in get(browser, "/cooperative/costs/cash/2026-10")


def test_who_is_late_is_said(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        receive(session)
    assert "Attendu d’ici le 10/11/2026" in get(client, "/commons")
    assert "En retard depuis le 10/11/2026" in get(client, "/commons", at=datetime(2026, 11, 11, tzinfo=UTC))


def test_without_usable_keys_the_page_says_what_to_do(browser: FlaskClient, settings: Settings, october: None) -> None:
    get(browser, "/cooperative/commons")
    (Path(settings.var_dir) / "keys").chmod(0o755)
    assert "Vos sœurs ne peuvent pas encore vérifier" in get(browser, "/cooperative/commons")


def test_in_production_the_root_key_is_asked_for(app: Flask, browser: FlaskClient, october: None) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], env="production")
    assert "flask federation keys sign-identity" in get(browser, "/cooperative/commons")
    assert publish(browser) == 422
