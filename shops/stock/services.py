"""Take from the counters, give back, count again. Every move is written down."""

from collections.abc import Mapping

from sqlalchemy import update
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.events import record
from shops.errors import OutOfStock
from shops.events import StockCounted
from shops.stock import queries
from shops.stock.models import MoveReason, Stock, StockMove


def take(
    session: Session, *, quantities: Mapping[int, int], order_id: int | None, reason: MoveReason, actor: Actor
) -> dict[int, int]:
    """Take ``quantities`` (positive, by variant id) off the counters, all or nothing.

    One conditional UPDATE each, in the order of ids: it can neither go below zero, whatever else runs, nor deadlock
    with another basket. Returns what is left of each counted variant; variants on demand are left alone. Raises
    :class:`OutOfStock` naming every variant that is short.
    """
    _check(quantities)
    left: dict[int, int] = {}
    short: dict[int, int] = {}
    for variant_id in sorted(quantities):
        on_hand, enough = _take_one(session, variant_id, quantities[variant_id])
        if not enough:
            short[variant_id] = on_hand or 0
        elif on_hand is not None:
            left[variant_id] = on_hand
    if short:
        for variant_id in left:
            _change(session, variant_id, quantities[variant_id])
        raise OutOfStock(short)
    _write_moves(session, {v: (-quantities[v], left[v]) for v in left}, order_id, reason, actor)
    return left


def give_back(
    session: Session, *, quantities: Mapping[int, int], order_id: int | None, reason: MoveReason, actor: Actor
) -> dict[int, int]:
    """Put ``quantities`` (positive, by variant id) back; returns what is then left of each counted variant.

    An order gets back at most what it took: what it bought while a variant was on demand never left a counter.
    """
    _check(quantities)
    held = queries.taken_by(session, order_id=order_id) if order_id is not None else dict(quantities)
    moves: dict[int, tuple[int, int]] = {}
    for variant_id in sorted(quantities):
        back = min(quantities[variant_id], held.get(variant_id, 0))
        if back > 0 and (on_hand := _change(session, variant_id, back)) is not None:
            moves[variant_id] = (back, on_hand)
    _write_moves(session, moves, order_id, reason, actor)
    return {variant_id: on_hand for variant_id, (_, on_hand) in moves.items()}


def set_level(
    session: Session, *, variant_id: int, on_hand: int, on_demand: bool, reason: MoveReason, actor: Actor
) -> Stock:
    """Say how much there is of a variant; nothing is recorded when that is what we knew."""
    stock = queries.lock_level(session, variant_id)
    delta = on_hand - stock.on_hand
    if delta == 0 and on_demand == stock.on_demand:
        return stock
    stock.on_hand, stock.on_demand = on_hand, on_demand
    session.flush()
    if delta:
        _write_moves(session, {variant_id: (delta, on_hand)}, None, reason, actor)
    record(session, StockCounted(variant_id=variant_id, on_hand=on_hand, on_demand=on_demand), actor=actor)
    return stock


def set_levels(
    session: Session, *, wanted: Mapping[int, tuple[int | None, bool | None]], reason: MoveReason, actor: Actor
) -> int:
    """Say how much there is of many variants: ``on_hand`` and ``on_demand`` by id, ``None`` keeps what is.

    Returns how many changed. For imports: the caller records one event for all. Rows are held in the order of ids,
    as :func:`take` does.
    """
    changed = 0
    ids = sorted(wanted)
    for start in range(0, len(ids), 500):
        moves: dict[int, tuple[int, int]] = {}
        for stock in queries.lock_levels(session, ids[start : start + 500]):
            said_on_hand, said_on_demand = wanted[stock.variant_id]
            on_hand = stock.on_hand if said_on_hand is None else said_on_hand
            on_demand = stock.on_demand if said_on_demand is None else said_on_demand
            if (stock.on_hand, stock.on_demand) == (on_hand, on_demand):
                continue
            changed += 1
            if on_hand != stock.on_hand:
                moves[stock.variant_id] = (on_hand - stock.on_hand, on_hand)
            stock.on_hand, stock.on_demand = on_hand, on_demand
        _write_moves(session, moves, None, reason, actor)
        session.flush()
    return changed


def _check(quantities: Mapping[int, int]) -> None:
    if any(quantity <= 0 for quantity in quantities.values()):
        raise ValueError("quantities must be positive")


def _take_one(session: Session, variant_id: int, quantity: int) -> tuple[int | None, bool]:
    """What is left (nothing known on demand), and whether there was enough."""
    while True:
        on_hand = _change(session, variant_id, -quantity)
        if on_hand is not None:
            return on_hand, True
        level = queries.levels(session, [variant_id]).get(variant_id)
        if level is None:
            return 0, False
        if level.on_demand:
            return None, True
        if level.on_hand < quantity:
            return level.on_hand, False
        # Somebody gave some back between the two statements: try again.


def _change(session: Session, variant_id: int, delta: int) -> int | None:
    """Move one counter; ``None`` when it would go below zero or is not counted."""
    return session.scalar(
        update(Stock)
        .where(Stock.variant_id == variant_id, Stock.on_demand.is_(False), Stock.on_hand >= -delta)
        .values(on_hand=Stock.on_hand + delta)
        .returning(Stock.on_hand)
        .execution_options(synchronize_session=False)
    )


def _write_moves(
    session: Session,
    moves: Mapping[int, tuple[int, int]],
    order_id: int | None,
    reason: MoveReason,
    actor: Actor,
) -> None:
    now = clock.now()
    session.add_all(
        StockMove(
            variant_id=variant_id,
            delta=delta,
            on_hand_after=after,
            reason=reason,
            order_id=order_id,
            actor=actor.label,
            at=now,
        )
        for variant_id, (delta, after) in moves.items()
    )
