"""This floor's periodic work: doors onto services, driven by what is still to be done."""

from datetime import timedelta

from coopcircuits import clock
from coopcircuits.doors import read_session, transaction
from coopcircuits.jobs import job
from orders.cart import queries as carts
from orders.cart.services import purge
from orders.order_cycle import queries as cycles
from orders.order_cycle.services import close_cycle

# ---- order cycles


@job("orders.close_cycles", every=timedelta(minutes=1))
def close_cycles(dry_run: bool) -> str:
    """Record the end of every cycle whose time is over, however long ago that was."""
    due = cycles.cycles_to_close(read_session())
    closed = 0
    for cycle_id in () if dry_run else due:
        with transaction() as session:
            closed += close_cycle(session, cycle_id=cycle_id)
    return f"{len(due)} to close" if dry_run else f"{closed} closed"


# ---- baskets

_FORGOTTEN = timedelta(days=60)


@job("orders.purge_carts", every=timedelta(hours=6))
def purge_carts(dry_run: bool) -> str:
    """Delete baskets that nobody has touched for 60 days, as long as the visitor cookie lives."""
    done = 0
    while old := carts.untouched_since(read_session(), clock.now() - _FORGOTTEN, most=500):
        if dry_run:
            return f"{len(old)} or more to delete"
        with transaction() as session:
            done += purge(session, cart_ids=old)
    return f"{done} deleted"
