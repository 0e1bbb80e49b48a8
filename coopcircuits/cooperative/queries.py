"""Reading who runs this instance."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits.cooperative.models import Cooperative
from coopcircuits.errors import NotFound


def cooperative(session: Session) -> Cooperative | None:
    """The cooperative, or nothing before set-up."""
    return session.get(Cooperative, 1)


def lock_cooperative(session: Session) -> Cooperative:
    """The cooperative, held until the transaction ends; raises :class:`NotFound` before set-up."""
    found = session.scalar(select(Cooperative).with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found
