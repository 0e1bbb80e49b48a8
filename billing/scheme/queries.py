"""Which scheme and which rates hold in a month."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import Session, joinedload

from billing.scheme.contribution import BY_DEFAULT, Scheme, Terms
from billing.scheme.models import ContributionScheme, ContributionTerms, SchemeKind
from coopcircuits import tax
from coopcircuits.cooperative import queries as cooperative
from coopcircuits.period import Month
from coopcircuits.tax import TaxCategory
from shops.enterprise.models import Enterprise, EnterpriseState

#: Rate of a cooperative that has not decided otherwise: 1 %.
USUAL_RATE_BP = 100


def terms_for(session: Session, month: Month) -> Terms:
    """The rates in force in a month; 1 % and the country's standard tax where none were decided."""
    found = session.execute(
        select(*(getattr(ContributionTerms, name) for name in Terms._fields))
        .where(ContributionTerms.valid_from <= str(month))
        .order_by(ContributionTerms.valid_from.desc())
        .limit(1)
    ).one_or_none()
    return Terms(*found) if found else usual_terms(session, month)


def usual_terms(session: Session, month: Month) -> Terms:
    """The rates of a new cooperative."""
    home = cooperative.cooperative(session)
    rates = tax.rates_on(session, country=home.country, day=month.first_day) if home else {}
    return Terms(USUAL_RATE_BP, rates.get(TaxCategory.STANDARD, 0))


def scheme_of(choice: ContributionScheme) -> Scheme:
    """A choice as the arithmetic takes it."""
    return Scheme(choice.kind, choice.amount, choice.reason, choice.valid_from, choice.free_until, choice.free_turnover)


def all_terms(session: Session) -> Sequence[ContributionTerms]:
    """Every decision on the rates, the latest first."""
    return session.scalars(select(ContributionTerms).order_by(ContributionTerms.valid_from.desc())).all()


def _in_force(month: Month) -> Select[int, str]:
    """The shop and first month of each scheme in force."""
    return (
        select(ContributionScheme.enterprise_id, func.max(ContributionScheme.valid_from))
        .where(ContributionScheme.valid_from <= str(month))
        .group_by(ContributionScheme.enterprise_id)
    )


def is_in_force(month: Month) -> ColumnElement[bool]:
    """Whether a row of :class:`ContributionScheme` is the one of its shop in a month."""
    return tuple_(ContributionScheme.enterprise_id, ContributionScheme.valid_from).in_(_in_force(month))


def scheme_for(session: Session, enterprise_ids: Iterable[int], month: Month) -> dict[int, Scheme]:
    """The scheme of each of these shops in a month; ``percent`` where a shop never chose."""
    wanted = list(enterprise_ids)
    found = dict.fromkeys(wanted, BY_DEFAULT)
    rows = session.execute(
        select(
            ContributionScheme.enterprise_id,
            ContributionScheme.kind,
            ContributionScheme.amount,
            ContributionScheme.reason,
            ContributionScheme.valid_from,
            ContributionScheme.free_until,
            ContributionScheme.free_turnover,
        ).where(
            tuple_(ContributionScheme.enterprise_id, ContributionScheme.valid_from).in_(
                _in_force(month).where(ContributionScheme.enterprise_id.in_(wanted))
            )
        )
    )
    found.update((row.enterprise_id, Scheme(*row[1:])) for row in rows)
    return found


def givers(month: Month) -> Select[int]:
    """Active shops whose voluntary amount is due in a month even without a sale."""
    return (
        select(ContributionScheme.enterprise_id)
        .join(ContributionScheme.enterprise)
        .where(
            ContributionScheme.kind == SchemeKind.VOLUNTARY,
            ContributionScheme.amount > 0,
            Enterprise.state == EnterpriseState.ACTIVE,
            is_in_force(month),
        )
    )


def choices_of(session: Session, *, enterprise_id: int) -> Sequence[ContributionScheme]:
    """Every choice of a shop, the latest first."""
    return session.scalars(
        select(ContributionScheme)
        .where(ContributionScheme.enterprise_id == enterprise_id)
        .order_by(ContributionScheme.valid_from.desc())
    ).all()


def has_started(session: Session, *, enterprise_id: int, before: Month) -> bool:
    """Whether a shop has had the scheme of starting shops from an earlier month on."""
    found = session.scalar(
        select(ContributionScheme.id).where(
            ContributionScheme.enterprise_id == enterprise_id,
            ContributionScheme.kind == SchemeKind.STARTER,
            ContributionScheme.valid_from < str(before),
        )
    )
    return found is not None


def departures(session: Session, month: Month) -> Sequence[ContributionScheme]:
    """Schemes in force in a month other than ``percent``, with their shop, by name."""
    return session.scalars(
        select(ContributionScheme)
        .join(ContributionScheme.enterprise)
        .where(
            ContributionScheme.kind != SchemeKind.PERCENT,
            is_in_force(month),
        )
        .options(joinedload(ContributionScheme.enterprise))
        .order_by(Enterprise.name_key)
    ).all()


def first_gift(session: Session) -> str | None:
    """The first month for which a shop chose an amount of its own."""
    return session.scalar(
        select(func.min(ContributionScheme.valid_from)).where(
            ContributionScheme.kind == SchemeKind.VOLUNTARY, ContributionScheme.amount > 0
        )
    )
