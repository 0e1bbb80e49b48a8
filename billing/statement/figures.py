"""The arithmetic of a statement, from a month's turnover to what the shop owes. No database."""

from dataclasses import dataclass

from billing.scheme.contribution import Scheme, Terms, contribution_before_tax, with_tax
from billing.scheme.models import SchemeKind
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
    rate_bp: int
    computed: int
    contribution: int
    contribution_tax_bp: int
    contribution_tax: int
    total: int


def figures_of(turnover: Turnover, *, carried_in: int, scheme: Scheme, terms: Terms) -> Figures:
    """Work out a month. ``carried_in`` (zero or negative) is the ``carried_out`` of the shop's statement before."""
    standing = turnover.net + carried_in
    computed = contribution_before_tax(scheme, terms, max(0, standing))
    owed = with_tax(computed, terms.tax_rate_bp)
    return Figures(
        order_count=turnover.orders,
        refund_count=turnover.refunds,
        late_count=turnover.late,
        gross=turnover.gross,
        tax=turnover.tax,
        net=turnover.net,
        carried_in=carried_in,
        base=max(0, standing),
        carried_out=min(0, standing),
        scheme=scheme.kind,
        scheme_reason=scheme.reason,
        rate_bp=terms.rate_bp if scheme.kind is SchemeKind.PERCENT else 0,
        computed=computed,
        contribution=owed.net,
        contribution_tax_bp=terms.tax_rate_bp,
        contribution_tax=owed.tax,
        total=owed.gross,
    )
