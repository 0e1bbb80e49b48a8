"""Handing mails to a mail server, a real one on this machine."""

import email
import email.policy
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from coopcircuits import clock, jobs
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.events.models import JobRun
from coopcircuits.mail import attachments, queries, transport
from coopcircuits.mail.attachments import Attachment, File
from coopcircuits.mail.models import Mail, MailState


class Office:
    """A mail server that keeps what it gets and refuses as it is told."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}
        self.url = ""

    async def handle_RCPT(  # noqa: N802 - the server's name for it
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - as above
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"


@pytest.fixture
def office() -> Iterator[Office]:
    handler = Office()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    handler.url = f"smtp://127.0.0.1:{port}"
    yield handler
    controller.stop()


@pytest.fixture
def posting(settings: Settings, office: Office) -> Settings:
    return replace(settings, mail_url=office.url, mail_from="bonjour@coop.example.org")


def put(database: Database, recipient: str = "marie@example.org", **given: Any) -> int:
    """A mail that waits."""
    with database.transaction() as session:
        mail = Mail(
            key=f"test:{recipient}",
            recipient=recipient,
            reply_to=given.get("reply_to"),
            sender_name=given.get("sender_name", "La Ferme d’Élise"),
            language="fr",
            subject="Votre commande à la ferme",
            text="Merci !\nÀ vendredi.\n",
            html="<p>Merci !</p>",
            attached=given.get("attached", []),
            created_at=clock.now(),
            next_attempt_at=clock.now(),
        )
        session.add(mail)
        session.flush()
        return mail.id


def read(database: Database, mail_id: int) -> Mail:
    with database.reading() as session:
        return queries.one(session, mail_id)


def test_a_mail_arrives_whole_and_once(database: Database, posting: Settings, office: Office) -> None:
    mail_id = put(database, reply_to="elise@example.org")
    assert transport.send_due(database, posting) == 1
    assert transport.send_due(database, posting) == 0
    (letter,) = office.letters
    assert letter["Subject"] == "Votre commande à la ferme"
    assert letter["From"] == "La Ferme d’Élise <bonjour@coop.example.org>"
    assert letter["Reply-To"] == "elise@example.org"
    plain, html = letter.get_body(["plain"]), letter.get_body(["html"])
    assert plain is not None
    assert html is not None
    assert plain.get_content().splitlines() == ["Merci !", "À vendredi."]
    assert "Merci" in html.get_content()
    assert read(database, mail_id).state is MailState.SENT


def test_a_file_travels_with_its_mail_and_again_after_a_refusal(
    database: Database, posting: Settings, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytes(range(256)) * 40
    monkeypatch.setitem(attachments._sources, "test", lambda _session, which: content if which == 7 else b"")
    named = attachments.kept([Attachment("test", 7, "F2026-0001.pdf")])
    office.refusals = {"marie@example.org": "450 try again later"}
    mail_id = put(database, attached=named)
    assert transport.send_due(database, posting) == 0
    office.refusals = {}
    with clock.travel(clock.now() + timedelta(minutes=2)):
        assert transport.send_due(database, posting) == 1
    (letter,) = office.letters
    (file,) = letter.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("F2026-0001.pdf", "application/pdf")
    assert file.get_content() == content
    assert letter.get_body(["html"]) is not None
    assert read(database, mail_id).state is MailState.SENT


def test_an_address_refused_for_good_is_given_up_and_the_others_sent(
    database: Database, posting: Settings, office: Office
) -> None:
    office.refusals = {"gone@example.org": "550 no such user", "busy@example.org": "450 try again later"}
    gone, busy, fine = (put(database, address) for address in ("gone@example.org", "busy@example.org", "m@example.org"))
    assert transport.send_due(database, posting) == 1
    assert (read(database, gone).state, read(database, gone).last_error) == (MailState.FAILED, "550 no such user")
    assert (read(database, busy).state, read(database, busy).attempts) == (MailState.WAITING, 1)
    assert read(database, fine).state is MailState.SENT


def test_a_mail_that_cannot_be_written_down_is_given_up_and_the_others_sent(
    database: Database, posting: Settings
) -> None:
    broken, fine = put(database, "a@example.org\r\nBcc: all@example.org"), put(database)
    assert transport.send_due(database, posting) == 1
    assert read(database, broken).state is MailState.FAILED
    assert read(database, fine).state is MailState.SENT


def test_a_server_that_is_down_costs_no_mail_an_attempt(app: Flask, database: Database, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    app.extensions["settings"] = replace(settings, mail_url=f"smtp://127.0.0.1:{port}")
    mail_id = put(database)
    with app.app_context(), pytest.raises(OSError, match="refused"):
        jobs.run_once("mail.send")
    mail = read(database, mail_id)
    assert (mail.state, mail.attempts) == (MailState.WAITING, 0)
    with database.reading() as session:
        assert "ConnectionRefusedError" in (session.get_one(JobRun, "mail.send").last_error or "")


def test_a_connection_lost_on_one_mail_does_not_block_the_next(
    database: Database, posting: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = put(database, "first@example.org"), put(database, "second@example.org")
    usual = transport.message

    def cut(mail: Mail, *, sender: str, files: list[File]) -> EmailMessage:
        if mail.id == first:
            raise ConnectionResetError("cut off")
        return usual(mail, sender=sender, files=files)

    monkeypatch.setattr(transport, "message", cut)
    with pytest.raises(ConnectionResetError):
        transport.send_due(database, posting)
    assert transport.send_due(database, posting) == 1
    assert read(database, second).state is MailState.SENT
    assert "cut off" in (read(database, first).last_error or "")


def test_two_workers_send_a_mail_once(
    database: Database, posting: Settings, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database)
    usual = transport.connect

    def connect_while_another_worker_sends(url: str) -> object:
        monkeypatch.setattr(transport, "connect", usual)
        assert transport.send_due(database, posting) == 1
        return usual(url)

    monkeypatch.setattr(transport, "connect", connect_while_another_worker_sends)
    assert transport.send_due(database, posting) == 0
    assert len(office.letters) == 1


def test_without_a_mail_server_mails_stay_readable_here(app: Flask, database: Database) -> None:
    mail_id = put(database)
    with app.app_context():
        assert jobs.run_once("mail.send", dry_run=True) == "1 mail partirait"
        assert jobs.run_once("mail.send") == "1 mail parti"
        assert jobs.run_once("mail.send") == ""
    assert read(database, mail_id).state is MailState.SENT
