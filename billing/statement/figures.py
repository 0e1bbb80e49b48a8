"""The arithmetic of a statement, from a month's turnover to what the shop owes. No database."""

from dataclasses import dataclass

from billing.scheme.contribution import MonthSold, Scheme, Terms, apply, tax_rate, with_tax
from billing.scheme.models import SchemeKind, VatTreatment
from billing.turnover.queries import Turnover


@dataclass(frozen=True)
class Figures:
    """Columns of :class:`billing.statement.models.Statement`, by the same names; minor units, the same signs."""

    order_count: int
    refund_count: int
    late_count: int
    gross: int
    tax: int
    net: int
    carried_in: int
    base: int
    carried_out: int
    scheme: SchemeKind
    scheme_reason: str
    purchases: int | None
    rated: int
    rate_bp: int
    minimum: int
    cap: int
    computed: int
    contribution: int
    vat: VatTreatment
    contribution_tax_bp: int
    contribution_tax: int
    total: int


def figures_of(
    turnover: Turnover,
    *,
    period: str,
    carried_in: int,
    scheme: Scheme,
    terms: Terms,
    purchases: int | None = None,
    sold_before: int = 0,
) -> Figures:
    """Work out a month. ``carried_in`` (zero or negative) is the ``carried_out`` of the shop's statement before;
    ``purchases`` and ``sold_before`` as in :class:`billing.scheme.contribution.MonthSold`."""
    standing = turnover.net + carried_in
    base = max(0, standing)
    declared = purchases if scheme.kind is SchemeKind.MARGIN else None
    applied = apply(scheme, terms, MonthSold(period, base, declared, sold_before))
    rate = tax_rate(applied.vat, terms)
    owed = with_tax(applied.computed, rate)
    return Figures(
        order_count=turnover.orders,
        refund_count=turnover.refunds,
        late_count=turnover.late,
        gross=turnover.gross,
        tax=turnover.tax,
        net=turnover.net,
        carried_in=carried_in,
        base=base,
        carried_out=min(0, standing),
        scheme=scheme.kind,
        scheme_reason=scheme.reason,
        purchases=declared,
        rated=applied.rated,
        rate_bp=applied.rate_bp,
        minimum=applied.minimum,
        cap=applied.cap,
        computed=applied.computed,
        contribution=owed.net,
        vat=applied.vat,
        contribution_tax_bp=rate,
        contribution_tax=owed.tax,
        total=owed.gross,
    )
