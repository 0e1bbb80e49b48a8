"""What running the instance costs, and its part in the common software."""

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits.db import Minor, Model, word
from coopcircuits.files import FileKind


class CostCategory(enum.StrEnum):
    """The categories of the signed report."""

    HOSTING = "hosting"
    PAYMENT_FEES = "payment_fees"
    SUPPORT = "support"
    DEVELOPMENT = "development"
    PRODUCT = "product"
    TESTING = "testing"
    DESIGN = "design"
    TRANSLATION = "translation"
    SECURITY = "security"
    COORDINATION = "coordination"
    LEGAL = "legal"
    TOOLS = "tools"
    TRAVEL = "travel"
    OTHER = "other"


class CostScope(enum.StrEnum):
    LOCAL = "local"
    #: For the software that sister instances share.
    COMMON = "common"


class CostKind(enum.StrEnum):
    CASH = "cash"
    #: Work given: counted in minutes and in what it would have cost.
    IN_KIND = "in_kind"


class Cost(Model):
    """One cost of one month, ex tax, in minor units of the cooperative's currency."""

    __tablename__ = "cost"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"), Index("ix_cost_period", "period"))

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    category: Mapped[CostCategory] = word(CostCategory)
    scope: Mapped[CostScope] = word(CostScope)
    kind: Mapped[CostKind] = word(CostKind)
    label: Mapped[str] = mapped_column(String(160))
    amount: Mapped[Minor]
    tax: Mapped[Minor] = mapped_column(default=0)
    minutes: Mapped[int] = mapped_column(default=0)
    spent_on: Mapped[date]
    entered_by: Mapped[str] = mapped_column(String(32))
    entered_at: Mapped[datetime]
    #: Raised by every correction, so that two people never correct different figures unknowingly.
    version: Mapped[int] = mapped_column(default=0)

    receipts: Mapped[list["CostReceipt"]] = relationship(
        lazy="raise_on_sql", order_by="CostReceipt.id", cascade="all, delete-orphan"
    )


class CostReceipt(Model):
    """Proof of a cost as it was sent; its SHA-256 digest says for ever whether it is still the same."""

    __tablename__ = "cost_receipt"
    __table_args__ = (UniqueConstraint("cost_id", "sha256"), Index("ix_cost_receipt_sha256", "sha256"))

    id: Mapped[int] = mapped_column(primary_key=True)
    cost_id: Mapped[int] = mapped_column(ForeignKey("cost.id"))
    name: Mapped[str] = mapped_column(String(160))
    kind: Mapped[FileKind] = word(FileKind)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    sent_by: Mapped[str] = mapped_column(String(32))
    sent_at: Mapped[datetime]
