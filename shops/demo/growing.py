"""Many invented farm shops with their catalogues, for measuring: written in bulk, true to every rule."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from coopcircuits.auth.models import User
from coopcircuits.demo.bulk import Bulk, moment
from coopcircuits.demo.dice import dice
from coopcircuits.references import permalink, plain
from coopcircuits.site import Site
from shops.customer.models import Customer
from shops.delivery.models import DeliveryMethod, OpeningHours
from shops.demo import content
from shops.demo.content import Told
from shops.directory import postcodes
from shops.directory.postcodes import Place
from shops.enterprise.models import Enterprise, EnterpriseState, Sells, StaffMember, StaffRole
from shops.payment_method.models import PaymentKind, PaymentMethod
from shops.product.categories import read_category
from shops.product.models import Category, Product, Variant
from shops.stock.models import MoveReason, Stock, StockMove

_KINDS = ("La Ferme", "Le Jardin", "Le Verger", "Le Potager", "La Bergerie", "Le Moulin", "Le Rucher", "La Grange")
_NAMES = (
    "des Aulnes", "des Tilleuls", "du Grand Champ", "de la Combe", "des Hirondelles", "du Ruisseau", "des Deux Chênes",
    "de la Croix", "du Vieux Puits", "des Sources", "du Pré Vert", "des Genêts", "du Chemin Creux", "de la Lande",
)  # fmt: skip
_FIRST = ("Alice", "Bruno", "Chloé", "Denis", "Emma", "Farid", "Gaëlle", "Hugo", "Inès", "Jules", "Karine", "Louis")
_LAST = ("Martin", "Petit", "Garnier", "Lopez", "Rousseau", "Blanc", "Guérin", "Muller", "Henry", "Roussel", "Mathieu")
#: Pieces that lie on a counted shelf between two sales.
_LEFT = 12
_CUSTOMERS_FOR = 12


@dataclass(slots=True)
class Good:
    """One variant as orders will copy it; prices in minor units, tax included. What is not counted is on demand."""

    variant_id: int
    product_id: int
    product_name: str
    variant_name: str
    category: Category
    drawing: str
    unit_kind: str
    unit_value: int
    unit_name: str
    price: int
    tax_category: str
    counted: bool
    left: int = _LEFT


@dataclass(slots=True)
class Buyer:
    """A customer of one shop."""

    id: int
    name: str
    email: str


@dataclass(slots=True)
class GrownShop:
    """A shop as its sales need it."""

    id: int
    name: str
    method_id: int
    place: Place
    goods: list[Good] = field(default_factory=list)
    buyers: list[Buyer] = field(default_factory=list)


def grow_shops(
    bulk: Bulk,
    site: Site,
    *,
    shops: int,
    products: int,
    orders: int,
    since: datetime,
    show: Callable[[float], None],
) -> list[GrownShop]:
    """Shops that opened at ``since`` with ``products`` shared among them, one variant each, and enough customers for
    ``orders``."""
    grower = _Grower(bulk, site, since)
    grown = []
    for number in range(shops):
        shop = grower.shop()
        for _ in range(share(products, shops, number)):
            shop.goods.append(grower.product(shop))
        for _ in range(min(orders, max(3, orders // shops // _CUSTOMERS_FOR))):
            shop.buyers.append(grower.customer(shop))
        grown.append(shop)
        if number % 50 == 0:
            show(number / shops)
    return grown


def share(total: int, parts: int, number: int) -> int:
    """What the ``number``-th of ``parts`` gets of ``total``, as even as possible."""
    return total * (number + 1) // parts - total * number // parts


class _Grower:
    def __init__(self, bulk: Bulk, site: Site, since: datetime) -> None:
        self._chance, self._since = dice("grow"), moment(since)
        self._places = list(_communes())
        self._told = _catalogue()
        self._number = count()
        at = self._since
        self._users = bulk.table(User, "id", "email", "name", language="fr", created_at=at, confirmed_at=at)
        self._enterprises = bulk.table(
            Enterprise,
            *("id", "permalink", "name", "name_key", "email", "postcode", "city", "latitude", "longitude", "drawing"),
            is_producer=True,
            sells=Sells.OWN,
            state=EnterpriseState.ACTIVE,
            country=site.country,
            zone=site.zone,
            currency=site.currency,
            created_at=at,
            summary="Une ferme inventée pour mesurer.",
        )
        self._staff = bulk.table(StaffMember, "id", "enterprise_id", "user_id", role=StaffRole.OWNER)
        self._methods = bulk.table(
            DeliveryMethod, "id", "enterprise_id", "postcode", "city", "latitude", "longitude", name="À la ferme"
        )
        self._hours = bulk.table(
            OpeningHours, "id", "method_id", "weekday", starts="17:00:00.000000", ends="19:00:00.000000"
        )
        self._payments = bulk.table(PaymentMethod, "id", "enterprise_id", "kind")
        self._products = bulk.table(
            Product, "id", "producer_id", "name", "name_key", "description", "category", "drawing", created_at=at
        )
        self._variants = bulk.table(
            Variant,
            *("id", "product_id", "name", "sku", "unit_kind", "unit_value", "unit_name", "price", "tax_category"),
        )
        self._stock = bulk.table(Stock, "variant_id", "on_hand", "on_demand")
        self._moves = bulk.table(
            StockMove, "id", "variant_id", "delta", "on_hand_after", reason=MoveReason.COUNTED, actor="system", at=at
        )
        self._customers = bulk.table(Customer, "id", "enterprise_id", "email", "name", created_at=at)

    def shop(self) -> GrownShop:
        chance, id, place = self._chance, self._enterprises.next_id(), self._chance.choice(self._places)
        name = f"{chance.choice(_KINDS)} {chance.choice(_NAMES)}, {place.commune} {id}"
        email = f"ferme{id}@grown.example"
        latitude, longitude = place.point
        self._enterprises.add(
            id,
            f"{permalink(name)[:60]}-{id}",
            name,
            plain(name)[:120],
            email,
            place.postcode,
            place.commune,
            latitude,
            longitude,
            chance.choice(self._told)["illustration"],
        )
        user_id = self._users.next_id()
        self._users.add(user_id, email, self._person())
        self._staff.add(self._staff.next_id(), id, user_id)
        method_id = self._methods.next_id()
        self._methods.add(method_id, id, place.postcode, place.commune, latitude, longitude)
        for weekday in (4, 5):
            self._hours.add(self._hours.next_id(), method_id, weekday)
        for kind in (PaymentKind.ON_COLLECTION, PaymentKind.CHEQUE):
            self._payments.add(self._payments.next_id(), id, kind.value)
        return GrownShop(id, name, method_id, place)

    def product(self, shop: GrownShop) -> Good:
        chance, told = self._chance, self._told[next(self._number) % len(self._told)]
        unit = told["variants"][0]
        category = read_category(told["category"]) or Category.GROCERIES
        price = max(10, round(unit["price"] * chance.uniform(0.8, 1.2) / 10) * 10)
        shown: str = unit.get("display") or unit.get("name", "")
        product_id, variant_id, counted = self._products.next_id(), self._variants.next_id(), chance.random() < 0.3
        good = Good(
            variant_id=variant_id,
            product_id=product_id,
            product_name=told["name"],
            variant_name=shown,
            category=category,
            drawing=told["illustration"],
            unit_kind=unit["unit"],
            unit_value=unit["size"],
            unit_name=unit.get("unit_name", ""),
            price=price,
            tax_category=told["vat"],
            counted=counted,
        )
        self._products.add(
            product_id, shop.id, told["name"], plain(told["name"]), told["description"], category.value, good.drawing
        )
        self._variants.add(
            *(variant_id, product_id, shown, f"G{variant_id}", good.unit_kind, good.unit_value, good.unit_name),
            *(price, told["vat"]),
        )
        self._stock.add(variant_id, _LEFT if counted else 0, not counted)
        if counted:
            self._moves.add(self._moves.next_id(), variant_id, _LEFT, _LEFT)
        return good

    def customer(self, shop: GrownShop) -> Buyer:
        id = self._customers.next_id()
        buyer = Buyer(id, self._person(), f"client{id}@grown.example")
        self._customers.add(id, shop.id, buyer.email, buyer.name)
        return buyer

    def _person(self) -> str:
        return f"{self._chance.choice(_FIRST)} {self._chance.choice(_LAST)}"


def _communes() -> Iterator[Place]:
    """The greater places of every mainland department."""
    for department in range(1, 96):
        yield from postcodes.find(f"{department:02d}", limit=60)


def _catalogue() -> list[Told]:
    return [product for farm in content.producers() for product in content.products(farm["permalink"])]
