"""The worker in tests: everything that waits is delivered now, in this process."""

import re

from flask import Flask
from sqlalchemy import select

from coopcircuits import worker
from coopcircuits.db import Database
from coopcircuits.mail.models import Mail


def deliver_all(app: Flask) -> None:
    """Deliver every event and whatever follows from it; a delivery that fails stays waiting."""
    while worker.deliver_once(app):
        pass


def mails_to(database: Database, recipient: str) -> list[Mail]:
    """Mails written to an address, oldest first."""
    with database.reading() as session:
        return list(session.scalars(select(Mail).where(Mail.recipient == recipient).order_by(Mail.id)))


def link_in(mail: Mail) -> str:
    """The path of the first link of a mail."""
    found = re.search(r"http://localhost(/\S+)", mail.text)
    assert found, mail.text
    return found[1]
