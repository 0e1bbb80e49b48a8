"""Ways to pay in a browser, and the shop's own account for cards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from coopcircuits.payments.errors import ProviderUnavailable
from coopcircuits.payments.gateway import Gateway
from coopcircuits.payments.sandbox import TEST_KEY
from coopcircuits.payments.sandbox.app import create_sandbox
from coopcircuits.payments.sandbox.transport import SandboxTransport, complete_account
from shops.enterprise.models import Enterprise
from shops.payment_method.models import PaymentKind
from shops.payment_method.queries import accepted
from tests.support.shops import Manager


@pytest.fixture
def sandbox(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """A payment provider in this process, as the application's own."""
    provider = create_sandbox(tmp_path / "sandbox.sqlite3", public_url="http://pay.test")
    app.extensions["payment_gateway"] = Gateway(TEST_KEY, http_client=SandboxTransport(provider), retries=0)
    yield provider
    provider.extensions["sandbox"].close()


def kinds(manager: Manager) -> dict[PaymentKind, str]:
    with manager.database.reading() as session:
        return {method.kind: method.instructions for method in accepted(session, manager.shop.id)}


def test_offline_ways_are_switched_on_and_off_with_their_words(app: Flask) -> None:
    manager = Manager(app)
    assert "n’est pas encore installé" in manager.get("/payments")
    manager.post("/payments", {"cheque": "y", "cheque_words": "À l’ordre de la ferme", "transfer": "y"})
    assert kinds(manager) == {PaymentKind.CHEQUE: "À l’ordre de la ferme", PaymentKind.TRANSFER: ""}
    assert "À l’ordre de la ferme" in manager.get("/payments")
    assert "error-summary" in manager.post("/payments", {"cheque_words": "x" * 301}, status=422)
    manager.post("/payments", {"on_collection": "y"})
    assert kinds(manager) == {PaymentKind.ON_COLLECTION: ""}


def test_without_a_provider_asking_for_an_account_is_answered_kindly(app: Flask) -> None:
    manager = Manager(app)
    manager.post("/payments/card")
    assert "n’est pas disponible ici" in manager.get("/payments")
    assert kinds(manager) == {PaymentKind.ON_COLLECTION: ""}


def test_a_shop_opens_its_account_and_then_takes_cards(app: Flask, sandbox: Flask) -> None:
    manager = Manager(app)
    assert manager.post("/payments/card").startswith("http://pay.test/")
    with manager.database.reading() as session:
        account = session.get_one(Enterprise, manager.shop.id).payment_account
    assert account
    assert account.startswith("acct_")
    manager.post("/payments", {"card": "y", "on_collection": "y"})
    assert PaymentKind.CARD not in kinds(manager), "cards wait until the account can charge"
    manager.get("/payments/card", status=302)
    assert "attend encore quelque chose" in manager.get("/payments")
    complete_account(sandbox, account)
    manager.get("/payments/card", status=302)
    assert "Votre compte accepte les cartes" in manager.get("/payments")
    assert PaymentKind.CARD in kinds(manager)
    assert manager.post("/payments/card").startswith("http://pay.test/")
    with manager.database.reading() as session:
        assert session.get_one(Enterprise, manager.shop.id).payment_account == account


def test_a_provider_that_does_not_answer_changes_nothing(app: Flask, sandbox: Flask) -> None:
    class Silent:
        def create_account(self, **_asked: object) -> str:
            raise ProviderUnavailable("timeout")

    app.extensions["payment_gateway"] = Silent()
    manager = Manager(app)
    assert manager.post("/payments/card").endswith("/payments")
    assert "ne répond pas" in manager.get("/payments")
    with manager.database.reading() as session:
        assert session.get_one(Enterprise, manager.shop.id).payment_account is None
