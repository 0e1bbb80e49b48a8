"""Reading closed months, statements and their lines."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload, selectinload

from billing.purchase.queries import declared
from billing.scheme import queries as schemes
from billing.scheme.models import SchemeKind
from billing.statement.figures import Figures, figures_of
from billing.statement.models import Closing, Statement, StatementState
from billing.turnover import queries as turnover
from billing.turnover.queries import Line, Span, Turnover
from coopcircuits import clock
from coopcircuits.auth.models import User
from coopcircuits.cooperative import queries as cooperative
from coopcircuits.errors import NotFound
from coopcircuits.events import Event
from coopcircuits.i18n import N_
from coopcircuits.period import Month
from shops.enterprise.models import Enterprise, Sells

#: Shops whose statements are written while one waits.
_MANY = 1_000
#: How far back the month so far looks for late entries; a closing looks everywhere.
_LATE_MONTHS = 12


@dataclass(frozen=True)
class MonthSummary:
    """A closed month in one line; sums in minor units of ``currency``, ex tax. ``created``: written by this closing."""

    period: str
    statements: int
    created: int
    unchanged: int
    turnover_minor: int
    contribution_minor: int
    currency: str


def currency_of(session: Session) -> str:
    """The currency that contributions are counted in."""
    home = cooperative.cooperative(session)
    return home.currency if home else "EUR"


# ---------------------------------------------------------------- months


def closing_of(session: Session, period: str) -> Closing | None:
    return session.scalar(select(Closing).where(Closing.period == period))


def last_closing(session: Session, *, before: str = "9999-12") -> Closing | None:
    """The latest closing of a month before ``before``."""
    return session.scalar(select(Closing).where(Closing.period < before).order_by(Closing.period.desc()).limit(1))


def closed_periods(session: Session) -> Sequence[str]:
    """Every month whose statements are written, the latest first."""
    return session.scalars(
        select(Closing.period).where(Closing.finished_at.is_not(None)).order_by(Closing.period.desc())
    ).all()


def lock_closing(session: Session, period: str) -> Closing:
    """Hold a closing until the transaction ends; raises :class:`NotFound`."""
    found = session.scalar(select(Closing).where(Closing.period == period).with_for_update())
    if found is None:
        raise NotFound
    return found


def over_at(session: Session, month: Month) -> tuple[datetime, str]:
    """When a month is over everywhere, and the zone in which it ends last."""
    zones = set(session.scalars(select(Enterprise.zone).distinct()))
    if home := cooperative.cooperative(session):
        zones.add(home.zone)
    return max((month.ends_at(zone), zone) for zone in zones or {"UTC"})


def next_to_close(session: Session) -> Month | None:
    """The month after the last closed one; else the first with a sale or a gift; nothing before the first of these."""
    last = last_closing(session)
    if last is not None:
        month = Month.parse(last.period)
        return month if last.finished_at is None else month.plus(1)
    firsts = [first for first in (turnover.first_month(session), schemes.first_gift(session)) if first]
    return Month.parse(min(firsts)) if firsts else None


def months_to_close(session: Session) -> list[Month]:
    """Months that are over and not closed, the earliest first."""
    month, waiting = next_to_close(session), []
    while month and over_at(session, month)[0] <= clock.now():
        waiting.append(month)
        month = month.plus(1)
    return waiting


def is_long_work(session: Session) -> bool:
    """Whether so many shops may have a statement that nobody should wait for a month to be written."""
    return (session.scalar(select(func.count(Enterprise.id)).where(Enterprise.sells != Sells.NONE)) or 0) > _MANY


def summary(session: Session, period: str, *, created: int = 0) -> MonthSummary:
    """What a closed month comes to."""
    count, net, contribution = session.execute(
        select(func.count(), func.sum(Statement.net), func.sum(Statement.contribution)).where(
            Statement.period == period
        )
    ).one()
    return MonthSummary(
        period=period,
        statements=count,
        created=created,
        unchanged=count - created,
        turnover_minor=int(net or 0),
        contribution_minor=int(contribution or 0),
        currency=currency_of(session),
    )


# ---------------------------------------------------------------- statements


def statement_of(session: Session, *, enterprise_id: int, period: str) -> Statement:
    """A shop's statement with its shop and adjustments; raises :class:`NotFound`."""
    found = session.scalar(
        select(Statement)
        .where(Statement.enterprise_id == enterprise_id, Statement.period == period)
        .options(joinedload(Statement.enterprise), selectinload(Statement.adjustments))
    )
    if found is None:
        raise NotFound
    return found


def statements_of(session: Session, *, enterprise_id: int) -> Sequence[Statement]:
    """Every statement of a shop, the latest first."""
    return session.scalars(
        select(Statement).where(Statement.enterprise_id == enterprise_id).order_by(Statement.period.desc())
    ).all()


def lock_statements(session: Session, statement_ids: Collection[int]) -> Sequence[Statement]:
    """Hold statements until the transaction ends, in the order of their ids."""
    return session.scalars(
        select(Statement).where(Statement.id.in_(statement_ids)).order_by(Statement.id).with_for_update()
    ).all()


