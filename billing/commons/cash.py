"""Whether the cash at the end of a month may be published.

From one published balance to another the cash changes by what was collected less what was spent, and what was spent is
published. So a balance is told of a month only where nothing of what came in is hidden in it, nor in any month between
two balances that are told: what is hidden would be their difference.
"""

from collections.abc import Collection

from sqlalchemy.orm import Session

from billing.commons import queries
from billing.commons.disclosure import hides_income
from billing.commons.models import ReportState
from coopcircuits.federation.signing import parse_envelope
from coopcircuits.period import Month


def may_be_told(session: Session, month: Month) -> bool:
    """Whether a balance of ``month`` beside those we published leaves hidden what other months hide."""
    told: set[str] = set()
    final: set[str] = set()
    hiding: set[str] = set()
    for report in queries.with_content(session):
        payload = parse_envelope(report.envelope).payload
        if "balance" in payload:
            told.add(report.period)
        if report.state is ReportState.FINAL:
            final.add(report.period)
        if hides_income(entry["field"] for entry in payload["suppression"]):
            hiding.add(report.period)
    return fits(month, told=told, whole=final - hiding)


def fits(month: Month, *, told: Collection[str], whole: Collection[str]) -> bool:
    """The same, where the months ``told`` have a balance and those that are ``whole`` hide nothing of what came in."""
    if not told or str(month) in told:
        return True
    each, last = Month.parse(min(*told, str(month))), max(*told, str(month))
    while str(each) <= last:
        if each != month and str(each) not in whole:
            return False
        each = each.plus(1)
    return True
