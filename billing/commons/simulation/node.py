"""An instance as a reader: what it received, found good, put aside, and what it computes from it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from billing.commons.allocation import Books, allocate
from billing.commons.archive import Archive, CountedReport
from billing.commons.rates import Rate
from billing.commons.report import REPORT_RULES
from billing.commons.sharing_key import SharingKey
from billing.commons.simulation.world import Document
from coopcircuits.federation.identity import Identity
from coopcircuits.federation.verify import Outcome, SeenReport, verify_report

#: Issuer, month, revision.
Place = tuple[str, str, int]


@dataclass
class Node:
    """One instance's independent store and computation."""

    host: str
    reports: dict[str, CountedReport] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    seen: dict[str, list[SeenReport]] = field(default_factory=lambda: defaultdict(list))
    aside: set[str] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    wrongly_judged: list[str] = field(default_factory=list)

    def receive(self, document: Document, identity: Identity, now: datetime) -> None:
        """Judge a document as it was pulled, in the protocol's order."""
        verdict = verify_report(
            document.raw,
            expected_host=document.issuer,
            identity=identity,
            seen=self.seen[document.issuer],
            now=now,
            rules=REPORT_RULES,
            expected=(document.period, document.revision),
        )
        self.outcomes[verdict.outcome] += 1
        if document.expected:
            if verdict.outcome is not Outcome.REFUSED or verdict.reason != document.expected:
                self.wrongly_judged.append(f"{document.expected} became {verdict.outcome} {verdict.reason}")
            return
        if verdict.outcome not in (Outcome.ACCEPTED, Outcome.QUARANTINED):
            self.wrongly_judged.append(f"a good report became {verdict.outcome} {verdict.reason}")
            return
        payload = verdict.payload or {}
        self.documents[document.digest] = document
        self.reports[document.digest] = CountedReport.of(payload, document.digest)
        twins = self._at((document.issuer, document.period, document.revision))
        if len(twins) > 1:
            self.aside |= twins
        self.seen[document.issuer].append(
            SeenReport(document.period, document.revision, document.digest, payload["state"], now)
        )

    def holds(self) -> dict[Place, set[str]]:
        """What it tells others that it has seen."""
        held: dict[Place, set[str]] = defaultdict(set)
        for document in self.documents.values():
            held[document.issuer, document.period, document.revision].add(document.digest)
        return held

    def books(self, keys: list[SharingKey], rates: Mapping[str, Mapping[str, Rate]]) -> Books:
        return Books(Archive(self._good()), keys, rates)

    def allocation(self, month: str, keys: list[SharingKey], rates: Mapping[str, Mapping[str, Rate]]) -> dict[str, Any]:
        """Who pays what, by what it holds."""
        return allocate(self.books(keys, rates), month, instance=self.host)

    def _good(self) -> Iterable[CountedReport]:
        return (report for own, report in self.reports.items() if own not in self.aside)

    def _at(self, place: Place) -> set[str]:
        return {
            document.digest
            for document in self.documents.values()
            if (document.issuer, document.period, document.revision) == place
        }
