"""Note what the accounts held at the end of a month, and put it right."""

from sqlalchemy.orm import Session

from billing.commons import queries as reports
from billing.treasury import queries
from billing.treasury.errors import BalanceChanged
from billing.treasury.events import CashCorrected, CashNoted
from billing.treasury.models import CashBalance
from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.cooperative.queries import lock_cooperative
from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import N_
from coopcircuits.period import Month


def note_balance(session: Session, *, actor: Actor, month: Month, amount: int, remark: str = "") -> CashBalance:
    """Write down what all accounts held together when ``month`` ended, in minor units, negative where overdrawn.

    Raises :class:`InvalidInput` where the month is not over, long past, or noted already.
    """
    home = lock_cooperative(session)
    last = Month.of(clock.now(), home.zone).plus(-1)
    if month > last:
        raise InvalidInput(N_("This month is not over: its last balance is not known yet."), field="period")
    if month < last.plus(1 - queries.MONTHS):
        raise InvalidInput(N_("This month is too long ago: the last two years can be noted."), field="period")
    if queries.is_noted(session, str(month)):
        raise InvalidInput(N_("This month is noted already. Open it below to put it right."), field="period")
    row = CashBalance(period=str(month), amount=amount, remark=remark, noted_by=actor.label, noted_at=clock.now())
    session.add(row)
    session.flush()
    events.record(session, CashNoted(balance_id=row.id, period=row.period, amount=amount), actor=actor)
    return row


def correct_balance(
    session: Session, *, actor: Actor, period: str, seen_version: int, amount: int, remark: str = "", reason: str = ""
) -> CashBalance:
    """Write a balance anew. Once its month is in a final report, ``reason`` must say why; the same again is nothing.

    Raises :class:`InvalidInput` naming the field, :class:`BalanceChanged` where somebody else was faster.
    """
    lock_cooperative(session)
    row = queries.balance_of(session, period)
    if row.version != seen_version:
        raise BalanceChanged
    if (row.amount, row.remark) == (amount, remark):
        return row
    if row.amount != amount and reports.last_final(session, period) and not reason.strip():
        raise InvalidInput(
            N_("The report of %(period)s is published: say why this changes. A revised report will be needed."),
            field="reason",
            period=period,
        )
    fact = CashCorrected(
        balance_id=row.id,
        period=period,
        amount_before=row.amount,
        amount=amount,
        reason=reason.strip(),
    )
    row.amount, row.remark, row.version = amount, remark, row.version + 1
    row.noted_by, row.noted_at = actor.label, clock.now()
    events.record(session, fact, actor=actor)
    return row
