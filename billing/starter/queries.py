"""How far a starting shop is from the end of its free time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from billing.scheme.models import ContributionScheme, SchemeKind
from billing.scheme.queries import is_in_force
from billing.statement import queries as statements
from coopcircuits import clock
from coopcircuits.period import Month
from shops.enterprise.models import Enterprise

#: How long before its end a shop is told.
NOTICE = timedelta(days=30)


@dataclass(frozen=True)
class Countdown:
    """A starting shop's free time, at an instant: ``last_day`` is its last, ``sold`` (minor units ex tax) what it sold
    since its start, of ``free_turnover`` (0: no limit)."""

    scheme_id: int
    last_day: date
    days_left: int
    sold: int
    free_turnover: int

    @property
    def left(self) -> int:
        """Minor units that may still be sold free, where there is a limit."""
        return max(0, self.free_turnover - self.sold)

    @property
    def is_over(self) -> bool:
        return self.days_left <= 0 or (self.free_turnover > 0 and self.left == 0)

    @property
    def is_ending(self) -> bool:
        """Within the time of notice, or four fifths of the free turnover are sold."""
        near_limit = self.free_turnover > 0 and self.sold * 5 >= self.free_turnover * 4
        return self.days_left <= NOTICE.days or near_limit


def starting_at(session: Session, now: datetime) -> Sequence[ContributionScheme]:
    """Starting shops whose scheme rules at an instant, each in its own calendar, with the shop."""
    found: dict[int, ContributionScheme] = {}
    zones = session.scalars(select(Enterprise.zone).distinct()).all()
    for zone in zones:
        rows = session.scalars(
            select(ContributionScheme)
            .join(ContributionScheme.enterprise)
            .where(
                ContributionScheme.kind == SchemeKind.STARTER,
                Enterprise.zone == zone,
                is_in_force(Month.of(now, zone)),
            )
            .options(joinedload(ContributionScheme.enterprise))
        )
        found.update((row.id, row) for row in rows)
    return [found[key] for key in sorted(found)]


def scheme_with_shop(session: Session, scheme_id: int) -> ContributionScheme:
    """A shop's choice with its shop."""
    return session.scalars(
        select(ContributionScheme)
        .where(ContributionScheme.id == scheme_id)
        .options(joinedload(ContributionScheme.enterprise))
    ).one()


def countdown(session: Session, choice: ContributionScheme) -> Countdown:
    """A starting shop's free time now; its ``enterprise`` must be loaded."""
    shop, now = choice.enterprise, clock.now()
    month = Month.of(now, shop.zone)
    last_day = Month.parse(choice.free_until or choice.valid_from).plus(1).first_day - timedelta(days=1)
    sold = statements.sold_since(session, str(month.plus(1)), {shop.id: choice.valid_from}).get(shop.id, 0)
    last = statements.last_closing(session)
    open_month = Month.parse(max(choice.valid_from, str(Month.parse(last.period).plus(1)))) if last else month
    while choice.free_turnover and open_month <= month:
        sold += statements.so_far(session, enterprise=shop, month=open_month).base
        open_month = open_month.plus(1)
    return Countdown(
        scheme_id=choice.id,
        last_day=last_day,
        days_left=(last_day - clock.local_date(now, shop.zone)).days + 1,
        sold=sold,
        free_turnover=choice.free_turnover,
    )
