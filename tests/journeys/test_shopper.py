"""Somebody buys food near home: as a guest, with an account, with the keyboard alone."""

import re

from tests.journeys import shopping
from tests.journeys.conftest import NewVisitor
from tests.journeys.farm import NAME, Farm, stock_of
from tests.journeys.steps import read_mail, sign_up, somebody
from tests.journeys.visitor import plain

_SHOWS_FOCUS = """() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== "none" || style.boxShadow !== "none";
}"""


def test_from_the_front_page_to_an_order_given_up(visitor: NewVisitor, farm: Farm, javascript: bool) -> None:
    shopper, anne = visitor(javascript=javascript), somebody("Anne Roche")
    before = int(stock_of(farm, "Jus de pomme"))
    shopper.open("/")
    shopper.fill(near="26120")
    shopper.press("Voir les boutiques")
    assert "Chabeuil" in shopper.text()
    shopper.press(NAME)
    assert "Commandes ouvertes jusqu'au" in shopper.text() or "Commandes ouvertes jusqu'à" in shopper.text()
    shopper.press("Jus de pomme")
    assert "3,30 € 1 L" in shopper.text()
    shopper.page.locator("main input[type=number]").fill("3")
    shopper.press("Mettre dans mon panier")
    assert "9,90 €" in shopper.text()
    shopping.go_to_checkout(shopper)
    shopping.say_who(shopper, anne)
    shopping.order(shopper)
    assert "Votre commande est confirmée" in shopper.text()
    assert int(stock_of(farm, "Jus de pomme")) == before - 3

    read_mail(shopper, anne.email, re.compile("commande", re.IGNORECASE))
    assert "9,90 €" in plain(shopper.page.frame_locator("main iframe").locator("body").inner_text())
    shopper.follow(shopper.page.locator("main .card a[href*='/orders/']").first)
    assert "Votre commande est confirmée" in shopper.text()
    shopper.press("Modifier les quantités")
    shopper.page.locator("main input[type=number]").fill("2")
    shopper.press("Voir ce que cela change")
    assert "9,90 € → 6,60 €" in shopper.text()  # shown first, done only when agreed to
    assert int(stock_of(farm, "Jus de pomme")) == before - 3
    shopper.press("Confirmer")
    assert "6,60 €" in shopper.text()
    assert int(stock_of(farm, "Jus de pomme")) == before - 2
    shopper.press("Annuler cette commande")
    assert "Vous n'avez rien payé" in shopper.text()
    shopper.press("Annuler la commande")
    assert "Annulée" in shopper.text()
    assert int(stock_of(farm, "Jus de pomme")) == before


def test_with_an_account(visitor: NewVisitor, farm: Farm) -> None:
    """A basket filled before the log-in is still there afterwards, and the order is found again."""
    shopper, paul = visitor(), somebody("Paul Serre")
    shopping.fill_basket(shopper, farm.shop, Miel_de_châtaignier=1)
    sign_up(shopper, paul)
    shopper.open(f"{farm.shop}/checkout")
    assert shopper.page.locator("main [name=email]").input_value() == paul.email
    shopping.say_who(shopper, paul)
    shopping.order(shopper)
    reference = shopping.reference(shopper)
    shopper.open("/account/orders")
    assert reference in shopper.text()
    shopper.press(re.compile(reference))
    assert "8,90 €" in shopper.text()


def test_with_the_keyboard_alone(visitor: NewVisitor, farm: Farm) -> None:
    """From the shop's page to a confirmed order in fewer than 90 presses, what is typed aside."""
    shopper, presses = visitor(width=1280), 0
    page = shopper.open(farm.shop)

    def press(key: str) -> None:
        nonlocal presses
        presses += 1
        page.keyboard.press(key)

    def go_to(selector: str) -> None:
        """Press Tab until this has the focus, which must be visible."""
        for _step in range(90):
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                break
            press("Tab")
        else:
            raise AssertionError(f"the keyboard does not reach {selector} on {page.url}")
        assert page.evaluate(_SHOWS_FOCUS), f"nothing shows that {selector} has the focus"

    def type_in(selector: str, text: str) -> None:
        go_to(selector)
        page.keyboard.type(text)

    def leave(key: str = "Enter") -> None:
        before = page.url
        press(key)
        page.wait_for_url(lambda url: url != before)

    press("Tab")
    press("Enter")  # skip to the content
    go_to("li.product input[type=number]")
    press("ArrowUp")
    go_to(".sticky-bar button")
    leave()
    go_to(".sticky-bar button")
    leave()
    type_in("[name=name]", "Jeanne Clavel")
    type_in("[name=email]", somebody("Jeanne Clavel").email)
    go_to("[name=slot]")
    press("Space")
    go_to("[name=payment]")
    while page.evaluate("document.activeElement.value") != "on-collection":
        press("ArrowDown")
    go_to("[name=terms]")
    press("Space")
    go_to("button[form=checkout]")
    leave()
    assert "Votre commande est confirmée" in shopper.text()
    assert presses < 90
