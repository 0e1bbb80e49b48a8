"""A catalogue file between its preview and its confirmation."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Model


class CatalogueImport(Model):
    """An uploaded file as it came, kept until it is confirmed or forgotten, and what its confirmation did.

    ``content`` is emptied once confirmed; ``digest`` is its SHA-256.
    """

    __tablename__ = "catalogue_import"
    __table_args__ = (Index("ix_catalogue_import_expires_at", "expires_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
    uploaded_by: Mapped[str] = mapped_column(String(32))
    uploaded_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
