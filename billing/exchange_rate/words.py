"""Exchange rates in words."""

from billing.exchange_rate.queries import LAST_KNOWN
from coopcircuits.i18n import gettext


def source_text(source: str) -> str:
    """Where a rate comes from."""
    known = {
        "ecb-mean": gettext("Mean of the daily rates of the European Central Bank"),
        "inforeuro": gettext("Monthly rate of the European Commission (InforEuro)"),
        "entered": gettext("Found elsewhere"),
    }
    source = source.removesuffix(LAST_KNOWN)
    return known.get(source, source)


def is_last_known(source: str) -> bool:
    """Whether the rate is taken from an earlier month."""
    return source.endswith(LAST_KNOWN)
