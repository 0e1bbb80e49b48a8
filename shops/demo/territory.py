"""What has been settled of the demonstration: people, places, shelves."""

from dataclasses import dataclass, field

from coopcircuits.actor import GUEST, Actor
from coopcircuits.demo.months import Shift
from shops.demo.content import Told

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass
class Person:
    """Somebody with or without an account."""

    told: Told
    user_id: int | None = None

    @property
    def name(self) -> str:
        return self.told["name"] if "name" in self.told else f"{self.told['first_name']} {self.told['last_name']}"

    @property
    def email(self) -> str:
        return str(self.told["email"])

    @property
    def actor(self) -> Actor:
        return Actor("user", self.user_id) if self.user_id else GUEST


@dataclass
class Place:
    """A farm or shop that has been settled; ``key`` is its name in the files."""

    key: str
    told: Told
    id: int
    permalink: str
    zone: str
    staff: list[Person] = field(default_factory=list)

    @property
    def owner(self) -> Actor:
        return self.staff[0].actor

    def worker(self, *roles: str) -> Actor:
        """The first member of staff with one of these roles, else the owner."""
        return next((p.actor for p in self.staff for role in roles if p.told.get("role") == role), self.owner)


@dataclass(frozen=True)
class Shelf:
    """A variant as its producer thinks of it: ``usual`` is the stock of a typical week, ``None`` on demand."""

    variant_id: int
    producer: str
    sku: str
    price: int
    usual: int | None
    season: frozenset[int]

    def in_season(self, month: int) -> bool:
        return not self.season or month in self.season


@dataclass
class Territory:
    """All that was settled, for whoever goes on from here."""

    administrator: Person
    shift: Shift
    farms: dict[str, Place] = field(default_factory=dict)
    shops: dict[str, Place] = field(default_factory=dict)
    shoppers: list[Person] = field(default_factory=list)
    shelves: list[Shelf] = field(default_factory=list)

    @property
    def cooperative(self) -> Actor:
        return Actor("user", self.administrator.user_id, is_cooperative=True)
