"""Exchange rates, as they were found once and for all."""

from datetime import date, datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Model


class ExchangeRate(Model):
    """Units of a currency for one euro in one month: a decimal text with six decimals, and what it is drawn from."""

    __tablename__ = "exchange_rate"
    __table_args__ = (UniqueConstraint("currency", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    period: Mapped[str] = mapped_column(String(7))
    rate: Mapped[str] = mapped_column(String(24))
    #: A code: "ecb-mean", "inforeuro" or "entered".
    source: Mapped[str] = mapped_column(String(40))
    #: The first and the last day whose rates are in it.
    first_day: Mapped[date]
    last_day: Mapped[date]
    entered_by: Mapped[str] = mapped_column(String(32))
    entered_at: Mapped[datetime]
