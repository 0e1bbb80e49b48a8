"""The raw figures of a month from which a report is built, in minor units, unrounded."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from billing.commons.cells import CONTRIBUTIONS, SCHEMES
from coopcircuits.period import Month

#: ``prev`` of the first report of an instance.
NO_PREVIOUS = "sha256:" + "0" * 64
#: How availability is measured: probe from outside every 60 s, down from two failures in a row or p95 over 10 s.
AVAILABILITY_METHOD = "outside-60s-2-failures-p95-10s/1"
#: Nobody probes yet: the zeros beside it say nothing.
NOT_MEASURED = "not-measured/1"


@dataclass(frozen=True)
class Sales:
    """One shop's month. Gross and refunds include tax; tax and deposits are net of refunds."""

    gross: int = 0
    refunds: int = 0
    tax: int = 0
    deposits: int = 0

    @property
    def net_ex_tax(self) -> int:
        return self.gross - self.refunds - self.tax - self.deposits


@dataclass(frozen=True)
class Contribution:
    """What one shop was invoiced, credited, paid and still owes in a month, ex tax."""

    invoiced: int = 0
    credited: int = 0
    collected: int = 0
    overdue: int = 0


@dataclass(frozen=True)
class ShopMonth:
    """One shop's unrounded month; ``scheme`` is percent, voluntary or exempt, contributions go by their kind."""

    scheme: str
    sales: Sales = Sales()
    contributions: Mapping[str, Contribution] = field(default_factory=dict)
    income_12m: int = 0

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES or not self.contributions.keys() <= set(CONTRIBUTIONS):
            raise ValueError("a scheme or contribution that reports do not know")


@dataclass(frozen=True)
class Receipt:
    """Proof of a cost: the digest of a document that stays at home, personal names masked."""

    digest: str
    ref: str
    date: date
    amount_ex_tax: int
    tax: int


@dataclass(frozen=True)
class Cost:
    """One line of costs; ``minutes`` and ``rate_ref`` belong to work given in kind and to nothing else."""

    category: str
    scope: str
    kind: str
    amount: int
    receipts: Sequence[Receipt] = ()
    minutes: int | None = None
    rate_ref: str | None = None


@dataclass(frozen=True)
class Settlement:
    """Money paid to or received from another instance for the commons."""

    counterpart: str
    amount: int


@dataclass(frozen=True)
class Availability:
    """Measured from outside; the percentage is derived from the real seconds of the month."""

    probes: int = 0
    down_seconds: int = 0
    incidents: int = 0
    incident_minutes: int = 0
    method: str = AVAILABILITY_METHOD


@dataclass(frozen=True)
class Software:
    """What runs there; ``schema`` is the version of the database's tables."""

    name: str
    version: str
    commit: str = ""
    schema: str = ""


@dataclass(frozen=True)
class Figures:
    """Everything a report is made of, in minor units of ``currency``, unrounded.

    ``hidden_before`` names the cells hidden in earlier revisions of this month: they stay hidden, or two revisions
    read together would undo the protection. ``hidden_last_month`` does the same for contributions, which are invoiced
    on the month before.
    """

    instance: str
    month: Month
    zone: str
    currency: str
    state: str
    issued_at: datetime
    shops: Sequence[ShopMonth]
    registered_shops: int
    active_shops: int
    orders_completed: int
    orders_cancelled: int
    shoppers: int
    software: Software
    costs: Sequence[Cost] = ()
    paid_to_common: Sequence[Settlement] = ()
    received_from_common: Sequence[Settlement] = ()
    availability: Availability = Availability()
    cash_end: int | None = None
    runway_months_tenths: int | None = None
    prev: str = NO_PREVIOUS
    revision: int = 1
    supersedes: str | None = None
    reason: str | None = None
    hidden_before: Collection[str] = ()
    hidden_last_month: Collection[str] = ()
    ext: Mapping[str, Any] = field(default_factory=dict)
