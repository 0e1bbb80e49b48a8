"""What the cooperative looks at, as tables for a spreadsheet: the figures of the pages, in the reader's words."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from billing.budget import queries as budgets
from billing.cost.coverage import coverage
from billing.cost.words import CATEGORIES, KINDS, SCOPES
from billing.export import queries
from billing.scheme.words import scheme_name
from billing.statement import queries as statements
from billing.statement.models import Statement, StatementState
from billing.treasury.queries import balances, positions
from billing.treasury.words import in_months
from coopcircuits import clock
from coopcircuits.i18n import N_, gettext
from coopcircuits.money import to_decimal
from coopcircuits.spreadsheet import Cell, Sheet

_STATES = {
    StatementState.TO_REVIEW: N_("To check"),
    StatementState.APPROVED: N_("Approved"),
    StatementState.INVOICED: N_("Invoiced"),
}


def statements_sheet(session: Session, period: str) -> Sheet:
    """Every figure of every statement of a month."""
    heads = [
        gettext("Month"), gettext("Shop"), gettext("Name"), gettext("State"), gettext("Currency"), gettext("Orders"),
        gettext("Cancellations and refunds"), gettext("Late entries"), gettext("Sales, tax included"),
        gettext("Tax on sales"), gettext("Online turnover before tax"), gettext("Carried over from before"),
        gettext("Counted"), gettext("Carried on"), gettext("Scheme"), gettext("Why exempt"), gettext("Purchases"),
        gettext("Rated"), gettext("Rate, per cent"), gettext("At least"), gettext("At most"), gettext("Computed"),
        gettext("Adjusted"), gettext("Contribution before tax"), gettext("Rate of tax, per cent"), gettext("Tax"),
        gettext("Contribution, tax included"), gettext("Closed on"), gettext("Approved on"),
    ]  # fmt: skip
    rows = (_statement(found) for found in queries.statements(session, period))
    return Sheet(f"statements-{period}", heads, rows)


def _statement(found: Statement) -> list[Cell]:
    def amount(minor: int | None) -> Cell:
        return None if minor is None else to_decimal(minor, found.currency)

    zone = found.enterprise.zone
    return [
        found.period, found.enterprise.permalink, found.enterprise.name, gettext(_STATES[found.state]), found.currency,
        found.order_count, found.refund_count, found.late_count, amount(found.gross), amount(found.tax),
        amount(found.net), amount(found.carried_in), amount(found.base), amount(found.carried_out),
        scheme_name(found.scheme), found.scheme_reason, amount(found.purchases), amount(found.rated),
        _per_cent(found.rate_bp), amount(found.minimum), amount(found.cap or None), amount(found.computed),
        amount(found.adjusted), amount(found.contribution), _per_cent(found.contribution_tax_bp),
        amount(found.contribution_tax), amount(found.total), clock.local_date(found.closed_at, zone),
        clock.local_date(found.approved_at, zone) if found.approved_at else None,
    ]  # fmt: skip


def _per_cent(basis_points: int) -> Cell:
    return to_decimal(basis_points, "EUR")  # hundredths, as cents are


def costs_sheet(session: Session, year: int) -> Sheet:
    """The register of costs of a year."""
    currency = statements.currency_of(session)
    heads = [
        gettext("Month"), gettext("Day"), gettext("What it was"), gettext("Category"), gettext("For whom"),
        gettext("Paid how"), gettext("Currency"), gettext("Before tax"), gettext("Tax"), gettext("Minutes of work"),
        gettext("Receipts"), gettext("SHA-256 digest"),
    ]  # fmt: skip

    def rows() -> Iterator[list[Cell]]:
        for cost, digests in queries.costs(session, year):
            yield [
                cost.period, cost.spent_on, cost.label, str(CATEGORIES[cost.category]), str(SCOPES[cost.scope]),
                str(KINDS[cost.kind]), currency, to_decimal(cost.amount, currency), to_decimal(cost.tax, currency),
                cost.minutes or None, len(digests), " ".join(digests),
            ]  # fmt: skip

    return Sheet(f"costs-{year}", heads, rows())


def contributions_sheet(session: Session, year: int) -> Sheet:
    """A year's contributions by month and scheme."""
    currency = statements.currency_of(session)
    heads = [
        gettext("Month"), gettext("Scheme"), gettext("Statements"), gettext("Currency"),
        gettext("Online turnover before tax"), gettext("Contribution before tax"), gettext("Tax"),
        gettext("Contribution, tax included"),
    ]  # fmt: skip

    def rows() -> Iterator[list[Cell]]:
        for row in queries.contributions(session, year):
            amounts = [to_decimal(minor, currency) for minor in (row.net, row.contribution, row.tax, row.total)]
            yield [row.period, scheme_name(row.scheme), row.statements, currency, *amounts]

    return Sheet(f"contributions-{year}", heads, rows())


def coverage_sheet(session: Session, year: int) -> Sheet:
    """A year's closed months: how far contributions cover the costs."""
    currency = statements.currency_of(session)
    periods = [period for period in statements.closed_periods(session) if period.startswith(f"{year:04d}-")]
    heads = [
        gettext("Month"), gettext("Currency"), gettext("Contribution before tax"), gettext("Own costs"),
        gettext("Share of the commons"), gettext("Work given"), gettext("Self-financing, per cent"),
        gettext("With work given, per cent"), gettext("Cash at the end of the month"), gettext("Lasts, in months"),
    ]  # fmt: skip

    cash = {end.period: end for end in balances(session, periods)}
    left = positions(session, *periods)

    def rows() -> Iterator[list[Cell]]:
        for month in coverage(session, periods):
            amounts = [to_decimal(minor, currency) for minor in (month.contributions or 0, *month.costs)]
            held, lasts = cash.get(month.period), left.get(month.period)
            yield [
                month.period, currency, *amounts, month.self_financing, month.with_work,
                to_decimal(held.amount, currency) if held else None, in_months(lasts.runway) if lasts else None,
            ]  # fmt: skip

    return Sheet(f"self-financing-{year}", heads, rows())


def budget_sheet(session: Session, year: int) -> Sheet:
    """A year's budget beside what was spent."""
    currency = statements.currency_of(session)
    heads = [
        gettext("Category"), gettext("Currency"), gettext("Planned"), gettext("Spent"), gettext("Left"),
        gettext("Work given"),
    ]  # fmt: skip

    def rows() -> Iterator[list[Cell]]:
        for use in budgets.use_of(session, year):
            amounts = [to_decimal(minor, currency) for minor in (use.planned, use.spent, use.left, use.given)]
            yield [str(CATEGORIES[use.category]), currency, *amounts]

    return Sheet(f"budget-{year}", heads, rows())
