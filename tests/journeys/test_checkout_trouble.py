"""What goes wrong while people buy: nothing is lost, nothing is ordered twice, and everybody is told why."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.journeys import shopping
from tests.journeys.conftest import NewVisitor
from tests.journeys.farm import ZONE, Farm, count_stock, orders_of, set_closing, stock_of
from tests.journeys.steps import somebody
from tests.journeys.visitor import Visitor


def test_two_browsers_and_one_last_piece(visitor: NewVisitor, farm: Farm, javascript: bool) -> None:
    """Both have it in their basket; one gets it, the other keeps the basket and reads what happened."""
    count_stock(farm, "Fromage de chèvre frais", 1)
    first, second = visitor(javascript=javascript), visitor(javascript=javascript)
    for shopper, name in ((first, "Élise Favre"), (second, "Marc Thomas")):
        shopping.fill_basket(shopper, farm.shop, Fromage_de_chèvre_frais=1, Poireaux=1)
        shopping.go_to_checkout(shopper)
        shopping.say_who(shopper, somebody(name))
    shopping.order(first)
    assert "Votre commande est confirmée" in first.text()
    shopping.order(second)
    assert "Épuisé" in second.text()
    assert "Fromage de chèvre frais" in second.text()
    assert second.page.locator("main [name=name]").input_value() == "Marc Thomas"
    second.press("Mettre mon panier à jour")
    assert "3,20 €" in second.text()
    shopping.go_to_checkout(second)
    assert stock_of(farm, "Fromage de chèvre frais") == "0"


def test_more_than_there_is(visitor: NewVisitor, farm: Farm) -> None:
    count_stock(farm, "Farine de petit épeautre", 3)
    shopper = visitor()
    shopper.open(farm.shop)
    field = shopping.quantity_of(shopper, "Farine de petit épeautre")
    field.evaluate("field => field.removeAttribute('max')")
    field.fill("5")
    shopper.press("Voir mon panier")
    assert "Il ne reste que 3" in shopper.text()
    assert shopping.quantity_of(shopper, "Farine de petit épeautre").input_value() == "3"


#: Where a quantity can be typed, and the button beside it.
PAGES = {"shop": "Voir mon panier", "product": "Mettre dans mon panier", "basket": "Enregistrer les quantités"}


@pytest.mark.parametrize("place", list(PAGES))
def test_quantities_that_are_none(visitor: NewVisitor, farm: Farm, place: str) -> None:
    """A sentence beside the field, and everything typed is still there; 0 takes the product out."""
    shopper = visitor(javascript=False)
    shopping.fill_basket(shopper, farm.shop, Poireaux=2, Pommes_de_terre=1)
    for typed in ("-1", "1000000000", "abc", "1,5"):
        _type_a_quantity(shopper, farm, place, typed)
        assert shopper.page.locator("main .error-summary").count(), shopper.text()
        kept = shopper.page.locator("main input[name^=q]").evaluate_all("fields => fields.map(f => f.defaultValue)")
        assert typed in kept
        assert place == "product" or "4" in kept
    shopper.open(f"{farm.shop}/basket")
    assert shopping.quantity_of(shopper, "Poireaux").input_value() == "2"
    assert shopping.quantity_of(shopper, "Pommes de terre").input_value() == "1"
    _type_a_quantity(shopper, farm, place, "0")
    assert not shopping.quantity_of(shopper, "Poireaux").count()


def _type_a_quantity(shopper: Visitor, farm: Farm, place: str, typed: str) -> None:
    """As a browser that knows no number fields would let one do it."""
    shopper.open(f"{farm.shop}/basket" if place == "basket" else farm.shop)
    if place == "product":
        shopper.press("Poireaux")
        field = shopper.page.locator("main input[type=number]")
    else:
        shopping.quantity_of(shopper, "Pommes de terre").fill("4")
        field = shopping.quantity_of(shopper, "Poireaux")
    field.evaluate("(field, typed) => { field.type = 'text'; field.value = typed; }", typed)
    shopper.press(PAGES[place])


def test_a_double_click_makes_one_order(visitor: NewVisitor, farm: Farm, javascript: bool) -> None:
    """Without script the browser sends the form twice; the second answer leads to the same order."""
    shopper, sam = visitor(javascript=javascript), somebody(f"Sam Double{'' if javascript else ' Sans'}")
    shopping.fill_basket(shopper, farm.shop, Poireaux=1)
    shopping.go_to_checkout(shopper)
    shopping.say_who(shopper, sam)
    shopper.page.get_by_role("button", name="Commander avec obligation de paiement").dblclick()
    shopper.page.wait_for_url("**/orders/**")
    assert "Votre commande est confirmée" in shopper.text()
    assert orders_of(farm, sam.name) == 1


def test_back_and_again_makes_no_second_order(visitor: NewVisitor, farm: Farm, javascript: bool) -> None:
    shopper, ada = visitor(javascript=javascript), somebody(f"Ada Retour{'' if javascript else ' Sans'}")
    shopping.fill_basket(shopper, farm.shop, Poireaux=1)
    shopping.go_to_checkout(shopper)
    shopping.say_who(shopper, ada)
    shopping.order(shopper)
    made = shopping.reference(shopper)
    shopper.page.go_back()
    if "/checkout" in shopper.page.url and shopper.page.locator("main [name=terms]").count():
        shopping.say_who(shopper, ada)
        shopping.order(shopper)
        assert shopping.reference(shopper) == made
        assert "déjà" in shopper.text()
    assert orders_of(farm, ada.name) == 1


def test_two_tabs_make_one_order(visitor: NewVisitor, farm: Farm) -> None:
    shopper, eva = visitor(), somebody("Éva Onglets")
    shopping.fill_basket(shopper, farm.shop, Poireaux=1)
    shopping.go_to_checkout(shopper)
    shopping.say_who(shopper, eva)
    first, shopper.page = shopper.page, shopper.new_tab()
    shopper.open(f"{farm.shop}/checkout")
    shopping.say_who(shopper, eva)
    shopping.order(shopper)
    made = shopping.reference(shopper)
    shopper.page = first
    shopping.order(shopper)
    assert shopping.reference(shopper) == made
    assert orders_of(farm, eva.name) == 1


@pytest.fixture
def closed_again(farm: Farm) -> Iterator[None]:
    """The sale goes on for the others afterwards."""
    yield
    _close(farm, datetime.now(ZONE) + timedelta(days=2))


def _close(farm: Farm, moment: datetime) -> None:
    """Move the end of the sale."""
    farm.visitor.open(f"{farm.desk}/cycles")
    farm.visitor.press(re.compile("^Semaine du"))
    set_closing(farm.visitor, moment)
    farm.visitor.press("Enregistrer")


@pytest.mark.usefixtures("closed_again")
def test_the_sale_closes_during_the_checkout(visitor: NewVisitor, farm: Farm) -> None:
    shopper, lou = visitor(), somebody("Lou Tardif")
    shopping.fill_basket(shopper, farm.shop, Poireaux=2)
    shopping.go_to_checkout(shopper)
    shopping.say_who(shopper, lou)
    _close(farm, datetime.now(ZONE) - timedelta(minutes=1))
    shopping.order(shopper)
    assert "votre panier est conservé" in shopper.text() or "nous avons gardé votre panier" in shopper.text()
    assert shopper.page.locator("main [name=name]").input_value() == lou.name
    shopper.open(f"{farm.shop}/basket")
    assert "Poireaux" in shopper.text()
    assert orders_of(farm, lou.name) == 0
