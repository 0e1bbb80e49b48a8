"""The cooperative that runs this instance."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Minor, Model, word


class VatRegime(enum.StrEnum):
    #: Charges VAT on what it sells.
    REGISTERED = "registered"
    #: "Franchise en base": charges none, and says so on its documents.
    SMALL_BUSINESS = "small-business"


class Cooperative(Model):
    """The single row that says who runs the instance; missing until the first page has been filled in.

    What the law wants on its documents is filled in later, at leisure; an empty text means "not said yet".
    """

    __tablename__ = "cooperative"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("payment_days BETWEEN 0 AND 60", name="payment_days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    name: Mapped[str] = mapped_column(String(120))
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[str] = mapped_column(String(3))
    zone: Mapped[str] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime]
    street: Mapped[str] = mapped_column(String(160), default="")
    postcode: Mapped[str] = mapped_column(String(12), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    #: As the law words it: "SCIC SARL à capital variable".
    legal_form: Mapped[str] = mapped_column(String(120), default="")
    #: Minor units; zero for an association, which has none.
    capital: Mapped[Minor | None]
    siret: Mapped[str] = mapped_column(String(14), default="")
    #: Where and under which number it is registered: "RCS Romans 552 100 554".
    register: Mapped[str] = mapped_column(String(120), default="")
    vat_regime: Mapped[VatRegime] = word(VatRegime, default=VatRegime.REGISTERED)
    vat_number: Mapped[str] = mapped_column(String(20), default="")
    #: Whether it pays VAT when it invoices instead of when it is paid.
    vat_on_debits: Mapped[bool] = mapped_column(default=False)
    iban: Mapped[str] = mapped_column(String(34), default="")
    bic: Mapped[str] = mapped_column(String(11), default="")
    #: SEPA creditor identifier, for direct debits.
    creditor_id: Mapped[str] = mapped_column(String(35), default="")
    #: Days between an invoice and its due date; the law allows 60 at most (C. com. L441-10).
    payment_days: Mapped[int] = mapped_column(default=30)
