"""Periodic work about allocations."""

import logging
from datetime import timedelta

from billing.allocation.queries import open_months
from billing.allocation.services import compute_allocation, settle
from billing.commons.instance import instance_name, open_keys
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.jobs import job

log = logging.getLogger(__name__)


@job("billing.allocate", every=timedelta(hours=1))
def allocate(dry_run: bool) -> str:
    """Compute who pays what for the last two months, again if a report came in; lock what is agreed upon."""
    months = open_months(read_session(), clock.now())
    if dry_run:
        return ", ".join(map(str, months))
    settled = []
    for month in months:
        try:
            with transaction() as session:
                compute_allocation(session, actor=SYSTEM, month=month, instance=instance_name(), keys=open_keys())
                if settle(session, actor=SYSTEM, month=month) is not None:
                    settled.append(str(month))
        except DomainError as error:  # a rate is missing, say: the page of the month says so too
            log.warning("%s is not allocated: %s", month, error)
    return ", ".join(settled)
