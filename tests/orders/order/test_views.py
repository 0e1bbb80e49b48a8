"""An order by its link, and by the shop's people."""

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from orders.order.models import Order, OrderState
from orders.order_cycle.models import OrderCycle
from orders.payment import queries as payments
from orders.payment import services as payment_services
from orders.payment.models import Payment, PaymentState, Refund, RefundState
from shops.enterprise.models import Enterprise, StaffRole
from shops.enterprise.services import add_staff
from tests.support.cycles import make_cycle, offers_of
from tests.support.invariants import check_invariants
from tests.support.orders import make_order
from tests.support.people import make_user, sign_in
from tests.support.shops import make_product, make_shop, variant


@pytest.fixture
def order(database: Database) -> Order:
    """Two kilograms of leeks at 3,10 and a pot of honey at 8,90, to be paid on collection."""
    with database.transaction() as session:
        shop = make_shop(session, name="La ferme des Sources")
        make_product(session, shop, name="Poireaux", variants=[variant(price=310)])
        make_product(session, shop, name="Miel", variants=[variant(price=890, unit_value=500)])
        cycle = make_cycle(session, shop)
        leeks, honey = sorted(offers_of(session, cycle), key=lambda offer: offer.price)
        return make_order(session, cycle, quantities={leeks.id: 2, honey.id: 1})


def link(order: Order) -> str:
    return f"/orders/{order.reference}/{order.link_secret}"


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return unescape(found[1])


def now(database: Database, order: Order) -> Order:
    with database.reading() as session:
        check_invariants(session)
        return session.get_one(Order, order.id)


def quantity_fields(order: Order, *quantities: int) -> dict[str, str]:
    lines = sorted(order.lines, key=lambda line: line.unit_price)
    return {f"q{line.id}": str(quantity) for line, quantity in zip(lines, quantities, strict=True)}


def test_the_page_says_all(client: FlaskClient, order: Order) -> None:
    page = client.get(link(order)).text
    for said in (
        "Confirmée",
        "La ferme des Sources",
        "Poireaux",
        "15,10",
        "À payer au retrait",
        order.reference,
        "<svg",
    ):
        assert said in page
    assert "style=" not in page
    assert 'content="noindex"' in page


def test_only_the_whole_link_opens_it(client: FlaskClient, order: Order) -> None:
    for address in (
        f"/orders/{order.reference}/{order.link_secret[:-1]}x",
        f"/orders/{order.reference}/",
        f"/orders/AAAAAAAA/{order.link_secret}",
        f"/orders/{order.reference}/{order.link_secret}é",
    ):
        assert client.get(address).status_code == 404
    sent = {"csrf_token": token(client.get("/log-in").text)}
    for action in ("cancel", "change", "pay"):
        assert client.post(f"/orders/{order.reference}/wrong/{action}", data=sent).status_code == 404


def test_a_change_is_shown_before_it_is_done(client: FlaskClient, database: Database, order: Order) -> None:
    asked = quantity_fields(order, 1, 2)
    preview = client.get(f"{link(order)}/change", query_string=asked).text
    assert "20,90" in preview
    assert now(database, order).total == 1510
    sent = {**asked, "csrf_token": token(preview), "agreed_total": "2090"}
    stale = client.post(f"{link(order)}/change", data={**sent, "agreed_total": "2000"})
    assert stale.status_code == 422
    assert now(database, order).total == 1510
    assert client.post(f"{link(order)}/change", data=sent).status_code == 303
    assert now(database, order).total == 2090


def test_changes_that_cannot_be_made_are_explained(client: FlaskClient, database: Database, order: Order) -> None:
    for quantities, said in (
        ((0, 0), "Il ne resterait rien"),
        ((13, 1), "il n’en reste que 8"),
        ((2, 1), "rien ne changerait"),
    ):
        asked = quantity_fields(order, *quantities)
        page = client.get(f"{link(order)}/change", query_string=asked).text
        total = quantities[0] * 310 + quantities[1] * 890
        if said not in page:
            sent = {**asked, "csrf_token": token(page), "agreed_total": str(total)}
            page = client.post(f"{link(order)}/change", data=sent).text
        assert said in page
    assert now(database, order).total == 1510


def test_quantities_that_are_none(client: FlaskClient, database: Database, order: Order) -> None:
    for typed in ("-1", "1e9", "abc", "999999999999", "2,5", "１"):
        asked = {**quantity_fields(order, 1, 1), f"q{order.lines[0].id}": typed}
        answer = client.get(f"{link(order)}/change", query_string=asked)
        assert answer.status_code == 200
        assert "Confirmer" not in answer.text
    assert now(database, order).total == 1510


def test_cancelling_is_asked_for_then_done_once(client: FlaskClient, database: Database, order: Order) -> None:
    page = client.get(f"{link(order)}/cancel").text
    assert "Vous n’avez rien payé" in page
    for _ in range(2):
        client.post(f"{link(order)}/cancel", data={"csrf_token": token(page)})
    assert now(database, order).state is OrderState.CANCELLED
    assert "Annulée" in client.get(link(order)).text


