"""Which version of a shop's page is current."""

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Model


class ShopPage(Model):
    """Raised in the transaction of every change that the shop's page shows."""

    __tablename__ = "shop_page"

    shop_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger, default=1)
