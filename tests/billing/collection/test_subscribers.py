"""What follows from an invoice, while money arrives."""

import threading
import time

from billing.collection import queries
from billing.collection.subscribers import use_credit
from coopcircuits.db import Database
from coopcircuits.events import Event
from tests.support.collection import make_invoice, pay
from tests.support.shops import make_enterprise


def test_the_first_payment_and_a_new_invoice_do_not_miss_each_other(database: Database) -> None:
    with database.transaction() as session:
        shop = make_enterprise(session)
    issued: list[int] = []

    def issue() -> None:
        with database.transaction() as session:
            issued.append(make_invoice(session, shop).id)
            use_credit(session, Event(name="InvoiceIssued", payload={"enterprise_id": shop.id}))

    issuing = threading.Thread(target=issue)
    with database.transaction() as session:
        pay(session, shop, 3420)
        issuing.start()
        time.sleep(0.5)  # the invoice comes to where it asks whether the shop ever paid
    issuing.join()
    with database.reading() as session:
        assert queries.open_amount(session, issued[0]) == 0
