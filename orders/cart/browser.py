"""Which baskets this browser holds: its own until somebody signs in, then the account's.

A small marker cookie says that there is one at all, so that pages of visitors without a basket ask the database
nothing, and can be kept ready for everybody.
"""

from flask import Response, g, request
from flask_login import current_user
from sqlalchemy.orm import Session

from coopcircuits import visitor
from coopcircuits.doors import read_session, settings
from orders.cart import queries, services
from orders.cart.owner import Owner

COOKIE = "basket"
_AGE = 60 * 24 * 3600


def current_owner() -> Owner:
    """Whose baskets this request is about."""
    if current_user.is_authenticated:
        return Owner(user_id=current_user.user_id)
    return Owner(visitor=visitor.visitor_id())


def may_have_basket() -> bool:
    """Whether it is worth asking the database for this browser's baskets."""
    return COOKIE in request.cookies or current_user.is_authenticated


def basket_count() -> int:
    """Pieces in all baskets of this browser, for the header. A marker that outlived its basket goes away."""
    if not may_have_basket():
        return 0
    count = queries.count_pieces(read_session(), owner=current_owner())
    if count == 0:
        mark_basket(False)
    return count


def mark_basket(has_one: bool) -> None:
    """Set the marker when this request is answered, or take it away."""
    g.basket_mark = has_one


def hand_over(session: Session, guest: str, user_id: int) -> None:
    """At log-in the guest's baskets become the person's."""
    services.merge(session, visitor=guest, user_id=user_id)
    mark_basket(queries.count_pieces(session, owner=Owner(user_id=user_id)) > 0)


def keep_mark(response: Response) -> Response:
    """After each request."""
    mark: bool | None = g.get("basket_mark")
    if mark:
        response.set_cookie(COOKIE, "1", max_age=_AGE, httponly=True, samesite="Lax", secure=settings().is_https)
    elif mark is False and COOKIE in request.cookies:
        response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=settings().is_https)
    return response
