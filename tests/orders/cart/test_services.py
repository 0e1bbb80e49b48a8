"""Baskets keep what people put in them, and say what could not be served."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.errors import InvalidInput, NotFound
from orders.cart import queries, services
from orders.cart.owner import Owner
from orders.errors import CycleNotOpen
from orders.offer.services import withdraw
from shops.enterprise.models import Enterprise
from shops.stock import services as stock
from shops.stock.models import MoveReason
from tests.support.cycles import make_cart, make_cycle, offers_of
from tests.support.people import make_user

GUEST = Owner(visitor="a-visitor-cookie-of-a-test-1234")


def test_quantities_add_up_and_others_stay(session: Session) -> None:
    cycle = make_cycle(session)
    one, other = offers_of(session, cycle)
    make_cart(session, cycle, {one.id: 2, other.id: 1})
    cart = make_cart(session, cycle, {other.id: 3})
    assert {line.offer_id: line.quantity for line in cart.lines} == {one.id: 2, other.id: 3}


def test_version_grows_only_with_a_change(session: Session) -> None:
    cycle = make_cycle(session)
    one, _ = offers_of(session, cycle)
    first = make_cart(session, cycle, {one.id: 2}).version
    assert make_cart(session, cycle, {one.id: 2}).version == first
    assert make_cart(session, cycle, {one.id: 0}).version == first + 1


def test_more_than_in_stock_is_kept_down_to_it_and_said(session: Session) -> None:
    cycle = make_cycle(session)
    one, other = offers_of(session, cycle)
    filled = services.put(
        session, owner=GUEST, shop_id=cycle.shop_id, cycle_id=cycle.id, quantities={one.id: 12, other.id: 4}
    )
    assert [(s.offer.id, s.asked, s.left) for s in filled.shortages] == [(one.id, 12, 10)]
    assert {line.offer_id: line.quantity for line in filled.cart.lines} == {one.id: 10, other.id: 4}


def test_what_sold_out_meanwhile_stays_in_the_basket_until_its_owner_decides(session: Session) -> None:
    cycle = make_cycle(session)
    one, other = offers_of(session, cycle)
    make_cart(session, cycle, {one.id: 2, other.id: 4})
    for offer, left in ((one, 0), (other, 3)):
        stock.set_level(
            session,
            variant_id=offer.variant_id,
            on_hand=left,
            on_demand=False,
            reason=MoveReason.COUNTED,
            actor=SYSTEM,
        )
    cart = make_cart(session, cycle, {one.id: 3})
    assert {line.offer_id: line.quantity for line in cart.lines} == {one.id: 2, other.id: 4}
    filled = services.adjust(session, owner=GUEST, shop_id=cycle.shop_id, cycle_id=cycle.id)
    assert {line.offer_id: line.quantity for line in filled.cart.lines} == {other.id: 3}


@pytest.mark.parametrize("quantity", [-1, 1000, 10**9])
def test_impossible_quantities_name_their_field(session: Session, quantity: int) -> None:
    cycle = make_cycle(session)
    offer = offers_of(session, cycle)[0]
    with pytest.raises(InvalidInput) as refusal:
        make_cart(session, cycle, {offer.id: quantity})
    assert refusal.value.field == f"q{offer.id}"


def test_an_offer_of_another_cycle_is_not_found(session: Session) -> None:
    cycle, other = make_cycle(session), make_cycle(session)
    with pytest.raises(NotFound):
        make_cart(session, cycle, {offers_of(session, other)[0].id: 1})


def test_a_closed_cycle_takes_nothing_in_but_gives_back(session: Session) -> None:
    cycle = make_cycle(session)
    one, other = offers_of(session, cycle)
    make_cart(session, cycle, {one.id: 2, other.id: 1})
    with clock.travel(cycle.closes_at):
        with pytest.raises(CycleNotOpen):
            make_cart(session, cycle, {one.id: 3})
        assert [line.offer_id for line in make_cart(session, cycle, {one.id: 0}).lines] == [other.id]
    with clock.travel(cycle.opens_at - timedelta(seconds=1)), pytest.raises(CycleNotOpen):
        make_cart(session, cycle, {one.id: 1}, visitor="somebody-else-in-another-browser")


def test_a_withdrawn_product_cannot_be_added(session: Session) -> None:
    cycle = make_cycle(session)
    one, _ = offers_of(session, cycle)
    withdraw(session, cycle_id=cycle.id, variant_ids=[one.variant_id])
    filled = services.put(session, owner=GUEST, shop_id=cycle.shop_id, cycle_id=cycle.id, quantities={one.id: 1})
    assert [(s.offer.id, s.left) for s in filled.shortages] == [(one.id, 0)]
    assert not filled.cart.lines


def test_log_in_brings_the_browser_s_basket_to_the_account(session: Session) -> None:
    cycle = make_cycle(session)
    one, other = offers_of(session, cycle)
    user = make_user(session)
    make_cart(session, cycle, {one.id: 8, other.id: 1}, user_id=user.id)
    guest = make_cart(session, cycle, {one.id: 7})
    elsewhere = make_cycle(session)
    make_cart(session, elsewhere, {offers_of(session, elsewhere)[0].id: 1})
    assert services.merge(session, visitor=str(guest.visitor), user_id=user.id) == 2
    session.expire_all()
    own = queries.filled_carts(session, owner=Owner(user_id=user.id))
    found = {cart.cycle_id: {line.offer_id: line.quantity for line in cart.lines} for cart, _ in own}
    assert found[cycle.id] == {one.id: 10, other.id: 1}
    assert len(found) == 2
    assert not queries.filled_carts(session, owner=GUEST)


def test_a_past_basket_moves_into_the_present_sale(session: Session) -> None:
    past = make_cycle(session)
    offers = offers_of(session, past)
    make_cart(session, past, {offers[0].id: 2, offers[1].id: 1})
    with clock.travel(past.closes_at + timedelta(days=1)):
        shop = session.get_one(Enterprise, past.shop_id)
        present = make_cycle(session, shop, variant_ids=[offers[0].variant_id])
        filled = services.reuse(session, owner=GUEST, shop_id=shop.id, past_cycle_id=past.id, cycle_id=present.id)
        assert [(line.offer.variant_id, line.quantity) for line in filled.cart.lines] == [(offers[0].variant_id, 2)]
        assert queries.quantities(session, owner=GUEST, cycle_id=past.id) == {offers[1].id: 1}


def test_an_ordered_basket_starts_anew(session: Session) -> None:
    cycle = make_cycle(session)
    before = make_cart(session, cycle)
    services.empty(session, cart_id=before.id)
    after = queries.cart_of(session, owner=GUEST, cycle_id=cycle.id)
    assert after is not None
    assert after.checkout_key != before.checkout_key
    assert after.version > before.version
    assert not after.lines
