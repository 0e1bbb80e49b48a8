"""Instances that issue signed reports, honest and not; and the rates of their currencies."""

import csv
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from billing.commons.figures import NO_PREVIOUS, Contribution, Cost, Figures, Sales, ShopMonth, Software
from billing.commons.rates import EURO, Rate, rate_text
from billing.commons.report import build
from coopcircuits import money
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.identity import Identity, Profile, build_identity, sign_identity, verify_identity
from coopcircuits.federation.keys import COMPROMISED, KeyRecord, KeyStore, PrivateKey
from coopcircuits.federation.signing import ObjectKind, build_envelope
from coopcircuits.period import Month

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
#: Keys of the simulation lie in no folder.
_NOWHERE = Path()
_SOFTWARE = Software("CoopCircuits", "simulation")


@dataclass(frozen=True)
class Country:
    """A line of ``instances.csv``: what is particular about an instance."""

    code: str
    country: str
    currency: str
    zone: str
    per_euro: str
    rated_by: str
    net_per_shop: int
    shops: int

    @property
    def host(self) -> str:
        return f"{self.code}.example.coop"


def countries() -> list[Country]:
    """The instances of the simulation, with their currencies and time zones."""
    table = (files("billing.commons.simulation") / "instances.csv").read_text("utf-8")
    rows = csv.reader(table.splitlines()[1:])
    return [
        Country(code, country, currency, zone, per_euro, rated_by, int(net), int(shops))
        for code, country, currency, zone, per_euro, rated_by, net, shops in rows
    ]


@dataclass(frozen=True)
class Document:
    """A published envelope and when it was issued; ``expected`` is the reason for which it must be refused."""

    issuer: str
    period: str
    revision: int
    issued_at: datetime
    raw: bytes
    digest: str
    expected: str = ""


