"""Catalogues: products made, edited by several people at once, taken off."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits.actor import SYSTEM
from coopcircuits.errors import InvalidInput, NotFound
from coopcircuits.events import Event
from shops.errors import CellsRefused
from shops.product import queries, services
from shops.product.models import Product, Variant
from shops.product.services import VariantChange
from shops.stock import services as stock
from shops.stock.models import MoveReason
from shops.stock.queries import levels
from tests.support.shops import make_product, make_shop, variant


def edit(session: Session, product: Product, *cells: tuple[int, str, object, object]) -> services.Saved:
    changes = [VariantChange(*cell) for cell in cells]
    return services.edit_variants(session, actor=SYSTEM, producer_id=product.producer_id, changes=changes)


def sell(session: Session, item: Variant, quantity: int) -> None:
    stock.take(session, quantities={item.id: quantity}, order_id=1, reason=MoveReason.ORDERED, actor=SYSTEM)


def test_a_changed_stock_is_a_difference_on_top_of_what_was_ordered_meanwhile(session: Session) -> None:
    product = make_product(session, make_shop(session))
    [item] = product.variants
    sell(session, item, 3)
    saved = edit(session, product, (item.id, "on_hand", 10, 15))
    assert levels(session, [item.id])[item.id].on_hand == 12
    assert saved.moved_meanwhile == {item.id: 12}


def test_a_stock_that_orders_have_used_up_is_refused_with_what_is_left(session: Session) -> None:
    product = make_product(session, make_shop(session))
    [item] = product.variants
    sell(session, item, 9)
    with pytest.raises(CellsRefused) as refused:
        edit(session, product, (item.id, "on_hand", 10, 2))
    assert [(p.variant_id, p.field, p.now) for p in refused.value.problems] == [(item.id, "on_hand", 1)]


def test_a_price_that_somebody_else_changed_is_not_overwritten_unseen(session: Session) -> None:
    product = make_product(session, make_shop(session))
    [item] = product.variants
    edit(session, product, (item.id, "price", 390, 420))
    with pytest.raises(CellsRefused) as refused:
        edit(session, product, (item.id, "price", 390, 350))
    assert refused.value.problems[0].now == 420
    edit(session, product, (item.id, "price", 420, 350))
    assert item.price == 350


def test_only_changed_cells_are_written_and_each_product_tells_it_once(session: Session) -> None:
    product = make_product(session, make_shop(session), variants=[variant(), variant(unit_value=500, price=200)])
    first, second = product.variants
    before = len(session.scalars(select(Event).where(Event.name == "ProductChanged")).all())
    saved = edit(
        session,
        product,
        (first.id, "price", 390, 410),
        (second.id, "price", 200, 210),
        (second.id, "name", "", ""),
    )
    assert [item.id for item in saved.variants] == [first.id, second.id]
    assert len(session.scalars(select(Event).where(Event.name == "ProductChanged")).all()) == before + 1


def test_another_producers_variant_does_not_exist(session: Session) -> None:
    product, other = make_product(session, make_shop(session)), make_product(session, make_shop(session))
    with pytest.raises(NotFound):
        edit(session, product, (other.variants[0].id, "price", 390, 1))
    assert other.variants[0].price == 390


def test_the_last_unit_of_a_product_stays_and_a_deleted_product_leaves_every_list(session: Session) -> None:
    product = make_product(session, make_shop(session))
    [item] = product.variants
    details = services.ProductDetails("Tomates", "", product.category, "tomate", [], "", "", False)
    with pytest.raises(InvalidInput):
        services.edit_product(
            session,
            actor=SYSTEM,
            producer_id=product.producer_id,
            product_id=product.id,
            details=details,
            removed=[item.id],
        )
    services.edit_product(
        session,
        actor=SYSTEM,
        producer_id=product.producer_id,
        product_id=product.id,
        details=details,
        removed=[item.id],
        added=[variant(unit_value=5000, price=1500)],
    )
    found = queries.variants(session, [item.id])
    assert found == []
    services.delete_product(session, actor=SYSTEM, producer_id=product.producer_id, product_id=product.id)
    assert queries.products_of(session, producer_ids=[product.producer_id]) == []
