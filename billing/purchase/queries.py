"""Reading what shops declared to have bought."""

from collections.abc import Collection

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from billing.purchase.models import PurchaseDeclaration


def declared(session: Session, period: str, enterprise_ids: Collection[int]) -> dict[int, int]:
    """What each of these shops bought for a month, in minor units ex tax, where it said so."""
    rows = session.execute(
        select(PurchaseDeclaration.enterprise_id, PurchaseDeclaration.amount).where(
            PurchaseDeclaration.period == period, PurchaseDeclaration.enterprise_id.in_(enterprise_ids)
        )
    )
    return {row.enterprise_id: row.amount for row in rows}


def declarations_of(session: Session, *, enterprise_id: int) -> dict[str, PurchaseDeclaration]:
    """Every month that a shop declared."""
    rows = session.scalars(select(PurchaseDeclaration).where(PurchaseDeclaration.enterprise_id == enterprise_id))
    return {declaration.period: declaration for declaration in rows}


def lock_declarations(session: Session) -> None:
    """Wait until every declaration being written is there, and hold back others until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE purchase_declaration IN SHARE ROW EXCLUSIVE MODE"))
