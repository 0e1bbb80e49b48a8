"""Store exchange rates: from the file of the European Central Bank, or as a person found them elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session

from billing.commons.rates import DIGITS, EURO, Rate, rate_text
from billing.exchange_rate import errors, events, queries
from billing.exchange_rate.ecb import monthly_rates
from billing.exchange_rate.models import ExchangeRate
from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.cooperative.queries import lock_cooperative
from coopcircuits.events import record
from coopcircuits.period import Month

#: Months of the file that are kept: what twelve months of true-ups and twelve of turnover may need, and a year more.
MONTHS_KEPT = 36
#: Where a rate that the European Central Bank does not publish may come from; the second is whatever else.
SOURCES = ("inforeuro", "entered")


@dataclass(frozen=True)
class Loaded:
    """What a file brought: rates stored, and rates left alone because the month had one."""

    stored: int
    known: int
    first: str
    last: str


def load_rates(session: Session, *, actor: Actor, content: bytes) -> Loaded:
    """Store the monthly means of the history file, of the last three years and only of months that are over.

    What is stored is never changed, since allocations are signed with it. Raises :class:`InvalidInput`.
    """
    this = Month.of(clock.now(), "UTC")
    rates = monthly_rates(content, first=str(this.plus(-MONTHS_KEPT)), before=str(this))
    found = {(rate.currency, month): rate for month, rate in rates}
    if not found:
        raise errors.NoRates(field="file")
    lock_cooperative(session)
    known = queries.known(session, found.keys())
    rows = [_row(month, rate, actor) for (currency, month), rate in found.items() if (currency, month) not in known]
    months = [month for _currency, month in found]
    loaded = Loaded(len(rows), len(known), min(months), max(months))
    session.add_all(rows)
    session.flush()
    if rows:
        fact = events.RatesLoaded(rate_id=rows[-1].id, first=loaded.first, last=loaded.last, stored=loaded.stored)
        record(session, fact, actor=actor)
    return loaded


def enter_rate(
    session: Session, *, actor: Actor, month: Month, currency: str, value: Fraction, source: str, signed: Sequence[str]
) -> ExchangeRate:
    """Store (or put right) the rate of a month, units of ``currency`` for one euro.

    ``signed`` are the months whose allocation is locked: their rates stay. Raises :class:`RateSigned`,
    :class:`RateImpossible`.
    """
    if currency == EURO or not Fraction(1, 10**DIGITS) <= value < 10**9:
        raise errors.RateImpossible(field="rate")
    if str(month) in signed:
        raise errors.RateSigned(period=str(month))
    lock_cooperative(session)
    row = queries.rate_of(session, currency, str(month))
    last_day = month.plus(1).first_day - timedelta(days=1)
    rate = Rate(currency, rate_text(value), source, month.first_day.isoformat(), last_day.isoformat())
    if row is None:
        row = _row(str(month), rate, actor)
        session.add(row)
    else:
        row.rate, row.source, row.first_day, row.last_day = rate.rate, source, month.first_day, last_day
        row.entered_by, row.entered_at = actor.label, clock.now()
    session.flush()
    fact = events.RateEntered(rate_id=row.id, currency=currency, period=str(month), rate=row.rate, source=source)
    record(session, fact, actor=actor)
    return row


def _row(month: str, rate: Rate, actor: Actor) -> ExchangeRate:
    return ExchangeRate(
        currency=rate.currency,
        period=month,
        rate=rate.rate,
        source=rate.source,
        first_day=date.fromisoformat(rate.first_day),
        last_day=date.fromisoformat(rate.last_day),
        entered_by=actor.label,
        entered_at=clock.now(),
    )
