"""Looking at ourselves from outside, every minute."""

from billing.availability.outage import EVERY
from billing.availability.probing import probe
from billing.availability.services import keep_probe
from coopcircuits import clock
from coopcircuits.doors import settings, transaction
from coopcircuits.i18n import gettext
from coopcircuits.jobs import job
from coopcircuits.site import site


@job("billing.probe", every=EVERY)
def probe_ourselves(dry_run: bool) -> str:
    """Ask a shop's page and its checkout from outside, and keep how that went."""
    address = settings().probe_url
    if dry_run:
        return address
    if not address or not site().email:
        return ""  # this worker does not look, or nothing is set up yet
    found = probe(address)
    with transaction() as session:
        keep_probe(session, at=clock.now(), milliseconds=found)
    return gettext("%(address)s did not answer", address=address) if found is None else ""
