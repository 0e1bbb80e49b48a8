"""Value-added tax: dated rates by country and category. Rules with dates are rows, never code."""

import enum
from datetime import date

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from coopcircuits.db import Model, word


class TaxCategory(enum.StrEnum):
    """What a product is, for its rate. In France: food 5.5 %, intermediate 10 %, standard 20 %."""

    FOOD = "food"
    INTERMEDIATE = "intermediate"
    STANDARD = "standard"
    SPECIAL = "special"
    EXEMPT = "exempt"


class TaxRate(Model):
    """A rate in basis points (5.5 % is 550), valid from a day included to a day excluded."""

    __tablename__ = "tax_rate"
    __table_args__ = (Index("ix_tax_rate_lookup", "country", "category", "valid_from", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(String(2))
    category: Mapped[TaxCategory] = word(TaxCategory)
    rate_bp: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


#: Food-related rates in force on 2026-01-01: country → category → basis points. Entered as rows at set-up, then data.
RATES_AT_SETUP = {
    "FR": {"food": 550, "intermediate": 1000, "standard": 2000, "special": 210, "exempt": 0},
    "BE": {"food": 600, "intermediate": 1200, "standard": 2100, "special": 0, "exempt": 0},
    "DE": {"food": 700, "intermediate": 700, "standard": 1900, "special": 0, "exempt": 0},
    "ES": {"food": 400, "intermediate": 1000, "standard": 2100, "special": 400, "exempt": 0},
    "IT": {"food": 400, "intermediate": 1000, "standard": 2200, "special": 500, "exempt": 0},
    "CH": {"food": 260, "intermediate": 260, "standard": 810, "special": 0, "exempt": 0},
}


def enter_rates(session: Session, *, country: str) -> None:
    """Enter the known rates of a country; an unknown country gets zero rates to be filled in."""
    rates = RATES_AT_SETUP.get(country, dict.fromkeys(TaxCategory, 0))
    for category, rate_bp in rates.items():
        session.add(
            TaxRate(country=country, category=TaxCategory(category), rate_bp=rate_bp, valid_from=date(2000, 1, 1))
        )


def rates_on(session: Session, *, country: str, day: date) -> dict[TaxCategory, int]:
    """Basis points by category in force in ``country`` on ``day``."""
    rows = session.execute(
        select(TaxRate.category, TaxRate.rate_bp).where(
            TaxRate.country == country,
            TaxRate.valid_from <= day,
            (TaxRate.valid_to.is_(None)) | (TaxRate.valid_to > day),
        )
    )
    return {row.category: row.rate_bp for row in rows}
