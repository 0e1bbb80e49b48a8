"""What follows from what happens in billing: mails."""

from sqlalchemy.orm import Session

from billing import emails
from billing.events import StatementApproved
from billing.statement import queries
from coopcircuits.events import Event, subscriber
from shops.enterprise import queries as enterprises
from shops.permissions import GRANTS, Permission


@subscriber(StatementApproved)
def mail_statement(session: Session, event: Event) -> None:
    """Tell the shop what it contributes; silent if the approval was undone in the meantime."""
    payload = event.payload
    statement = queries.statement_of(session, enterprise_id=payload["enterprise_id"], period=payload["period"])
    if not statement.is_approved:
        return
    for member in enterprises.notified_people(session, enterprise_id=statement.enterprise_id):
        if Permission.VIEW_ACCOUNTS in GRANTS[member.role] and member.user.disabled_at is None:
            emails.statement_ready(session, statement=statement, person=member.user, event_id=event.id)
