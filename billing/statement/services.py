"""Close a month, and decide on its statements."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from billing.purchase.queries import lock_declarations
from billing.scheme import queries as schemes
from billing.scheme import services as scheme
from billing.scheme.contribution import with_tax
from billing.statement import queries
from billing.statement.errors import (
    CloseInOrder,
    ForeignCurrency,
    LaterMonthClosed,
    MonthNotOver,
    NothingToClose,
    StatementChanged,
)
from billing.statement.events import (
    ApprovalUndone,
    MonthClosed,
    MonthClosingStarted,
    StatementAdjusted,
    StatementApproved,
    StatementInvoiced,
)
from billing.statement.models import Adjustment, Closing, Statement, StatementState
from billing.statement.writing import foreign_shop, insert_statements
from billing.turnover import queries as turnover
from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.errors import InvalidInput, NotFound
from coopcircuits.i18n import N_
from coopcircuits.period import Month
from shops.enterprise.models import Enterprise


def start_closing(session: Session, *, month: Month, actor: Actor) -> Closing:
    """Fix what a month counts; a month already started keeps what was fixed.

    Keep the transaction short: orders cannot be written until it ends. Raises :class:`MonthNotOver`,
    :class:`CloseInOrder`, :class:`LaterMonthClosed` or :class:`NothingToClose`.
    """
    turnover.lock_ledger(session)
    lock_declarations(session)
    if (started := queries.closing_of(session, str(month))) is not None:
        return started
    over_at, zone = queries.over_at(session, month)
    if over_at > clock.now():
        raise MonthNotOver(period=str(month), moment=f"{clock.local(over_at, zone):%Y-%m-%d %H:%M}", zone=zone)
    if (last := queries.last_closing(session)) and last.period > str(month):
        raise LaterMonthClosed(period=str(month), later=last.period)
    following = queries.next_to_close(session)
    if following is None or month < following:
        raise NothingToClose(period=str(month))
    if following < month:
        raise CloseInOrder(period=str(month), earlier=str(following))
    scheme.enter_usual_terms(session, actor=actor, month=month)
    closing = Closing(
        period=str(month),
        after_entry_id=last.upto_entry_id if last else None,
        upto_entry_id=turnover.last_entry_id(session),
        started_at=clock.now(),
        started_by=actor.label,
    )
    session.add(closing)
    session.flush()
    events.record(session, MonthClosingStarted(closing_id=closing.id, period=closing.period), actor=actor)
    return closing


def write_statements(session: Session, *, period: str, actor: Actor) -> int:
    """Write the statements of a month whose closing has started, all or none; returns how many were written now.

    A shop gets one if it sold or gave back online, or if it is active and gives an amount of its own choice. A negative
    carry waits for the shop's next statement. Raises :class:`ForeignCurrency`.
    """
    closing = queries.lock_closing(session, period)
    if closing.finished_at is not None:
        return 0
    month, currency = Month.parse(period), queries.currency_of(session)
    written = insert_statements(
        session,
        month=month,
        span=queries.span_of(session, period),
        terms=schemes.terms_for(session, month),
        currency=currency,
        closed_at=closing.started_at,
    )
    if (shop_id := foreign_shop(session, period=period, currency=currency)) is not None:
        raise ForeignCurrency(shop=session.get_one(Enterprise, shop_id).name, currency=currency, period=period)
    closing.finished_at = clock.now()
    events.record(session, MonthClosed(closing_id=closing.id, period=period, statements=written), actor=actor)
    return written


def adjust(
    session: Session, *, actor: Actor, statement_id: int, seen_version: int, amount: int, reason: str
) -> Statement:
    """Raise (positive) or lower a contribution by minor units ex tax, never below zero; its tax follows.

    Raises :class:`StatementChanged` if it is no longer the one seen, :class:`InvalidInput` naming the field.
    """
    statement = _lock(session, statement_id, seen_version, StatementState.TO_REVIEW)
    if not reason.strip():
        raise InvalidInput(N_("Say why: the shop reads the reason on its statement."), field="reason")
    if amount == 0:
        raise InvalidInput(N_("An adjustment of nothing changes nothing."), field="amount")
    if statement.contribution + amount < 0:
        raise InvalidInput(N_("A contribution cannot go below zero."), field="amount")
    adjustment = Adjustment(
        statement_id=statement.id,
        amount=amount,
        reason=reason.strip(),
        decided_by=actor.label,
        decided_at=clock.now(),
    )
    session.add(adjustment)
    owed = with_tax(statement.contribution + amount, statement.contribution_tax_bp)
    statement.adjusted += amount
    statement.contribution, statement.contribution_tax, statement.total = owed.net, owed.tax, owed.gross
    statement.version += 1
    session.flush()
    adjusted = StatementAdjusted(statement_id=statement.id, adjustment_id=adjustment.id, amount=amount)
    events.record(session, adjusted, actor=actor)
    return statement


def waive(session: Session, *, actor: Actor, statement_id: int, seen_version: int, reason: str) -> Statement:
    """Ask nothing of a shop for a month, with a reason. Raises as :func:`adjust`."""
    statement = _lock(session, statement_id, seen_version, StatementState.TO_REVIEW)
    if statement.contribution == 0:
        raise InvalidInput(N_("There is nothing to pay on this statement already."), field="reason")
    return adjust(
        session,
        actor=actor,
        statement_id=statement_id,
        seen_version=seen_version,
        amount=-statement.contribution,
        reason=reason,
    )


def approve(session: Session, *, actor: Actor, seen: Mapping[int, int]) -> list[Statement]:
    """Approve statements, given as id to the version seen; returns those approved.

    One that somebody else approved or changed meanwhile stays as it is.
    """
    approved = [
        statement
        for statement in queries.lock_statements(session, seen)
        if statement.state is StatementState.TO_REVIEW and statement.version == seen[statement.id]
    ]
    for statement in approved:
        statement.move_to(StatementState.APPROVED)
        statement.approved_at, statement.approved_by = clock.now(), actor.label
        fact = StatementApproved(
            statement_id=statement.id,
            enterprise_id=statement.enterprise_id,
            period=statement.period,
            contribution=statement.contribution,
            total=statement.total,
        )
        events.record(session, fact, actor=actor)
    return approved


def undo_approval(session: Session, *, actor: Actor, statement_id: int, seen_version: int) -> Statement:
    """Put an approved statement back among those to review. Raises :class:`StatementChanged`."""
    statement = _lock(session, statement_id, seen_version, StatementState.APPROVED)
    statement.move_to(StatementState.TO_REVIEW)
    statement.approved_at = statement.approved_by = None
    fact = ApprovalUndone(statement_id=statement.id, enterprise_id=statement.enterprise_id, period=statement.period)
    events.record(session, fact, actor=actor)
    return statement


def mark_invoiced(session: Session, *, statement: Statement, actor: Actor) -> Statement:
    """Note, in the transaction that issues its invoice, that an approved statement is invoiced: it stays so.

    Raises :class:`StatementChanged` if it is no longer the approved statement that was read.
    """
    seen_version = statement.version
    session.refresh(statement, with_for_update={"of": Statement})  # its shop may come along
    if statement.version != seen_version:
        raise StatementChanged
    statement.move_to(StatementState.INVOICED)
    session.flush()
    invoiced = StatementInvoiced(
        statement_id=statement.id, enterprise_id=statement.enterprise_id, period=statement.period
    )
    events.record(session, invoiced, actor=actor)
    return statement


def _lock(session: Session, statement_id: int, seen_version: int, state: StatementState) -> Statement:
    found = queries.lock_statements(session, [statement_id])
    if not found:
        raise NotFound
    if found[0].state is not state or found[0].version != seen_version:
        raise StatementChanged
    return found[0]
