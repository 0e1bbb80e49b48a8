"""Conversations with the payment provider that a job has: one about each thing, none held up by another."""

import logging
from collections.abc import Callable, Sequence

from coopcircuits.doors import close_reading, database
from coopcircuits.i18n import ngettext
from coopcircuits.payments.errors import ProviderUnavailable

log = logging.getLogger(__name__)

#: After this many items in a row for which the provider did not answer, the rest waits for the next run.
_PATIENCE = 3


def converse(
    ids: Sequence[int], ask: Callable[..., None], name: str, *, connect: Callable[[], object], dry_run: bool
) -> str:
    """Call ``ask(database, connect(), **{name: id})`` for each id; returns the job's line."""
    close_reading()
    if not ids:
        return ""
    if dry_run:
        return ngettext("%(num)s item waiting", "%(num)s items waiting", len(ids))
    done = silent = 0
    provider = connect()
    for item in ids:
        try:
            ask(database(), provider, **{name: item})
            done, silent = done + 1, 0
        except ProviderUnavailable as error:
            log.warning("%s %s: the provider does not answer (%s)", name, item, error.detail)
            silent += 1
            if silent == _PATIENCE:
                break
        except Exception:  # whatever is wrong with one must not stop the others
            log.exception("%s %s could not be dealt with", name, item)
    return ngettext("%(done)s of %(num)s item done", "%(done)s of %(num)s items done", len(ids), done=done)
