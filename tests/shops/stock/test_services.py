"""Stock: counters that never go below zero, whoever races."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from shops.errors import OutOfStock
from shops.stock import queries, services
from shops.stock.models import MoveReason, StockMove
from tests.support.shops import make_product, make_shop, variant


def take(session: Session, quantities: dict[int, int], order_id: int | None = None) -> dict[int, int]:
    return services.take(session, quantities=quantities, order_id=order_id, reason=MoveReason.ORDERED, actor=SYSTEM)


def three(session: Session) -> list[int]:
    """Ids of a variant with 10, one with 2 and one on demand."""
    product = make_product(
        session,
        make_shop(session),
        variants=[variant(), variant(unit_value=500, on_hand=2), variant(unit_value=250, on_hand=0, on_demand=True)],
    )
    return [item.id for item in product.variants]


def test_taking_says_what_is_left_and_writes_each_move(session: Session) -> None:
    ten, two, on_demand = three(session)
    assert take(session, {ten: 3, two: 2, on_demand: 40}, order_id=7) == {ten: 7, two: 0}
    moves = session.execute(
        select(StockMove.variant_id, StockMove.delta, StockMove.on_hand_after).where(StockMove.order_id == 7)
    ).all()
    assert sorted(map(tuple, moves)) == sorted([(ten, -3, 7), (two, -2, 0)])


def test_a_shortage_names_every_short_variant_and_takes_nothing(session: Session) -> None:
    ten, two, on_demand = three(session)
    with pytest.raises(OutOfStock) as refused:
        take(session, {ten: 11, two: 5, on_demand: 1})
    assert refused.value.left == {ten: 10, two: 2}
    with pytest.raises(OutOfStock) as refused:
        take(session, {ten: 4, two: 5})
    assert refused.value.left == {two: 2}
    assert queries.levels(session, [ten, two])[ten].available == 10


def test_an_order_gets_back_no_more_than_it_took(session: Session) -> None:
    ten, _two, on_demand = three(session)
    take(session, {ten: 3, on_demand: 5}, order_id=7)
    services.set_level(
        session, variant_id=on_demand, on_hand=4, on_demand=False, reason=MoveReason.COUNTED, actor=SYSTEM
    )

    def back(quantities: dict[int, int]) -> dict[int, int]:
        return services.give_back(session, quantities=quantities, order_id=7, reason=MoveReason.CANCELLED, actor=SYSTEM)

    assert back({ten: 3, on_demand: 5}) == {ten: 10}
    assert back({ten: 3}) == {}
    levels = queries.levels(session, [ten, on_demand])
    assert (levels[ten].on_hand, levels[on_demand].on_hand) == (10, 4)


def test_quantities_must_be_positive(session: Session) -> None:
    with pytest.raises(ValueError, match="positive"):
        take(session, {1: 0})


def test_fifty_threads_take_the_last_ten_exactly_once(database: Database) -> None:
    with database.transaction() as session:
        ten, *_ = three(session)

    def buy(number: int) -> bool:
        try:
            with database.transaction() as session:
                take(session, {ten: 1}, order_id=number)
        except OutOfStock:
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        bought = list(pool.map(buy, range(50)))
    with database.reading() as session:
        assert sum(bought) == 10
        assert queries.levels(session, [ten])[ten].on_hand == 0
        assert session.scalar(select(func.sum(StockMove.delta)).where(StockMove.variant_id == ten)) == 0


def test_baskets_in_opposite_order_do_not_lock_each_other(database: Database) -> None:
    with database.transaction() as session:
        product = make_product(session, make_shop(session), variants=[variant(on_hand=400), variant(on_hand=400)])
        first, second = (item.id for item in product.variants)

    def buy(number: int) -> None:
        basket = {first: 1, second: 1} if number % 2 else {second: 1, first: 1}
        with database.transaction() as session:
            take(session, basket, order_id=number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(buy, range(200)))
    with database.reading() as session:
        assert {level.on_hand for level in queries.levels(session, [first, second]).values()} == {200}
