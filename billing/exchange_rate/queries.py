"""Reading stored exchange rates."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.commons.rates import Rate
from billing.exchange_rate.models import ExchangeRate

#: Ends the source of a rate that is taken from an earlier month because none is known for the month itself.
LAST_KNOWN = "/last-known"


def rate_of(session: Session, currency: str, period: str) -> ExchangeRate | None:
    return session.scalar(select(ExchangeRate).where(ExchangeRate.currency == currency, ExchangeRate.period == period))


def rates_for(session: Session, period: str) -> dict[str, Rate]:
    """For every currency ever rated, its rate of a month; else the last one known before it, flagged in its source."""
    latest = (
        select(ExchangeRate.currency, func.max(ExchangeRate.period).label("period"))
        .where(ExchangeRate.period <= period)
        .group_by(ExchangeRate.currency)
        .subquery()
    )
    rows = session.scalars(
        select(ExchangeRate).join(
            latest, (ExchangeRate.currency == latest.c.currency) & (ExchangeRate.period == latest.c.period)
        )
    )
    return {row.currency: as_rate(row, flagged=row.period != period) for row in rows}


def as_rate(row: ExchangeRate, *, flagged: bool = False) -> Rate:
    """A stored row as the allocation carries it."""
    source = row.source + LAST_KNOWN if flagged else row.source
    return Rate(row.currency, row.rate, source, row.first_day.isoformat(), row.last_day.isoformat())


def known(session: Session, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these (currency, month) that are stored."""
    months = {period for _currency, period in pairs}
    rows = session.execute(
        select(ExchangeRate.currency, ExchangeRate.period).where(
            ExchangeRate.period >= min(months, default=""), ExchangeRate.period <= max(months, default="")
        )
    )
    return {(currency, period) for currency, period in rows} & set(pairs)


def entered(session: Session, period: str) -> Sequence[ExchangeRate]:
    """The rates stored for a month, by currency."""
    return session.scalars(
        select(ExchangeRate).where(ExchangeRate.period == period).order_by(ExchangeRate.currency)
    ).all()
