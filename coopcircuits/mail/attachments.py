"""Files that travel with mails. A mail names them; the file is fetched from where it is kept when the mail is sent.

A floor says how to fetch a kind of file with :func:`source`; what it fetches must never change.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from coopcircuits.mail.models import Mail


@dataclass(frozen=True)
class Attachment:
    """What a mail names: a kind of file, its id there, and the name that its reader sees."""

    kind: str
    id: int
    name: str
    mime: str = "application/pdf"


@dataclass(frozen=True)
class File:
    """An attachment with its content."""

    name: str
    mime: str
    content: bytes


#: Gives the content of the file with this id.
Source = Callable[[Session, int], bytes]

_sources: dict[str, Source] = {}


def source(kind: str) -> Callable[[Source], Source]:
    """Register a function as the way to the files of a kind ("invoice")."""

    def register(function: Source) -> Source:
        _sources[kind] = function
        return function

    return register


def named(mail: Mail) -> list[Attachment]:
    """What a mail carries."""
    return [Attachment(**kept) for kept in mail.attached]


def kept(attachments: Iterable[Attachment]) -> list[Any]:
    """Attachments as the mail's row keeps them."""
    return [vars(attachment) for attachment in attachments]


def fetch(session: Session, attachment: Attachment) -> File:
    """One file with its content."""
    return File(attachment.name, attachment.mime, _sources[attachment.kind](session, attachment.id))


def fetch_all(session: Session, mail: Mail) -> list[File]:
    """Everything a mail carries, with its content."""
    return [fetch(session, attachment) for attachment in named(mail)]
