"""Know a shop's customers."""

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.db import BareRow, table, write
from shops.customer.models import Customer

_customer = table(Customer).c
_BY_ADDRESS = select(_customer.id, _customer.phone, _customer.user_id).where(
    _customer.enterprise_id == bindparam("enterprise_id"), _customer.email == bindparam("email")
)


def find_or_create(
    session: Session, *, enterprise_id: int, email: str, name: str, phone: str, user_id: int | None
) -> int:
    """The id of the shop's customer with this address, made now if there is none; safe when two orders come at once.

    A known customer keeps their name: whoever types somebody's address cannot rename them. Gaps are filled.
    """
    email = email.strip().lower()
    known = _find(session, enterprise_id, email)
    if known is None:
        customer = Customer(
            enterprise_id=enterprise_id, email=email, name=name, phone=phone, user_id=user_id, created_at=clock.now()
        )
        try:
            with session.begin_nested():
                return write(session, customer).id
        except IntegrityError:
            known = _find(session, enterprise_id, email)
            if known is None:
                raise
    gaps = {"phone": phone, "user_id": user_id}
    filled = {field: value for field, value in gaps.items() if value and not getattr(known, field)}
    if filled:
        session.execute(update(Customer).where(Customer.id == known.id).values(filled))
    return int(known.id)


def _find(session: Session, enterprise_id: int, email: str) -> BareRow | None:
    return session.execute(_BY_ADDRESS, {"enterprise_id": enterprise_id, "email": email}).one_or_none()
