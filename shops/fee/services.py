"""Set a shop's fees."""

from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.errors import InvalidInput
from coopcircuits.events import record
from coopcircuits.i18n import N_
from shops.events import FeeChanged
from shops.fee import queries
from shops.fee.models import Calculator, Fee, FeeKind

#: Beyond the product's own price a percentage is a slip of the keyboard.
_MOST_PERCENT_BP = 10_000


def create_fee(
    session: Session, *, actor: Actor, enterprise_id: int, name: str, kind: FeeKind, calculator: Calculator, value: int
) -> Fee:
    """A fee that cycles may add; ``value`` is basis points for a percentage, minor units for a flat amount."""
    _check(calculator, value)
    fee = Fee(enterprise_id=enterprise_id, name=name, kind=kind, calculator=calculator, value=value)
    session.add(fee)
    session.flush()
    record(session, FeeChanged(fee.id, enterprise_id), actor=actor)
    return fee


def edit_fee(
    session: Session,
    *,
    actor: Actor,
    enterprise_id: int,
    fee_id: int,
    name: str,
    kind: FeeKind,
    calculator: Calculator,
    value: int,
) -> Fee:
    """Change a fee; offers on sale follow, orders keep the amounts they were placed with."""
    _check(calculator, value)
    fee = queries.fee_of(session, enterprise_id=enterprise_id, fee_id=fee_id)
    fee.name, fee.kind, fee.calculator, fee.value = name, kind, calculator, value
    session.flush()
    record(session, FeeChanged(fee.id, enterprise_id), actor=actor)
    return fee


def delete_fee(session: Session, *, actor: Actor, enterprise_id: int, fee_id: int) -> None:
    """Stop a fee."""
    fee = queries.fee_of(session, enterprise_id=enterprise_id, fee_id=fee_id)
    fee.deleted_at = clock.now()
    session.flush()
    record(session, FeeChanged(fee.id, enterprise_id), actor=actor)


def _check(calculator: Calculator, value: int) -> None:
    if value < 0 or (calculator is Calculator.PERCENT_PER_ITEM and value > _MOST_PERCENT_BP):
        raise InvalidInput(N_("A percentage lies between 0 and 100."), field="value")
