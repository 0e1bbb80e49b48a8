"""Know a shop's customers."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coopcircuits import clock
from shops.customer.models import Customer


def find_or_create(
    session: Session, *, enterprise_id: int, email: str, name: str, phone: str, user_id: int | None
) -> Customer:
    """The shop's customer with this address, made now if there is none; safe when two orders come at once.

    A known customer keeps their name: whoever types somebody's address cannot rename them. Gaps are filled.
    """
    email = email.strip().lower()
    customer = _find(session, enterprise_id, email)
    if customer is None:
        customer = Customer(
            enterprise_id=enterprise_id, email=email, name=name, phone=phone, user_id=user_id, created_at=clock.now()
        )
        try:
            with session.begin_nested():
                session.add(customer)
        except IntegrityError:
            customer = _find(session, enterprise_id, email)
            if customer is None:
                raise
        else:
            return customer
    customer.phone = customer.phone or phone
    customer.user_id = customer.user_id or user_id
    return customer


def _find(session: Session, enterprise_id: int, email: str) -> Customer | None:
    return session.scalar(select(Customer).where(Customer.enterprise_id == enterprise_id, Customer.email == email))
