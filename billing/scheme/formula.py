"""The arithmetic of :mod:`billing.scheme.contribution` once more, as SQL: a whole month of shops in one statement.

A property test holds the two together.
"""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, Subquery, and_, case, literal, select

from billing.scheme.contribution import Terms, tax_rate
from billing.scheme.models import SchemeKind, VatTreatment
from coopcircuits.db import Word


def step(rows: Select[*tuple[Any, ...]], name: str) -> CTE:
    """Rows worked out once: the next step reads their columns instead of repeating what they are made of."""
    return rows.cte(name).prefix_with("MATERIALIZED")


def free_part(source: CTE, period: str) -> ColumnElement[int]:
    """What the free time of a starting shop covers of ``base``; ``source`` has ``scheme``, ``base``, ``free_until``,
    ``free_turnover`` and ``sold_before``."""
    of = source.c
    left = of.free_turnover - of.sold_before
    return case(
        (of.scheme != SchemeKind.STARTER, 0),
        (of.free_until < period, 0),
        (of.free_turnover == 0, of.base),
        (left <= 0, 0),
        (left < of.base, left),
        else_=of.base,
    )


def contributions(source: CTE, terms: Terms) -> Select[*tuple[Any, ...]]:
    """The columns of ``source`` and, for each of its rows, what the contribution is made of.

    ``source`` has ``scheme``, ``amount``, ``base``, ``purchases`` and ``free``, all in minor units ex tax. Added are
    ``rated``, ``rate_bp``, ``minimum``, ``cap``, ``computed``, ``vat``, ``contribution_tax_bp`` and
    ``contribution_tax``.
    """
    rated = _rated(source, terms)
    shared = select(rated, ((rated.c.rated * rated.c.rate_bp + 5_000) // 10_000).label("share")).subquery()
    computed = _computed(shared, terms)
    tax = (computed.c.computed * computed.c.contribution_tax_bp + 5_000) // 10_000
    return select(computed, tax.label("contribution_tax"))


def _rated(source: CTE, terms: Terms) -> CTE:
    of = source.c
    nothing = of.scheme.in_([SchemeKind.VOLUNTARY, SchemeKind.EXEMPT])
    margin = and_(of.scheme == SchemeKind.MARGIN, of.purchases.is_not(None))
    starter = of.scheme == SchemeKind.STARTER
    rated = case(
        (nothing, 0),
        (and_(margin, of.purchases >= of.base), 0),
        (margin, of.base - of.purchases),
        (starter, of.base - of.free),
        else_=of.base,
    )
    rate = case((nothing, 0), (margin, terms.margin_rate_bp), (starter, terms.starter_rate_bp), else_=terms.rate_bp)
    columns = select(
        source,
        rated.label("rated"),
        rate.label("rate_bp"),
        case((nothing, 0), else_=terms.minimum).label("minimum"),
        case((nothing, 0), else_=terms.cap).label("cap"),
    )
    return step(columns, "rated")


def _computed(shared: Subquery, terms: Terms) -> CTE:
    of = shared.c
    chosen = of.scheme == SchemeKind.VOLUNTARY
    computed = case(
        (chosen, of.amount),
        (and_(of.cap > 0, of.share > of.cap), of.cap),
        (and_(of.rated > 0, of.share < of.minimum), of.minimum),
        else_=of.share,
    )
    word = Word(VatTreatment)
    vat = case((chosen, literal(terms.voluntary_vat, word)), else_=literal(terms.computed_vat, word))
    tax = case((chosen, tax_rate(terms.voluntary_vat, terms)), else_=tax_rate(terms.computed_vat, terms))
    columns = select(shared, computed.label("computed"), vat.label("vat"), tax.label("contribution_tax_bp"))
    return step(columns, "computed")
