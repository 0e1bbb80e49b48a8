"""Paying by card on the payment service's page, and everything that can happen there."""

import re

import pytest

from tests.journeys import shopping
from tests.journeys.conftest import NewVisitor
from tests.journeys.farm import Farm, stock_of
from tests.journeys.steps import read_mail, somebody
from tests.journeys.visitor import Visitor


def order_by_card(shopper: Visitor, farm: Farm, name: str, product: str) -> str:
    """Order one piece up to the payment page; returns the address to which mails go."""
    person = somebody(name)
    shopping.fill_basket(shopper, farm.shop, **{product: 1})
    shopping.go_to_checkout(shopper)
    shopping.say_who(shopper, person, payment="card")
    shopping.order(shopper)
    assert "/pay/" in shopper.page.url
    return person.email


def is_confirmed(shopper: Visitor) -> bool:
    """Whether the order's page says so, at the latest when the payment service has written to the shop."""
    shopper.page.wait_for_url("**/orders/**")
    for _attempt in range(150):
        if "Votre commande est confirmée" in shopper.text():
            return True
        shopper.page.wait_for_timeout(200)
        shopper.page.reload()
    return False


def test_a_card_is_accepted(visitor: NewVisitor, farm: Farm, javascript: bool) -> None:
    shopper = visitor(javascript=javascript)
    email = order_by_card(shopper, farm, "Luc Faure", "Poireaux")
    shopping.pay(shopper, shopping.GOOD_CARD)
    assert is_confirmed(shopper)
    assert "3,20 €" in shopper.text()
    read_mail(shopper, email, re.compile("commande", re.IGNORECASE))


def test_the_bank_asks(visitor: NewVisitor, farm: Farm) -> None:
    """Strong authentication, refused at first, then passed."""
    shopper = visitor()
    order_by_card(shopper, farm, "Inès Marin", "Poireaux")
    shopping.pay(shopper, shopping.ASKING_CARD)
    assert "/authenticate/" in shopper.page.url
    shopper.page.locator("button[value=refuse]").click()
    shopper.page.wait_for_url("**/pay/**")
    shopping.pay(shopper, shopping.ASKING_CARD)
    shopper.page.locator("button[value=accept]").click()
    assert is_confirmed(shopper)


def test_a_declined_card_and_then_another(visitor: NewVisitor, farm: Farm) -> None:
    shopper = visitor()
    order_by_card(shopper, farm, "Hugo Blanc", "Poireaux")
    shopping.pay(shopper, shopping.REFUSED_CARD)
    assert "/pay/" in shopper.page.url
    assert shopper.page.locator("[role=alert]").count()
    shopping.pay(shopper, shopping.GOOD_CARD)
    assert is_confirmed(shopper)


def test_left_and_paid_later(visitor: NewVisitor, farm: Farm) -> None:
    """The products are held while somebody looks for their card; the order's page leads back to the payment."""
    shopper, before = visitor(), int(stock_of(farm, "Noix de pays"))
    order_by_card(shopper, farm, "Zoé Petit", "Noix_de_pays")
    shopper.page.locator("main a").first.click()
    shopper.page.wait_for_url("**/orders/**")
    assert "Cette commande n'est pas encore payée" in shopper.text()
    assert int(stock_of(farm, "Noix de pays")) == before - 1
    shopper.press(re.compile("^Payer 4,80"))
    shopping.pay(shopper, shopping.GOOD_CARD)
    assert is_confirmed(shopper)
    assert int(stock_of(farm, "Noix de pays")) == before - 1


def test_a_paid_order_is_given_up(visitor: NewVisitor, farm: Farm) -> None:
    """The money goes back to the card, and the page says so before and after."""
    shopper = visitor()
    order_by_card(shopper, farm, "Léo Garnier", "Tomme_de_chèvre")
    shopping.pay(shopper, shopping.GOOD_CARD)
    assert is_confirmed(shopper)
    shopper.press("Annuler cette commande")
    assert "6,90 € reviennent sur votre carte" in shopper.text() or "6,90 € retournent" in shopper.text()
    shopper.press("Annuler la commande")
    assert "Annulée" in shopper.text()
    assert "− 6,90 €" in shopper.text()


@pytest.mark.parametrize("card", ["4242", "1234 5678 9012 3456"])
def test_no_other_card_is_taken(visitor: NewVisitor, farm: Farm, card: str) -> None:
    """The sandbox refuses real numbers and slips of the keyboard, and keeps what was typed."""
    shopper = visitor()
    order_by_card(shopper, farm, "Nina Royer", "Poireaux")
    shopping.pay(shopper, card)
    assert "/pay/" in shopper.page.url
    assert shopper.page.locator("#expiry").input_value() == "12 / 30"
