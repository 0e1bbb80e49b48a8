"""What a farmer does to sell: from an empty shop to an open sale."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator

from tests.journeys.steps import Person, sign_up, somebody
from tests.journeys.visitor import Visitor

FILES = Path(__file__).parent / "files"
ZONE = ZoneInfo("Europe/Paris")
NAME = "Ferme du Roc Perché"


@dataclass
class Farm:
    """A shop, its owner and the owner's browser."""

    owner: Person
    visitor: Visitor
    permalink: str

    @property
    def desk(self) -> str:
        """Path of the pages on which it is managed."""
        return f"/manage/{self.permalink}"

    @property
    def shop(self) -> str:
        return f"/shops/{self.permalink}"


def start_farm(visitor: Visitor, *, postcode: str, city: str) -> Farm:
    """Sign up and create a farm shop; ``city`` is one of the towns that share the postcode."""
    owner = somebody("Rose Vidal")
    sign_up(visitor, owner)
    visitor.open("/manage")
    visitor.press("Créer une boutique")
    visitor.fill(name=NAME, kind="own", street="3 chemin du Roc", postcode=postcode, phone="06 39 98 10 21")
    visitor.press()
    assert "Choisissez votre commune" in visitor.text() or "choisissez la vôtre" in visitor.text()
    visitor.fill(city=city)
    page = visitor.press()
    return Farm(owner, visitor, page.url.rsplit("/", 1)[1])


def import_file(farm: Farm, name: str) -> str:
    """Upload one of the files and read what the preview says."""
    farm.visitor.open(f"{farm.desk}/products/import")
    farm.visitor.page.set_input_files("main input[type=file]", FILES / name)
    farm.visitor.press()
    return farm.visitor.text()


def add_pickup(farm: Farm) -> None:
    """Friday evening and Saturday morning at the farm."""
    farm.visitor.open(f"{farm.desk}/pickup/new")
    farm.visitor.fill(name="À la ferme", instructions="Au bout du chemin, sonnez la cloche.")
    friday = {"hours-0-weekday": "4", "hours-0-starts": "17:00", "hours-0-ends": "19:00", "hours-0-capacity": "40"}
    saturday = {"hours-1-weekday": "5", "hours-1-starts": "10:00", "hours-1-ends": "12:00"}
    farm.visitor.fill(**friday, **saturday)
    farm.visitor.press()


def accept_payment(farm: Farm) -> None:
    """Money on collection, and cards through an account of its own at the payment service."""
    visitor = farm.visitor
    visitor.open(f"{farm.desk}/payments")
    visitor.fill(on_collection=True, on_collection_words="En espèces, l’appoint nous aide.")
    visitor.press("Enregistrer")
    visitor.press("Ouvrir mon compte")
    visitor.page.locator("button[value=activate]").click()
    visitor.page.wait_for_url(f"**{farm.desk}/payments")


def open_to_public(farm: Farm) -> None:
    """The last thing to do before selling, from the page that says what is missing."""
    farm.visitor.open(f"{farm.desk}/cycles/new")
    farm.visitor.press("Ouvrir la boutique")


def open_sale(farm: Farm) -> str:
    """A sale of everything, open since an hour ago; returns its reference."""
    visitor, now = farm.visitor, datetime.now(ZONE)
    visitor.open(f"{farm.desk}/cycles")
    visitor.press("Préparer une vente")
    set_opening(visitor, now - timedelta(hours=1))
    visitor.press("Ouvrir la vente")
    link = visitor.page.locator(f"main a[href*='{farm.desk}/cycles/']:not([href$='/new'])").first
    reference: str = link.evaluate("a => a.getAttribute('href')").rsplit("/", 1)[1]
    return reference


def set_opening(visitor: Visitor, moment: datetime) -> None:
    visitor.fill(opens_on=f"{moment:%Y-%m-%d}", opens_time=f"{moment:%H:%M}")


def set_closing(visitor: Visitor, moment: datetime) -> None:
    visitor.fill(closes_on=f"{moment:%Y-%m-%d}", closes_time=f"{moment:%H:%M}")


def cell(farm: Farm, product: str, column: str) -> Locator:
    """A cell of the list of products, by its row and what it is named."""
    row = farm.visitor.page.locator("main tbody tr").filter(has_text=product)
    return row.locator(f"input[name^='{column}-']")


def count_stock(farm: Farm, product: str, left: int) -> None:
    """Write in the list how many of a product there are."""
    farm.visitor.open(f"{farm.desk}/products")
    cell(farm, product, "on_hand").fill(str(left))
    farm.visitor.press("Enregistrer la liste")


def stock_of(farm: Farm, product: str) -> str:
    """What the list says."""
    farm.visitor.open(f"{farm.desk}/products")
    return cell(farm, product, "on_hand").input_value()


def orders_of(farm: Farm, name: str) -> int:
    """How many orders the shop has under a name."""
    farm.visitor.open(f"{farm.desk}/orders?q={name}")
    return farm.visitor.page.locator("main tbody tr").count()


def ready_farm(visitor: Visitor, *, postcode: str, city: str) -> Farm:
    """A farm with an open sale of the whole catalogue."""
    farm = start_farm(visitor, postcode=postcode, city=city)
    import_file(farm, "catalogue.csv")
    visitor.press("Importer 15")
    add_pickup(farm)
    accept_payment(farm)
    open_to_public(farm)
    open_sale(farm)
    return farm
