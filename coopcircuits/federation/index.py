"""The list of reports an instance publishes; peers read it to learn what to pull."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from coopcircuits.federation import schema
from coopcircuits.federation.canonical import canonical_bytes, decode
from coopcircuits.federation.reasons import Refusal

IDENTITY_PATH = "/federation/v1/identity"
INDEX_PATH = "/federation/v1/reports"
ALLOCATIONS_PATH = "/federation/v1/allocations"
STATES = ("provisional", "final")

period = schema.matching(re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII).fullmatch, "YYYY-MM")
revision = schema.integer(1, 9999)
_check_index = schema.members(
    {
        "instance": schema.host,
        "reports": schema.each(
            schema.members(
                {
                    "period": period,
                    "revision": revision,
                    "state": schema.one_of(*STATES),
                    "digest": schema.digest,
                    "issued_at": schema.moment,
                    "url": schema.text(at_most=500),
                }
            ),
            at_most=10_000,
        ),
    }
)


@dataclass(frozen=True)
class IndexEntry:
    """One published report; ``issued_at`` as the protocol writes times."""

    period: str
    revision: int
    state: str
    digest: str
    issued_at: str

    @property
    def path(self) -> str:
        return report_path(self.period, self.revision)


def report_path(period: str, revision: int) -> str:
    """Path of a report's envelope. A peer's own ``url`` is never followed: this is the only address asked."""
    return f"{INDEX_PATH}/{period}/{revision}"


def build_index(instance: str, entries: Iterable[IndexEntry], *, base_url: str) -> bytes:
    """The index, newest period and revision first; ``base_url`` has no trailing slash."""
    newest_first = sorted(entries, key=lambda entry: (entry.period, entry.revision), reverse=True)
    reports: list[dict[str, Any]] = [asdict(entry) | {"url": base_url + entry.path} for entry in newest_first]
    return canonical_bytes({"instance": instance, "reports": reports})


def etag(body: bytes) -> str:
    """The strong ETag of a published document, quotes included."""
    return f'"{hashlib.sha256(body).hexdigest()}"'


def parse_index(raw: bytes, *, expected_host: str) -> list[IndexEntry]:
    """Read a peer's index; raises :class:`Refusal`. It is not signed: it only says what to ask for."""
    document = decode(raw)
    problem = next(_check_index("", document), None)
    if problem is not None:
        raise Refusal("bad-schema", str(problem))
    if document["instance"] != expected_host:
        raise Refusal("wrong-issuer", document["instance"])
    names = IndexEntry.__dataclass_fields__
    return [IndexEntry(**{name: report[name] for name in names}) for report in document["reports"]]
