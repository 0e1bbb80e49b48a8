"""The cash stays private where it would tell contributions that are hidden, in its month or between two balances."""

import pytest
from sqlalchemy.orm import Session

from billing.commons.cash import may_be_told
from billing.commons.models import PublishedReport, ReportState
from billing.treasury import queries as treasury
from coopcircuits.federation.signing import ObjectKind, build_envelope
from coopcircuits.period import Month
from tests.billing.commons import sister
from tests.support.billing import OCTOBER

TOLD, PLAIN, HIDDEN = "told", "plain", "hidden"


def publish(
    session: Session, month: Month, what: str, *, revision: int = 1, state: ReportState = ReportState.FINAL
) -> None:
    """A report of a month that tells the cash, that could, or that hides a contribution."""
    payload = sister.payload(period=str(month), revision=revision, state=state.value)
    if what != TOLD:
        del payload["balance"]
    if what == HIDDEN:
        payload["suppression"] = [{"field": "contributions.other.invoiced", "reason": "fewer-than-five"}]
    session.add(
        PublishedReport(
            period=str(month),
            revision=revision,
            state=state,
            digest=f"sha256:{month.number:063x}{revision}",
            envelope=build_envelope(ObjectKind.REPORT, payload, [sister.KEY]),
            issued_at=sister.ISSUED,
            published_by="system",
        )
    )
    session.flush()


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([], True),
        ([HIDDEN, HIDDEN], True),  # nothing to subtract
        ([TOLD], True),
        ([TOLD, PLAIN], True),
        ([TOLD, HIDDEN], False),
        ([TOLD, HIDDEN, PLAIN, PLAIN], False),  # what is not hidden can be taken away
        ([HIDDEN, TOLD, PLAIN, TOLD], True),
        ([TOLD, None], False),  # nobody knows yet what will be hidden
    ],
)
def test_a_balance_after_others(session: Session, before: list[str | None], expected: bool) -> None:
    for step, what in enumerate(before):
        if what is not None:
            publish(session, OCTOBER.plus(step - len(before)), what)
    assert may_be_told(session, OCTOBER) is expected


def test_a_balance_before_others_is_a_difference_too(session: Session) -> None:
    publish(session, OCTOBER.plus(1), HIDDEN)
    publish(session, OCTOBER.plus(2), TOLD)
    assert not may_be_told(session, OCTOBER)
    assert may_be_told(session, OCTOBER.plus(2)), "as it was told already"


def test_every_revision_counts_and_a_provisional_one_is_not_the_last_word(session: Session) -> None:
    publish(session, OCTOBER.plus(-2), TOLD)
    publish(session, OCTOBER.plus(-1), PLAIN, state=ReportState.PROVISIONAL)
    assert not may_be_told(session, OCTOBER)
    publish(session, OCTOBER.plus(-1), PLAIN, revision=2)
    assert may_be_told(session, OCTOBER)
    publish(session, OCTOBER.plus(-1), HIDDEN, revision=3)
    assert not may_be_told(session, OCTOBER)


def test_everybody_knows_the_cash_as_the_latest_report_tells_it(session: Session) -> None:
    assert treasury.last_told(session) is None
    publish(session, OCTOBER.plus(-1), TOLD)
    publish(session, OCTOBER, HIDDEN)
    found = treasury.last_told(session)
    assert found is not None
    assert (found.period, found.cash) == ("2026-09", 3_120_000)
