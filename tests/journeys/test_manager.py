"""A farmer opens a shop and sells: from the sign-up to the packing list."""

import re

from tests.journeys import shopping
from tests.journeys.conftest import NewVisitor
from tests.journeys.farm import (
    Farm,
    accept_payment,
    add_pickup,
    cell,
    import_file,
    open_sale,
    open_to_public,
    start_farm,
    stock_of,
)
from tests.journeys.steps import Person, read_mail, somebody
from tests.journeys.visitor import Visitor

#: Each run starts a farm of the same name, so at another place.
PLACES = {True: ("26150", "Die"), False: ("26340", "Saillans")}


def test_a_farmer_opens_a_shop_and_sells(visitor: NewVisitor, javascript: bool) -> None:
    postcode, city = PLACES[javascript]
    farm = start_farm(visitor(javascript=javascript), postcode=postcode, city=city)
    _import_the_catalogue(farm)
    _edit_a_price_and_a_stock(farm)
    add_pickup(farm)
    assert "vendredi" in farm.visitor.text()
    assert "samedi" in farm.visitor.text()
    accept_payment(farm)
    assert "Prêt" in farm.visitor.text()
    open_to_public(farm)
    cycle = open_sale(farm)
    shopper, anne = visitor(javascript=javascript), somebody("Anne Roche")
    _buy(shopper, farm, anne)
    _hand_over(farm, anne, cycle)
    shopper.page.reload()
    assert "Vous avez retiré cette commande" in shopper.text()


def _import_the_catalogue(farm: Farm) -> None:
    """A file with mistakes changes nothing and says where they are; the corrected one is taken."""
    said = import_file(farm, "catalogue-with-mistakes.csv")
    assert "5 cases à revoir" in said
    problems = farm.visitor.page.locator("main tbody tr").all_inner_texts()
    for line, column in {"4": "price", "6": "unit_type", "8": "sku", "10": "on_hand", "15": "name"}.items():
        said_of_it = rf"\D*{line}\b.*\b{column}\b"
        assert any(re.match(said_of_it, problem, re.DOTALL) for problem in problems), (line, problems)
    farm.visitor.open(f"{farm.desk}/products")
    assert "Votre catalogue est vide" in farm.visitor.text()

    assert "Carottes de sable" in import_file(farm, "catalogue.csv")
    farm.visitor.press("Importer 15 lignes")
    farm.visitor.open(f"{farm.desk}/products")
    assert farm.visitor.page.locator("main tbody tr").count() == 15


def _edit_a_price_and_a_stock(farm: Farm) -> None:
    """A mistake is said beside its cell and everything typed stays; the corrected list is saved."""
    price, stock = cell(farm, "Mâche", "price"), cell(farm, "Courge butternut", "on_hand")
    price.fill("2,9")
    stock.fill("moins que rien")
    farm.visitor.press("Enregistrer la liste")
    assert "Rien n'a été enregistré" in farm.visitor.text()
    assert (price.input_value(), stock.input_value()) == ("2,9", "moins que rien")
    stock.fill("7")
    farm.visitor.press("Enregistrer la liste")
    assert (price.input_value(), stock.input_value()) == ("2,90", "7")


def _buy(shopper: Visitor, farm: Farm, person: Person) -> None:
    shopping.fill_basket(shopper, farm.shop, Mâche=2, Courge_butternut=1)
    assert "9,30 €" in shopper.text()
    shopping.go_to_checkout(shopper)
    shopping.say_who(shopper, person)
    shopping.order(shopper)
    assert "Votre commande est confirmée" in shopper.text()


def _hand_over(farm: Farm, person: Person, cycle: str) -> None:
    """The order arrives, is packed from a list, collected and paid."""
    visitor = farm.visitor
    read_mail(visitor, farm.owner.email, re.compile("commande", re.IGNORECASE))
    visitor.open(farm.desk)
    assert "9,30 €" in visitor.text()
    visitor.open(f"{farm.desk}/cycles/{cycle}/packing")
    card = visitor.page.locator("main .card", has_text=person.name).inner_text()
    assert re.search(r"2\s*×\s*Mâche", card)
    assert re.search(r"1\s*×\s*Courge butternut", card)
    visitor.press("Par produit")
    assert "Mâche" in visitor.text()
    visitor.open(f"{farm.desk}/orders")
    visitor.press(person.name)
    visitor.press(re.compile("reçus"))
    assert "Retirée" in visitor.text()
    assert stock_of(farm, "Courge butternut") == "6"
