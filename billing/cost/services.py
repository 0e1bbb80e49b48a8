"""Write down what running the instance costs, prove it, put it right."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from billing.commons import queries as reports
from billing.cost import queries
from billing.cost.errors import CostChanged
from billing.cost.events import CostCorrected, CostRegistered, CostRemoved, ReceiptAttached, ReceiptDetached
from billing.cost.models import Cost, CostCategory, CostKind, CostReceipt, CostScope
from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.errors import InvalidInput, NotFound
from coopcircuits.files import SentFile
from coopcircuits.i18n import N_
from coopcircuits.period import Month


@dataclass(frozen=True)
class CostSpec:
    """A cost as it is entered: ``amount`` ex tax and ``tax`` in minor units, ``minutes`` for work in kind."""

    month: Month
    category: CostCategory
    scope: CostScope
    kind: CostKind
    label: str
    amount: int
    tax: int
    minutes: int
    spent_on: date


def register_cost(session: Session, *, actor: Actor, cost: CostSpec, receipt: SentFile | None = None) -> Cost:
    """Enter one cost of one month, with its proof if there is one; raises :class:`InvalidInput` naming the field.

    Work in kind says how long it took; it bears no tax.
    """
    _check(cost)
    row = Cost(**_columns(cost), entered_by=actor.label, entered_at=clock.now(), receipts=[])
    session.add(row)
    session.flush()
    events.record(session, CostRegistered(cost_id=row.id, period=row.period, amount=row.amount), actor=actor)
    if receipt:
        _attach(session, actor, row, receipt)
    return row


def correct_cost(
    session: Session, *, actor: Actor, cost_id: int, seen_version: int, cost: CostSpec, reason: str = ""
) -> Cost:
    """Write a cost anew. Once its month, old or new, is in a final report, ``reason`` must say why.

    Raises :class:`InvalidInput` naming the field, :class:`CostChanged` where somebody else was faster.
    """
    row = queries.lock_cost(session, cost_id)
    if row.version != seen_version:
        raise CostChanged
    _check(cost)
    before = (row.period, row.amount)
    _explain(session, {row.period, str(cost.month)}, reason)
    for name, value in _columns(cost).items():
        setattr(row, name, value)
    row.version += 1
    fact = CostCorrected(
        cost_id=row.id,
        period_before=before[0],
        amount_before=before[1],
        period=row.period,
        amount=row.amount,
        reason=reason.strip(),
    )
    events.record(session, fact, actor=actor)
    return row


def remove_cost(session: Session, *, actor: Actor, cost_id: int, reason: str = "") -> Cost:
    """Take out a cost entered by mistake, with its receipts; the audit trail keeps that it was there.

    Raises :class:`InvalidInput` where its month is in a final report and ``reason`` does not say why.
    """
    row = queries.lock_cost(session, cost_id)
    _explain(session, {row.period}, reason)
    fact = CostRemoved(
        cost_id=row.id,
        period=row.period,
        amount=row.amount,
        reason=reason.strip(),
        receipts=[receipt.sha256 for receipt in row.receipts],
    )
    session.delete(row)
    events.record(session, fact, actor=actor)
    return row


def attach_receipt(session: Session, *, actor: Actor, cost_id: int, receipt: SentFile) -> CostReceipt:
    """Keep a document beside a cost; the same document sent twice is kept once."""
    row = queries.lock_cost(session, cost_id)
    known = next((held for held in row.receipts if held.sha256 == receipt.sha256), None)
    return known or _attach(session, actor, row, receipt)


def detach_receipt(session: Session, *, actor: Actor, cost_id: int, receipt_id: int) -> Cost:
    """Take away a document sent by mistake; the audit trail keeps its digest."""
    row = queries.lock_cost(session, cost_id)
    receipt = next((held for held in row.receipts if held.id == receipt_id), None)
    if receipt is None:
        raise NotFound
    row.receipts.remove(receipt)
    events.record(session, ReceiptDetached(cost_id=row.id, sha256=receipt.sha256), actor=actor)
    return row


def _attach(session: Session, actor: Actor, row: Cost, receipt: SentFile) -> CostReceipt:
    kept = CostReceipt(
        cost_id=row.id,
        name=receipt.name,
        kind=receipt.kind,
        size=len(receipt.content),
        sha256=receipt.sha256,
        content=receipt.content,
        sent_by=actor.label,
        sent_at=clock.now(),
    )
    row.receipts.append(kept)
    session.flush()
    events.record(session, ReceiptAttached(cost_id=row.id, sha256=kept.sha256), actor=actor)
    return kept


def _check(cost: CostSpec) -> None:
    if cost.kind is CostKind.IN_KIND and cost.minutes <= 0:
        raise InvalidInput(N_("Say how long the work took."), field="minutes")
    if cost.kind is CostKind.IN_KIND and cost.tax:
        raise InvalidInput(N_("Work that was given bears no tax."), field="tax")
    if cost.kind is CostKind.CASH and cost.amount <= 0:
        raise InvalidInput(N_("Write what was paid, before tax."), field="amount")


def _columns(cost: CostSpec) -> dict[str, object]:
    """The columns of :class:`Cost` that are typed in."""
    return {
        "period": str(cost.month),
        "category": cost.category,
        "scope": cost.scope,
        "kind": cost.kind,
        "label": cost.label,
        "amount": cost.amount,
        "tax": cost.tax,
        "minutes": cost.minutes if cost.kind is CostKind.IN_KIND else 0,
        "spent_on": cost.spent_on,
    }


def _explain(session: Session, periods: set[str], reason: str) -> None:
    """Sisters read final reports: what they were told is not changed without a word."""
    told = sorted(period for period in periods if reports.last_final(session, period))
    if told and not reason.strip():
        raise InvalidInput(
            N_("The report of %(period)s is published: say why this changes. A revised report will be needed."),
            field="reason",
            period=told[0],
        )
