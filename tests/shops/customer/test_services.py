"""A shop knows each address once, however many orders come at the same moment."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coopcircuits.db import Database
from shops.customer.models import Customer
from shops.customer.services import find_or_create
from tests.support.people import make_user
from tests.support.shops import make_shop


def test_ten_orders_at_once_make_one_customer(database: Database) -> None:
    with database.transaction() as session:
        shop = make_shop(session)

    def order(number: int) -> int:
        with database.transaction() as session:
            return find_or_create(
                session,
                enterprise_id=shop.id,
                email="Camille@Example.org ",
                name=f"Camille {number}",
                phone="",
                user_id=None,
            )

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(order, range(10)))) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count(Customer.id))) == 1


def test_a_known_customer_keeps_their_name_and_gains_what_was_missing(session: Session) -> None:
    shop, other = make_shop(session), make_shop(session)
    person = make_user(session, "camille@example.org")

    def ordered(name: str, phone: str, user_id: int | None, enterprise_id: int = shop.id) -> Customer:
        known = find_or_create(
            session, enterprise_id=enterprise_id, email=person.email, name=name, phone=phone, user_id=user_id
        )
        return session.get_one(Customer, known, populate_existing=True)

    first = ordered("Camille", "", None)
    again = ordered("Un plaisantin", "06 39 98 00 01", person.id)
    assert again is first
    assert (first.name, first.phone, first.user_id) == ("Camille", "06 39 98 00 01", person.id)
    ordered("Un plaisantin", "06 39 98 00 02", None)
    session.refresh(first)
    assert (first.phone, first.user_id) == ("06 39 98 00 01", person.id)
    assert ordered("Camille", "", None, other.id).id != first.id
