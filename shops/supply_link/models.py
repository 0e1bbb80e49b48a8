"""A producer lets a hub sell its products."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits.db import Model
from shops.enterprise.models import Enterprise


class SupplyLink(Model):
    """``producer`` allows ``hub`` to put its products on sale, until revoked.

    ``edits_catalogue``: the hub may also change the producer's products for it, as when importing a file.
    """

    __tablename__ = "supply_link"
    __table_args__ = (
        UniqueConstraint("producer_id", "hub_id"),
        CheckConstraint("producer_id <> hub_id", name="two_parties"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    hub_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    edits_catalogue: Mapped[bool] = mapped_column(default=False)
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    producer: Mapped[Enterprise] = relationship(foreign_keys=[producer_id], lazy="raise_on_sql")
    hub: Mapped[Enterprise] = relationship(foreign_keys=[hub_id], lazy="raise_on_sql")
