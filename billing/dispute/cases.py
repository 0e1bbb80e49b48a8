"""Disputes as pages show them: what is contested, by how much, who said what, and what we may say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from billing.dispute import queries
from billing.dispute.document import Act, Said, State, Verdict, figures, is_money, may_say
from billing.dispute.models import Dispute, DisputeDocument
from billing.dispute.services import state_among
from billing.dispute.words import field_text, figure_text, said_text
from billing.peer import queries as peers
from coopcircuits.errors import NotFound
from coopcircuits.federation.signing import parse_envelope


@dataclass(frozen=True)
class Case:
    """A dispute with its state. ``revision``: a later report of the issuer gives another figure than ``report``."""

    dispute: Dispute
    state: State
    names: Mapping[str, str]
    us: str
    revision: int | None
    report: Mapping[str, Any]

    @property
    def claimant(self) -> str:
        return self.names.get(self.dispute.claimant, self.dispute.claimant)

    @property
    def issuer(self) -> str:
        return self.names.get(self.dispute.issuer, self.dispute.issuer)

    @property
    def figure(self) -> str:
        """What the contested figure is called."""
        return field_text(self.dispute.field, self.report)

    @property
    def stated(self) -> str:
        return figure_text(self.dispute.stated, self.dispute.field, self.dispute.currency)

    @property
    def claimed(self) -> str:
        return figure_text(self.dispute.claimed, self.dispute.field, self.dispute.currency)

    @property
    def contested(self) -> int | None:
        """By how much the two differ, in minor units; unknown where a figure is, or where it is no amount."""
        stated, claimed = self.dispute.stated, self.dispute.claimed
        if stated is None or claimed is None or not is_money(self.dispute.field):
            return None
        return abs(stated - claimed)

    @property
    def waits_for_us(self) -> bool:
        """Whether an answer of ours is still awaited."""
        return self.state is State.OPEN and self.dispute.issuer == self.us

    def we_may(self, act: Act, verdict: Verdict | None = None) -> bool:
        """Whether this is ours to say now."""
        said = Said(act, self.us, verdict)
        theirs = may_say(said, claimant=self.dispute.claimant, issuer=self.dispute.issuer)
        return theirs and not self.state.is_settled and act is not Act.CLAIM

    def said(self) -> list[tuple[DisputeDocument, str, str, Sequence[Mapping[str, str]]]]:
        """Every document, oldest first: who spoke, what they did in words, what it rests on."""
        return [
            (
                one,
                self.names.get(one.instance, one.instance),
                said_text(one.act, one.verdict, by_issuer=one.instance == self.dispute.issuer),
                parse_envelope(one.envelope).payload["evidence"],
            )
            for one in self.dispute.documents
        ]


def cases(
    session: Session, *, us: str, our_name: str, period: str | None = None, page: int | None = None
) -> list[Case]:
    """Disputes (of one month), the latest first; all or one page of them."""
    found = queries.disputes(session, period=period, page=page)
    return _cases(session, found, us, our_name) if found else []


def case_of(session: Session, digest: str, *, us: str, our_name: str) -> Case:
    """One dispute; raises :class:`NotFound`."""
    return _cases(session, [queries.dispute_of(session, digest)], us, our_name)[0]


def _cases(session: Session, found: Sequence[Dispute], us: str, our_name: str) -> list[Case]:
    names = {us: our_name, **{peer.host: peer.name for peer in peers.peers(session)}}
    sharing = {period: queries.sharing_in(session, period) for period in {one.period for one in found}}
    latest = {about: _latest(session, *about, us) for about in {(one.issuer, one.period) for one in found}}
    reports = {about: _report(session, *about, us) for about in {(one.issuer, one.report_digest) for one in found}}
    return [
        Case(
            one,
            state_among(one, sharing[one.period]),
            names,
            us,
            _revised(one, latest[one.issuer, one.period]),
            reports[one.issuer, one.report_digest],
        )
        for one in found
    ]


def _report(session: Session, issuer: str, digest: str, us: str) -> Mapping[str, Any]:
    """A report in dispute; empty where it is no longer shown."""
    try:
        return queries.report_in_dispute(session, issuer=issuer, digest=digest, us=us)
    except NotFound:
        return {}


def _latest(session: Session, issuer: str, period: str, us: str) -> dict[str, Any] | None:
    return queries.latest_report(session, issuer=issuer, period=period, us=us)


def _revised(dispute: Dispute, latest: dict[str, Any] | None) -> int | None:
    if latest is None or figures(latest).get(dispute.field, dispute.stated) == dispute.stated:
        return None
    return int(latest["revision"])
