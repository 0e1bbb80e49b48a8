"""Shop pages kept ready for everybody: never old, in no process, and each visitor's form is their own."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

import wsgi
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.app import create_app
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.events import record
from orders.order_cycle.models import OrderCycle
from orders.shopfront.services import stock_moved
from shops.enterprise.models import Enterprise
from shops.events import EnterpriseChanged, ProductChanged
from shops.product.models import Variant
from shops.stock import services as stock
from shops.stock.models import MoveReason
from tests.support.cycles import make_cart, make_cycle, offers_of
from tests.support.people import make_user, sign_in
from tests.support.shops import make_product, make_shop, variant
from tests.support.statements import counted

PATH = "/shops/ferme-des-sources"


@pytest.fixture
def farm(database: Database) -> OrderCycle:
    with database.transaction() as session:
        shop = make_shop(session, name="Ferme des Sources")
        make_product(session, shop, variants=[variant(), variant(unit_value=500, price=210, on_hand=40)])
        return make_cycle(session, shop)


@pytest.fixture
def other_process(settings: Settings, farm: OrderCycle) -> Iterator[Flask]:
    """A second application on the same database, as another worker process would be."""
    application = create_app(settings, wsgi.FLOORS)
    yield application
    application.extensions["database"].engine.dispose()


def body(client: FlaskClient, path: str = PATH) -> str:
    return client.get(path).get_data(as_text=True)


def token(text: str) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]{40})"', text)
    assert found
    return found[1]


def set_price(session: Session, cycle: OrderCycle, variant_id: int, price: int) -> None:
    """As the catalogue does it."""
    row = session.get_one(Variant, variant_id)
    row.price = price
    session.flush()
    record(session, ProductChanged(row.product_id, cycle.shop_id), actor=SYSTEM)


@pytest.fixture
def variant_id(database: Database, farm: OrderCycle) -> int:
    with database.reading() as session:
        return offers_of(session, farm)[0].variant_id


def test_a_kept_page_asks_the_database_nothing_but_its_version(
    app: Flask, database: Database, farm: OrderCycle
) -> None:
    first = body(app.test_client())
    with counted(database.engine) as statements:
        second = body(app.test_client())
    assert not statements
    assert first.replace(token(first), "") == second.replace(token(second), "")


def test_each_visitor_gets_a_form_of_their_own_that_works(app: Flask, farm: OrderCycle, variant_id: int) -> None:
    visitors = [app.test_client() for _ in range(3)]
    tokens = [token(body(client)) for client in visitors]
    assert len(set(tokens)) == 3
    assert token(body(visitors[2])) == tokens[2]
    fields = {"page": "shop", "cycle": farm.reference, "shown": "", "q1": "2"}
    for client, own in zip(visitors[1:], tokens[1:], strict=True):
        stolen = client.post(f"{PATH}/basket", data={**fields, "csrf_token": tokens[0]})
        assert stolen.status_code == 400
        assert client.post(f"{PATH}/basket", data={**fields, "csrf_token": own}).status_code == 302


def test_a_kept_answer_has_the_headers_of_a_fresh_one(app: Flask, farm: OrderCycle) -> None:
    fresh, kept = app.test_client().get(PATH), app.test_client().get(PATH)

    def plain(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        cookie = re.compile("visitor=[^;]+|Expires=[^;]+")
        return sorted((name, cookie.sub("", value)) for name, value in headers)

    assert plain(fresh.headers.to_wsgi_list()) == plain(kept.headers.to_wsgi_list())
    assert "Content-Security-Policy" in kept.headers
    assert {"Accept-Language", "Cookie"} <= set(kept.vary)
    assert int(kept.headers["Content-Length"]) == len(kept.data)


def test_after_a_commit_no_process_shows_the_old_page(
    app: Flask, other_process: Flask, database: Database, farm: OrderCycle, variant_id: int
) -> None:
    clients = [process.test_client() for process in (app, other_process)]
    for price, words in ((400, "4,00"), (417, "4,17"), (390, "3,90")):
        for client in clients:
            body(client)
        with database.transaction() as session:
            set_price(session, farm, variant_id, price)
        for client in clients:
            text = body(client)
            assert f"{words}\u00a0€" in text.replace("\u202f", "\u00a0"), price


def test_a_change_that_is_rolled_back_changes_nothing(
    app: Flask, database: Database, farm: OrderCycle, variant_id: int
) -> None:
    client = app.test_client()
    before = body(client)
    with suppress(ZeroDivisionError), database.transaction() as session:
        set_price(session, farm, variant_id, 999)
        _ = 1 // 0
    with counted(database.engine) as statements:
        assert body(client) == before
    assert not statements


def test_the_page_turns_by_itself_when_the_sale_opens_and_closes(app: Flask, farm: OrderCycle) -> None:
    client = app.test_client()
    instants = {
        farm.opens_at - timedelta(seconds=1): "Les commandes ouvrent le",
        farm.opens_at: "Commandes ouvertes",
        farm.closes_at - timedelta(seconds=1): "Commandes ouvertes",
        farm.closes_at: "La dernière vente a fermé",
    }
    for moment, words in instants.items():
        with clock.travel(moment):
            assert words in body(client)
            assert words in body(client)


def test_a_planned_sale_that_opens_first_takes_over(app: Flask, database: Database, farm: OrderCycle) -> None:
    now = clock.now()
    with database.transaction() as session:
        shop = session.get_one(Enterprise, farm.shop_id)
        make_cycle(session, shop, name="x", opens_at=now + timedelta(hours=1), closes_at=now + timedelta(hours=2))
    client = app.test_client()
    assert farm.reference in body(client)
    with clock.travel(now + timedelta(hours=1)):
        assert farm.reference not in body(client)


def test_stock_turns_the_page_only_where_it_is_seen(app: Flask, database: Database, farm: OrderCycle) -> None:
    with database.reading() as session:
        few, many = [offer.variant_id for offer in offers_of(session, farm)]
    client = app.test_client()
    body(client)

    def take(variant_id: int, quantity: int) -> bool:
        """Whether the page was made anew after somebody else's order."""
        with database.transaction() as session:
            left = stock.take(
                session, quantities={variant_id: quantity}, order_id=None, reason=MoveReason.ORDERED, actor=SYSTEM
            )
            stock_moved(session, left=left, moved={variant_id: -quantity})
        with counted(database.engine) as statements:
            body(client)
        return bool(statements)

    assert not take(many, 10)
    assert not take(few, 4)
    assert take(few, 1)
    assert "plus que 5" in body(client)
    assert take(few, 5)
    assert "Épuisé" in body(client)


