"""What happens with sister instances."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class PeerAdded(Fact):
    """A sister instance is trusted from now on, under this root key."""

    subject = ("peer", "peer_id")
    peer_id: int
    host: str
    fingerprint: str


@dataclass(frozen=True)
class PeerStateChanged(Fact):
    """A sister instance is asked again, no longer asked, or no longer a sister."""

    subject = ("peer", "peer_id")
    peer_id: int
    state: str


@dataclass(frozen=True)
class PeerReportAccepted(Fact):
    """A sister's report was found good and is held."""

    subject = ("peer_report", "report_id")
    report_id: int
    peer_id: int
    period: str
    revision: int
    state: str
    digest: str


@dataclass(frozen=True)
class PeerEquivocated(Fact):
    """A sister signed two different reports under one month and revision; both are put aside."""

    subject = ("peer", "peer_id")
    peer_id: int
    period: str
    revision: int
    digests: list[str]


@dataclass(frozen=True)
class OwnReportContradicted(Fact):
    """A sister holds a report that bears our signature and that we never published."""

    subject = ("peer", "peer_id")
    peer_id: int
    period: str
    revision: int
    digest: str


@dataclass(frozen=True)
class PeerDocumentRefused(Fact):
    """A sister's document was refused for the first time, with the word of the protocol."""

    subject = ("peer", "peer_id")
    peer_id: int
    about: str
    reason: str
