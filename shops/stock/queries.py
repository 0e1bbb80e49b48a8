"""Reading how much is left."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from coopcircuits.db import table
from coopcircuits.errors import NotFound
from shops.stock.models import Stock, StockMove

_stock = table(Stock).c
_HOLD = (
    select(_stock.variant_id, _stock.on_hand, _stock.on_demand)
    .where(_stock.variant_id.in_(bindparam("variant_ids", expanding=True)))
    .order_by(_stock.variant_id)
    .with_for_update(key_share=True)
)


@dataclass(frozen=True)
class Level:
    """What is left of a variant."""

    on_hand: int
    on_demand: bool

    @property
    def available(self) -> int | None:
        """How many can be sold; ``None`` when there is no limit."""
        return None if self.on_demand else self.on_hand

    def covers(self, quantity: int) -> bool:
        """Whether so many can be sold."""
        return self.on_demand or self.on_hand >= quantity


def levels(session: Session, variant_ids: Collection[int]) -> dict[int, Level]:
    """Levels by variant id; a variant without a counter is left out."""
    if not variant_ids:
        return {}
    rows = session.execute(
        select(Stock.variant_id, Stock.on_hand, Stock.on_demand).where(Stock.variant_id.in_(variant_ids))
    )
    return {row.variant_id: Level(row.on_hand, row.on_demand) for row in rows}


def hold_levels(session: Session, variant_ids: Collection[int]) -> dict[int, Level]:
    """The same as of this moment, held in the order of ids until the transaction ends: nobody else moves them."""
    rows = session.execute(_HOLD, {"variant_ids": list(variant_ids)})
    return {variant_id: Level(on_hand, on_demand) for variant_id, on_hand, on_demand in rows}


def taken_by(session: Session, *, order_id: int) -> dict[int, int]:
    """What an order still holds of each variant, by its moves."""
    held = -func.sum(StockMove.delta)
    rows = session.execute(
        select(StockMove.variant_id, held).where(StockMove.order_id == order_id).group_by(StockMove.variant_id)
    )
    return {variant_id: int(quantity) for variant_id, quantity in rows}


def lock_levels(session: Session, variant_ids: Collection[int]) -> Sequence[Stock]:
    """The counters of these variants in the order of ids, held until the transaction ends."""
    return session.scalars(
        select(Stock)
        .where(Stock.variant_id.in_(variant_ids))
        .order_by(Stock.variant_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def lock_level(session: Session, variant_id: int) -> Stock:
    """The counter of a variant, held until the transaction ends; raises :class:`NotFound`."""
    found = session.scalar(
        select(Stock)
        .where(Stock.variant_id == variant_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found
