"""The manager's day, the list of orders, the packing list."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from orders.checkout.services import Contact
from orders.distribution import queries
from orders.distribution.sheet import safe
from orders.order import services
from orders.order_cycle.models import OrderCycle
from shops.enterprise.models import Enterprise, StaffRole
from shops.enterprise.services import add_staff
from tests.support.cycles import make_cycle, offers_of
from tests.support.orders import make_order, slots_of
from tests.support.people import make_user, sign_in
from tests.support.shops import make_enterprise, make_product, make_shop, variant


class Stall:
    """A shop with two products, three orders in two slots, and its manager's browser."""

    def __init__(self, client: FlaskClient, database: Database) -> None:
        self.client, self.database = client, database
        with database.transaction() as session:
            shop = make_shop(session, name="La ferme des Sources")
            make_product(session, shop, name="Poireaux", variants=[variant(price=310)])
            make_product(session, shop, name="Miel", variants=[variant(price=890, unit_value=500)])
            cycle = make_cycle(session, shop)
            leeks, honey = sorted(offers_of(session, cycle), key=lambda offer: offer.price)
            first, second = slots_of(session, cycle)
            self.orders = [
                make_order(
                    session, cycle, quantities=wanted, slot_id=slot.id, contact=Contact(name, mail, "06"), note=note
                )
                for name, mail, wanted, slot, note in (
                    ("Zoé Petit", "z@example.org", {leeks.id: 2}, first, "=1+1"),
                    ("Ali Roche", "a@example.org", {leeks.id: 1, honey.id: 1}, first, ""),
                    ("+Bob", "b@example.org", {honey.id: 3}, second, ""),
                )
            ]
            user = make_user(session, email="manager@example.org")
            add_staff(session, enterprise_id=shop.id, user_id=user.id, role=StaffRole.MANAGER, actor=SYSTEM)
            self.shop, self.cycle = shop, cycle
        sign_in(client, database, user)

    def get(self, rest: str = "", **query: str) -> str:
        answer = self.client.get(f"/manage/{self.shop.permalink}{rest}", query_string=query)
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def stall(client: FlaskClient, database: Database) -> Stall:
    return Stall(client, database)


def test_the_packing_list_by_customer_slot_and_product(stall: Stall) -> None:
    address = f"/cycles/{stall.cycle.reference}/packing"
    by_customer = stall.get(address)
    assert by_customer.index("Ali Roche") < by_customer.index("Zoé Petit") < by_customer.index("+Bob")
    assert "3,10" not in by_customer
    by_product = stall.get(address, by="product")
    assert "Poireaux" in by_product
    assert "<strong>3</strong>" in by_product
    assert "<strong>4</strong>" in by_product
    assert "Ali Roche" in stall.get(address, by="slot")


def test_a_cancelled_order_is_not_packed(stall: Stall, database: Database) -> None:
    with database.transaction() as session:
        services.cancel(session, order_id=stall.orders[1].id, actor=SYSTEM, by_shop=True, reason="x")
    assert "Ali Roche" not in stall.get(f"/cycles/{stall.cycle.reference}/packing")
    assert "Ali Roche" in stall.get("/orders", shelf="cancelled")


