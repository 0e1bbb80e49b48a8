"""October from its review to the last invoice paid, as the cooperative and as three of its shops."""

import io
import re
import time
from decimal import Decimal

from pypdf import PdfReader

from tests.journeys import shopping
from tests.journeys.conftest import NewVisitor
from tests.journeys.instance import Instance
from tests.journeys.test_cooperative import FOURNIL, MONTH, minor, statement
from tests.journeys.visitor import Visitor, plain
from tests.support import bank

#: Gives an amount of its own choice, and none.
TRUITES = "les-truites-de-la-source-vive"


def test_october_is_invoiced_and_paid(visitor: NewVisitor, instance: Instance) -> None:
    cooperative = visitor()
    cooperative.log_in(instance.account("Cooperative"))
    _approve_everything(cooperative)
    _issue(cooperative)

    baker = _manager(visitor, instance, "florent.delarbre@example.org")
    number = _read_own_invoice(baker, instance)
    _give_nothing(_manager(visitor, instance, "joris.faugier@example.org"), instance)

    _import_transfers(cooperative, but=number)
    _pay_by_card(baker, number)
    cooperative.open("/cooperative/receipts")
    assert "Reste à régler 0,00 €" in " ".join(cooperative.text().split())
    assert instance.flask("billing", "invoices", "verify")
    assert instance.flask("billing", "ledger", "verify")


def _manager(visitor: NewVisitor, instance: Instance, email: str) -> Visitor:
    person = visitor()
    person.log_in({"email": email, "password": instance.account("Manager")["password"]})
    return person


def _approve_everything(cooperative: Visitor) -> None:
    """What was questioned is read one by one, the rest together."""
    cooperative.open(f"/cooperative/statements?period={MONTH}")
    together = cooperative.page.locator("main button[name=which]").first
    if together.count():
        cooperative.follow(together)
    while cooperative.page.locator("main .queue-line").count():
        cooperative.follow(cooperative.page.locator("main .queue-name").first)
        if cooperative.page.locator("#answer").count():
            cooperative.page.locator("#answer").fill("C’est vérifié : ces commandes ne sont pas comptées.")
            cooperative.press("Envoyer à la boutique")
        cooperative.press(re.compile("^Valider"))
        cooperative.open(f"/cooperative/statements?period={MONTH}")


def _issue(cooperative: Visitor) -> None:
    cooperative.open(f"/cooperative/invoices?period={MONTH}")
    cooperative.press(re.compile("^Émettre"))
    deadline = time.monotonic() + 90
    while cooperative.page.locator("#issuing").count():
        assert time.monotonic() < deadline, cooperative.text()
        cooperative.page.wait_for_timeout(300)
        cooperative.open(f"/cooperative/invoices?period={MONTH}")
    assert cooperative.page.locator("main a[href*='/cooperative/invoices/F']").count() >= 3


def _read_own_invoice(shop: Visitor, instance: Instance) -> str:
    """The page and the paper ask for what the statement says; returns the number."""
    known = statement(instance, FOURNIL)
    assert known["scheme"] == "percent"
    shop.open(f"/manage/{FOURNIL}/contribution/invoices")
    row = shop.page.locator("main tbody tr").first
    number = row.locator("th a, td a").first.inner_text().strip()
    shop.follow(row.locator("th a, td a").first)
    total = f"{known['total_minor'] // 100},{known['total_minor'] % 100:02} €"
    assert total in shop.text()
    paper = shop.context.request.get(f"{shop.page.url}.pdf")
    said = plain(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(paper.body())).pages))
    assert number in said
    assert total in said
    return number


def _give_nothing(shop: Visitor, instance: Instance) -> None:
    """Zero is a valid month: approved, never invoiced."""
    known = statement(instance, TRUITES)
    assert (known["scheme"], known["total_minor"], known["state"]) == ("voluntary", 0, "approved")
    shop.open(f"/manage/{TRUITES}/contribution/{MONTH}")
    assert "0,00 €" in shop.text()
    shop.open(f"/manage/{TRUITES}/contribution/invoices")
    assert not shop.page.locator("main tbody tr").filter(has_text="octobre 2026").count()


def _import_transfers(cooperative: Visitor, *, but: str) -> None:
    """Everyone else pays by transfer: the bank's file is recognised, shown, then recorded."""
    owed = _open_invoices(cooperative)
    owed.pop(but)
    assert owed
    cooperative.open("/cooperative/receipts/import")
    file = bank.statement(*(bank.line(str(Decimal(owed[number]) / 100), number) for number in owed))
    cooperative.page.locator("main input[type=file]").set_input_files(
        {"name": "releve.xml", "mimeType": "application/xml", "buffer": file}
    )
    cooperative.press("Regarder le fichier")
    assert cooperative.page.locator("main tbody tr").count() == len(owed)
    cooperative.press("Enregistrer ce relevé")
    assert _open_invoices(cooperative).keys() == {but}


def _open_invoices(cooperative: Visitor) -> dict[str, int]:
    """What is still to be paid, in cents, by number."""
    owed = {}
    cooperative.open("/cooperative/invoices")
    periods = cooperative.page.locator("main [name=period] option").evaluate_all("list => list.map(one => one.value)")
    for period in periods:
        cooperative.open(f"/cooperative/invoices?period={period}")
        for row in cooperative.page.locator("main tbody tr").all():
            text = plain(row.inner_text())
            if "Réglée" not in text:
                owed[re.findall(r"F\d{4}-\d{4}", text)[0]] = minor(re.findall(r"[\d ]+,\d\d €", text)[0])
    return owed


def _pay_by_card(shop: Visitor, number: str) -> None:
    shop.open(f"/manage/{FOURNIL}/contribution/invoices/{number}")
    shop.press(re.compile("^Payer"))
    shopping.pay(shop, shopping.GOOD_CARD)
    deadline = time.monotonic() + 90
    shop.open(f"/manage/{FOURNIL}/contribution/invoices/{number}")
    while "Il ne reste rien à régler" not in shop.text():
        assert time.monotonic() < deadline, shop.text()
        shop.page.wait_for_timeout(300)
        shop.page.reload()
