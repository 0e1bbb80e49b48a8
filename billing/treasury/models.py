"""What the cooperative has in its accounts when a month ends."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Minor, Model


class CashBalance(Model):
    """All accounts and the till together at the end of one month, in minor units of the cooperative's currency.

    Negative where they were overdrawn. There always is a balance, so one that is wrong is put right, never taken out.
    """

    __tablename__ = "cash_balance"
    __table_args__ = (UniqueConstraint("period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    amount: Mapped[Minor]
    remark: Mapped[str] = mapped_column(String(300))
    noted_by: Mapped[str] = mapped_column(String(32))
    noted_at: Mapped[datetime]
    #: Raised by every correction, so that two people never correct different figures unknowingly.
    version: Mapped[int] = mapped_column(default=0)
