"""Reading our sisters, their reports, and what came of asking them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, tuple_
from sqlalchemy.orm import Session, aliased, defer, joinedload

from billing.commons.models import ReportState
from billing.peer.models import NOT_KEPT, Peer, PeerReport, PeerState, Pull, PullOutcome
from coopcircuits.errors import NotFound
from coopcircuits.federation.verify import SeenReport

#: Revisions of a month that are looked at for refusals; nobody needs more.
_REVISIONS = 12


def peers(session: Session) -> Sequence[Peer]:
    """Our sisters, by name."""
    return session.scalars(select(Peer).where(Peer.state != PeerState.REMOVED).order_by(Peer.name, Peer.host)).all()


def past_peers(session: Session) -> Sequence[Peer]:
    """Who was a sister and is one no more, by name."""
    return session.scalars(select(Peer).where(Peer.state == PeerState.REMOVED).order_by(Peer.name, Peer.host)).all()


def peer_of(session: Session, peer_id: int) -> Peer:
    """One sister; raises :class:`NotFound`."""
    found = session.get(Peer, peer_id)
    if found is None or found.state is PeerState.REMOVED:
        raise NotFound
    return found


def lock_peer(session: Session, peer_id: int) -> Peer:
    """Hold a sister's row until the transaction ends, removed or not; raises :class:`NotFound`."""
    found = session.get(Peer, peer_id, with_for_update=True)
    if found is None:
        raise NotFound
    return found


def by_host(session: Session, host: str) -> Peer | None:
    """Whoever is or was a sister under this name."""
    return session.scalar(select(Peer).where(Peer.host == host))


def due(session: Session, now: datetime) -> Sequence[Peer]:
    """Sisters to be asked at ``now``, the longest waiting first."""
    return session.scalars(
        select(Peer).where(Peer.state == PeerState.ACTIVE, Peer.next_pull_at <= now).order_by(Peer.next_pull_at)
    ).all()


# ---------------------------------------------------------------- reports


def seen_of(session: Session, peer_id: int) -> list[SeenReport]:
    """Everything we hold of a sister, in the words of the verification."""
    rows = session.execute(
        select(
            PeerReport.period,
            PeerReport.revision,
            PeerReport.digest,
            PeerReport.state,
            PeerReport.received_at,
            PeerReport.revoked_at.is_(None),
        ).where(PeerReport.peer_id == peer_id)
    )
    return [SeenReport(*row) for row in rows]


def reports_of(session: Session, peer_id: int) -> Sequence[PeerReport]:
    """What we hold of a sister, newest month and revision first, without the signed bytes."""
    return session.scalars(
        select(PeerReport)
        .where(PeerReport.peer_id == peer_id)
        .order_by(PeerReport.period.desc(), PeerReport.revision.desc(), PeerReport.id)
        .options(defer(PeerReport.envelope, raiseload=True))
    ).all()


def counting() -> ColumnElement[bool]:
    """Reports that are neither put aside nor under a stolen key."""
    return and_(PeerReport.quarantined_at.is_(None), PeerReport.revoked_at.is_(None))


def held_reports(session: Session, *, whole: bool = False, latest: int | None = None) -> Sequence[PeerReport]:
    """Every report that we hold of present sisters, with its issuer, in a fixed order; ``whole`` with its bytes.

    With ``latest`` at most so many of an issuer and a month: the highest revisions, none under a stolen key.
    """
    bytes_too = () if whole else (defer(PeerReport.envelope, raiseload=True),)
    wanted = select(PeerReport)
    if latest is not None:
        place = func.row_number().over(
            partition_by=(PeerReport.peer_id, PeerReport.period),
            order_by=(PeerReport.revision.desc(), PeerReport.digest),
        )
        placed = select(PeerReport.id, place.label("place")).where(PeerReport.revoked_at.is_(None)).subquery()
        wanted = wanted.where(PeerReport.id.in_(select(placed.c.id).where(placed.c.place <= latest)))
    return session.scalars(
        wanted.join(PeerReport.peer)
        .where(Peer.state != PeerState.REMOVED)
        .options(joinedload(PeerReport.peer), *bytes_too)
        .order_by(Peer.host, PeerReport.period, PeerReport.revision, PeerReport.digest)
    ).all()


