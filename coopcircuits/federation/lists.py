"""Further lists that an instance publishes beside its index of reports. Unsigned: they only say what to ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coopcircuits.federation import schema
from coopcircuits.federation.canonical import decode
from coopcircuits.federation.index import period, revision
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.schema import Check, each, integer, members, one_of

DISPUTES_PATH = "/federation/v1/disputes"
SHARING_KEYS_PATH = "/federation/v1/sharing-keys"
SEEN_PATH = "/federation/v1/seen"
NOTICES_PATH = "/federation/v1/notices"
#: A list of twenty instances and many years may be longer than a document.
MAX_BYTES = 1024 * 1024
_MOST = 10_000


@dataclass(frozen=True)
class DisputeEntry:
    """A document about a dispute; ``dispute`` is the digest of the claim, its own for the claim itself."""

    digest: str
    act: str
    dispute: str
    issued_at: str

    @property
    def path(self) -> str:
        return f"{DISPUTES_PATH}/{self.digest}"


@dataclass(frozen=True)
class KeyEntry:
    """A key of sharing that an instance publishes: adopted, or proposed to the others."""

    digest: str
    version: int
    since: str
    state: str

    @property
    def path(self) -> str:
        return f"{SHARING_KEYS_PATH}/{self.digest}"


@dataclass(frozen=True)
class SeenEntry:
    """A report of ``issuer`` that an instance says it received."""

    issuer: str
    period: str
    revision: int
    digest: str
    first_seen: str

    @property
    def path(self) -> str:
        return f"{SEEN_PATH}/{self.digest}"


_disputes = {
    "digest": schema.digest,
    "act": one_of("claim", "answer", "verdict", "withdrawal"),
    "dispute": schema.digest,
    "issued_at": schema.moment,
}
_keys = {"digest": schema.digest, "version": integer(1, 9999), "from": period, "state": one_of("adopted", "proposed")}
_seen = {
    "issuer": schema.host,
    "period": period,
    "revision": revision,
    "digest": schema.digest,
    "first_seen": schema.moment,
}


def parse_disputes(raw: bytes, *, expected_host: str) -> list[DisputeEntry]:
    """The documents of disputes that a sister signed; raises :class:`Refusal`."""
    return [DisputeEntry(**entry) for entry in _entries(raw, "disputes", _disputes, expected_host)]


def parse_keys(raw: bytes, *, expected_host: str) -> list[KeyEntry]:
    """The keys of sharing that a sister publishes; raises :class:`Refusal`."""
    return [
        KeyEntry(entry["digest"], entry["version"], entry["from"], entry["state"])
        for entry in _entries(raw, "sharing_keys", _keys, expected_host)
    ]


def parse_seen(raw: bytes, *, expected_host: str) -> list[SeenEntry]:
    """What a sister says it received; raises :class:`Refusal`."""
    return [SeenEntry(**entry) for entry in _entries(raw, "seen", _seen, expected_host)]


def _entries(raw: bytes, name: str, entry: Mapping[str, Check], expected_host: str) -> list[dict[str, Any]]:
    document = decode(raw, max_bytes=MAX_BYTES)
    check = members({"instance": schema.host, name: each(members(entry), at_most=_MOST)})
    problem = next(check("", document), None)
    if problem is not None:
        raise Refusal("bad-schema", str(problem))
    if document["instance"] != expected_host:
        raise Refusal("wrong-issuer", document["instance"])
    entries: list[dict[str, Any]] = document[name]
    return entries