def test_after_the_closing_the_shop_is_packing(client: FlaskClient, database: Database, order: Order) -> None:
    page = client.get(f"{link(order)}/cancel").text
    with database.reading() as session:
        closed = session.get_one(OrderCycle, order.cycle_id).closes_at
    with clock.travel(closed):
        assert client.get(f"{link(order)}/change").status_code == 303
        client.post(f"{link(order)}/cancel", data={"csrf_token": token(page)})
        assert "Modifier les quantités" not in client.get(link(order)).text
    assert now(database, order).state is OrderState.PLACED


# ---- the shop's side


@pytest.fixture
def staff(app: Flask, database: Database, order: Order) -> FlaskClient:
    """The browser of the shop's manager."""
    return browser_of(app, database, order, StaffRole.MANAGER)


def browser_of(app: Flask, database: Database, order: Order, role: StaffRole) -> FlaskClient:
    with database.transaction() as session:
        user = make_user(session, email=f"{role.value}@example.org", name="Lucie Ferrand")
        add_staff(session, enterprise_id=order.shop_id, user_id=user.id, role=role, actor=SYSTEM)
    browser = app.test_client()
    sign_in(browser, database, user)
    return browser


def at(database: Database, order: Order, rest: str = "") -> str:
    with database.reading() as session:
        return f"/manage/{session.get_one(Enterprise, order.shop_id).permalink}/orders/{order.reference}{rest}"


def press(browser: FlaskClient, database: Database, order: Order, action: str, **data: str) -> int:
    page = browser.get(at(database, order)).text
    return browser.post(at(database, order, action), data={"csrf_token": token(page), **data}).status_code


def test_the_shop_takes_the_money_and_hands_over(staff: FlaskClient, database: Database, order: Order) -> None:
    assert "15,10" in staff.get(at(database, order)).text
    with database.reading() as session:
        (payment,) = payments.payments_of(session, order_id=order.id)
    assert press(staff, database, order, f"/payments/{payment.id}/receive") == 303
    assert press(staff, database, order, "/collect") == 303
    page = staff.get(at(database, order)).text
    assert "Retirée" in page
    assert "Payé au retrait" in page
    assert "Lucie Ferrand" in page, "the shop sees who did it"
    assert now(database, order).state is OrderState.COLLECTED


def test_one_press_hands_over_and_takes_the_money(staff: FlaskClient, database: Database, order: Order) -> None:
    assert press(staff, database, order, "/collect", paid="1") == 303
    page = staff.get(at(database, order)).text
    assert "Retirée" in page
    assert "Payé au retrait" in page


def test_part_of_the_money_goes_back_with_a_reason(staff: FlaskClient, database: Database, order: Order) -> None:
    with database.transaction() as session:
        (payment,) = payments.payments_of(session, order_id=order.id)
        payment_services.receive(session, payment_id=payment.id, shop_id=order.shop_id, actor=SYSTEM)
    assert press(staff, database, order, "/refund", amount="20", reason="Trop") == 422
    assert press(staff, database, order, "/refund", amount="2,50", reason="") == 422
    assert press(staff, database, order, "/refund", amount="-1", reason="x") == 422
    assert press(staff, database, order, "/refund", amount="2,50", reason="Pot cassé") == 303
    with database.reading() as session:
        refund = session.scalars(select(Refund)).one()
    assert (refund.amount, refund.state) == (250, RefundState.REQUESTED)
    assert press(staff, database, order, f"/refunds/{refund.id}/confirm") == 303
    now(database, order)


def test_the_shop_cancels_and_says_why(staff: FlaskClient, database: Database, order: Order) -> None:
    assert press(staff, database, order, "/cancel", reason="") == 422
    assert press(staff, database, order, "/cancel", reason="Grêle") == 303
    assert now(database, order).cancel_reason == "Grêle"


@pytest.mark.parametrize("role", [StaffRole.CATALOGUE, StaffRole.READ_ONLY, StaffRole.PACKING])
def test_roles_do_what_they_may(app: Flask, database: Database, order: Order, role: StaffRole) -> None:
    browser = browser_of(app, database, order, role)
    sees = browser.get(at(database, order)).status_code
    assert sees == (403 if role is StaffRole.CATALOGUE else 200)
    sent = {"csrf_token": token(browser.get("/account/orders").text), "reason": "x", "amount": "1"}
    allowed = {"/collect": role is StaffRole.PACKING, "/cancel": False, "/refund": False}
    for action, is_allowed in allowed.items():
        answer = browser.post(at(database, order, action), data=sent)
        assert answer.status_code == (303 if is_allowed else 403)


def test_another_shops_order_does_not_exist(staff: FlaskClient, database: Database, order: Order) -> None:
    with database.transaction() as session:
        theirs = make_order(session)
        (payment,) = payments.payments_of(session, order_id=theirs.id)
    mine = at(database, order)
    for address in (mine.replace(order.reference, theirs.reference), at(database, theirs)):
        assert staff.get(address).status_code == 404
    sent = {"csrf_token": token(staff.get(mine).text)}
    assert staff.post(mine.replace(order.reference, theirs.reference) + "/collect", data=sent).status_code == 404
    staff.post(f"{mine}/payments/{payment.id}/receive", data=sent)
    with database.reading() as session:
        assert session.get_one(Payment, payment.id).state is PaymentState.PENDING
        assert session.get_one(Order, theirs.id).state is OrderState.PLACED
