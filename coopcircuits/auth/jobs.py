"""Forgets, while the worker lives, what nobody can use any more."""

from datetime import timedelta

from coopcircuits.auth import services
from coopcircuits.doors import transaction
from coopcircuits.i18n import ngettext
from coopcircuits.jobs import job


@job("auth.forget", every=timedelta(days=1))
def forget(dry_run: bool) -> str:
    """Delete old sessions and links."""
    if dry_run:
        return ""
    with transaction() as session:
        count = services.forget_old(session)
    return ngettext("%(num)s old entry forgotten", "%(num)s old entries forgotten", count) if count else ""
