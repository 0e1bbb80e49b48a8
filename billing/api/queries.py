"""What the owner of a token may see, page by page. Rows come latest first, one more than asked to tell whether it ends.

Ids and months only grow, so a reader who follows the pages meets every row that was there once, whatever is added.
"""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from billing.api.shapes import MonthOfContributions, SchemeSums
from billing.invoice import queries as invoices
from billing.invoice.models import Invoice
from billing.statement.models import Closing, Statement
from coopcircuits.auth.models import User
from coopcircuits.errors import NotFound
from shops.enterprise import queries as enterprises
from shops.enterprise.models import Enterprise, StaffMember
from shops.permissions import GRANTS, Permission

_ROLES = [role for role, rights in GRANTS.items() if Permission.VIEW_ACCOUNTS in rights]


def _seen_by(user: User, shop_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """The cooperative sees every shop; others those whose accounts they may see."""
    if user.is_cooperative:
        return true()
    return shop_id.in_(
        select(StaffMember.enterprise_id).where(StaffMember.user_id == user.id, StaffMember.role.in_(_ROLES))
    )


def shop_seen_by(session: Session, user: User, permalink: str) -> Enterprise:
    """A shop whose accounts a person may see; raises :class:`NotFound`, also for one of others."""
    shop = enterprises.by_permalink(session, permalink)
    if session.scalar(select(Enterprise.id).where(Enterprise.id == shop.id, _seen_by(user, Enterprise.id))) is None:
        raise NotFound
    return shop


def statements(
    session: Session, user: User, *, shop: str | None, period: str | None, after: int | None, limit: int
) -> Sequence[Statement]:
    """Statements with their shop; raises :class:`NotFound` for a ``shop`` that this person does not see."""
    wanted = select(Statement).where(_seen_by(user, Statement.enterprise_id))
    if shop is not None:
        wanted = wanted.where(Statement.enterprise_id == shop_seen_by(session, user, shop).id)
    if period is not None:
        wanted = wanted.where(Statement.period == period)
    if after is not None:
        wanted = wanted.where(Statement.id < after)
    return session.scalars(
        wanted.options(joinedload(Statement.enterprise)).order_by(Statement.id.desc()).limit(limit + 1)
    ).all()


def documents(
    session: Session, user: User, *, shop: str | None, period: str | None, after: int | None, limit: int
) -> Sequence[Invoice]:
    """The same for documents, ``period`` being the month of their statement."""
    wanted = select(Invoice).join(Invoice.statement).where(_seen_by(user, Invoice.enterprise_id))
    if shop is not None:
        wanted = wanted.where(Invoice.enterprise_id == shop_seen_by(session, user, shop).id)
    if period is not None:
        wanted = wanted.where(Statement.period == period)
    if after is not None:
        wanted = wanted.where(Invoice.id < after)
    related = [joinedload(Invoice.enterprise), joinedload(Invoice.statement), joinedload(Invoice.corrects)]
    return session.scalars(wanted.options(*related).order_by(Invoice.id.desc()).limit(limit + 1)).all()


def document_seen_by(session: Session, user: User, number: str) -> Invoice:
    """A document of a shop whose accounts a person may see; raises :class:`NotFound`."""
    found = invoices.by_number(session, number)
    shop_seen_by(session, user, found.enterprise.permalink)
    return found


def contributions(session: Session, *, after: str | None, limit: int) -> Sequence[MonthOfContributions]:
    """Closed months with the sums of their statements by scheme."""
    closed = select(Closing.period).where(Closing.finished_at.is_not(None))
    if after is not None:
        closed = closed.where(Closing.period < after)
    periods = session.scalars(closed.order_by(Closing.period.desc()).limit(limit + 1)).all()
    key = (Statement.period, Statement.scheme, Statement.currency)
    rows = session.execute(
        select(
            *key,
            func.count(),
            func.sum(Statement.net),
            func.sum(Statement.contribution),
            func.sum(Statement.contribution_tax),
            func.sum(Statement.total),
        )
        .where(Statement.period.in_(periods))
        .group_by(*key)
        .order_by(*key)
    )
    sums = {
        period: [SchemeSums(scheme, currency, *map(int, figures)) for _period, scheme, currency, *figures in group]
        for period, group in groupby(rows, key=lambda row: row[0])
    }
    return [MonthOfContributions(period, sums.get(period, [])) for period in periods]
