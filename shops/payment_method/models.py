"""How a shop lets its shoppers pay."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Model, word


class PaymentKind(enum.StrEnum):
    #: Hosted page of the provider, on the shop's own account.
    CARD = "card"
    #: Cash, or whatever the shop takes at its counter.
    ON_COLLECTION = "on-collection"
    CHEQUE = "cheque"
    TRANSFER = "transfer"


class PaymentMethod(Model):
    """One accepted way to pay, with the shop's own instructions."""

    __tablename__ = "payment_method"
    __table_args__ = (UniqueConstraint("enterprise_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    kind: Mapped[PaymentKind] = word(PaymentKind)
    instructions: Mapped[str] = mapped_column(Text, default="")
    disabled_at: Mapped[datetime | None]