@dataclass
class Issuer:
    """An instance that signs: its keys, and the latest report of each month."""

    country: Country
    seed: int
    latest: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.host = self.country.host
        self.key, self.stolen, self.stranger = self._key("key"), self._key("stolen"), self._key("stranger")
        self.root = PrivateKey("root", self._secret("root"))
        self.currency = self.country.currency
        self.chance = random.Random(f"{self.seed}|{self.host}")  # noqa: S311 - repeatable figures, no secret

    def identity(self, now: datetime) -> tuple[bytes, Identity]:
        """What it publishes about itself at ``now``, and as its sisters understand it."""
        records = (
            KeyRecord(self.key.kid, self.key.public, _LONG_AGO),
            KeyRecord(self.stolen.kid, self.stolen.public, _LONG_AGO, _LONG_AGO + timedelta(days=9), COMPROMISED),
        )
        place = self.country
        profile = Profile(
            self.host,
            place.code.upper(),
            place.country,
            place.zone,
            self.currency,
            money.exponent(self.currency),
            f"federation@{self.host}",
        )
        keys = KeyStore(_NOWHERE, self.root.public, records)
        raw = sign_identity(build_identity(profile, keys, now=now), current=self.key, root=self.root)
        return raw, verify_identity(raw, expected_host=self.host, now=now, pinned_root=self.root.public)

    def report(self, month: Month, issued_at: datetime, *, reason: str = "") -> Document:
        """A final report; the next revision if the month was reported before."""
        before = self.latest.get(str(month))
        payload = self._payload(month, issued_at, before, reason)
        self.latest[str(month)] = payload
        return self.signed(payload, issued_at)

    def second_face(self, document: Document, month: Month) -> Document:
        """Another report under the same month and revision, as genuine as the first."""
        kept = self.latest.pop(str(month))
        twin = self._payload(month, document.issued_at, None, "") | {"prev": kept["prev"]}
        self.latest[str(month)] = kept
        return self.signed(twin, document.issued_at)

    def signed(self, payload: dict[str, Any], issued_at: datetime) -> Document:
        raw = build_envelope(ObjectKind.REPORT, payload, [self.key])
        return Document(self.host, payload["period"], payload["revision"], issued_at, raw, digest(payload))

    def hostile(self, good: Document, other_host: str) -> Iterator[Document]:
        """Documents that somebody in the way, or the instance itself, offers instead of a good one."""
        payload = json.loads(good.raw)["payload"]

        def told(reason: str, raw: bytes) -> Document:
            return Document(self.host, good.period, good.revision, good.issued_at, raw, good.digest, reason)

        def altered(reason: str, key: PrivateKey = self.key, **changes: Any) -> Document:
            return told(reason, build_envelope(ObjectKind.REPORT, payload | changes, [key]))

        text = good.raw.decode()
        yield told("bad-signature", text.replace('"registered":', '"registered":1', 1).encode())
        yield told("float", text.replace(f'"revision":{good.revision}', f'"revision":{good.revision}.0', 1).encode())
        yield told("duplicate-key", text.replace('"v":1', '"v":1,"v":1', 1).encode())
        yield told("not-json", good.raw[:-20])
        yield told("too-large", good.raw + b" " * 65_536)
        yield altered("wrong-issuer", instance=other_host)
        yield altered("unknown-key", self.stranger)
        yield altered("key-revoked", self.stolen)
        yield altered("wrong-document", period=f"{int(good.period[:4]) + 1}{good.period[4:]}")
        yield altered("bad-arithmetic", orders={"completed": 0, "cancelled": 0})
        yield altered("issued-in-future", issued_at="2099-01-01T00:00:00Z")
        yield altered("bad-schema", note="hello")

    def _payload(self, month: Month, issued_at: datetime, before: dict[str, Any] | None, reason: str) -> dict[str, Any]:
        previous = self.latest.get(str(month.plus(-1)))
        return build(
            Figures(
                instance=self.host,
                month=month,
                zone=self.country.zone,
                currency=self.currency,
                state="final",
                issued_at=issued_at,
                shops=self._shops(),
                registered_shops=self.country.shops + 5,
                active_shops=self.country.shops,
                orders_completed=self.country.shops * 40,
                orders_cancelled=self.chance.randrange(40),
                shoppers=self.country.shops * 25,
                software=_SOFTWARE,
                costs=self._costs(),
                prev=digest(previous) if previous else NO_PREVIOUS,
                revision=before["revision"] + 1 if before else 1,
                supersedes=digest(before) if before else None,
                reason=reason or None,
                hidden_before=[entry["field"] for entry in before["suppression"]] if before else [],
            )
        )

    def _shops(self) -> list[ShopMonth]:
        """A month's sales of each shop, at random around its size; every third pays a gift, the others a percentage."""
        shops = []
        for number in range(self.country.shops):
            net = self._about(self.country.net_per_shop, 600, 1_500)
            gross = net * 106 // 100
            sales = Sales(gross=gross, refunds=gross // 60, tax=gross - gross // 60 - net)
            kind = "voluntary" if number % 3 == 2 else "percent"
            shops.append(
                ShopMonth(kind, sales, {kind: Contribution(invoiced=net // 100)}, income_12m=12 * (net // 100))
            )
        return shops

    def _costs(self) -> list[Cost]:
        """A part of its contributions is spent for the common software, and some work given."""
        amount = self._about(self.country.shops * self.country.net_per_shop // 500, 200, 1_400)
        return [
            Cost("development", "common", "cash", amount),
            Cost("testing", "common", "in_kind", amount // 3, minutes=60, rate_ref="declared"),
            Cost("hosting", "local", "cash", amount // 2),
        ]

    def _about(self, amount: int, least: int, most: int) -> int:
        """Between that many per mille of an amount, in the currency that the instance reports in now."""
        drawn = Fraction(amount * self.chance.randint(least, most), 1_000)
        return int(drawn if self.currency == self.country.currency else drawn / Fraction(self.country.per_euro))

    def _key(self, name: str) -> PrivateKey:
        return PrivateKey(f"ed25519:{self.country.code}-{name}-sim", self._secret(name))

    def _secret(self, name: str) -> Ed25519PrivateKey:
        told = f"{self.seed}|{self.host}|{name}".encode()
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(told).digest())


def rates_of(month: Month, members: list[Country], seed: int) -> dict[str, Rate]:
    """A month's rates, wandering a few percent around what they are about; the same for everybody who looks them up."""
    found = {}
    for place in members:
        if place.currency == EURO:
            continue
        chance = random.Random(f"{seed}|{month}|{place.currency}")  # noqa: S311 - repeatable figures, no secret
        value = Fraction(place.per_euro) * Fraction(chance.randint(9_500, 10_500), 10_000)
        source = "ecb-mean" if place.rated_by == "ecb" else place.rated_by
        found[place.currency] = Rate(place.currency, rate_text(value), source, f"{month}-01", f"{month}-28")
    return found
