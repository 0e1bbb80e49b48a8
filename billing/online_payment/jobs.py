"""Periodic conversations with the payment provider about our own account."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from billing.online_payment import messages, provider, queries
from coopcircuits import clock
from coopcircuits.doors import close_reading, database, read_session
from coopcircuits.i18n import ngettext
from coopcircuits.jobs import job
from coopcircuits.payments.errors import ProviderUnavailable
from coopcircuits.payments.till import Till
from shops.payment_method.provider import gateway

log = logging.getLogger(__name__)

#: Give the shop's own return from the payment page a head start.
_HEAD_START = timedelta(minutes=1)
#: Direct debits can be taken back for eight weeks; a few days more for the news to travel.
_TAKEN_BACK_WITHIN = timedelta(days=65)
#: After this many items in a row for which the provider did not answer, the rest waits for the next run.
_PATIENCE = 3


@job("billing.read_webhooks", every=timedelta(seconds=5))
def read_webhooks(dry_run: bool) -> str:
    """Act upon the provider's messages about the cooperative's own account."""
    return _ask_about(queries.messages_to_read(read_session()), messages.read, "receipt_id", dry_run)


@job("billing.reconcile_payments", every=timedelta(minutes=5))
def reconcile_payments(dry_run: bool) -> str:
    """Ask the provider again about payments of invoices that are under way, and close pages that were replaced."""
    due = queries.to_look_at(read_session(), before=clock.now() - _HEAD_START)
    return _ask_about(due, provider.look_again, "payment_id", dry_run)


@job("billing.look_for_returns", every=timedelta(days=1))
def look_for_returns(dry_run: bool) -> str:
    """Ask the provider whether payments of the last weeks were taken back, or made on a page we had given up, in case
    its message was lost.
    """
    due = queries.ended_since(read_session(), since=clock.now() - _TAKEN_BACK_WITHIN)
    return _ask_about(due, provider.look_again, "payment_id", dry_run)


def _ask_about(ids: Sequence[int], ask: Callable[..., None], name: str, dry_run: bool) -> str:
    """Have one conversation with the provider about each; one that fails holds up none of the others."""
    close_reading()
    if dry_run or not ids:
        return ngettext("%(num)s waiting", "%(num)s waiting", len(ids))
    done = silent = 0
    till = Till(gateway())
    for item in ids:
        try:
            ask(database(), till, **{name: item})
            done, silent = done + 1, 0
        except ProviderUnavailable as error:
            log.warning("%s %s: the provider does not answer (%s)", name, item, error.detail)
            silent += 1
            if silent == _PATIENCE:
                break
        except Exception:  # whatever is wrong with one must not stop the others
            log.exception("%s %s could not be dealt with", name, item)
    return ngettext("%(num)s done", "%(num)s done", done)
