"""A shop's page: everything a shopper needs, whatever the state of the shop, in few queries."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.auth.models import User
from coopcircuits.db import Database
from coopcircuits.events import record
from orders.order_cycle.models import OrderCycle
from shops.enterprise.models import Enterprise, EnterpriseState, Sells, StaffMember, Visibility
from shops.events import EnterpriseChanged
from shops.fee.models import Calculator, FeeKind
from shops.fee.services import create_fee
from shops.product.models import Category, Product, UnitKind
from tests.support.cycles import make_cart, make_cycle, offers_of
from tests.support.people import make_user, sign_in
from tests.support.shops import make_product, make_shop, variant
from tests.support.statements import counted


@pytest.fixture
def farm(database: Database) -> OrderCycle:
    """A farm that sells tomatoes, lettuce and cider."""
    with database.transaction() as session:
        shop = make_shop(session, name="Ferme des Sources")
        shop.summary = "Légumes du Diois, cueillis le matin"
        make_product(
            session,
            shop,
            name="Tomates anciennes",
            origin="Drôme",
            variants=[variant(), variant(unit_value=500, on_hand=3)],
        )
        make_product(
            session, shop, name="Batavia", variants=[variant(unit_kind=UnitKind.ITEM, unit_value=1, on_hand=0)]
        )
        make_product(session, shop, name="Cidre brut", category=Category.ALCOHOL, is_alcohol=True, drawing="cidre")
        cycle = make_cycle(session, shop)
    return cycle


def page(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.get_data(as_text=True)


def test_it_says_who_what_until_when_and_where(client: FlaskClient, farm: OrderCycle) -> None:
    text = page(client, "/shops/ferme-des-sources")
    for words in (
        "Légumes du Diois",
        "Tomates anciennes",
        "3,90",
        "7,80",
        "Die",
        "Retrait vendredi",
        "plus que 3",
        "Épuisé",
    ):
        assert words in text, words
    assert "L’abus d’alcool" in text
    assert text.count('name="csrf_token"') == 1
    assert text.count('type="number"') == 3  # the sold out lettuce has none


def test_few_queries_whatever_the_number_of_offers(client: FlaskClient, database: Database, farm: OrderCycle) -> None:
    client.get("/healthz")
    client.get("/")  # the cooperative's name is read once per process
    with counted(database.engine) as few:
        page(client, "/shops/ferme-des-sources")
    with database.transaction() as session:
        shop = session.get_one(Enterprise, farm.shop_id)
        make_product(session, shop, name="Confitures", variants=[variant(unit_value=n + 1) for n in range(60)])
        make_cycle(session, shop, closes_at=clock.now() + timedelta(days=1))
    with counted(database.engine) as many:
        assert "Confitures" in page(client, "/shops/ferme-des-sources")
    assert len(many) == len(few) <= 5
    with database.reading() as session:
        product_id = session.query(Product.id).filter_by(name="Confitures").scalar()
    with counted(database.engine) as one:
        page(client, f"/shops/ferme-des-sources/products/{product_id}")
    assert len(one) <= 5


def test_before_and_after_the_sale_the_products_stay_in_sight(client: FlaskClient, farm: OrderCycle) -> None:
    for moment, words in (
        (farm.opens_at - timedelta(hours=1), "Les commandes ouvrent le"),
        (farm.closes_at, "La dernière vente a fermé le"),
    ):
        with clock.travel(moment):
            text = page(client, "/shops/ferme-des-sources")
            assert words in text
            assert "Tomates anciennes" in text
            assert 'type="number"' not in text
            assert 'name="csrf_token"' not in text


def test_a_shop_without_any_sale_says_so(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        permalink = make_shop(session).permalink
    assert "Aucune vente n’est encore prévue" in page(client, f"/shops/{permalink}")


def test_what_is_not_public_does_not_exist_except_for_its_staff(
    client: FlaskClient, database: Database, farm: OrderCycle
) -> None:
    paths = ["/shops/ferme-des-sources", "/shops/ferme-des-sources/products/1", "/shops/ferme-des-sources/basket"]
    with database.reading() as session:
        owner = session.query(StaffMember).filter_by(enterprise_id=farm.shop_id).one().user_id

    def set_to(state: EnterpriseState, visibility: Visibility) -> None:
        with database.transaction() as session:
            shop = session.get_one(Enterprise, farm.shop_id)
            shop.state, shop.visibility = state, visibility
            record(session, EnterpriseChanged(shop.id), actor=SYSTEM)

    with database.transaction() as session:
        stranger = make_user(session, email="stranger@example.org")
    staff, visitor = client.application.test_client(), client.application.test_client()
    with database.reading() as session:
        sign_in(staff, database, session.get_one(User, owner))
    sign_in(visitor, database, stranger)
    for state, visibility in ((EnterpriseState.DRAFT, Visibility.PUBLIC), (EnterpriseState.ACTIVE, Visibility.HIDDEN)):
        set_to(state, visibility)
        for path in paths:
            assert client.get(path).status_code == 404, (state, path)
            assert visitor.get(path).status_code == 404
            assert staff.get(path).status_code == 200
    set_to(EnterpriseState.ACTIVE, Visibility.BY_LINK)
    assert client.get(paths[0]).status_code == 200
    set_to(EnterpriseState.CLOSED, Visibility.PUBLIC)
    gone = client.get(paths[0])
    assert gone.status_code == 404
    assert "fermé pour de bon" in gone.get_data(as_text=True)
    assert client.get("/shops/nowhere").status_code == 404


def test_a_producer_without_shop_leads_to_its_profile(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        permalink = make_shop(session, sells=Sells.NONE).permalink
    response = client.get(f"/shops/{permalink}")
    assert (response.status_code, response.location) == (302, f"/enterprises/{permalink}")


def test_narrowing_works_without_script(client: FlaskClient, farm: OrderCycle) -> None:
    found = page(client, "/shops/ferme-des-sources?q=BATAVIA")
    assert "Batavia" in found
    assert "Tomates" not in found
    assert "Rien ici ne correspond" in page(client, "/shops/ferme-des-sources?q=ananas")
    aisle = page(client, "/shops/ferme-des-sources?category=alcohol")
    assert aisle.count("<section data-filter-group hidden>") == 1
    assert "Cidre" in page(client, f"/shops/ferme-des-sources?producer={farm.shop_id}")
    assert "Cidre" in page(client, "/shops/ferme-des-sources?category=nonsense&producer=x")


def test_what_lies_in_the_basket_shows_on_the_shelf(client: FlaskClient, database: Database, farm: OrderCycle) -> None:
    with database.transaction() as session:
        offer = next(offer for offer in offers_of(session, farm) if offer.product_name == "Tomates anciennes")
        user = make_user(session)
        make_cart(session, farm, {offer.id: 4}, user_id=user.id)
    sign_in(client, database, user)
    text = page(client, "/shops/ferme-des-sources")
    assert f'id="q{offer.id}" value="4"' in text
    assert "4 articles" in text


def test_a_product_s_page_tells_where_each_euro_goes(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        shop = make_shop(session, name="Épicerie du Pont")
        product = make_product(session, shop, name="Miel de lavande", allergens="Aucun", description="Récolté en août.")
        fee = create_fee(
            session,
            actor=SYSTEM,
            enterprise_id=shop.id,
            name="Tournée du vendredi",
            kind=FeeKind.TRANSPORT,
            calculator=Calculator.PERCENT_PER_ITEM,
            value=600,
        )
        make_cycle(session, shop, fee_ids=[fee.id])
        other = make_product(session, make_shop(session), name="Ailleurs")
        unsold = make_product(session, shop, name="Hors saison")
    text = page(client, f"/shops/epicerie-du-pont/products/{product.id}")
    for words in (
        "Miel de lavande",
        "Récolté en août.",
        "Aucun",
        "Vendu par",
        "4,13",
        "3,90",
        "Tournée du vendredi",
        "TVA 5,5",
    ):
        assert words in text, words
    assert client.get(f"/shops/epicerie-du-pont/products/{other.id}").status_code == 404
    assert "pas dans la vente en cours" in page(client, f"/shops/epicerie-du-pont/products/{unsold.id}")
    assert client.get("/shops/epicerie-du-pont/products/99999").status_code == 404
