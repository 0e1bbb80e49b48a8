"""Reading what shops declared to have bought."""

from collections.abc import Collection

from sqlalchemy import select
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
