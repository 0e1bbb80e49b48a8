"""The mail outbox."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.db import Database
from coopcircuits.errors import NotFound
from coopcircuits.mail import queries, services
from coopcircuits.mail.models import Mail, MailState


def write(session: Session, key: str = "confirm-email:1", **given: str) -> Mail | None:
    """Put a mail into the outbox."""
    return services.queue(
        session,
        key=key,
        to=given.get("to", "Marie@Example.org"),
        language=given.get("language", "fr"),
        template="coopcircuits/mail/confirmation",
        subject="Confirm your address",
        sender_name=given.get("sender_name", ""),
        name=given.get("name", "Marie"),
        link="http://localhost/confirm/x",
    )


@pytest.fixture(autouse=True)
def _context(app: Flask) -> object:
    with app.app_context():
        yield


def test_the_same_thing_is_told_once(session: Session) -> None:
    assert write(session) is not None
    assert write(session) is None
    assert write(session, key="confirm-email:2") is not None
    assert session.scalar(select(func.count(Mail.id))) == 2


def test_it_is_written_in_its_readers_language_and_house(session: Session) -> None:
    french, english = write(session), write(session, key="other", language="en")
    assert french is not None
    assert english is not None
    assert (french.subject, english.subject) == ("Confirmez votre adresse", "Confirm your address")
    assert '<html lang="fr"' in french.html
    assert french.sender_name == "Les Circuits du Val"
    assert french.recipient == "marie@example.org"


def test_what_people_type_stays_text(session: Session) -> None:
    mail = write(session, name='<img src="x" onerror="alert(1)">', sender_name="Ferme\r\nBcc: all@example.org")
    assert mail is not None
    assert "<img" not in mail.html
    assert '<img src="x"' in mail.text
    assert mail.sender_name == "Ferme Bcc: all@example.org"


def test_a_claimed_mail_is_left_alone_until_its_next_attempt(database: Database) -> None:
    with database.transaction() as session:
        mail = write(session)
    assert mail is not None
    moment = clock.now()
    pauses = []
    for _attempt in range(3):
        with clock.travel(moment), database.transaction() as session:
            claimed = services.claim(session, mail_id=mail.id)
            assert claimed is not None
            assert services.claim(session, mail_id=mail.id) is None
            assert queries.due(session) == []
            pauses.append(claimed.next_attempt_at - moment)
            moment = claimed.next_attempt_at
    assert pauses == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]


def test_it_is_given_up_after_two_days_and_can_be_sent_again(database: Database) -> None:
    with database.transaction() as session:
        mail = write(session)
    assert mail is not None
    moment = started = clock.now()
    state = MailState.WAITING
    while state is MailState.WAITING:
        with clock.travel(moment), database.transaction() as session:
            services.claim(session, mail_id=mail.id)
            services.mark_refused(session, mail_id=mail.id, error="450 try later", for_good=False)
            now = session.get_one(Mail, mail.id)
            state, moment = now.state, now.next_attempt_at
    assert timedelta(days=1) < moment - started < timedelta(days=3)
    with database.transaction() as session:
        assert [m.id for m in queries.not_sent(session)] == [mail.id]
        services.retry(session, mail_id=mail.id)
        assert [m.id for m in queries.due(session)] == [mail.id]
        services.mark_sent(session, mail_id=mail.id)
    with database.transaction() as session:
        assert queries.not_sent(session) == []
        with pytest.raises(NotFound):
            services.retry(session, mail_id=mail.id)
