"""This floor's periodic work: doors onto services, driven by what is still to be done."""

from datetime import timedelta

from coopcircuits import clock
from coopcircuits.doors import read_session, transaction
from coopcircuits.i18n import ngettext
from coopcircuits.jobs import job
from coopcircuits.payments.conversation import converse
from orders.cart import queries as carts
from orders.cart.services import purge
from orders.offer.services import refresh_offers
from orders.order_cycle import queries as cycles
from orders.order_cycle.services import close_cycle
from orders.payment import messages, provider
from orders.payment import queries as payments
from shops.payment_method.provider import gateway

# ---- order cycles


@job("orders.close_cycles", every=timedelta(minutes=1))
def close_cycles(dry_run: bool) -> str:
    """Record the end of every cycle whose time is over, however long ago that was."""
    due = cycles.cycles_to_close(read_session())
    closed = 0
    for cycle_id in () if dry_run else due:
        with transaction() as session:
            closed += close_cycle(session, cycle_id=cycle_id)
    if dry_run:
        return ngettext("%(num)s sale to close", "%(num)s sales to close", len(due))
    return ngettext("%(num)s sale closed", "%(num)s sales closed", closed) if closed else ""


@job("orders.refresh_offers", every=timedelta(hours=6))
def refresh_all_offers(dry_run: bool) -> str:
    """Bring prices to dated rules that came into force, such as tax rates; all else is followed at once."""
    live = cycles.live_cycles(read_session())
    changed = 0
    for cycle_id in () if dry_run else live:
        with transaction() as session:
            changed += refresh_offers(session, cycle_id=cycle_id)
    if dry_run:
        return ngettext("%(num)s sale to look at", "%(num)s sales to look at", len(live))
    return ngettext("%(num)s price changed", "%(num)s prices changed", changed) if changed else ""


# ---- baskets

_FORGOTTEN = timedelta(days=60)


@job("orders.purge_carts", every=timedelta(hours=6))
def purge_carts(dry_run: bool) -> str:
    """Delete baskets that nobody has touched for 60 days, as long as the visitor cookie lives."""
    done = 0
    while old := carts.untouched_since(read_session(), clock.now() - _FORGOTTEN, most=500):
        if dry_run:
            return ngettext("%(num)s basket to delete", "%(num)s baskets or more to delete", len(old))
        with transaction() as session:
            done += purge(session, cart_ids=old)
    return ngettext("%(num)s basket deleted", "%(num)s baskets deleted", done) if done else ""


# ---- card payments

#: Give the shopper's own return from the payment page a head start.
_HEAD_START = timedelta(minutes=1)


@job("orders.read_webhooks", every=timedelta(seconds=5))
def read_webhooks(dry_run: bool) -> str:
    """Act upon the provider's messages that were kept."""
    return converse(
        payments.receipts_to_read(read_session()), messages.read, "receipt_id", connect=gateway, dry_run=dry_run
    )


@job("orders.reconcile_payments", every=timedelta(minutes=1))
def reconcile_payments(dry_run: bool) -> str:
    """Ask the provider again about every expected card payment; finish, release or refund what is left over."""
    due = payments.cards_to_look_at(read_session(), before=clock.now() - _HEAD_START)
    return converse(due, provider.look_again, "payment_id", connect=gateway, dry_run=dry_run)


@job("orders.send_refunds", every=timedelta(minutes=1))
def send_refunds(dry_run: bool) -> str:
    """Ask the provider for the card refunds that were requested."""
    return converse(
        payments.refunds_to_send(read_session()), provider.send_refund, "refund_id", connect=gateway, dry_run=dry_run
    )