def test_the_file_opens_in_a_spreadsheet_and_runs_nothing(stall: Stall) -> None:
    answer = stall.client.get(f"/manage/{stall.shop.permalink}/cycles/{stall.cycle.reference}/packing.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 1 + 4
    names = {row[rows[0].index("Nom")] for row in rows[1:]}
    assert names == {"Zoé Petit", "Ali Roche", "'+Bob"}
    assert "'=1+1" in {row[-1] for row in rows}
    amounts = {row[rows[0].index("Total de la ligne")] for row in rows[1:]}
    assert amounts == {"6,20", "3,10", "8,90", "26,70"}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_cells_that_would_run() -> None:
    assert safe(["=A1", "+1", "-1", "@x", "\tx", "\rx", "ok", "", "a=b"]) == [
        "'=A1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "ok", "", "a=b",
    ]  # fmt: skip


def test_orders_are_found(stall: Stall) -> None:
    everybody = {"Zoé Petit", "Ali Roche", "+Bob"}
    searches: list[tuple[dict[str, str], set[str]]] = [
        ({}, everybody),
        ({"q": "petit"}, {"Zoé Petit"}),
        ({"q": "a@example"}, {"Ali Roche"}),
        ({"q": "%"}, set()),
        ({"shelf": "to-prepare"}, everybody),
        ({"shelf": "collected"}, set()),
        ({"shelf": "to-pay"}, everybody),
        ({"shelf": "to-give-back"}, set()),
        ({"shelf": "nonsense"}, everybody),
        ({"page": "9"}, set()),
    ]
    for query, found in searches:
        page = stall.get("/orders", **query)
        assert {name for name in everybody if f">{name}<" in page} == found, query


def test_a_reference_finds_its_order_whatever_its_case(stall: Stall) -> None:
    page = stall.get("/orders", q=stall.orders[0].reference.lower())
    assert "Zoé Petit" in page
    assert "Ali Roche" not in page


def test_the_list_of_another_shops_sale_does_not_exist(stall: Stall, database: Database) -> None:
    with database.transaction() as session:
        theirs = make_cycle(session)
    base = f"/manage/{stall.shop.permalink}"
    for address in (f"/cycles/{theirs.reference}/packing", f"/cycles/{theirs.reference}/packing.csv"):
        assert stall.client.get(base + address).status_code == 404
    assert stall.client.get(f"{base}/orders", query_string={"cycle": theirs.reference}).status_code == 404


def test_the_day_says_what_waits(stall: Stall, database: Database) -> None:
    assert "3 commandes pour l’instant" in stall.get()
    with clock.travel(stall.orders[2].pickup_until):
        page = stall.get()
        assert "3 commandes à préparer" in page
        assert "3 paiements à recevoir" in page
        assert "Préparer les commandes" in page


def test_the_day_counts_weeks_by_the_shops_calendar(stall: Stall, database: Database) -> None:
    with database.reading() as session:
        shop = session.get_one(Enterprise, stall.shop.id)
        day = queries.day(session, shop)
        assert (day.this_week.orders, day.this_week.sold) == (3, 620 + 1200 + 2670)
        with clock.travel(clock.now() + timedelta(days=7)):
            day = queries.day(session, shop)
        assert (day.this_week.orders, day.last_week.orders) == (0, 3)


def test_a_shop_that_cannot_sell_yet_is_told_what_is_missing(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        user = make_user(session)
        shop = make_enterprise(session, owner_id=user.id, active=False)
    sign_in(client, database, user)
    page = client.get(f"/manage/{shop.permalink}").text
    assert f"/manage/{shop.permalink}/payments" in page
    assert "Rien ne vous attend" not in page


def test_many_orders_take_as_many_queries_as_few(stall: Stall, database: Database) -> None:
    seen = 0

    def count(*_arguments: object) -> None:
        nonlocal seen
        seen += 1

    event.listen(database.engine, "before_cursor_execute", count)

    def queries_of(rest: str) -> int:
        nonlocal seen
        seen = 0
        stall.get(rest)
        return seen

    pages = ["", "/orders", f"/cycles/{stall.cycle.reference}/packing"]
    queries_of("")  # the first page of a process also reads who runs the instance
    few = [queries_of(page) for page in pages]
    with database.transaction() as session:
        cycle = session.get_one(OrderCycle, stall.cycle.id)
        offer = offers_of(session, cycle)[0]
        for _ in range(4):
            make_order(session, cycle, quantities={offer.id: 1}, slot_id=slots_of(session, cycle)[1].id)
    assert [queries_of(page) for page in pages] == few
