"""Questions and answers by mail, as they are read in French and in English."""

from flask import Flask

from billing.question import services
from billing.statement import services as statements
from coopcircuits import clock
from coopcircuits.actor import SYSTEM, Actor
from coopcircuits.db import Database
from shops.enterprise import services as enterprises
from shops.enterprise.models import StaffRole
from tests.support.billing import COOPERATIVE, NOVEMBER_2, OCTOBER, Till, close, in_month, statement
from tests.support.people import make_user
from tests.support.worker import deliver_all, mails_to

QUESTION_IN_FRENCH = """\
Bonjour Camille Desrues,

Anne Chabert, de La ferme des Sources, pose une question sur le relevé (octobre 2026)\u202f:

    Pourquoi 12 € ?
    Nous avions fermé.

Lire le relevé et répondre\u202f:
http://localhost/cooperative/statements/la-ferme-des-sources/2026-10#questions
"""
ANSWER_IN_ENGLISH = """\
Hello Kim Lowry,

The cooperative writes to you about the statement of La ferme des Sources for October 2026:

    It is 1 % of October.

You can write back on the page of the statement until {day}.
http://localhost/manage/la-ferme-des-sources/contribution/2026-10#questions
"""


def test_each_side_is_told_once(app: Flask, database: Database) -> None:
    with database.transaction() as session, clock.travel(NOVEMBER_2):
        owner = make_user(session, "anne@example.org", name="Anne Chabert")
        make_user(session, "coop@example.org", name="Camille Desrues", is_cooperative=True)
        till = Till(session, owner_id=owner.id, name="La ferme des Sources")
        for email, role in (("kim@example.org", StaffRole.ACCOUNTS), ("pack@example.org", StaffRole.PACKING)):
            person = make_user(session, email, name="Kim Lowry", language="en")
            enterprises.add_staff(session, enterprise_id=till.shop.id, user_id=person.id, role=role, actor=SYSTEM)
        till.sell(in_month(OCTOBER), 105_500)
        close(session)
        found = statement(session, till.shop)
        statements.approve(session, actor=COOPERATIVE, seen={found.id: 0})
        services.ask(
            session, statement_id=found.id, text="Pourquoi 12 € ?\nNous avions fermé.", actor=Actor("user", owner.id)
        )
        services.answer(session, statement_id=found.id, seen_version=2, text="It is 1 % of October.", actor=COOPERATIVE)
    deliver_all(app)
    deliver_all(app)

    (question,) = [mail for mail in mails_to(database, "coop@example.org") if mail.key.startswith("question:")]
    assert question.subject == "La ferme des Sources a une question sur son relevé, octobre 2026"
    assert question.text.startswith(QUESTION_IN_FRENCH)
    assert question.reply_to == till.shop.email

    (answer,) = [mail for mail in mails_to(database, "kim@example.org") if mail.key.startswith("question:")]
    assert answer.subject == "The cooperative’s answer about your statement, October 2026"
    until = "Wednesday 2 December"
    assert answer.text.startswith(ANSWER_IN_ENGLISH.format(day=until)), answer.text
    assert "It is 1 % of October." in answer.html
    assert len([mail for mail in mails_to(database, "anne@example.org") if mail.key.startswith("question:")]) == 1
    assert mails_to(database, "pack@example.org") == []
