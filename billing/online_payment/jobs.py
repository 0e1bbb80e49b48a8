"""Periodic conversations with the payment provider about our own account."""

from datetime import timedelta

from billing.online_payment import messages, provider, queries
from coopcircuits import clock
from coopcircuits.doors import read_session
from coopcircuits.jobs import job
from coopcircuits.payments.conversation import converse
from coopcircuits.payments.till import Till
from shops.payment_method.provider import gateway

#: Give the shop's own return from the payment page a head start.
_HEAD_START = timedelta(minutes=1)
#: Direct debits can be taken back for eight weeks; a few days more for the news to travel.
_TAKEN_BACK_WITHIN = timedelta(days=65)


def _till() -> Till:
    return Till(gateway())


@job("billing.read_webhooks", every=timedelta(seconds=5))
def read_webhooks(dry_run: bool) -> str:
    """Act upon the provider's messages about the cooperative's own account."""
    return converse(
        queries.messages_to_read(read_session()), messages.read, "receipt_id", connect=_till, dry_run=dry_run
    )


@job("billing.reconcile_payments", every=timedelta(minutes=5))
def reconcile_payments(dry_run: bool) -> str:
    """Ask the provider again about payments of invoices that are under way, and close pages that were replaced."""
    due = queries.to_look_at(read_session(), before=clock.now() - _HEAD_START)
    return converse(due, provider.look_again, "payment_id", connect=_till, dry_run=dry_run)


@job("billing.look_for_returns", every=timedelta(days=1))
def look_for_returns(dry_run: bool) -> str:
    """Ask the provider whether payments of the last weeks were taken back, or made on a page we had given up, in case
    its message was lost.
    """
    due = queries.ended_since(read_session(), since=clock.now() - _TAKEN_BACK_WITHIN)
    return converse(due, provider.look_again, "payment_id", connect=_till, dry_run=dry_run)
