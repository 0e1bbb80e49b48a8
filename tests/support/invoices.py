"""Approved statements and what it takes to invoice them in tests."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from billing.invoice import services
from billing.invoice.models import Invoice
from billing.invoice.snapshot import Corrected, Party, Snapshot, Source
from billing.statement import services as statements
from billing.statement.models import Statement
from coopcircuits import clock
from coopcircuits.cooperative import queries
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.document.mentions import MENTIONS_AT_SETUP
from coopcircuits.period import Month
from shops.enterprise.models import Enterprise
from tests.support.billing import COOPERATIVE, OCTOBER, Till, close, in_month, statement

#: When October is invoiced.
NOVEMBER_4 = datetime(2026, 11, 4, 9, tzinfo=UTC)
SHOP_SIRET = "44306184100047"


def complete_cooperative(session: Session, **given: Any) -> Cooperative:
    """Fill in everything the law wants of the cooperative."""
    found = queries.lock_cooperative(session)
    values = {
        "street": "4 rue du Four",
        "postcode": "26150",
        "city": "Die",
        "legal_form": "SCIC SARL à capital variable",
        "capital": 1_250_000,
        "siret": "73282932000074",
        "register": "RCS Romans 732 829 320",
        "vat_number": "FR44732829320",
        "iban": "FR1420041010050500013M02606",
        "bic": "PSSTFRPPXXX",
        "creditor_id": "FR72ZZZ123456",
    }
    for name, value in (values | given).items():
        setattr(found, name, value)
    session.flush()
    return found


def complete_shop(shop: Enterprise) -> Enterprise:
    """Fill in everything the law wants of a shop."""
    shop.siret = SHOP_SIRET
    shop.street = shop.street or "Chemin des Sources"
    return shop


def approved(session: Session, *, gross: int = 300_000, month: Month = OCTOBER, **given: Any) -> Statement:
    """The approved statement of a new shop that sold for ``gross`` minor units, tax at 5.5 % included."""
    till = Till(session, **given)
    complete_shop(till.shop)
    till.sell(in_month(month), gross)
    close(session, month)
    return approve(session, till.shop, month)


def approve(session: Session, shop: Enterprise, month: Month = OCTOBER) -> Statement:
    found = statement(session, shop, month)
    with clock.travel(NOVEMBER_4):
        statements.approve(session, actor=COOPERATIVE, seen={found.id: found.version})
    session.flush()
    return found


def make_invoice(session: Session, *, gross: int = 300_000, **given: Any) -> Invoice:
    """An invoice of October, issued on 4 November."""
    complete_cooperative(session)
    found = approved(session, gross=gross, **given)
    with clock.travel(NOVEMBER_4):
        return services.issue_invoice(session, statement_id=found.id, actor=COOPERATIVE)


def make_paper(**given: Any) -> Snapshot:
    """A document of October without a database."""
    mentions = {
        kind.value: text
        for kind, _from, _to, text, _source in MENTIONS_AT_SETUP["FR"]
        if kind in ("nature", "late-penalty", "recovery-fee", "early-payment")
    }
    values: dict[str, Any] = {
        "kind": "invoice",
        "number": "F2026-0001",
        "issued_on": "2026-11-04",
        "due_on": "2026-12-04",
        "language": "fr",
        "currency": "EUR",
        "period": "2026-10",
        "seller": Party(
            "Les Circuits du Val",
            "4 rue du Four",
            "26150",
            "Die",
            "FR",
            "bonjour@circuits.example",
            "73282932000074",
            "FR44732829320",
            "SCIC SARL à capital variable",
            1_250_000,
            "RCS Romans 732 829 320",
            "FR1420041010050500013M02606",
            "PSSTFRPPXXX",
        ),
        "buyer": Party(
            "La Ferme des Sources", "Chemin des Sources", "26400", "Crest", "FR", "f@sources.example", SHOP_SIRET, ""
        ),
        "source": Source("percent", 285_000, 100, 2_850, 0, True),
        "net": 2_850,
        "tax": 570,
        "rate_bp": 2_000,
        "vat_on_debits": False,
        "is_gift": False,
        "mentions": mentions,
    }
    return Snapshot(**(values | given))


def credit_on(paper: Snapshot, **given: Any) -> dict[str, Any]:
    """What makes a document a credit note on ``paper``."""
    corrected = Corrected(paper.number, paper.issued_on)
    return {"kind": "credit-note", "number": "A2026-0001", "corrects": corrected, "reason": "Compté deux fois", **given}