def by_digest(session: Session, digest: str) -> PeerReport:
    """A report of a present sister by its digest; raises :class:`NotFound`."""
    found = session.scalar(
        select(PeerReport)
        .join(PeerReport.peer)
        .where(PeerReport.digest == digest, Peer.state != PeerState.REMOVED)
        .limit(1)
    )
    if found is None:
        raise NotFound
    return found


def latest_reports(session: Session, period: str) -> dict[int, PeerReport]:
    """The highest revision of a month that we hold of each sister, by the sister's id.

    One that is put aside stays the answer: nothing older may pass for it. One under a stolen key only where there is
    no other.
    """
    found = session.scalars(
        select(PeerReport)
        .where(PeerReport.period == period)
        .order_by(PeerReport.revoked_at.is_(None), PeerReport.revision, PeerReport.id)
    )
    return {report.peer_id: report for report in found}


def periods(session: Session) -> Sequence[str]:
    """Months for which we hold any report of a present sister."""
    return session.scalars(
        select(PeerReport.period).join(PeerReport.peer).where(Peer.state != PeerState.REMOVED).distinct()
    ).all()


def contradictions(session: Session, peer_ids: Iterable[int]) -> dict[int, list[PeerReport]]:
    """Reports put aside because another says otherwise, by sister; not those that a later revision settled, nor what a
    stolen key signed."""
    later = aliased(PeerReport)
    settled = exists().where(
        later.peer_id == PeerReport.peer_id,
        later.period == PeerReport.period,
        later.revision > PeerReport.revision,
        later.quarantined_at.is_(None),
        later.revoked_at.is_(None),
    )
    found: dict[int, list[PeerReport]] = {}
    for report in session.scalars(
        select(PeerReport)
        .where(
            PeerReport.peer_id.in_(list(peer_ids)),
            PeerReport.quarantined_at.is_not(None),
            PeerReport.revoked_at.is_(None),
            ~settled,
        )
        .order_by(PeerReport.period.desc(), PeerReport.revision.desc(), PeerReport.received_at, PeerReport.id)
        .options(defer(PeerReport.envelope, raiseload=True))
    ):
        found.setdefault(report.peer_id, []).append(report)
    return found


def last_finals(session: Session) -> dict[int, str]:
    """The last month of which a final report that counts is held, by sister."""
    rows = session.execute(
        select(PeerReport.peer_id, func.max(PeerReport.period))
        .where(PeerReport.state == ReportState.FINAL, counting())
        .group_by(PeerReport.peer_id)
    )
    return dict(rows.all())


def latest_envelopes(session: Session, peer_id: int, *, most: int) -> Sequence[bytes]:
    """The latest reports of a sister that count, newest month and revision first."""
    return session.scalars(
        select(PeerReport.envelope)
        .where(PeerReport.peer_id == peer_id, counting())
        .order_by(PeerReport.period.desc(), PeerReport.revision.desc())
        .limit(most)
    ).all()


# ---------------------------------------------------------------- what came of asking


def pulls_of(session: Session, peer_id: int, *, most: int = 60) -> Sequence[Pull]:
    """What came of asking a sister, the latest first."""
    return session.scalars(
        select(Pull).where(Pull.peer_id == peer_id).order_by(Pull.last_at.desc(), Pull.id.desc()).limit(most)
    ).all()


def last_asked(session: Session, peer_id: int) -> datetime | None:
    """When a sister was last asked, whatever came of it."""
    return session.scalar(select(func.max(Pull.last_at)).where(Pull.peer_id == peer_id, _of_its_own()))


