"""Raise the version of a shop's page whenever something that it shows has changed."""

from collections.abc import Mapping

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from orders.offer import queries as offers

_TOUCHED = "touched_shop_pages"
_RAISE = text(
    "INSERT INTO shop_page (shop_id, version) VALUES (:shop_id, 1)"
    " ON CONFLICT (shop_id) DO UPDATE SET version = shop_page.version + 1"
)


def touch(session: Session, *, shop_id: int) -> None:
    """Raise the version of a shop's page when this transaction commits.

    The row is written last and the shops in ascending order: it is one row per shop, so everybody who sells there
    waits for it, and two transactions never wait for each other.
    """
    session.info.setdefault(_TOUCHED, set()).add(shop_id)


@event.listens_for(Session, "before_commit")
def _raise_versions(session: Session) -> None:
    if session.in_nested_transaction():
        return  # only a savepoint
    touched: set[int] = session.info.pop(_TOUCHED, set())
    if touched:
        session.flush()
        session.execute(_RAISE, [{"shop_id": shop_id} for shop_id in sorted(touched)])


def stock_moved(session: Session, *, left: Mapping[int, int], moved: Mapping[int, int]) -> None:
    """Touch the shops whose page shows these stocks differently now.

    ``left`` is what remains by variant id, ``moved`` by how much it just changed (negative when taken). A page tells
    "sold out" and the last few pieces, so most moves change nothing that anybody sees.
    """
    seen_otherwise = [
        variant_id
        for variant_id, now in left.items()
        if min(now, offers.LOW_STOCK + 1) != min(now - moved[variant_id], offers.LOW_STOCK + 1)
    ]
    if seen_otherwise:
        for shop_id in offers.shops_selling(session, variant_ids=seen_otherwise):
            touch(session, shop_id=shop_id)
