"""What people read about orders: each once, in their language, in the shop's name."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coopcircuits import clock, jobs
from coopcircuits.actor import GUEST, SYSTEM, Actor
from coopcircuits.db import Database
from coopcircuits.events.models import Delivery, DeliveryState
from coopcircuits.mail.models import Mail
from orders.order import services as orders
from orders.order.models import Order
from orders.payment import queries as payment_queries
from orders.payment import services as payments
from shops.enterprise.models import Enterprise, StaffMember
from shops.payment_method import services as payment_methods
from shops.payment_method.models import PaymentKind
from tests.support.cards import open_bank
from tests.support.cycles import make_cycle, offers_of
from tests.support.orders import make_order
from tests.support.shops import make_product, make_shop, variant
from tests.support.worker import deliver_all


def ordered(session: Session, language: str = "fr", kind: PaymentKind = PaymentKind.ON_COLLECTION) -> Order:
    shop = make_shop(session, name="La ferme des Sources", street="12 rue du Marché")
    payment_methods.accept(session, actor=SYSTEM, enterprise_id=shop.id, kind=kind, instructions="IBAN FR76 …")
    make_product(session, shop, name="Poireaux", variants=[variant(price=310)])
    cycle = make_cycle(session, shop)
    (leeks,) = offers_of(session, cycle)
    return make_order(session, cycle, quantities={leeks.id: 2}, language=language, payment_kind=kind)


def mails(app: Flask, database: Database) -> dict[str, Mail]:
    """Deliver everything, twice, and give the mails by the beginning of their key."""
    deliver_all(app)
    with database.transaction() as session:  # the same news to the same subscribers once more
        session.execute(update(Delivery).values(state=DeliveryState.WAITING, next_attempt_at=clock.now()))
    deliver_all(app)
    with database.reading() as session:
        failed = session.scalars(select(Delivery.last_error).where(Delivery.last_error.is_not(None))).all()
        assert failed == []
        found = session.scalars(select(Mail).order_by(Mail.id)).all()
    told = [mail for mail in found if mail.key.startswith(("order", "payment", "refund"))]
    return {mail.key.partition(":")[0]: mail for mail in told}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "fr",
            [
                "Merci. Voici votre commande",
                "Retrait",
                "À payer au retrait",
                "dont TVA",
                "Vendu par La ferme des Sources",
            ],
        ),
        (
            "en",
            [
                "Thank you. Here is your order",
                "Pickup",
                "To pay on collection",
                "VAT included",
                "Sold by La ferme des Sources",
            ],
        ),
    ],
)
def test_the_confirmation_is_a_lasting_record(app: Flask, database: Database, language: str, said: list[str]) -> None:
    with database.transaction() as session:
        order = ordered(session, language)
    found = mails(app, database)
    mail = found["order-placed"]
    assert (mail.recipient, mail.sender_name, mail.language) == (
        "camille@example.org",
        "La ferme des Sources",
        language,
    )
    assert order.reference in mail.subject
    link = f"http://localhost/orders/{order.reference}/{order.link_secret}"
    for body in (mail.text, mail.html):
        assert [words for words in [*said, "Poireaux", order.reference, link] if words not in body] == []
    assert "<" not in mail.text
    assert "{" not in mail.text
    shop = found["order-placed-shop"]
    assert shop.language == "fr"
    assert shop.reply_to == order.email
    assert "Camille Roux" in shop.text


def test_only_notified_people_are_told(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        ordered(session)
        session.execute(update(StaffMember).values(notified=False))
    assert set(mails(app, database)) == {"order-placed"}


def test_changes_and_cancellations(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        order = ordered(session)
        (line,) = order.lines
        orders.change_quantities(session, order_id=order.id, quantities={line.id: 1}, agreed_total=310, actor=GUEST)
    found = mails(app, database)
    assert "1 × Poireaux" in found["order-changed"].text
    assert "order-changed-shop" in found
    with database.transaction() as session:
        orders.cancel(session, order_id=order.id, actor=GUEST)
    found = mails(app, database)
    assert "Vous n’avez rien à payer" in found["order-cancelled"].text
    assert "order-cancelled-shop" in found


def test_who_cancels_is_not_told_by_mail(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        order = ordered(session)
        shop = session.get_one(Enterprise, order.shop_id)
        owner = session.scalars(select(StaffMember.user_id).where(StaffMember.enterprise_id == shop.id)).one()
        orders.cancel(session, order_id=order.id, actor=Actor("user", owner), by_shop=True, reason="Grêle <b>forte</b>")
    found = mails(app, database)
    assert set(found) == {"order-cancelled"}, "nobody is told of an order that is gone already"
    assert "Grêle <b>forte</b>" in found["order-cancelled"].text
    assert "Grêle &lt;b&gt;" in found["order-cancelled"].html


def test_a_transfer_that_arrived(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        order = ordered(session, kind=PaymentKind.TRANSFER)
        (payment,) = payment_queries.payments_of(session, order_id=order.id)
        payments.receive(session, payment_id=payment.id, shop_id=order.shop_id, actor=SYSTEM)
    assert "6,20" in mails(app, database)["payment-received"].text


def test_cards_that_were_not_charged_and_refunds(app: Flask, database: Database, tmp_path: Path) -> None:
    with open_bank(tmp_path) as bank:
        app.extensions["payment_gateway"] = bank.gateway
        left, paid = bank.make_order(database), bank.make_paid_order(database)
        page = bank.open(database, left)
        bank.app.test_client().post(f"/_sandbox/sessions/{page}/expire", json={})
        bank.look(database, left)
        with database.transaction() as session:
            orders.cancel(session, order_id=paid.id, actor=GUEST)
        with app.app_context():
            jobs.run_once("orders.send_refunds")
        found = mails(app, database)
    assert "n’est pas arrivé à temps" in found["order-expired"].text
    assert "6,00" in found["refund-done"].text
    assert "order-cancelled" in found