def carried_into(session: Session, period: str, enterprise_ids: Iterable[int]) -> dict[int, int]:
    """What the last statement before ``period`` of each of these shops left to carry, where it did."""
    latest = (
        select(Statement.enterprise_id, func.max(Statement.period))
        .where(Statement.period < period, Statement.enterprise_id.in_(list(enterprise_ids)))
        .group_by(Statement.enterprise_id)
    )
    rows = session.execute(
        select(Statement.enterprise_id, Statement.carried_out).where(
            tuple_(Statement.enterprise_id, Statement.period).in_(latest), Statement.carried_out < 0
        )
    )
    return {row.enterprise_id: row.carried_out for row in rows}


def sold_since(session: Session, period: str, starts: Mapping[int, str]) -> dict[int, int]:
    """What was counted of each of these shops from its month in ``starts`` to the month before ``period``."""
    if not starts:
        return {}
    rows = session.execute(
        select(Statement.enterprise_id, func.sum(Statement.base))
        .where(
            Statement.period < period,
            or_(*(and_(Statement.enterprise_id == shop, Statement.period >= since) for shop, since in starts.items())),
        )
        .group_by(Statement.enterprise_id)
    )
    return {shop_id: int(base) for shop_id, base in rows}


def figures_for(session: Session, month: Month, sales: Mapping[int, Turnover]) -> dict[int, Figures]:
    """The month of each of these shops worked out, in a few queries however many they are."""
    terms = schemes.terms_for(session, month)
    chosen = schemes.scheme_for(session, sales, month)
    carried = carried_into(session, str(month), sales)
    purchases = declared(session, str(month), list(sales))
    starting = {shop_id: scheme.since for shop_id, scheme in chosen.items() if scheme.kind is SchemeKind.STARTER}
    sold = sold_since(session, str(month), starting)
    return {
        shop_id: figures_of(
            turnover,
            period=str(month),
            carried_in=carried.get(shop_id, 0),
            scheme=chosen[shop_id],
            terms=terms,
            purchases=purchases.get(shop_id),
            sold_before=sold.get(shop_id, 0),
        )
        for shop_id, turnover in sales.items()
    }


def span_of(session: Session, period: str) -> Span:
    """What a month counts: fixed once it is being closed, else everything so far."""
    closing = closing_of(session, period)
    if closing is not None:
        return Span(period, closing.after_entry_id, closing.upto_entry_id)
    before = last_closing(session, before=period)
    return Span(period, before.upto_entry_id if before else None)


def so_far(session: Session, *, enterprise: Enterprise, month: Month) -> Statement:
    """What the statement of a month that is not closed would be now; belongs to no session."""
    recent = tuple(str(month.plus(-back)) for back in range(1, _LATE_MONTHS + 1))
    span = replace(span_of(session, str(month)), late_months=recent)
    found = turnover.turnover_by_shop(session, span, currency=enterprise.currency, shop_id=enterprise.id)
    sales = {enterprise.id: found.get(enterprise.id, Turnover())}
    figures = figures_for(session, month, sales)[enterprise.id]
    return Statement(
        **asdict(figures),
        enterprise_id=enterprise.id,
        enterprise=enterprise,
        period=str(month),
        state=StatementState.TO_REVIEW,
        currency=enterprise.currency,
        adjusted=0,
        adjustments=[],
        closed_at=clock.now(),
    )


def month_of(session: Session, *, enterprise: Enterprise, month: Month) -> Statement:
    """A shop's statement, or its month so far if that is not closed yet.

    Raises :class:`NotFound` for a month that has not begun, or closed without anything to state.
    """
    closing = closing_of(session, str(month))
    if closing is not None and closing.finished_at is not None:
        try:
            return statement_of(session, enterprise_id=enterprise.id, period=str(month))
        except NotFound:
            message = N_("%(shop)s sold nothing online in %(period)s and has no statement.")
            raise NotFound(message, shop=enterprise.name, period=str(month)) from None
    if month.starts_at(enterprise.zone) > clock.now():
        raise NotFound(N_("%(period)s has not begun yet."), period=str(month))
    return so_far(session, enterprise=enterprise, month=month)


def lines_of(session: Session, statement: Statement) -> Sequence[Line]:
    """Each order, change and refund that a statement counts, oldest first."""
    span = span_of(session, statement.period)
    return turnover.lines(session, span, shop_id=statement.enterprise_id, late=statement.late_count > 0)


def decisions(session: Session, *, statement_id: int) -> Sequence[Event]:
    """What was decided on a statement, oldest first."""
    return session.scalars(
        select(Event).where(Event.subject_type == "statement", Event.subject_id == statement_id).order_by(Event.id)
    ).all()


def names_of(session: Session, labels: Collection[str]) -> dict[str, str]:
    """The names of people behind actors' labels (``user:7``)."""
    ids = {int(label.removeprefix("user:")) for label in labels if label.startswith("user:")}
    return {f"user:{id_}": name for id_, name in session.execute(select(User.id, User.name).where(User.id.in_(ids)))}
