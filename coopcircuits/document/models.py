"""What documents stand on: counters of their numbers, and sentences of the law."""

import enum
from datetime import date

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Model, word


class Counter(Model):
    """How far a seller's series has come, and the date of its last document."""

    __tablename__ = "document_counter"

    #: "cooperative", or a shop as "enterprise:12".
    seller: Mapped[str] = mapped_column(String(40), primary_key=True)
    series: Mapped[str] = mapped_column(String(12), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)
    last_on: Mapped[date]


class MentionKind(enum.StrEnum):
    #: What is sold: goods, services or both.
    NATURE = "nature"
    #: What a late payer owes.
    LATE_PENALTY = "late-penalty"
    #: The fixed sum for the cost of asking for it.
    RECOVERY_FEE = "recovery-fee"
    #: What an early payer saves.
    EARLY_PAYMENT = "early-payment"
    #: Why a small business charges no VAT.
    SMALL_BUSINESS = "small-business"
    #: That VAT is due with the invoice, by choice of the seller.
    VAT_ON_DEBITS = "vat-on-debits"
    #: That a gift is no sale.
    GIFT = "gift"


class LegalMention(Model):
    """A sentence in the language of its law, valid from a day included to a day excluded, and where the law says so."""

    __tablename__ = "legal_mention"
    __table_args__ = (Index("ix_legal_mention_lookup", "country", "kind", "valid_from", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(String(2))
    kind: Mapped[MentionKind] = word(MentionKind)
    text: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(200), default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
