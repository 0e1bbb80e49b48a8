"""Periodic work of this floor."""

from datetime import timedelta

from coopcircuits.doors import transaction
from coopcircuits.i18n import ngettext
from coopcircuits.jobs import job
from shops.catalogue_import import services as catalogue_import


@job("shops.forget_uploads", every=timedelta(hours=1))
def forget_uploads(dry_run: bool) -> str:
    """Drop catalogue files that nobody confirmed, and what is left of those that were."""
    if dry_run:
        return ""
    with transaction() as session:
        dropped = catalogue_import.forget_expired(session)
    return ngettext("%(num)s file dropped", "%(num)s files dropped", dropped) if dropped else ""