def test_whoever_is_signed_in_or_has_a_basket_gets_their_own(app: Flask, database: Database, farm: OrderCycle) -> None:
    with database.transaction() as session:
        user = make_user(session, name="Colette Vial")
    stranger, member = app.test_client(), app.test_client()
    body(stranger)
    sign_in(member, database, user)
    assert "Colette Vial" in body(member)
    assert "Colette Vial" not in body(stranger)
    shopper = app.test_client()
    shopper.set_cookie("visitor", "a-visitor-cookie-of-a-test-1234")
    shopper.set_cookie("basket", "1")
    with database.transaction() as session:
        make_cart(session, farm, {offers_of(session, farm)[0].id: 7})
    assert 'value="7"' in body(shopper)
    assert 'value="7"' not in body(stranger)


def test_each_language_has_its_page(app: Flask, farm: OrderCycle) -> None:
    client = app.test_client()
    for _ in range(2):
        assert 'lang="fr"' in client.get(PATH).get_data(as_text=True)
        assert 'lang="en"' in client.get(PATH, headers={"Accept-Language": "en-GB,fr;q=0.5"}).get_data(as_text=True)
    client.set_cookie("language", "en")
    assert 'lang="en"' in body(client)


def test_without_a_form_the_page_has_an_etag(app: Flask, database: Database, farm: OrderCycle) -> None:
    client = app.test_client()
    with clock.travel(farm.closes_at):
        client.get(PATH)
        kept = client.get(PATH)
        assert "Set-Cookie" not in kept.headers
        again = client.get(PATH, headers={"If-None-Match": kept.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        with database.transaction() as session:
            shop = session.get_one(Enterprise, farm.shop_id)
            shop.summary = "Fermée pour l’hiver"
            record(session, EnterpriseChanged(shop.id), actor=SYSTEM)
        fresh = client.get(PATH, headers={"If-None-Match": kept.headers["ETag"]})
        assert fresh.status_code == 200
        assert "Fermée pour l’hiver" in fresh.get_data(as_text=True)


def test_other_addresses_and_unknown_questions_are_not_kept(app: Flask, database: Database, farm: OrderCycle) -> None:
    client = app.test_client()
    for path in (f"{PATH}?q=x", f"{PATH}?category=x", f"{PATH}?x=1", f"{PATH}?category=fruit&category=fruit"):
        body(client, path)
        with counted(database.engine) as statements:
            body(client, path)
        assert statements, path
    for path in (f"{PATH}?category=vegetables", f"{PATH}/products/1"):
        body(client, path)
        with counted(database.engine) as statements:
            body(client, path)
        assert not statements, path
