"""What happens to months and their statements."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class MonthClosingStarted(Fact):
    """What the month counts is fixed; its statements are to be written."""

    subject = ("closing", "closing_id")
    closing_id: int
    period: str


@dataclass(frozen=True)
class MonthClosed(Fact):
    """Every statement of the month is written."""

    subject = ("closing", "closing_id")
    closing_id: int
    period: str
    statements: int


@dataclass(frozen=True)
class StatementAdjusted(Fact):
    """The cooperative raised (positive) or lowered a contribution; its reason is the adjustment's."""

    subject = ("statement", "statement_id")
    statement_id: int
    adjustment_id: int
    amount: int


@dataclass(frozen=True)
class StatementApproved(Fact):
    """The cooperative checked a statement: it no longer changes."""

    subject = ("statement", "statement_id")
    statement_id: int
    enterprise_id: int
    period: str
    contribution: int
    total: int


@dataclass(frozen=True)
class ApprovalUndone(Fact):
    """An approved statement is to be reviewed again."""

    subject = ("statement", "statement_id")
    statement_id: int
    enterprise_id: int
    period: str


@dataclass(frozen=True)
class StatementInvoiced(Fact):
    """The statement's invoice is issued in the same transaction."""

    subject = ("statement", "statement_id")
    statement_id: int
    enterprise_id: int
    period: str
