"""The checkout page, as a browser without script uses it."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from coopcircuits import clock
from coopcircuits.db import Database
from orders.checkout import services
from orders.order.models import Order, OrderState
from orders.order_cycle.models import OrderCycle, Slot
from shops.enterprise.models import Enterprise
from shops.stock.models import Stock
from tests.support.cards import Bank, open_bank
from tests.support.cycles import make_cycle, offers_of
from tests.support.invariants import check_invariants
from tests.support.orders import slots_of
from tests.support.people import make_user, sign_in
from tests.support.shops import make_pickup_point, make_product, make_shop, variant


@pytest.fixture
def bank(app: Flask, tmp_path: Any) -> Iterator[Bank]:
    with open_bank(tmp_path) as opened:
        app.extensions["payment_gateway"] = opened.gateway
        yield opened


@pytest.fixture
def cycle(database: Database) -> OrderCycle:
    with database.transaction() as session:
        shop = make_shop(session, name="La ferme des Sources")
        make_product(session, shop, name="Poireaux", variants=[variant(price=310)])
        return make_cycle(session, shop)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return unescape(found[1])


def fill(client: FlaskClient, database: Database, cycle: OrderCycle, quantity: int = 1) -> str:
    """Put one offer in the basket by the shop's page; gives the shop's address."""
    with database.reading() as session:
        shop = session.get_one(Enterprise, cycle.shop_id).permalink
        offer = offers_of(session, cycle)[0]
    page = client.get(f"/shops/{shop}").text
    posted = {
        "csrf_token": hidden(page, "csrf_token"),
        "page": "shop",
        "cycle": cycle.reference,
        "shown": hidden(page, "shown"),
        f"q{offer.id}": str(quantity),
    }
    assert client.post(f"/shops/{shop}/basket", data=posted).status_code == 302
    return f"/shops/{shop}"


def answers(page: str, **given: Any) -> dict[str, Any]:
    """A checkout page filled in by a guest."""
    fields = ("csrf_token", "checkout_key", "cart_version", "shown_total")
    slot = re.search(r'name="slot" value="(\d+)"', page)
    typed = {
        "name": "Camille Roux",
        "email": "camille@example.org",
        "slot": slot[1] if slot else "",
        "payment": "on-collection",
        "terms": "y",
    }
    return {**{name: hidden(page, name) for name in fields}, **typed, **given}


def count(database: Database) -> int:
    with database.reading() as session:
        check_invariants(session)
        return session.scalar(select(func.count(Order.id))) or 0


def test_a_guest_orders(client: FlaskClient, database: Database, cycle: OrderCycle) -> None:
    shop = fill(client, database, cycle, 2)
    page = client.get(f"{shop}/checkout").text
    assert "Commander avec obligation de paiement" in page
    assert "La ferme des Sources" in page
    assert "6,20" in page
    answer = client.post(f"{shop}/checkout", data=answers(page))
    assert answer.status_code == 303
    shown = client.get(answer.location).text
    assert "Merci, votre commande est confirmée" in shown
    assert "Poireaux" in shown
    assert count(database) == 1


def test_twenty_presses_make_one_order(client: FlaskClient, database: Database, cycle: OrderCycle) -> None:
    shop = fill(client, database, cycle)
    sent = answers(client.get(f"{shop}/checkout").text)
    where = {client.post(f"{shop}/checkout", data=sent).location for _ in range(20)}
    assert len(where) == 1
    assert count(database) == 1
    client.get(where.pop())
    other = client.post(f"{shop}/checkout", data={**sent, "name": "Autre"}, follow_redirects=True)
    assert "déjà été commandé" in other.text
    assert count(database) == 1


def test_what_is_missing_is_said_and_kept(client: FlaskClient, database: Database, cycle: OrderCycle) -> None:
    shop = fill(client, database, cycle)
    sent = answers(
        client.get(f"{shop}/checkout").text, slot="", payment="", email="camille", terms="", note="À l’ombre"
    )
    answer = client.post(f"{shop}/checkout", data=sent)
    assert answer.status_code == 422
    for said in ("Choisissez quand vous retirez", "Choisissez comment vous payez", "Lisez les conditions", "À l’ombre"):
        assert said in answer.text
    assert "Camille Roux" in answer.text
    assert count(database) == 0


def test_one_browser_is_slowed_down_and_not_its_village(
    app: Flask, client: FlaskClient, database: Database, cycle: OrderCycle
) -> None:
    shop = fill(client, database, cycle)
    sent = answers(client.get(f"{shop}/checkout").text)
    statuses = [client.post(f"{shop}/checkout", data={**sent, "email": "?"}).status_code for _ in range(31)]
    assert statuses == [422] * 30 + [429]
    neighbour = app.test_client()  # behind the same address
    fill(neighbour, database, cycle)
    assert neighbour.post(f"{shop}/checkout", data=answers(neighbour.get(f"{shop}/checkout").text)).status_code == 303


def test_choices_that_were_not_offered(client: FlaskClient, database: Database, cycle: OrderCycle) -> None:
    shop = fill(client, database, cycle)
    for typed in ({"slot": "99999"}, {"slot": "abc"}, {"payment": "card"}, {"payment": "<b>"}):
        sent = answers(client.get(f"{shop}/checkout").text, **typed)
        assert client.post(f"{shop}/checkout", data=sent).status_code == 422
    assert count(database) == 0


def test_sold_out_meanwhile_is_said_by_the_line(client: FlaskClient, database: Database, cycle: OrderCycle) -> None:
    shop = fill(client, database, cycle, 4)
    sent = answers(client.get(f"{shop}/checkout").text)
    with database.transaction() as session:
        session.execute(update(Stock).values(on_hand=3))
    answer = client.post(f"{shop}/checkout", data=sent)
    assert answer.status_code == 422
    assert "Quelque chose a changé depuis que vous avez rempli votre panier" in answer.text
    assert "3" in answer.text
    assert "Camille Roux" in answer.text
    basket = client.get(f"{shop}/basket").text
    assert 'value="4"' in basket, "the basket is as it was"


def test_the_sale_closes_while_somebody_types(client: FlaskClient, database: Database, cycle: OrderCycle) -> None:
    shop = fill(client, database, cycle)
    sent = answers(client.get(f"{shop}/checkout").text)
    with clock.travel(cycle.closes_at):
        answer = client.post(f"{shop}/checkout", data=sent)
    assert answer.status_code == 422
    assert "La vente est fermée" in answer.text
    assert count(database) == 0


def test_a_full_slot_cannot_be_chosen(client: FlaskClient, database: Database, cycle: OrderCycle) -> None:
    shop = fill(client, database, cycle)
    sent = answers(client.get(f"{shop}/checkout").text)
    with database.transaction() as session:
        session.execute(update(Slot).where(Slot.id == int(sent["slot"])).values(capacity=0))
    answer = client.post(f"{shop}/checkout", data=sent)
    assert answer.status_code == 422
    assert "vient de se remplir" in answer.text
    assert "Complet" in answer.text


def test_a_pickup_that_costs_is_agreed_to_first(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        shop_row = make_shop(session)
        make_pickup_point(session, shop_row, name="Halle de Crest", fee=150)
        cycle = make_cycle(session, shop_row)
        dear = next(slot.id for slot in slots_of(session, cycle) if slot.method.fee)
    shop = fill(client, database, cycle)
    page = client.get(f"{shop}/checkout").text
    prepared = re.findall(r'<template data-slots="([\d ]+)" data-total="(\d+)" data-words="([^"]+)">', page)
    assert {total: words for slots, total, words in prepared if str(dear) in slots.split()} == {"540": "5,40\xa0€"}
    first = client.post(f"{shop}/checkout", data=answers(page, slot=str(dear)))
    assert first.status_code == 422
    assert "5,40" in first.text
    again = answers(first.text, slot=str(dear))
    assert again["shown_total"] == "540"
    assert client.post(f"{shop}/checkout", data=again).status_code == 303
    assert count(database) == 1


def test_alcohol_needs_an_adult(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        shop_row = make_shop(session)
        make_product(session, shop_row, name="Clairette", is_alcohol=True)
        cycle = make_cycle(session, shop_row)
    shop = fill(client, database, cycle)
    page = client.get(f"{shop}/checkout").text
    assert "L’abus d’alcool" in page
    assert client.post(f"{shop}/checkout", data=answers(page)).status_code == 422
    assert client.post(f"{shop}/checkout", data=answers(page, adult="y")).status_code == 303


def test_nothing_to_order_leads_back_to_the_shop(client: FlaskClient, database: Database, cycle: OrderCycle) -> None:
    with database.reading() as session:
        shop = session.get_one(Enterprise, cycle.shop_id).permalink
    assert client.get(f"/shops/{shop}/checkout").location == f"/shops/{shop}"
    assert client.get("/shops/nulle-part/checkout").status_code == 404


def test_another_browser_cannot_order_this_basket(
    app: Flask, client: FlaskClient, database: Database, cycle: OrderCycle
) -> None:
    shop = fill(client, database, cycle)
    sent = answers(client.get(f"{shop}/checkout").text)
    stranger = app.test_client()
    fill(stranger, database, cycle, 2)
    own = answers(stranger.get(f"{shop}/checkout").text)
    mixed = {**own, "checkout_key": sent["checkout_key"]}
    assert stranger.post(f"{shop}/checkout", data=mixed).status_code == 422
    assert count(database) == 0


def test_a_person_with_an_account_finds_their_order(client: FlaskClient, database: Database, cycle: OrderCycle) -> None:
    with database.transaction() as session:
        marie = make_user(session)
    sign_in(client, database, marie)
    shop = fill(client, database, cycle)
    page = client.get(f"{shop}/checkout").text
    assert 'value="Marie Peyrard"' in page
    client.post(f"{shop}/checkout", data=answers(page, name="Marie Peyrard", email=marie.email))
    with database.reading() as session:
        order = session.scalars(select(Order)).one()
    assert order.user_id == marie.id
    assert order.reference in client.get("/account/orders").text


def test_a_card_leads_to_the_provider_and_back(client: FlaskClient, database: Database, bank: Bank) -> None:
    with database.transaction() as session:
        cycle = make_cycle(session, bank.make_shop(session))
    shop = fill(client, database, cycle)
    sent = answers(client.get(f"{shop}/checkout").text, payment="card")
    answer = client.post(f"{shop}/checkout", data=sent)
    assert answer.location.startswith("http://pay.test/pay/")
    again = client.post(f"{shop}/checkout", data=sent)
    shown = client.get(again.location).text
    assert "pas encore payée" in shown
    pay_again = client.post(f"{again.location}/pay", data={"csrf_token": sent["csrf_token"]})
    assert pay_again.location == answer.location
    bank.pay(answer.location.rpartition("/")[2])
    back = client.get(f"{again.location}/paid?session=whatever", follow_redirects=True)
    assert "votre paiement est arrivé" in back.text
    with database.reading() as session:
        assert session.scalars(select(Order.state)).all() == [OrderState.PLACED]
    assert count(database) == 1


def test_the_products_of_an_order_that_was_not_paid_go_back_into_the_basket(
    client: FlaskClient, database: Database, bank: Bank
) -> None:
    with database.transaction() as session:
        cycle = make_cycle(session, bank.make_shop(session))
    shop = fill(client, database, cycle, 4)
    sent = answers(client.get(f"{shop}/checkout").text, payment="card")
    client.post(f"{shop}/checkout", data=sent)
    order = client.post(f"{shop}/checkout", data=sent).location
    assert 'value="4"' not in client.get(f"{shop}/basket").text
    client.post(f"{order}/cancel", data={"csrf_token": sent["csrf_token"]})
    assert "Remettre ces produits dans mon panier" in client.get(order).text
    back = client.post(f"{order}/again", data={"csrf_token": sent["csrf_token"]}, follow_redirects=True)
    assert 'value="4"' in back.text


def test_a_provider_that_is_away_is_said_and_the_order_waits(
    client: FlaskClient, database: Database, bank: Bank
) -> None:
    with database.transaction() as session:
        cycle = make_cycle(session, bank.make_shop(session))
    shop = fill(client, database, cycle)
    bank.fault("server_error")
    answer = client.post(
        f"{shop}/checkout", data=answers(client.get(f"{shop}/checkout").text, payment="card"), follow_redirects=True
    )
    assert "Le service de paiement ne répond pas" in answer.text
    assert "Payer 3,90" in answer.text
    assert count(database) == 1


def test_a_reference_drawn_twice_is_drawn_again(
    client: FlaskClient, database: Database, cycle: OrderCycle, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["7KQ2M4XA", "7KQ2M4XA", "XA4M2QK7"])
    monkeypatch.setattr(services, "new_reference", lambda: next(drawn))
    for _ in range(2):
        shop = fill(client, database, cycle)
        answer = client.post(f"{shop}/checkout", data=answers(client.get(f"{shop}/checkout").text))
        assert answer.status_code == 303
    with database.reading() as session:
        assert set(session.scalars(select(Order.reference))) == {"7KQ2M4XA", "XA4M2QK7"}
        check_invariants(session)
