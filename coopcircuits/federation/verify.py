"""Whether a pulled report is accepted: every check in the protocol's order, the first failure decides.

Nothing here reads a clock, a network or a database, so an archive can be verified again years later.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from coopcircuits.federation.canonical import digest
from coopcircuits.federation.identity import CLOCK_SKEW, Identity
from coopcircuits.federation.moments import format_moment, parse_moment
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.schema import Problem
from coopcircuits.federation.signing import ObjectKind, parse_envelope, verify_signature
from coopcircuits.period import Month


class Outcome(StrEnum):
    """What becomes of a pulled report."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"  # the very report we hold: no effect
    IGNORED = "ignored"  # an older revision than the one we hold: no effect
    QUARANTINED = "quarantined"  # genuine, but contradicts another genuine one: a person decides
    REFUSED = "refused"


@dataclass(frozen=True)
class PayloadRules:
    """What a report must hold; given by the floor that knows its figures. Both return what is wrong."""

    schema: Callable[[Any], Collection[Problem]]
    arithmetic: Callable[[dict[str, Any]], Collection[Problem]]


@dataclass(frozen=True)
class SeenReport:
    """A report of the same issuer that we hold, whether accepted or quarantined, and when we first saw it.

    One whose key turned out to be stolen before that counts no more: no other has to follow it, it contradicts none.
    """

    period: str
    revision: int
    digest: str
    state: str
    first_seen: datetime
    counts: bool = True


@dataclass(frozen=True)
class Verdict:
    """The result, to be stored with the raw bytes and the time.

    ``reason`` is a stable word and ``sentence`` says it in the reader's language; both are empty when accepted.
    ``payload`` and ``digest`` are given once the signature was found good, never for a refused document.
    """

    outcome: Outcome
    refusal: Refusal | None = None
    payload: dict[str, Any] | None = None
    digest: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def accepted(self) -> bool:
        return self.outcome is Outcome.ACCEPTED

    @property
    def reason(self) -> str:
        return self.refusal.reason if self.refusal else ""

    @property
    def sentence(self) -> str:
        return str(self.refusal) if self.refusal else ""


class _Problems(Refusal):
    def __init__(self, reason: str, problems: Collection[Problem]) -> None:
        super().__init__(reason, "; ".join(str(problem) for problem in list(problems)[:3]))
        self.problems = tuple(problems)


def verify_report(
    raw: bytes,
    *,
    expected_host: str,
    identity: Identity | None,
    seen: Iterable[SeenReport],
    now: datetime,
    rules: PayloadRules,
    expected: tuple[str, int] | None = None,
) -> Verdict:
    """Judge the envelope ``raw`` pulled from ``expected_host`` at ``now`` (aware).

    ``identity`` is the verified identity of that registered peer, ``None`` if it is not registered; ``seen`` what we
    hold of it, of any period; ``expected`` the period and revision asked for, if any. Never raises for bad input.
    """
    try:
        return _verify(raw, expected_host, identity, list(seen), now, rules, expected)
    except _Problems as refusal:
        return Verdict(Outcome.REFUSED, refusal, problems=refusal.problems)
    except Refusal as refusal:
        return Verdict(Outcome.REFUSED, refusal)


def _verify(
    raw: bytes,
    expected_host: str,
    identity: Identity | None,
    seen: list[SeenReport],
    now: datetime,
    rules: PayloadRules,
    expected: tuple[str, int] | None,
) -> Verdict:
    if identity is None or identity.instance != expected_host:
        raise Refusal("unknown-peer", expected_host)
    if identity.valid_until <= now:
        raise Refusal("identity-expired", format_moment(identity.valid_until))
    envelope = parse_envelope(raw)
    payload = envelope.payload
    _require("bad-schema", rules.schema(payload))
    if payload["instance"] != expected_host:
        raise Refusal("wrong-issuer", payload["instance"])
    if expected is not None and (payload["period"], payload["revision"]) != expected:
        raise Refusal("wrong-document", f"{payload['period']}, {payload['revision']}")

    found = digest(payload)
    first_seen = min((report.first_seen for report in seen if report.digest == found), default=now)
    issued_at = parse_moment(payload["issued_at"])
    for signature in envelope.signatures:
        key = identity.key_for(signature.kid, issued_at=issued_at, first_seen=first_seen)
        verify_signature(ObjectKind.REPORT, envelope, signature, key)
    if issued_at > now + CLOCK_SKEW:
        raise Refusal("issued-in-future", payload["issued_at"])

    settled = _revision_rule(payload, found, seen)
    if settled is not None:
        return settled
    _check_period(payload)
    _require("bad-arithmetic", rules.arithmetic(payload))
    return Verdict(Outcome.ACCEPTED, payload=payload, digest=found)


def _revision_rule(payload: dict[str, Any], found: str, seen: list[SeenReport]) -> Verdict | None:
    """What we hold already may settle the case; otherwise the revision must explain itself."""
    revision = payload["revision"]
    held = [report for report in seen if report.period == payload["period"]]
    others = {report.digest for report in held if report.revision == revision and report.counts} - {found}
    if others:
        return Verdict(Outcome.QUARANTINED, Refusal("equivocation", min(others)), payload, found)
    if any(report.digest == found for report in held):
        return Verdict(Outcome.UNCHANGED, Refusal("already-known"), payload, found)
    if any(report.revision > revision for report in held if report.counts):
        return Verdict(Outcome.IGNORED, Refusal("older-revision"), payload, found)
    if ["supersedes" in payload, "reason" in payload] != [revision > 1] * 2:
        raise Refusal("revision-unexplained")
    before = {report.digest for report in held if report.revision == revision - 1 and report.counts}
    if before and payload["supersedes"] not in before:
        raise Refusal("wrong-supersedes", payload["supersedes"])
    previous = str(Month.parse(payload["period"]).plus(-1))
    finals = [report for report in seen if report.period == previous and report.state == "final"]
    if any(report.counts for report in finals) and payload["prev"] not in {report.digest for report in finals}:
        raise Refusal("broken-chain", payload["prev"])
    return None


def _check_period(payload: dict[str, Any]) -> None:
    month, zone = Month.parse(payload["period"]), payload["zone"]
    bounds = (format_moment(month.starts_at(zone)), format_moment(month.ends_at(zone)))
    if (payload["period_start"], payload["period_end"]) != bounds:
        raise Refusal("wrong-period-bounds", f"{bounds[0]} / {bounds[1]}")
    if parse_moment(payload["issued_at"]) < month.starts_at(zone):
        raise Refusal("not-begun", payload["issued_at"])
    if payload["state"] == "final" and parse_moment(payload["issued_at"]) < month.ends_at(zone):
        raise Refusal("final-too-early", payload["issued_at"])


def _require(reason: str, problems: Collection[Problem]) -> None:
    if problems:
        raise _Problems(reason, problems)
