"""What the payment provider told us: each message kept once, processed once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Model


class WebhookReceipt(Model):
    """A verified message of the provider. Its content is a hint: the truth is fetched from the provider."""

    __tablename__ = "webhook_receipt"
    __table_args__ = (Index("ix_webhook_receipt_processed_at", "processed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_event: Mapped[str] = mapped_column(String(120), unique=True)
    account: Mapped[str | None] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[str] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]
