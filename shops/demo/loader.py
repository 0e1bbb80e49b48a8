"""Settle the invented territory: the cooperative, its people, farms, shops and catalogues, through the services."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.auth import services as accounts
from coopcircuits.auth.passwords import hash_password
from coopcircuits.cooperative import services as cooperative
from coopcircuits.db import Database
from coopcircuits.demo.accounts import PASSWORD
from coopcircuits.demo.dice import dice
from coopcircuits.demo.months import Shift
from shops.delivery import services as delivery
from shops.delivery.services import HoursSpec
from shops.demo import content, specs
from shops.demo.content import Told
from shops.demo.territory import WEEKDAYS, Person, Place, Shelf, Territory
from shops.enterprise import services as enterprises
from shops.enterprise.models import Enterprise, Sells, StaffRole
from shops.enterprise.services import Profile
from shops.fee import services as fees
from shops.fee.models import Calculator, FeeKind
from shops.payment_method import services as payment_methods
from shops.payment_method.models import PaymentKind
from shops.product import services as products
from shops.product.categories import read_category
from shops.product.models import Category
from shops.supply_link import services as supply

LANGUAGE = "fr"
_PAYMENTS = {
    "card": (PaymentKind.CARD, ""),
    "cash": (PaymentKind.ON_COLLECTION, "En espèces au retrait. Préparez l’appoint si vous le pouvez."),
    "meal_voucher": (PaymentKind.ON_COLLECTION, "En espèces ou en titres-restaurant au retrait."),
    "cheque": (PaymentKind.CHEQUE, "À l’ordre de {name}, à remettre au retrait."),
    "transfer": (PaymentKind.TRANSFER, "Avant le retrait, avec la référence de la commande en libellé."),
}
#: Farms join this long before the first shop that sells their products.
_BEFORE_SELLING = timedelta(days=12)


@dataclass(frozen=True)
class Scale:
    """How much of the territory to settle, products by farm; ``None`` means all of it."""

    shops: int | None = None
    products: int | None = None
    shoppers: int | None = None


class Settler:
    """Settles the territory, each place at the date at which it joined; ``welcome`` is called once for each shop."""

    def __init__(
        self, database: Database, shift: Shift, scale: Scale, welcome: Callable[[Territory, Place], None]
    ) -> None:
        self._database, self._shift, self._scale = database, shift, scale
        self._welcome = welcome
        self._password_hash = hash_password(PASSWORD)  # one for all: they cost time on purpose
        self._home = content.cooperative()
        self._shops = content.shops()[: scale.shops]
        suppliers = {key for shop in self._shops for key in shop["suppliers"]}
        self._farms = [farm for farm in content.producers() if farm["permalink"] in suppliers]
        self._opened = {shop["permalink"]: self._opening(shop) for shop in self._shops}

    def settle(self, show: Callable[[str], None], before: datetime) -> Territory:
        """Everything and everybody, in the order of dates; nothing happens after ``before``."""
        show("the cooperative")
        with self._at(min(self._opened.values()) - timedelta(days=20)) as session:
            territory = self._found(session)
        show("farms and their products")
        joined = {farm["permalink"]: self._joining(farm) for farm in self._farms}
        for farm in sorted(self._farms, key=lambda farm: (joined[farm["permalink"]], farm["permalink"])):
            with self._at(joined[farm["permalink"]]) as session:
                self._settle_farm(session, territory, farm)
        show("shops and hubs")
        for shop in sorted(self._shops, key=lambda shop: (self._opened[shop["permalink"]], shop["permalink"])):
            opened = self._opened[shop["permalink"]]
            with self._at(opened) as session:
                place = self._settle_shop(session, territory, shop)
            with clock.travel(opened + timedelta(hours=1)):
                self._welcome(territory, place)
        show("people who buy")
        self._sign_up_shoppers(territory, before)
        return territory

    # ---- dates

    def _opening(self, shop: Told) -> datetime:
        """A shop opens in the week before the month of its first contribution."""
        first = self._shift.month(shop["contributions"][0]["since"]).first_day
        return clock.at_local(first - timedelta(days=6), 10, 0, self._home["zone"])

    def _joining(self, farm: Told) -> datetime:
        served = [self._opened[shop["permalink"]] for shop in self._shops if farm["permalink"] in shop["suppliers"]]
        return min(served) - _BEFORE_SELLING

    @contextmanager
    def _at(self, instant: datetime) -> Iterator[Session]:
        with clock.travel(instant), self._database.transaction() as session:
            yield session

    # ---- the cooperative

    def _found(self, session: Session) -> Territory:
        home = self._home
        cooperative.set_up(
            session,
            name=home["name"],
            country=home["country"],
            currency=home["currency"],
            zone=home["zone"],
            email=home["email"],
        )
        told = {"name": home["contact"], "email": "camille.desrues@deux-rives.example"}
        user = accounts.create_administrator(
            session, email=told["email"], name=told["name"], password=PASSWORD, language=LANGUAGE
        )
        return Territory(Person(told, user.id), self._shift)

    # ---- farms and shops

    def _settle_farm(self, session: Session, territory: Territory, told: Told) -> None:
        own_shop = next((shop for shop in self._shops if shop.get("producer") == told["permalink"]), None)
        contact = {"name": f"{told['contact']} {told['contact_last_name']}", "email": told["email"], "role": "owner"}
        staff = own_shop["staff"] if own_shop else [contact]
        place = self._open(session, told, staff, is_producer=True, sells=Sells.OWN if own_shop else Sells.NONE)
        territory.farms[place.key] = place
        for product in self._chosen(content.products(place.key)):
            territory.shelves += self._list_product(session, place, product)

    def _chosen(self, listed: list[Told]) -> list[Told]:
        """As many products as the scale wants, of every season."""
        wanted = self._scale.products or len(listed)
        return listed[:: max(1, len(listed) // wanted)][:wanted]

    def _settle_shop(self, session: Session, territory: Territory, told: Told) -> Place:
        place = territory.farms.get(told.get("producer", ""))
        if place is None:
            place = self._open(session, told, told["staff"], is_producer=False, sells=Sells(told["sells"]))
        place.key, place.told = told["permalink"], told
        territory.shops[place.key] = place
        self._say_when(session, place)
        for supplier in told["suppliers"]:
            farm = territory.farms[supplier]
            if farm.id != place.id:
                supply.grant(session, producer_id=farm.id, hub_id=place.id, actor=farm.owner)
        for fee in told["fees"]:
            fees.create_fee(
                session,
                actor=place.owner,
                enterprise_id=place.id,
                name=fee["name"],
                kind=FeeKind(fee["kind"]),
                calculator=Calculator.PERCENT_PER_ITEM,
                value=int(Decimal(fee["percent"]) * 100),
            )
        for point in told["pickups"]:
            self._add_pickup_point(session, place, point)
        for key in told["payments"]:
            kind, instructions = _PAYMENTS[key]
            payment_methods.accept(
                session,
                actor=place.owner,
                enterprise_id=place.id,
                kind=kind,
                instructions=instructions.format(name=told["name"]),
            )
        return place

    def _open(self, session: Session, told: Told, staff: list[Told], *, is_producer: bool, sells: Sells) -> Place:
        people = [Person(person) for person in staff]
        for person in people:
            self._sign_up(session, person)
        owner = people[0]
        if owner.user_id is None:
            raise ValueError("whoever opens an enterprise has an account")
        enterprise = enterprises.create_enterprise(
            session,
            actor=owner.actor,
            owner_id=owner.user_id,
            name=told["name"],
            is_producer=is_producer,
            sells=sells,
            email=told["email"],
            phone=told["phone"],
            street=told["address"],
            postcode=told["postcode"],
            city=told["commune"],
            country=self._home["country"],
            zone=self._home["zone"],
            currency=self._home["currency"],
        )
        enterprises.edit_profile(
            session, actor=owner.actor, enterprise_id=enterprise.id, profile=specs.profile(enterprise, told)
        )
        for person in people[1:]:
            if person.user_id is not None:
                enterprises.add_staff(
                    session,
                    actor=owner.actor,
                    enterprise_id=enterprise.id,
                    user_id=person.user_id,
                    role=StaffRole(person.told["role"].replace("_", "-")),
                    notified=person.told["role"] == "orders",
                )
        enterprises.activate(session, actor=owner.actor, enterprise_id=enterprise.id)
        return Place(told["permalink"], told, enterprise.id, enterprise.permalink, enterprise.zone, people)

    def _say_when(self, session: Session, place: Place) -> None:
        """The shop's messages, once it sells."""
        enterprise = session.get_one(Enterprise, place.id)
        messages = {"message_open": place.told["message_open"], "message_closed": place.told["message_closed"]}
        profile = Profile(**{**vars(Profile.of(enterprise)), **messages})
        enterprises.edit_profile(session, actor=place.owner, enterprise_id=place.id, profile=profile)

    def _add_pickup_point(self, session: Session, place: Place, told: Told) -> None:
        delivery.add_pickup_point(
            session,
            actor=place.owner,
            enterprise_id=place.id,
            name=told["name"],
            street=told["address"],
            postcode=told["postcode"],
            city=told["commune"],
            instructions=told["instructions"],
            fee=0,
            hours=[
                HoursSpec(
                    WEEKDAYS.index(slot["day"]),
                    time.fromisoformat(slot["start"]),
                    time.fromisoformat(slot["end"]),
                    slot["capacity"],
                )
                for slot in told["slots"]
            ],
        )

    def _list_product(self, session: Session, farm: Place, told: Told) -> list[Shelf]:
        organic = next((label for label in farm.told["labels"] if label["name"] == "AB"), None)
        product = products.create_product(
            session,
            actor=farm.owner,
            producer_id=farm.id,
            name=told["name"],
            description=content.description(told),
            category=read_category(told["category"]) or Category.GROCERIES,
            drawing=told["illustration"],
            labels=[content.label(organic)] if told.get("organic") and organic else [],
            allergens=content.allergens(told),
            origin=farm.told["origin"],
            is_alcohol=told.get("alcohol", False),
            variants=[specs.variant(variant, told["vat"]) for variant in told["variants"]],
        )
        session.refresh(product, ["variants"])
        season = frozenset(told.get("season", ()))
        return [
            Shelf(row.id, farm.key, row.sku, row.price, None if variant.get("on_demand") else variant["stock"], season)
            for row, variant in zip(product.variants, told["variants"], strict=True)
        ]

    # ---- people

    def _sign_up(self, session: Session, person: Person) -> None:
        user = accounts.open_account(
            session,
            email=person.email,
            name=person.name,
            password_hash=self._password_hash,
            language=LANGUAGE,
            confirmed=True,
        )
        person.user_id = user.id

    def _sign_up_shoppers(self, territory: Territory, before: datetime) -> None:
        """Every second shopper has an account, made some time after their shop had opened."""
        known = set(territory.shops)
        told = [shopper for shopper in content.shoppers() if known & set(shopper["shops"])][: self._scale.shoppers]
        territory.shoppers = [Person(shopper) for shopper in told]
        arrivals = []
        for person in territory.shoppers[::2]:
            opened = min(self._opened[key] for key in person.told["shops"] if key in known)
            arrivals.append((opened + (before - opened) * dice("arrival", person.email).random(), person))
        for instant, person in sorted(arrivals, key=lambda arrival: (arrival[0], arrival[1].email)):
            with self._at(instant) as session:
                self._sign_up(session, person)
