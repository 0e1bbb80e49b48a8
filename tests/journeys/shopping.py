"""What a shopper does: fill a basket, order, pay."""

from playwright.sync_api import Locator

from tests.journeys.steps import Person
from tests.journeys.visitor import Visitor

GOOD_CARD = "4242 4242 4242 4242"
ASKING_CARD = "4000 0027 6000 3184"
REFUSED_CARD = "4000 0000 0000 0002"


def fill_basket(visitor: Visitor, shop: str, **quantities: str | int) -> None:
    """Type quantities on the shop's page, by words of the product's name (``_`` for a space), and see the basket."""
    visitor.open(shop)
    for words, quantity in quantities.items():
        quantity_of(visitor, words.replace("_", " ")).fill(str(quantity))
    visitor.press("Voir mon panier")


def quantity_of(visitor: Visitor, product: str) -> Locator:
    """The field of a product on a shop's page, in a basket or in an order."""
    return visitor.page.locator("li.product, tr").filter(has_text=product).locator("input[type=number]").first


def go_to_checkout(visitor: Visitor) -> None:
    visitor.press("Commander")


def say_who(visitor: Visitor, person: Person, *, payment: str = "on-collection") -> None:
    """Fill the checkout in: who, the first slot, how to pay, the terms."""
    visitor.fill(name=person.name, email=person.email)
    visitor.page.locator("main [name=slot]").first.check()
    visitor.fill(payment=payment, terms=True)


def order(visitor: Visitor) -> None:
    visitor.press("Commander avec obligation de paiement")


def pay(visitor: Visitor, card: str) -> None:
    """Type a card on the payment service's page."""
    page = visitor.page
    page.locator("#number").fill(card)
    page.locator("#expiry").fill("12 / 30")
    page.locator("#cvc").fill("123")
    visitor.follow(page.locator("main form button").first)


def reference(visitor: Visitor) -> str:
    """The reference of the order on show."""
    return visitor.page.url.split("/orders/")[1].split("/")[0]
