"""Who is told that a statement is ready."""

from flask import Flask
from sqlalchemy import select

from billing.statement import services
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.mail.models import Mail
from shops.enterprise import services as enterprises
from shops.enterprise.models import StaffRole
from tests.support.billing import COOPERATIVE, OCTOBER, Till, close, in_month, statement
from tests.support.people import make_user
from tests.support.worker import deliver_all


def mails(database: Database) -> list[Mail]:
    with database.reading() as session:
        wanted = select(Mail).where(Mail.key.startswith("statement-approved:")).order_by(Mail.recipient)
        return list(session.scalars(wanted))


def test_those_who_follow_the_accounts_get_it_in_their_language(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        owner = make_user(session, email="owner@example.org")
        till = Till(session, owner_id=owner.id, name="La ferme des Sources")
        for email, role, language in (
            ("accountant@example.org", StaffRole.ACCOUNTS, "en"),
            ("packer@example.org", StaffRole.PACKING, "fr"),
        ):
            person = make_user(session, email=email, language=language)
            enterprises.add_staff(session, enterprise_id=till.shop.id, user_id=person.id, role=role, actor=SYSTEM)
        till.sell(in_month(OCTOBER), 454_726)
        close(session)
    deliver_all(app)
    assert mails(database) == []

    with database.transaction() as session:
        found = statement(session, till.shop)
        services.approve(session, actor=COOPERATIVE, seen={found.id: 0})
    deliver_all(app)
    accountant, boss = mails(database)
    assert (accountant.recipient, accountant.subject) == (
        "accountant@example.org",
        "Your contribution for October 2026",
    )
    assert (boss.recipient, boss.subject) == ("owner@example.org", "Votre contribution, octobre 2026")
    assert "1 commande en ligne, 4\u202f310,20\xa0€ hors taxes" in boss.text
    assert f"http://localhost/manage/{till.shop.permalink}/contribution/2026-10" in boss.text
    assert "€43.10" in accountant.html


def test_an_approval_undone_at_once_is_not_announced(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        till = Till(session)
        till.sell(in_month(OCTOBER), 10_550)
        close(session)
        found = statement(session, till.shop)
        services.approve(session, actor=COOPERATIVE, seen={found.id: 0})
        services.undo_approval(session, actor=COOPERATIVE, statement_id=found.id, seen_version=1)
    deliver_all(app)
    assert mails(database) == []
