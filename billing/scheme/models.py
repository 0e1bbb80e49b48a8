"""Contribution schemes: what each shop has chosen to pay the cooperative, by month."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits.db import Minor, Model, word
from shops.enterprise.models import Enterprise


class SchemeKind(enum.StrEnum):
    #: A percentage of the month's online turnover.
    PERCENT = "percent"
    #: An amount the shop chooses; zero is valid.
    VOLUNTARY = "voluntary"
    #: A percentage of online turnover less the purchases that the shop declares for the month.
    MARGIN = "margin"
    #: Nothing until a month or a turnover is reached, then a reduced percentage.
    STARTER = "starter"
    #: Nothing, for a written reason.
    EXEMPT = "exempt"


class VatTreatment(enum.StrEnum):
    #: Consideration for a service: taxed at the rate of the terms.
    TAXABLE = "taxable"
    #: A gift without counterpart: outside the scope of the tax.
    GIFT = "gift"


class ContributionTerms(Model):
    """The cooperative's terms from a month on: rates in basis points (1 % is 100), amounts in minor units ex tax."""

    __tablename__ = "contribution_terms"
    __table_args__ = (
        CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate"),
        CheckConstraint("margin_rate_bp BETWEEN 0 AND 10000", name="margin_rate"),
        CheckConstraint("starter_rate_bp BETWEEN 0 AND 10000", name="starter_rate"),
        CheckConstraint("minimum >= 0 AND (cap = 0 OR cap >= minimum)", name="bounds"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    valid_from: Mapped[str] = mapped_column(String(7), unique=True)
    rate_bp: Mapped[int]
    margin_rate_bp: Mapped[int]
    #: After the free time of a starting shop.
    starter_rate_bp: Mapped[int]
    #: What a month with something to count gives at least and, if not 0, at most.
    minimum: Mapped[Minor] = mapped_column(default=0)
    cap: Mapped[Minor] = mapped_column(default=0)
    #: Tax on the contribution itself.
    tax_rate_bp: Mapped[int]
    #: Contributions computed from sales, and amounts of the shop's choice.
    computed_vat: Mapped[VatTreatment] = word(VatTreatment, default=VatTreatment.TAXABLE)
    voluntary_vat: Mapped[VatTreatment] = word(VatTreatment, default=VatTreatment.TAXABLE)
    #: What a starting shop is offered: free months, and the turnover since its start that ends them earlier (0: none).
    starter_months: Mapped[int]
    starter_turnover: Mapped[Minor] = mapped_column(default=0)
    #: How long a shop may question a statement.
    question_days: Mapped[int]
    decided_by: Mapped[str] = mapped_column(String(32))
    decided_at: Mapped[datetime]


class ContributionScheme(Model):
    """A shop's scheme from a month on, until its next one. ``amount`` (minor units, ex tax) is for ``voluntary``.

    ``starter`` is free through the month ``free_until``, or until ``free_turnover`` (0: no limit) was sold since
    ``valid_from``. Both are promised with the choice: later terms do not shorten them.
    """

    __tablename__ = "contribution_scheme"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "valid_from"),
        CheckConstraint("amount >= 0 AND free_turnover >= 0", name="amount"),
        CheckConstraint("kind <> 'starter' OR free_until >= valid_from", name="starter"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    kind: Mapped[SchemeKind] = word(SchemeKind)
    valid_from: Mapped[str] = mapped_column(String(7))
    amount: Mapped[Minor] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(300), default="")
    free_until: Mapped[str | None] = mapped_column(String(7))
    free_turnover: Mapped[Minor] = mapped_column(default=0)
    #: When the shop was told that its free time ends.
    end_told_at: Mapped[datetime | None]
    chosen_by: Mapped[str] = mapped_column(String(32))
    chosen_at: Mapped[datetime]

    enterprise: Mapped[Enterprise] = relationship(lazy="raise_on_sql")
