"""Periodic work of this floor."""

import logging
from datetime import timedelta

from billing.commons.instance import instance_name, own_identity, pull_client
from billing.peer import queries as peers
from billing.peer.pulling import pull_peer
from billing.starter import queries as starters
from billing.starter import services as starter
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import ngettext
from coopcircuits.jobs import job

log = logging.getLogger(__name__)


@job("billing.pull_reports", every=timedelta(minutes=1))
def pull_reports(dry_run: bool) -> str:
    """Ask each sister whose turn has come, one after the other: about every six hours, or soon after its notice."""
    hosts = {peer.id: peer.host for peer in peers.due(read_session(), clock.now())}
    if dry_run:
        return ", ".join(hosts.values())
    findings, us, own = 0, instance_name(), own_identity()
    for peer_id, host in hosts.items():
        try:
            findings += len(
                pull_peer(transaction, pull_client(), peer_id=peer_id, actor=SYSTEM, us=us, own_identity=own)
            )
        except DomainError as error:  # removed, or being asked by somebody else
            log.info("%s was not asked: %s", host, error)
        except Exception:  # one sister must not hold up the others
            log.exception("asking %s failed", host)
    return ngettext("%(num)s document judged", "%(num)s documents judged", findings) if findings else ""


@job("billing.announce_ends", every=timedelta(hours=3))
def announce_ends(dry_run: bool) -> str:
    """Tell starting shops, a month ahead, that their free time ends."""
    session = read_session()
    waiting = [choice for choice in starters.starting_at(session, clock.now()) if choice.end_told_at is None]
    ending = [choice for choice in waiting if starters.countdown(session, choice).is_ending]
    if dry_run:
        return ", ".join(choice.enterprise.name for choice in ending)
    told = 0
    for choice in ending:
        with transaction() as session:
            told += starter.announce_end(session, actor=SYSTEM, scheme_id=choice.id)
    return ngettext("%(num)s shop told", "%(num)s shops told", told) if told else ""
