"""Reading who runs this instance."""

from sqlalchemy.orm import Session

from coopcircuits.cooperative.models import Cooperative


def cooperative(session: Session) -> Cooperative | None:
    """The cooperative, or nothing before set-up."""
    return session.get(Cooperative, 1)
