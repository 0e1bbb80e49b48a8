"""The front page and the directory say who takes orders now."""

from datetime import timedelta

from flask.testing import FlaskClient

from coopcircuits import clock
from coopcircuits.db import Database
from shops.enterprise.models import Visibility
from tests.support.cycles import make_cycle
from tests.support.shops import make_shop
from tests.support.statements import counted


def test_open_shops_are_listed_once_the_first_to_close_at_the_head(client: FlaskClient, database: Database) -> None:
    now = clock.now()
    with database.transaction() as session:
        for name, hours in (("Ferme du soir", 30), ("Ferme du matin", 5), ("Ferme à venir", 200)):
            shop = make_shop(session, name=name)
            opens_at = now + timedelta(hours=100 if hours > 100 else -1)
            make_cycle(session, shop, opens_at=opens_at, closes_at=now + timedelta(hours=hours))
        make_cycle(session, shop := make_shop(session, name="Ferme cachée"))
        shop.visibility = Visibility.BY_LINK
        again = make_shop(session, name="Ferme aux deux ventes")
        make_cycle(session, again, closes_at=now + timedelta(hours=50))
        make_cycle(session, again, closes_at=now + timedelta(hours=60))
    client.get("/")
    with counted(database.engine) as statements:
        text = client.get("/").get_data(as_text=True)
    places = [text.find(name) for name in ("Ferme du matin", "Ferme du soir", "Ferme aux deux ventes")]
    assert -1 not in places
    assert places == sorted(places)
    assert text.count("Ferme aux deux ventes") == 1
    assert "Ferme bientôt" in text
    assert "Ferme à venir" not in text
    assert "Ferme cachée" not in text
    assert len(statements) <= 5
    listed = client.get("/shops").get_data(as_text=True)
    assert listed.count("Ouvert") >= 3
    assert "ouvre " in listed


def test_without_open_shop_the_front_page_still_says_how_it_works(client: FlaskClient) -> None:
    text = client.get("/").get_data(as_text=True)
    assert "Comment ça marche" in text
    assert "On peut commander en ce moment" not in text
