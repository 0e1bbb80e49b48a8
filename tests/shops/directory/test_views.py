"""The directory: near a place, by name, quickly."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.db import Database
from shops.directory.opening import OpeningInfo, add_opening_info
from shops.directory.postcodes import find
from shops.enterprise.models import Enterprise, EnterpriseState, Sells, Visibility
from tests.support.shops import make_enterprise, make_shop


def page_of(client: FlaskClient, query: str = "") -> str:
    answer = client.get(f"/shops{query}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_nearest_come_first_with_their_distance(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        make_shop(session, name="À Crest", postcode="26400", city="Crest")
        make_shop(session, name="À Die")
        make_enterprise(session, name="À Saillans", postcode="26340", city="Saillans", sells=Sells.NONE)
        make_shop(session, name="À Lille", postcode="59000", city="Lille")
        make_enterprise(session, name="En brouillon", active=False)
        make_shop(session, name="Cachée").visibility = Visibility.HIDDEN
        make_shop(session, name="Par lien").visibility = Visibility.BY_LINK
    page = page_of(client, "?near=26150+Die")
    places = [page.find(name) for name in ("À Die", "À Saillans", "À Crest")]
    assert -1 not in places
    assert places == sorted(places)
    assert "Die, 0\u202fkm" in page
    for absent in ("À Lille", "En brouillon", "Cachée", "Par lien"):
        assert absent not in page
    assert "À Lille" in page_of(client)
    assert "À Crest" in page_of(client, "?name=a+CRÈST")
    assert "À Die" not in page_of(client, "?name=a+CRÈST")


def test_a_place_nobody_knows_or_a_strange_question_is_answered_kindly(client: FlaskClient) -> None:
    assert "La première pourrait être la vôtre" in page_of(client)
    assert "Nous ne connaissons ni commune" in page_of(client, "?near=Atlantide")
    assert "Pas encore de boutique ici" in page_of(client, "?near=59000")
    assert "Ou bien" in page_of(client, "?near=saint-martin")
    page_of(client, "?near=%07%F0%9F%A5%95&name=%25_&page=-5")
    page_of(client, "?near=" + "9" * 500)


def test_what_the_floor_above_knows_of_opening_is_shown(app: Flask, client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        shop = make_shop(session, name="Le Jardin")
        later = make_shop(session, name="Le Verger")

    def told(session: Session, ids: Collection[int]) -> Mapping[int, OpeningInfo]:
        assert set(ids) == {shop.id, later.id}
        return {
            shop.id: OpeningInfo(open_until=datetime(2030, 11, 28, 19, tzinfo=UTC)),
            later.id: OpeningInfo(opens_at=datetime(2030, 12, 2, 7, tzinfo=UTC)),
        }

    app.extensions["opening_info"] = []
    add_opening_info(app, told)
    page = page_of(client)
    assert "jusqu’à jeudi 28 novembre 2030 à 20 h" in page
    assert "ouvre lundi 2 décembre 2030 à 8 h" in page


def test_ten_thousand_enterprises_take_five_queries(client: FlaskClient, database: Database) -> None:
    die = find("26150 Die")[0].point
    with database.transaction() as session:
        session.execute(
            insert(Enterprise),
            [
                {
                    "permalink": f"ferme-{n}",
                    "name": f"Ferme {n}",
                    "name_key": f"ferme {n}",
                    "is_producer": True,
                    "sells": Sells.OWN,
                    "state": EnterpriseState.ACTIVE,
                    "visibility": Visibility.PUBLIC,
                    "email": "x@example.org",
                    "postcode": "26150",
                    "city": "Die",
                    "country": "FR",
                    "latitude": die.latitude + (n % 100) / 50,
                    "longitude": die.longitude + (n // 100) / 50,
                    "zone": "Europe/Paris",
                    "currency": "EUR",
                    "labels": [],
                    "created_at": clock.now(),
                }
                for n in range(10_000)
            ],
        )
    page_of(client)
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    page = page_of(client, "?near=26150+Die")
    assert page.count("shop-card-top") == 50
    assert "Ferme 0<" in page
    assert len(asked) <= 5