def last_pull(session: Session, peer_id: int, subject: str) -> Pull | None:
    """What last came of asking a sister for this document."""
    return session.scalar(
        select(Pull)
        .where(Pull.peer_id == peer_id, Pull.subject == subject)
        .order_by(Pull.last_at.desc(), Pull.id.desc())
        .limit(1)
    )


def last_tries(session: Session, peer_id: int, kind: str) -> dict[str, datetime]:
    """When a sister was last asked for each document of a kind ("dispute", "seen"), by subject."""
    return _last_tries(session, peer_id, Pull.subject.startswith(f"{kind}/", autoescape=True))


def last_report_tries(session: Session, peer_id: int) -> dict[str, datetime]:
    """When a sister was last asked for each of its own reports, by subject ("2026-10/1")."""
    return _last_tries(session, peer_id, Pull.subject.like("____-__/%"))


def _last_tries(session: Session, peer_id: int, wanted: ColumnElement[bool]) -> dict[str, datetime]:
    rows = session.execute(
        select(Pull.subject, func.max(Pull.last_at)).where(Pull.peer_id == peer_id, wanted).group_by(Pull.subject)
    )
    return dict(rows.all())


def rows_since(session: Session, peer_id: int, start: datetime) -> int:
    """How many rows of the log of a sister begin after an instant."""
    begun = select(func.count(Pull.id)).where(Pull.peer_id == peer_id, Pull.last_at > start, Pull.first_at > start)
    return session.scalar(begun) or 0


def is_known_contradiction(session: Session, peer_id: int, subject: str) -> bool:
    """Whether a document that a sister showed us was found to contradict its issuer before."""
    wanted = select(Pull.id).where(
        Pull.peer_id == peer_id,
        Pull.subject == subject,
        Pull.outcome == PullOutcome.ACCEPTED,
        Pull.reason == "equivocation",
    )
    return session.scalar(wanted.limit(1)) is not None


def refused(session: Session, period: str, peer_ids: Iterable[int]) -> set[int]:
    """Those of these sisters whose report of a month was refused when it was last fetched, by id."""
    subjects = [f"{period}/{revision}" for revision in range(1, _REVISIONS + 1)]
    rows = session.execute(
        select(Pull.peer_id, Pull.outcome)
        .where(Pull.peer_id.in_(list(peer_ids)), Pull.subject.in_(subjects))
        .order_by(Pull.last_at, Pull.id)
    )
    last = {row.peer_id: row.outcome for row in rows}
    return {peer_id for peer_id, outcome in last.items() if outcome is PullOutcome.REFUSED}


def last_runs(session: Session, peer_ids: Iterable[int]) -> dict[int, list[Pull]]:
    """What came of the last time each of these sisters was asked; documents share the instant of their run."""
    latest = (
        select(Pull.peer_id, func.max(Pull.last_at))
        .where(Pull.peer_id.in_(list(peer_ids)), _of_its_own())
        .group_by(Pull.peer_id)
    )
    runs: dict[int, list[Pull]] = {}
    for pull in session.scalars(
        select(Pull).where(tuple_(Pull.peer_id, Pull.last_at).in_(latest), _of_its_own()).order_by(Pull.id)
    ):
        runs.setdefault(pull.peer_id, []).append(pull)
    return runs


def refused_document(session: Session, *, peer_id: int, pull_id: int) -> Pull:
    """A pull with the document that was refused; raises :class:`NotFound`."""
    found = session.scalar(select(Pull).where(Pull.id == pull_id, Pull.id.in_(refused_documents(peer_id))))
    if found is None:
        raise NotFound
    return found


def refused_documents(peer_id: int) -> Select[int]:
    """Ids of what came of asking a sister where the refused bytes are still kept."""
    return select(Pull.id).where(Pull.peer_id == peer_id, Pull.document != NOT_KEPT)


def _of_its_own() -> ColumnElement[bool]:
    """What was asked of the sister itself, not shown to us by another."""
    return ~Pull.subject.startswith("twin/")
