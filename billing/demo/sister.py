"""The foreign sister of the demonstration: it signs its months with keys of its own and is pulled like any other."""

import tomllib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from billing.commons.figures import AVAILABILITY_METHOD, NO_PREVIOUS
from billing.commons.report import BASE_DEFINITION, validate
from billing.commons.software import NAME, version
from billing.peer import services as peers
from billing.peer.models import PeerState
from billing.peer.pulling import fetch_identity, pull_peer
from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.demo.months import Shift
from coopcircuits.demo.timeline import Timeline
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.client import PullClient, Response
from coopcircuits.federation.identity import Profile, build_identity, sign_identity
from coopcircuits.federation.index import IDENTITY_PATH, INDEX_PATH, IndexEntry, build_index, etag, report_path
from coopcircuits.federation.keys import KeyStore
from coopcircuits.federation.moments import format_moment
from coopcircuits.federation.signing import ObjectKind, build_envelope

Transaction = Callable[[], AbstractContextManager[Session]]

_IN_KIND_RATE = "voluntariat-2026"
#: A month is reported on the ninth day of the next one, and pulled some hours later.
_REPORTED_AFTER = timedelta(days=8, hours=9)
_PULLED_AFTER = _REPORTED_AFTER + timedelta(hours=5)


@dataclass(frozen=True)
class Sister(PullClient):
    """The sister's side of the conversation, and the client that reaches it without a network."""

    profile: Profile = field(kw_only=True)
    keys: KeyStore = field(kw_only=True)
    published: dict[str, bytes] = field(default_factory=dict)
    entries: list[IndexEntry] = field(default_factory=list)

    def document(self, instance: str, path: str, *, if_none_match: str | None = None) -> Response:
        """What its server would answer now."""
        if path == IDENTITY_PATH:
            body = self._identity()
        elif path == INDEX_PATH:
            body = build_index(self.profile.instance, self.entries, base_url=f"https://{self.profile.instance}")
        else:
            body = self.published[path]
        return Response(200, {"etag": etag(body)}, body)

    def publish(self, payload: dict[str, Any]) -> None:
        """Sign a month and put it on the index."""
        if problems := validate(payload):
            raise ValueError("; ".join(map(str, problems)))
        period, revision = payload["period"], payload["revision"]
        entry = IndexEntry(period, revision, payload["state"], digest(payload), payload["issued_at"])
        signer = self.keys.signer(clock.now())
        self.published[report_path(period, revision)] = build_envelope(ObjectKind.REPORT, payload, [signer])
        self.entries.append(entry)

    def _identity(self) -> bytes:
        root, now = self.keys.root_signer(), clock.now()
        if root is None:
            raise ValueError("the sister's root key lies beside its others")
        payload = build_identity(self.profile, self.keys, now=now)
        return sign_identity(payload, current=self.keys.signer(now), root=root)


def load_sister(
    transaction: Transaction,
    timeline: Timeline,
    shift: Shift,
    *,
    folder: Path,
    actor: Actor,
    instance: str,
    now: datetime,
) -> None:
    """Plan how the sister is trusted, reports each month and is pulled; ``folder`` keeps its keys meanwhile.

    At the end it is paused: its address exists in no network.
    """
    told = tomllib.loads((Path(__file__).parent / "sister.toml").read_text())
    about = told["sister"]
    profile = Profile(
        instance=about["host"],
        name=about["name"],
        country=about["country"],
        zone=about["zone"],
        currency=about["currency"],
        exponent=about["exponent"],
        contact=about["contact"],
    )
    months = [(shift.month(month["period"]), month) for month in told["month"]]
    trusted_at = months[0][0].ends_at(profile.zone) + timedelta(days=1)
    sister = Sister(profile=profile, keys=KeyStore.open(folder, now=trusted_at - timedelta(days=30), root_on_disk=True))
    peer: list[int] = []

    def trust() -> None:
        raw, identity = fetch_identity(sister, profile.instance)
        with transaction() as session:
            peer.append(peers.pin_peer(session, actor=actor, raw=raw, identity=identity, own_name=instance).id)

    def report(period: str, month: dict[str, Any], starts: datetime, ends: datetime) -> None:
        latest = sister.entries[-1].digest if sister.entries else NO_PREVIOUS
        sister.publish(_payload(profile, month, period=period, starts=starts, ends=ends, prev=latest))

    def pull() -> None:
        pull_peer(transaction, sister, peer_id=peer[0], actor=actor)

    def pause() -> None:
        with transaction() as session:
            peers.change_state(session, actor=actor, peer_id=peer[0], state=PeerState.PAUSED)

    timeline.at(trusted_at, trust)
    for period, month in months:
        starts, ends = period.starts_at(profile.zone), period.ends_at(profile.zone)
        timeline.at(ends + _REPORTED_AFTER, partial(report, str(period), month, starts, ends))
        timeline.at(ends + _PULLED_AFTER, pull)
    timeline.at(now, pause)


def _payload(
    profile: Profile, month: dict[str, Any], *, period: str, starts: datetime, ends: datetime, prev: str
) -> dict[str, Any]:
    """A month of the file as the protocol writes it."""
    given = {
        name: month[name]
        for name in ("shops", "orders", "shoppers", "turnover", "contributions", "income_12m", "balance")
    }
    return {
        **given,
        "v": 1,
        "type": "coop-report",
        "instance": profile.instance,
        "period": period,
        "period_start": format_moment(starts),
        "period_end": format_moment(ends),
        "zone": profile.zone,
        "revision": 1,
        "prev": prev,
        "issued_at": format_moment(clock.now()),
        "state": "final",
        "currency": profile.currency,
        "exponent": profile.exponent,
        "base_definition": BASE_DEFINITION,
        "costs": [_cost(cost) for cost in month["costs"]],
        "paid_to_common": [],
        "received_from_common": [],
        "availability": {**month["availability"], "method": AVAILABILITY_METHOD},
        "software": {"name": NAME, "version": version(), "commit": "", "schema": ""},
        "suppression": [],
    }


def _cost(told: dict[str, Any]) -> dict[str, Any]:
    in_kind = {"rate_ref": _IN_KIND_RATE} if told["kind"] == "in_kind" else {}
    return {**told, **in_kind, "receipts": []}
