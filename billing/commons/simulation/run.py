"""Let the instances live through their months, and check after each what must never break."""

import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from billing.commons import archive_folder, sharing_key
from billing.commons.allocation import allocation_digest, check_allocation, split_month
from billing.commons.archive_files import Wrong
from billing.commons.calendar import counted_until, final_due, lock_due
from billing.commons.rates import Rate
from billing.commons.sharing_key import SharingKey
from billing.commons.simulation.node import Node, Place
from billing.commons.simulation.world import Document, Issuer, countries, rates_of
from billing.commons.verifier import verify_folder
from coopcircuits.federation.canonical import canonical_bytes
from coopcircuits.federation.moments import format_moment
from coopcircuits.federation.signing import ObjectKind, build_envelope
from coopcircuits.period import Month

FIRST = Month(2025, 1)
#: Hostile documents offered in a month.
ATTACKS = 6


@dataclass
class Outcome:
    """What happened and what broke; nothing may break."""

    events: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    charged: Counter[str] = field(default_factory=Counter)
    due: Counter[str] = field(default_factory=Counter)
    uncovered: int = 0
    last_digest: str = ""

    def require(self, holds: object, what: str) -> None:
        if not holds:
            self.broken.append(what)


class Simulation:
    """``instances`` of the twenty, ``months`` from January 2025 on, all chance drawn from ``seed``."""

    def __init__(self, *, instances: int, months: int, seed: int) -> None:
        self.places = countries()[:instances]
        self.months, self.seed = [FIRST.plus(step) for step in range(months)], seed
        self.chance = random.Random(seed)  # noqa: S311 - repeatable, no secret
        self.issuers = {place.host: Issuer(place, seed) for place in self.places}
        self.nodes = {host: Node(host) for host in self.issuers}
        members = [(place.host, place.currency) for place in self.places]
        self.key_payload = sharing_key.hybrid(
            members, since=str(FIRST), decided_on="2024-12-01", decision="A simulated vote"
        )
        self.keys: list[SharingKey] = [sharing_key.read(self.key_payload)]
        self.rates: dict[str, Mapping[str, Rate]] = {}
        self.waiting: list[Document] = []
        self.silent_until: dict[str, Month] = {}
        self.two_faced: dict[str, Month] = {}
        self.allocations: dict[str, dict[str, Any]] = {}
        self.outcome = Outcome()

    def run(self) -> Outcome:
        """Live through all months, then settle accounts and verify the archive."""
        for month in self.months:
            self.rates[str(month)] = rates_of(month, self.places, self.seed)
            self._issue(month)
            self._exchange(month)
            self._allocate(month)
        self._settle()
        self._verify_archive()
        for node in self.nodes.values():
            self.outcome.events["documents judged"] += node.outcomes.total()
            self.outcome.events["hostile documents refused"] += node.outcomes["refused"]
            self.outcome.broken += [f"{node.host}: {what}" for what in node.wrongly_judged]
        return self.outcome

    # ------------------------------------------------------------ what instances do

    def _issue(self, month: Month) -> None:
        """Each instance reports in time, late, twice or not at all."""
        for host, issuer in self.issuers.items():
            if host in self.silent_until and month < self.silent_until[host]:
                self.outcome.events["months without a report"] += 1
                continue
            if issuer.country.code == "hu" and month == FIRST.plus(12):
                issuer.currency = "EUR"
                self.outcome.events["changes of currency"] += 1
            self._report(issuer, month, self.chance.random())

    def _report(self, issuer: Issuer, month: Month, drawn: float) -> None:
        in_time = final_due(month) - timedelta(hours=self.chance.randint(1, 100))
        after = counted_until(month)
        if drawn < 0.03:
            self.silent_until[issuer.host] = month.plus(3)
            self.outcome.events["months without a report"] += 1
        elif drawn < 0.10:
            late = after + timedelta(days=self.chance.choice([3, 9, 40]), minutes=self.chance.randint(-10, 10))
            self._publish("late reports", issuer.report(month, late))
        elif drawn < 0.12 and len(self.places) > 3:
            document = issuer.report(month, in_time)
            self.two_faced[issuer.host] = month
            self._publish("reports with two faces", document, issuer.second_face(document, month))
            later = after + timedelta(days=5)
            self._publish("revisions after the lock", issuer.report(month, later, reason="One report, not two"))
        else:
            self._publish("reports in time", issuer.report(month, in_time))
            if drawn > 0.97:
                moment = after + timedelta(days=4)
                self._publish("revisions after the lock", issuer.report(month, moment, reason="A cost came late"))
            elif drawn > 0.92:
                moment = after - timedelta(days=2)
                self._publish("revisions in time", issuer.report(month, moment, reason="Three refunds forgotten"))

    def _publish(self, what: str, *documents: Document) -> None:
        self.outcome.events[what] += 1
        self.waiting += documents

    def _exchange(self, month: Month) -> None:
        """Everybody pulls what is out by the lock, in an order of their own; then compares what others have seen."""
        now = lock_due(month) - timedelta(hours=1)
        identities = {host: issuer.identity(now)[1] for host, issuer in self.issuers.items()}
        out = [document for document in self.waiting if document.issued_at <= now]
        self.waiting = [document for document in self.waiting if document.issued_at > now]
        attacks = self._attacks([document for document in out if document.period == str(month)])
        faces: dict[Place, list[Document]] = defaultdict(list)
        for document in out:
            faces[document.issuer, document.period, document.revision].append(document)
        for number, (host, node) in enumerate(self.nodes.items()):
            own = [documents[0] for place, documents in faces.items() if place[0] == host]
            others = [documents[number % len(documents)] for place, documents in faces.items() if place[0] != host]
            self.chance.shuffle(others)
            # A month's revisions are asked for in their order.
            others.sort(key=lambda document: (document.issued_at, document.revision))
            for document in (*attacks, *own, *others):
                node.receive(document, identities[document.issuer], now)
        self._compare_seen(identities, now)

    def _attacks(self, good: list[Document]) -> list[Document]:
        if not good or len(self.places) < 2:
            return []
        offered = []
        for _ in range(ATTACKS):
            document = self.chance.choice(good)
            other = self.chance.choice([host for host in self.issuers if host != document.issuer])
            offered.append(self.chance.choice(list(self.issuers[document.issuer].hostile(document, other))))
        return offered

    def _compare_seen(self, identities: Mapping[str, Any], now: datetime) -> None:
        """Whoever finds another digest with a sister than the one they hold asks for that report too."""
        everywhere: dict[Place, dict[str, Document]] = defaultdict(dict)
        for node in self.nodes.values():
            for document in node.documents.values():
                everywhere[document.issuer, document.period, document.revision][document.digest] = document
        for node in self.nodes.values():
            held = node.holds()
            for place, documents in everywhere.items():
                for own in sorted(documents.keys() - held.get(place, set())):
                    if place[0] != node.host:
                        node.receive(documents[own], identities[place[0]], now)

    # ------------------------------------------------------------ what must hold

    def _allocate(self, month: Month) -> None:
        """Every instance computes by itself; all that show one face come to the same bytes."""
        payloads = {host: node.allocation(str(month), self.keys, self.rates) for host, node in self.nodes.items()}
        digests = {host: allocation_digest(payload) for host, payload in payloads.items()}
        honest = {host for host in digests if self.two_faced.get(host, FIRST.plus(-9)).plus(1) < month}
        honest = honest or set(digests)
        common, _count = Counter(digests[host] for host in honest).most_common(1)[0]
        agreeing = {host for host, own in digests.items() if own == common}
        self.outcome.require(honest <= agreeing, f"{month}: {sorted(honest - agreeing)} computed something else")
        payload = payloads[min(agreeing)]
        finals = [entry for entry in payload["inputs"] if not entry["estimated"]]
        self.outcome.require(2 * len(agreeing) >= len(finals), f"{month}: too few agree to lock")
        self.outcome.require(not check_allocation(payload), f"{month}: {check_allocation(payload)}")
        self.outcome.events["months estimated"] += len(payload["inputs"]) - len(finals)
        self.outcome.events["true-ups"] += sum(entry["true_up"] != 0 for entry in payload["shares"])
        self.outcome.uncovered += payload["uncovered"]
        self.outcome.last_digest = common
        for entry in payload["shares"]:
            self.outcome.charged[entry["instance"]] += entry["share"] + entry["true_up"]
        self.rates[str(month)] = {entry["currency"]: Rate.from_json(entry) for entry in payload["rates"]}
        self.allocations[str(month)] = {host: payloads[host] for host in agreeing}

    def _settle(self) -> None:
        """What everybody was charged over all months is what they owe by all that is known at the end."""
        witness = self._witness()
        books = witness.books(self.keys, self.rates)
        end = counted_until(self.months[-1])
        for month in self.months:
            rates = {**self.rates[str(self.months[-1])], **self.rates[str(month)]}
            for share in split_month(books, str(month), end, rates).shares:
                self.outcome.due[share.instance] += share.share
        for host in self.issuers:
            charged, due = self.outcome.charged[host], self.outcome.due[host]
            self.outcome.require(charged == due, f"{host} was charged {charged} cents and owes {due}")

    def _witness(self) -> Node:
        """An instance that always showed one face."""
        return next(
            (node for host, node in self.nodes.items() if host not in self.two_faced), self.nodes[min(self.nodes)]
        )

    def _verify_archive(self) -> None:
        """The whole life as a folder of files: true; with one byte changed: false."""
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            self.write(folder)
            try:
                self.outcome.events["allocations verified offline"] = len(verify_folder(folder).allocations)
            except Wrong as wrong:
                self.outcome.broken.append(f"the archive does not verify: {wrong}")
            victim = self.chance.choice(sorted(folder.glob("reports/*/*.json")))
            raw = bytearray(victim.read_bytes())
            raw[self.chance.randrange(len(raw))] ^= 1
            victim.write_bytes(raw)
            try:
                verify_folder(folder)
                self.outcome.broken.append(f"a changed byte in {victim.name} was not found")
            except Wrong as wrong:
                self.outcome.require(wrong.file == victim.relative_to(folder), f"{victim.name}: found in {wrong.file}")

    def write(self, folder: Path) -> None:
        """Write the archive that any instance could keep."""
        end, witness = lock_due(self.months[-1]), self._witness()

        def put(name: Any, raw: bytes) -> None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)

        for host, issuer in self.issuers.items():
            put(archive_folder.identity_file(host), issuer.identity(end)[0])
        signer = self.issuers[witness.host].key
        key = build_envelope(ObjectKind.SHARING_KEY, self.key_payload, [signer])
        put(archive_folder.key_file(witness.host, self.keys[0].digest), key)
        for own, document in witness.documents.items():
            name = archive_folder.report_file(document.issuer, document.period, document.revision, own)
            put(name, document.raw)
        for month, payloads in self.allocations.items():
            for host, payload in payloads.items():
                raw = build_envelope(ObjectKind.ALLOCATION, payload, [self.issuers[host].key])
                put(archive_folder.allocation_file(host, month), raw)
        told = [
            {"digest": own, "first_seen": format_moment(document.issued_at)}
            for own, document in witness.documents.items()
        ]
        put(archive_folder.SEEN, canonical_bytes({"instance": witness.host, "seen": told}))
