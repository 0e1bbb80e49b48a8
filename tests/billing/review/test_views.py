"""The cooperative at work: closing by a button, approving many, deciding on one; and who may not."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from billing.statement import queries
from billing.statement.history import history_of
from billing.statement.models import Statement
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.auth.models import User
from coopcircuits.db import Database
from coopcircuits.money import TaxedMoney
from orders.order.models import Order
from orders.sale.models import SaleKind
from orders.sale.services import enter
from shops.enterprise.models import Enterprise
from tests.support.billing import NOVEMBER_2, OCTOBER, Till, close, in_month
from tests.support.people import form_token, make_user, sign_in

Post = Callable[..., str]


@pytest.fixture
def shops(database: Database) -> list[str]:
    """Permalinks of two shops that sold in October."""
    with database.transaction() as session:
        tills = [Till(session, name=name) for name in ("Les Jardins de Cocause", "Rucher des Fauries")]
        for number, till in enumerate(tills, start=1):
            till.sell(in_month(OCTOBER), 105_500 * number, reference=f"ORDER{number}")
        return [till.shop.permalink for till in tills]


@pytest.fixture
def cooperative(client: FlaskClient, database: Database) -> User:
    with database.transaction() as session:
        user = make_user(session, email="coop@example.org", name="Camille Desrues", is_cooperative=True)
    sign_in(client, database, user)
    return user


@pytest.fixture
def post(client: FlaskClient) -> Post:
    """Posts a form as the page would and returns the page that follows."""

    def send(path: str, status: int = 200, **values: object) -> str:
        data = {"csrf_token": form_token(client), **values}
        answer = client.post(path, data=data, follow_redirects=True)
        assert answer.status_code == status, answer.status_code
        return answer.get_data(as_text=True)

    return send


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def find(database: Database, shop: str) -> Statement:
    with database.reading() as session:
        found = session.query(Statement).join(Statement.enterprise).filter_by(permalink=shop).one()
        session.refresh(found, ["adjustments"])
        return found


def test_a_month_is_closed_and_approved(
    client: FlaskClient, database: Database, cooperative: User, shops: list[str], post: Post
) -> None:
    with clock.travel(NOVEMBER_2):
        assert "Octobre 2026 est terminé" in page(client, "/cooperative")
        assert "Clôturer octobre 2026" in page(client, "/cooperative/months/2026-10/close")
        closed = post("/cooperative/months/2026-10/close")
        assert ("2 relevés à vérifier" in closed, "2 relevés sont écrits" in closed) == (True, True)
        queue = page(client, "/cooperative/statements?period=2026-10")
        ticks = re.findall(r'name="approve" value="(\d+\.\d+)"', queue)
        assert len(ticks) == 2
        assert "2 relevés à vérifier" in page(client, "/cooperative")
        done = post("/cooperative/statements", approve=ticks, period="2026-10")
        assert "2 relevés validés." in done
        assert "2 relevés validés à facturer" in page(client, "/cooperative")
        again = post("/cooperative/statements", approve=ticks, period="2026-10")
        assert "2 relevés ont été modifiés par quelqu’un d’autre" in again
    with database.reading() as session:
        assert {s.state for s in session.query(Statement)} == {"approved"}


def test_everything_shown_is_approved_at_once(
    client: FlaskClient, database: Database, cooperative: User, shops: list[str], post: Post
) -> None:
    with clock.travel(NOVEMBER_2):
        post("/cooperative/months/2026-10/close")
        queue = page(client, "/cooperative/statements?period=2026-10")
        shown = re.findall(r'name="shown" value="(\d+\.\d+)"', queue)
        post(f"/cooperative/statements/{shops[0]}/2026-10/waive", version=0, reason="Grêle")
        done = post("/cooperative/statements", which="shown", shown=shown, approve=[], period="2026-10")
    assert "1 relevé validé." in done
    assert "1 relevé a été modifié par quelqu’un d’autre" in done
    assert [find(database, shop).state for shop in shops] == ["to-review", "approved"]


def test_what_gives_no_reason_to_look_is_approved_at_once(
    database: Database, cooperative: User, shops: list[str], post: Post
) -> None:
    with database.transaction() as session:
        close(session)
        for till in session.scalars(select(Enterprise).where(Enterprise.permalink.in_(shops))):
            Till(session, till).sell(in_month(OCTOBER.plus(1)), 105_500 * 2)
        close(session, OCTOBER.plus(1))
    done = post("/cooperative/statements", which="usual", period="2026-11")
    assert "1 relevé validé." in done
    with database.reading() as session:
        wanted = select(Enterprise.permalink).join(Statement).where(Statement.state == "approved")
        assert session.scalars(wanted).all() == [shops[1]]
    assert "Cochez d’abord" in post("/cooperative/statements", which="usual", period="2026-11")


def test_a_search_stays_within_its_part_of_the_queue(
    client: FlaskClient, database: Database, cooperative: User, shops: list[str]
) -> None:
    with database.transaction() as session:
        close(session)
    found = page(client, "/cooperative/statements?period=2026-10&q=rucher")
    assert "Rucher des Fauries" in found
    assert "Jardins" not in found
    assert "Aucun relevé de ce mois" in page(client, "/cooperative/statements?period=2026-10&state=invoiced&q=rucher")
    for state in ("questioned", "approved", "invoiced", "all", "to-review", "n’importe quoi"):
        page(client, f"/cooperative/statements?period=2026-10&state={state}")


def test_a_month_under_way_is_not_closed(
    client: FlaskClient, database: Database, cooperative: User, shops: list[str], post: Post
) -> None:
    with clock.travel(in_month(OCTOBER, 20)):
        assert "2026-10 n’est pas encore terminé" in post("/cooperative/months/2026-10/close")
    with database.reading() as session:
        assert queries.closing_of(session, "2026-10") is None


class TestStatement:
    """One statement, worked on."""

    @pytest.fixture
    def path(self, database: Database, shops: list[str], cooperative: User) -> str:
        with database.transaction() as session:
            close(session)
        return f"/cooperative/statements/{shops[0]}/2026-10"

    def test_it_explains_itself_down_to_the_order(self, client: FlaskClient, path: str) -> None:
        text = page(client, path)
        assert (
            "En octobre 2026\u202f: 1 commande en ligne, 1\u202f000,00\xa0€ hors taxes. "
            "Formule 1\u202f%\u202f: 10,00\xa0€. TVA 20\u202f%\u202f: 2,00\xa0€." in text
        )
        assert "ORDER1" in text
        assert "Claire Odier" not in text

    def test_a_mistyped_adjustment_stays_on_the_page(self, path: str, post: Post, database: Database) -> None:
        text = post(f"{path}/adjust", status=422, version=0, amount="-10,01", reason="Panne du site")
        assert "ne peut pas descendre sous zéro" in text
        assert 'value="-10,01"' in text
        assert "Panne du site" in text
        assert find(database, "les-jardins-de-cocause").contribution == 1_000

    def test_adjusted_waived_approved_undone(self, path: str, post: Post, database: Database) -> None:
        post(f"{path}/adjust", version=0, amount="-2,50", reason="Panne du site <b>")
        text = post(f"{path}/waive", version=1, reason="Grêle")
        assert "Panne du site &lt;b&gt;" in text
        assert "Camille Desrues" in text
        post(f"{path}/approve", version=2)
        found = find(database, "les-jardins-de-cocause")
        assert (found.contribution, found.state, [a.amount for a in found.adjustments]) == (0, "approved", [-250, -750])
        assert "de nouveau à vérifier" in post(f"{path}/undo", version=3)
        assert find(database, "les-jardins-de-cocause").state == "to-review"

    def test_the_second_reviewer_reads_what_the_first_did_and_loses_nothing(
        self, path: str, post: Post, database: Database
    ) -> None:
        post(f"{path}/waive", version=0, reason="Grêle")
        text = post(f"{path}/adjust", status=409, version=0, amount="5", reason="Oubli")
        assert "Quelqu’un d’autre a travaillé sur ce relevé entre-temps" in text
        assert "Ajusté de -10,00\xa0€, «\u202fGrêle\u202f» (Camille Desrues" in text
        assert 'value="5"' in text
        assert 'value="Oubli"' in text
        assert find(database, "les-jardins-de-cocause").contribution == 0
        post(f"{path}/adjust", version=1, amount="5", reason="Oubli")
        assert find(database, "les-jardins-de-cocause").contribution == 500

    def test_waiving_what_was_just_approved_changes_nothing(self, path: str, post: Post, database: Database) -> None:
        post(f"{path}/approve", version=0)
        text = post(f"{path}/waive", status=409, version=0, reason="Grêle sur les serres")
        assert "Validé (Camille Desrues" in text
        assert "Vous aviez écrit\u202f: «\u202fGrêle sur les serres\u202f»" in text
        found = find(database, "les-jardins-de-cocause")
        assert (found.contribution, found.state, found.version) == (1_000, "approved", 1)

    def test_every_version_is_one_line_of_the_history(self, path: str, post: Post, database: Database) -> None:
        post(f"{path}/adjust", version=0, amount="1", reason="Oubli")
        post(f"{path}/answer", version=1, text="Bonjour, est-ce juste ?")
        post(f"{path}/approve", version=2)
        post(f"{path}/undo", version=3)
        found = find(database, "les-jardins-de-cocause")
        with database.reading() as session:
            session.add(found)
            session.refresh(found, ["enterprise", "adjustments"])
            lines = [entry.what for entry in history_of(session, found, names=True)]
        assert len(lines) == found.version + 1
        assert lines == [
            "Validation annulée",
            "Validé",
            "Réponse de la coopérative",
            "Ajusté de 1,00\xa0€",
            "Mois clôturé",
        ]

    def test_an_order_is_followed_through_the_months(self, client: FlaskClient, path: str, database: Database) -> None:
        with database.transaction() as session:
            found = session.scalars(select(Order).where(Order.reference == "ORDER1")).one()
            with clock.travel(in_month(OCTOBER.plus(1))):
                enter(
                    session,
                    order=found,
                    kind=SaleKind.REFUND,
                    taxes={550: -TaxedMoney.from_gross(1_055, 550)},
                    reason="Trois bottes abîmées",
                    actor=SYSTEM,
                )
        assert f'href="{path}/orders/ORDER1"' in page(client, path)
        text = page(client, f"{path}/orders/ORDER1")
        assert "Trois bottes abîmées" in text
        assert "novembre 2026, pas encore clôturé" in text
        assert f'href="{path}">octobre 2026' in text
        assert "990,00" in text  # 1 000,00 less 10,00 before tax
        assert "Claire Odier" not in text
        page(client, f"{path}/orders/ORDER2", status=404)

    @pytest.mark.parametrize("period", ["2026-12", "2026-13", "octobre"])
    def test_other_months_do_not_exist(self, client: FlaskClient, path: str, period: str) -> None:
        page(client, path.replace("2026-10", period), status=404)


def test_only_the_cooperative_reviews(
    app: Flask, client: FlaskClient, database: Database, shops: list[str], post: Post
) -> None:
    with database.transaction() as session:
        close(session)
        user = make_user(session, email="marie@example.net")
    sign_in(client, database, user)
    statement = f"/cooperative/statements/{shops[0]}/2026-10"
    for path in ("/cooperative", "/cooperative/statements", statement, f"{statement}.pdf", "/cooperative/costs"):
        page(client, path, status=403)
    for path in (f"{statement}/waive", f"{statement}/approve", "/cooperative/months/2026-11/close"):
        post(path, status=403, version=0, reason="Grêle")
    found = find(database, shops[0])
    assert (found.contribution, found.state) == (1_000, "to-review")
