"""Take from the counters, give back, count again. Every move is written down."""

from collections.abc import Mapping

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.db import table
from coopcircuits.events import record
from shops.errors import OutOfStock
from shops.events import StockCounted
from shops.stock import queries
from shops.stock.models import MoveReason, Stock, StockMove

_stock = table(Stock)
_MOVE = (
    update(_stock)
    .where(_stock.c.variant_id == bindparam("variant"))
    .values(on_hand=_stock.c.on_hand + bindparam("delta"))
)
_WRITE_MOVES = insert(table(StockMove))
#: What there is of a variant that nobody ever counted.
_NOTHING = queries.Level(0, on_demand=False)


def take(
    session: Session, *, quantities: Mapping[int, int], order_id: int | None, reason: MoveReason, actor: Actor
) -> dict[int, int]:
    """Take ``quantities`` (positive, by variant id) off the counters, all or nothing.

    The counters are held in the order of ids, so that two baskets never wait for each other, and then cannot go below
    zero, whatever else runs. Returns what is left of each counted variant; variants on demand are left alone. Raises
    :class:`OutOfStock` naming every variant that is short.
    """
    _check(quantities)
    levels = queries.hold_levels(session, quantities)
    found = {variant_id: levels.get(variant_id, _NOTHING) for variant_id in quantities}
    short = {v: level.on_hand for v, level in found.items() if not level.covers(quantities[v])}
    if short:
        raise OutOfStock(short)
    return _move(session, {v: -quantity for v, quantity in quantities.items()}, levels, order_id, reason, actor)


def give_back(
    session: Session, *, quantities: Mapping[int, int], order_id: int | None, reason: MoveReason, actor: Actor
) -> dict[int, int]:
    """Put ``quantities`` (positive, by variant id) back; returns what is then left of each counted variant.

    An order gets back at most what it took: what it bought while a variant was on demand never left a counter.
    """
    _check(quantities)
    levels = queries.hold_levels(session, quantities)
    taken = queries.taken_by(session, order_id=order_id) if order_id is not None else quantities
    back = {v: min(quantity, taken.get(v, 0)) for v, quantity in quantities.items()}
    return _move(session, back, levels, order_id, reason, actor)


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


def _move(
    session: Session,
    wanted: Mapping[int, int],
    levels: Mapping[int, queries.Level],
    order_id: int | None,
    reason: MoveReason,
    actor: Actor,
) -> dict[int, int]:
    """Move the counters that are held at ``levels`` and counted at all; returns what each then shows."""
    deltas = {v: delta for v, delta in sorted(wanted.items()) if delta and v in levels and not levels[v].on_demand}
    if not deltas:
        return {}
    after = {variant_id: levels[variant_id].on_hand + delta for variant_id, delta in deltas.items()}
    session.execute(_MOVE, [{"variant": variant_id, "delta": delta} for variant_id, delta in deltas.items()])
    _write_moves(session, {v: (delta, after[v]) for v, delta in deltas.items()}, order_id, reason, actor)
    return after


def _write_moves(
    session: Session,
    moves: Mapping[int, tuple[int, int]],
    order_id: int | None,
    reason: MoveReason,
    actor: Actor,
) -> None:
    if not moves:
        return
    same = {"reason": reason, "order_id": order_id, "actor": actor.label, "at": clock.now()}
    session.execute(
        _WRITE_MOVES,
        [{"variant_id": v, "delta": delta, "on_hand_after": after, **same} for v, (delta, after) in moves.items()],
    )
