"""The basket in a browser: bad input keeps what was typed, and whatever changed is said."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coopcircuits import clock, jobs
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.events import record
from orders.cart import queries
from orders.cart.models import Cart
from orders.cart.owner import Owner
from orders.offer.models import Offer
from orders.offer.services import withdraw
from orders.order_cycle.models import OrderCycle
from shops.enterprise.models import Enterprise
from shops.events import ProductChanged
from shops.product.models import Variant
from shops.stock import services as stock
from shops.stock.models import MoveReason
from tests.support.cycles import make_cart, make_cycle, offers_of
from tests.support.people import PASSWORD, make_user
from tests.support.shops import make_product, make_shop, variant

SHOP = "/shops/ferme-des-sources"


@pytest.fixture
def farm(database: Database) -> OrderCycle:
    with database.transaction() as session:
        shop = make_shop(session, name="Ferme des Sources")
        make_product(session, shop, name="Tomates", variants=[variant(), variant(unit_value=500, price=210)])
        return make_cycle(session, shop)


@pytest.fixture
def offers(database: Database, farm: OrderCycle) -> list[Offer]:
    with database.reading() as session:
        return list(offers_of(session, farm))


class Browser:
    """A visitor who reads forms as a browser does: hidden fields and what the fields show go back unless typed over."""

    def __init__(self, client: FlaskClient) -> None:
        self.client, self.text, self.status = client, "", 0

    def get(self, path: str) -> "Browser":
        return self._keep(self.client.get(path, follow_redirects=True))

    def post(self, path: str, **typed: str) -> "Browser":
        fields = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', self.text))
        fields |= dict(re.findall(r'name="(q\d+)" id="q\d+" value="([^"]*)"', self.text))
        return self._keep(self.client.post(path, data={**fields, **typed}, follow_redirects=True))

    def _keep(self, response: object) -> "Browser":
        self.text, self.status = response.get_data(as_text=True), response.status_code  # type: ignore[attr-defined]  # a test response
        return self

    def field(self, offer: Offer) -> str:
        found = re.search(rf'name="q{offer.id}" id="q{offer.id}" value="([^"]*)"', self.text)
        assert found, f"no field q{offer.id}"
        return found[1]


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    return Browser(client)


def q(offer: Offer) -> str:
    return f"q{offer.id}"


def test_from_the_shelf_to_the_basket(browser: Browser, offers: list[Offer]) -> None:
    browser.get(SHOP).post(f"{SHOP}/basket", **{q(offers[0]): "2", q(offers[1]): "1"})
    assert "Mon panier" in browser.text
    assert [browser.field(offer) for offer in offers] == ["2", "1"]
    assert "9,90" in browser.text
    assert "(3)" in browser.get(SHOP).text  # the header counts them


@pytest.mark.parametrize("typed", ["-1", "abc", "1000000000", "1,5", "1000"])
def test_bad_quantities_are_said_beside_the_field_and_nothing_typed_is_lost(
    browser: Browser, offers: list[Offer], typed: str
) -> None:
    browser.get(SHOP).post(f"{SHOP}/basket", **{q(offers[0]): typed, q(offers[1]): "4"})
    assert browser.status == 422
    assert (browser.field(offers[0]), browser.field(offers[1])) == (typed, "4")
    assert f'id="q{offers[0].id}-error"' in browser.text
    assert f'href="#q{offers[0].id}"' in browser.text
    browser.post(f"{SHOP}/basket", **{q(offers[0]): "1"})
    assert [browser.field(offer) for offer in offers] == ["1", "4"]


def test_zero_and_take_out_remove_a_line(browser: Browser, offers: list[Offer]) -> None:
    browser.get(SHOP).post(f"{SHOP}/basket", **{q(offers[0]): "2", q(offers[1]): "1"})
    browser.post(f"{SHOP}/basket", **{q(offers[0]): "0"})
    assert q(offers[0]) not in browser.text
    browser.post(f"{SHOP}/basket", remove=str(offers[1].id))
    assert "Votre panier est vide" in browser.text


def test_a_page_left_open_does_not_undo_what_was_added_since(app: Flask, offers: list[Offer]) -> None:
    client = app.test_client()
    old_tab, new_tab = Browser(client), Browser(client)
    old_tab.get(SHOP)
    new_tab.get(SHOP).post(f"{SHOP}/basket", **{q(offers[0]): "5"})
    old_tab.post(f"{SHOP}/basket", **{q(offers[1]): "1"})
    assert [old_tab.field(offer) for offer in offers] == ["5", "1"]


def test_more_than_there_is_comes_down_to_what_is_left_with_a_sentence(
    browser: Browser, offers: list[Offer], database: Database
) -> None:
    browser.get(SHOP).post(f"{SHOP}/basket", **{q(offers[0]): "13"})
    assert "Il ne reste que 10" in browser.text
    assert "rien n’a été payé" in browser.text
    assert browser.field(offers[0]) == "10"


def test_what_changed_is_said_and_brought_up_to_date_only_on_demand(
    browser: Browser, database: Database, farm: OrderCycle, offers: list[Offer]
) -> None:
    with database.transaction() as session:
        shop = session.get_one(Enterprise, farm.shop_id)
        make_product(session, shop, name="Radis")
        make_product(session, shop, name="Navets")
        cycle = make_cycle(session, shop, closes_at=clock.now() + timedelta(days=1))
        tomatoes, halves, radishes, turnips = sorted(offers_of(session, cycle), key=lambda offer: offer.id)
    browser.get(SHOP).post(f"{SHOP}/basket", **{q(o): "4" for o in (tomatoes, halves, radishes, turnips)})
    with database.transaction() as session:
        for offer, left in ((halves, 2), (turnips, 0)):
            stock.set_level(
                session,
                variant_id=offer.variant_id,
                on_hand=left,
                on_demand=False,
                reason=MoveReason.COUNTED,
                actor=SYSTEM,
            )
        withdraw(session, cycle_id=cycle.id, variant_ids=[radishes.variant_id])
        session.get_one(Variant, tomatoes.variant_id).price = 420
        session.flush()
        record(session, ProductChanged(tomatoes.product_id, farm.shop_id), actor=SYSTEM)
    browser.get(f"{SHOP}/basket")
    for words in ("Il n’en reste que 2", "Épuisé", "N’est plus dans cette vente", "Il était à 3,90", "à 4,20"):
        assert words in browser.text.replace("\u202f€", "\u00a0€"), words
    assert [browser.field(offer) for offer in (tomatoes, halves, radishes, turnips)] == ["4"] * 4
    browser.post(f"{SHOP}/basket/{cycle.reference}/adjust")
    assert [browser.field(offer) for offer in (tomatoes, halves)] == ["4", "2"]
    for gone in (radishes, turnips):
        assert q(gone) not in browser.text
    assert "Il était à" not in browser.text


def test_a_basket_of_a_closed_sale_is_kept_and_can_move_to_the_next(
    browser: Browser, database: Database, farm: OrderCycle, offers: list[Offer]
) -> None:
    browser.get(SHOP).post(f"{SHOP}/basket", **{q(offers[0]): "2"})
    page_of_the_open_sale = browser.get(SHOP).text
    with clock.travel(farm.closes_at + timedelta(hours=1)):
        browser.text = page_of_the_open_sale
        browser.post(f"{SHOP}/basket", **{q(offers[0]): "3"})
        assert browser.status == 422
        assert "votre panier est gardé" in browser.text
        assert "Cette vente a fermé le" in browser.get(f"{SHOP}/basket").text
        with database.transaction() as session:
            make_cycle(session, session.get_one(Enterprise, farm.shop_id), name="La suivante")
        browser.get(f"{SHOP}/basket").post(f"{SHOP}/basket/{farm.reference}/reuse")
        assert 'value="2"' in browser.text
        assert "Cette vente a fermé le" not in browser.text


def test_baskets_of_all_shops_are_kept_side_by_side(browser: Browser, database: Database, offers: list[Offer]) -> None:
    with database.transaction() as session:
        other = make_cycle(session, make_shop(session, name="Épicerie du Pont"))
        offer = offers_of(session, other)[0]
    browser.get(SHOP).post(f"{SHOP}/basket", **{q(offers[0]): "2"})
    assert "Tomates" in browser.get("/basket").text  # the only one is shown at once
    browser.get("/shops/epicerie-du-pont").post("/shops/epicerie-du-pont/basket", **{q(offer): "1"})
    listed = browser.get("/basket").text
    assert "Épicerie du Pont" in listed
    assert "Ferme des Sources" in listed


def test_an_empty_basket_page(browser: Browser, farm: OrderCycle) -> None:
    assert "Votre panier est vide" in browser.get("/basket").text
    assert "Votre panier est vide" in browser.get(f"{SHOP}/basket").text


def test_logging_in_keeps_the_basket(
    browser: Browser, database: Database, farm: OrderCycle, offers: list[Offer]
) -> None:
    with database.transaction() as session:
        user = make_user(session)
    browser.get(SHOP).post(f"{SHOP}/basket", **{q(offers[0]): "2"})
    browser.get("/log-in").post("/log-in", email=user.email, password=PASSWORD)
    assert browser.get(f"{SHOP}/basket").field(offers[0]) == "2"
    with database.reading() as session:
        assert queries.quantities(session, owner=Owner(user_id=user.id), cycle_id=farm.id) == {offers[0].id: 2}


def test_another_visitor_s_basket_cannot_be_reached(app: Flask, offers: list[Offer]) -> None:
    mine, theirs = Browser(app.test_client()), Browser(app.test_client())
    mine.get(SHOP).post(f"{SHOP}/basket", **{q(offers[0]): "2"})
    assert "Votre panier est vide" in theirs.get(f"{SHOP}/basket").text
    theirs.get(SHOP)
    assert theirs.post(f"{SHOP}/basket/{offers[0].id}/adjust").status == 404


def test_forgotten_baskets_are_deleted_after_sixty_days(app: Flask, database: Database, farm: OrderCycle) -> None:
    with database.transaction() as session:
        old = make_cart(session, farm)
        kept = make_cart(session, farm, visitor="another-visitor-cookie-of-a-test")
        old.updated_at = clock.now() - timedelta(days=60, seconds=1)
        kept.updated_at = clock.now() - timedelta(days=59)
    with app.app_context():
        assert jobs.run_once("orders.purge_carts") == "1 panier supprimé"
    with database.reading() as session:
        assert [cart.id for cart in session.query(Cart)] == [kept.id]
