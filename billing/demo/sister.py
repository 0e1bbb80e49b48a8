"""A foreign sister for the demonstration: invented, but its identity and reports are really signed and verified."""

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from billing.commons.figures import (
    NO_PREVIOUS,
    Availability,
    Contribution,
    Cost,
    Figures,
    Sales,
    Settlement,
    ShopMonth,
    Software,
)
from billing.commons.report import REPORT_RULES, build
from billing.commons.suppression import MIN_SHOPS, SALES_STEP
from billing.demo.sister_says import say_more
from billing.peer import queries, services
from billing.peer.models import Peer, PeerState, PullOutcome
from billing.peer.services import Finding
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.identity import Identity, Profile, build_identity, sign_identity, verify_identity
from coopcircuits.federation.keys import KeyRecord, KeyStore, PrivateKey
from coopcircuits.federation.signing import ROOT_KID, ObjectKind, build_envelope
from coopcircuits.federation.verify import verify_report
from coopcircuits.money import allocate
from coopcircuits.period import Month

_TABLE = Path(__file__).parent / "sister.toml"
#: Everybody may know these keys: nothing real hangs on them.
_KID = "ed25519:demonstration"
#: Day and hour (UTC) of the following month at which it publishes.
_PUBLISHES = (7, 8)


class Sister:
    """The instance of ``sister.toml`` with its keys, which are always the same."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        told = table["sister"]
        names = Profile.__dataclass_fields__.keys() - {"instance"}
        self.profile = Profile(instance=told["host"], **{name: told[name] for name in names})
        self.languages: list[str] = told["languages"]
        self.counterpart: str = told["counterpart"]
        self.months: list[Mapping[str, Any]] = table["month"]
        self.root, self.key = _key(ROOT_KID, told["host"]), _key(_KID, told["host"])
        record = KeyRecord(_KID, self.key.public, Month.parse(self.months[0]["period"]).starts_at("UTC"))
        self.ring = KeyStore(Path(), self.root.public, (record,))

    def identity(self, now: datetime) -> bytes:
        """Its identity as it publishes it at ``now``."""
        return sign_identity(build_identity(self.profile, self.ring, now=now), current=self.key, root=self.root)

    def report(self, month: Mapping[str, Any], *, now: datetime, prev: str) -> tuple[bytes, str]:
        """Its signed report of a month of the table, and the digest that the next one names."""
        payload = build(self._figures(month, now, prev))
        return build_envelope(ObjectKind.REPORT, payload, [self.key]), digest(payload)

    def _figures(self, month: Mapping[str, Any], now: datetime, prev: str) -> Figures:
        paid = month["paid_to_common"]
        return Figures(
            instance=self.profile.instance,
            month=Month.parse(month["period"]),
            zone=self.profile.zone,
            currency=self.profile.currency,
            state="final",
            issued_at=now,
            shops=_shops(month, unit=10**self.profile.exponent),
            registered_shops=month["shops"]["registered"],
            active_shops=month["shops"]["active"],
            orders_completed=month["orders"]["completed"],
            orders_cancelled=month["orders"]["cancelled"],
            shoppers=month["shoppers"]["distinct"],
            software=Software("CoopCircuits", "0.1.0"),
            costs=[Cost(**cost, rate_ref="declared" if "minutes" in cost else None) for cost in month["costs"]],
            paid_to_common=[Settlement(self.counterpart, paid)] if paid else [],
            availability=Availability(**month["availability"]),
            prev=prev,
            **month["balance"],
        )


def read_sister(path: Path = _TABLE) -> Sister:
    """The sister as her table describes her."""
    return Sister(tomllib.loads(path.read_text("utf-8")))


def load_sister(session: Session) -> Peer:
    """Add the demonstration's sister, all reports that it had published by ``clock.now()``, and what else it says.

    Goes the way of a real sister: root key pinned, identity and every report verified on the day it was published.
    Nobody answers at its address, so it is paused in the end. Call it once, after the cooperative is set up.
    """
    sister, present = read_sister(), clock.now()
    peer, prev = None, NO_PREVIOUS
    for month in sister.months:
        with clock.travel(_published(month)):
            if clock.now() > present:
                break
            raw = sister.identity(clock.now())
            identity = verify_identity(raw, expected_host=sister.profile.instance, now=clock.now())
            if peer is None:
                peer = services.pin_peer(session, actor=SYSTEM, raw=raw, identity=identity, own_name="")
            prev = _accept(session, peer, identity, *sister.report(month, now=clock.now(), prev=prev))
    if peer is None:
        raise LookupError("the sister published nothing yet at this date")
    raw = sister.identity(present)
    identity = verify_identity(raw, expected_host=peer.host, now=present, pinned_root=sister.root.public)
    services.renew_identity(session, peer_id=peer.id, raw=raw, identity=identity)
    services.renew_languages(session, peer_id=peer.id, languages=sister.languages)
    say_more(session, peer=peer, key=sister.key)
    return services.change_state(session, actor=SYSTEM, peer_id=peer.id, state=PeerState.PAUSED)


def _accept(session: Session, peer: Peer, identity: Identity, raw: bytes, signed: str) -> str:
    now = clock.now()
    verdict = verify_report(
        raw,
        expected_host=peer.host,
        identity=identity,
        seen=queries.seen_of(session, peer.id),
        now=now,
        rules=REPORT_RULES,
    )
    report = services.keep_report(session, actor=SYSTEM, peer_id=peer.id, raw=raw, verdict=verdict, at=now)
    if report is None or report.digest != signed:
        raise ValueError(f"the sister's report is not accepted: {verdict.sentence}")
    finding = Finding(f"{report.period}/{report.revision}", PullOutcome(verdict.outcome))
    services.note(session, actor=SYSTEM, peer_id=peer.id, finding=finding, at=now)
    peer.pulled_at = now
    return signed


def _published(month: Mapping[str, Any]) -> datetime:
    after = Month.parse(month["period"]).plus(1)
    day, hour = _PUBLISHES
    return datetime(after.year, after.number, day, hour, tzinfo=UTC)


def _key(kid: str, host: str) -> PrivateKey:
    seed = hashlib.sha256(f"demonstration only: {kid} of {host}".encode()).digest()
    return PrivateKey(kid, Ed25519PrivateKey.from_private_bytes(seed))


def _shops(month: Mapping[str, Any], *, unit: int) -> list[ShopMonth]:
    """Shops that add up to the table: published figures are rounded by scheme, so each scheme gets whole steps."""
    step = SALES_STEP * unit
    nets = month["turnover"]["by_scheme"]
    parts = {
        name: _steps(month["turnover"][name], list(nets.values()), step) for name in ("refunds", "tax", "deposits")
    }
    counts = _counts(month["shops"]["active"], nets)
    shops: list[ShopMonth] = []
    for index, (scheme, net) in enumerate(nets.items()):
        taken = {name: amounts[index] for name, amounts in parts.items()}
        gross = net + sum(taken.values())
        sales = [Sales(*amounts) for amounts in _spread(counts[scheme], gross, *taken.values())]
        kind = scheme if scheme in month["contributions"] else "other"
        owed = [Contribution(*amounts) for amounts in _spread(len(sales), *month["contributions"][kind].values())]
        shops += [ShopMonth(scheme, sold, {kind: given}) for sold, given in zip(sales, owed, strict=True)]
    incomes = _spread(len(shops), month["income_12m"])
    return [
        ShopMonth(shop.scheme, shop.sales, shop.contributions, income)
        for shop, (income,) in zip(shops, incomes, strict=True)
    ]


def _steps(amount: int, weights: list[int], step: int) -> list[int]:
    return [steps * step for steps in allocate(amount // step, weights)]


def _counts(active: int, nets: Mapping[str, int]) -> dict[str, int]:
    """How many shops each scheme has: by its sales, but enough that its figures may be shown."""
    rest = allocate(active - MIN_SHOPS * len(nets), list(nets.values()))
    return {scheme: MIN_SHOPS + more for scheme, more in zip(nets, rest, strict=True)}


def _spread(shops: int, *amounts: int) -> list[tuple[int, ...]]:
    """Each amount shared among that many shops of different but comparable sizes."""
    weights = [10 + 3 * (number % 4) for number in range(shops)]
    return list(zip(*(allocate(amount, weights) for amount in amounts), strict=True))
