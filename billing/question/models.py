"""What a shop asks about a statement, and what the cooperative answers."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits.db import Model


class Question(Model):
    """The exchange about one statement. ``waiting_since``: the shop's first word that nobody has answered yet."""

    __tablename__ = "question"
    __table_args__ = (Index("ix_question_waiting_since", "waiting_since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), unique=True)
    waiting_since: Mapped[datetime | None]

    messages: Mapped[list["Message"]] = relationship(lazy="raise_on_sql", order_by="Message.id")


class Message(Model):
    """One turn of an exchange. Never changed."""

    __tablename__ = "question_message"
    __table_args__ = (Index("ix_question_message_question_id", "question_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    from_cooperative: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
    written_by: Mapped[str] = mapped_column(String(32))
    written_at: Mapped[datetime]
