"""The cooperative's view of the work behind the scenes."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coopcircuits import clock, events, jobs
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.events.models import Delivery, DeliveryState
from coopcircuits.mail.models import Mail, MailState
from coopcircuits.work.queries import reason
from tests.support.account import log_in, person, post
from tests.support.bell import BellBroken
from tests.support.worker import deliver_all


@pytest.fixture
def camille(app: Flask, client: FlaskClient, database: Database) -> FlaskClient:
    """A browser of somebody who works for the cooperative."""
    person(database, "camille@example.org", is_cooperative=True)
    deliver_all(app)
    log_in(client, email="camille@example.org")
    return client


def test_all_is_well_is_said(app: Flask, camille: FlaskClient) -> None:
    with app.app_context():
        jobs.write_diary(jobs.HEARTBEAT, started=clock.now())
        jobs.run_once("mail.send")
    page = camille.get("/cooperative/work").get_data(as_text=True)
    assert "Tout va bien" in page
    assert "mail.send" in page
    assert "arrêté" not in page


def test_a_worker_that_is_missing_is_said(camille: FlaskClient) -> None:
    assert "Le travail en arrière-plan est arrêté" in camille.get("/cooperative/work").get_data(as_text=True)


def test_what_failed_is_shown_and_can_be_tried_again(app: Flask, camille: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        events.record(session, BellBroken(1), actor=SYSTEM)
        session.add(
            Mail(
                key="x",
                recipient="gone@example.org",
                sender_name="",
                language="fr",
                subject="Votre panier",
                text="",
                html="",
                created_at=clock.now(),
                next_attempt_at=clock.now(),
                state=MailState.FAILED,
                last_error="550 no such user",
            )
        )
    deliver_all(app)
    page = camille.get("/cooperative/work").get_data(as_text=True)
    for words in ("BellBroken", "tests.repair_the_bell", "RuntimeError: no spare part", "550 no such user"):
        assert words in page
    with database.transaction() as session:
        delivery = session.scalars(select(Delivery).where(Delivery.last_error.is_not(None))).one()
        delivery.state = DeliveryState.FAILED
    assert "abandonné" in camille.get("/cooperative/work").get_data(as_text=True)
    assert post(camille, f"/cooperative/work/{delivery.id}/retry").location == "/cooperative/work"
    with database.transaction() as session:
        again = session.get_one(Delivery, delivery.id)
        assert (again.state, again.attempts) == (DeliveryState.WAITING, 0)
        again.state = DeliveryState.FAILED
        mail_id = session.scalars(select(Mail.id).where(Mail.recipient == "gone@example.org")).one()
    post(camille, "/cooperative/work/retry")
    post(camille, f"/cooperative/work/mails/{mail_id}/retry")
    with database.reading() as session:
        assert session.get_one(Delivery, delivery.id).state is DeliveryState.WAITING
        assert session.get_one(Mail, mail_id).state is MailState.WAITING
    assert post(camille, "/cooperative/work/999999/retry").status_code == 404


def test_it_is_for_the_cooperative_only(client: FlaskClient, database: Database) -> None:
    assert client.get("/cooperative/work").location == "/log-in?next=/cooperative/work"
    person(database)
    log_in(client)
    assert client.get("/cooperative/work").status_code == 403
    assert post(client, "/cooperative/work/retry").status_code == 403


def test_the_telling_line_of_a_traceback_is_found() -> None:
    sqlalchemy = (
        "Traceback (most recent call last):\n  File x\nsqlalchemy.exc.OperationalError: (x) no such table: y\n"
        "[SQL: SELECT 1]\n(Background on this error at: https://sqlalche.me/e/21/e3q8)\n"
    )
    assert reason(sqlalchemy) == "sqlalchemy.exc.OperationalError: (x) no such table: y"
    assert reason("550 no such user") == "550 no such user"
    assert reason("") == ""
