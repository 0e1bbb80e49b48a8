"""Contest a figure of a sister's report, answer, judge, withdraw; keep what sisters sign about disputes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from billing.commons.queries import lock_publishing
from billing.dispute import errors, queries
from billing.dispute.document import Act, Said, State, Verdict, check_dispute, figures, may_say, said_by, state_of
from billing.dispute.events import DisputeMoved
from billing.dispute.models import Dispute, DisputeDocument
from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.errors import NotFound
from coopcircuits.events import record
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.keys import KeyStore
from coopcircuits.federation.moments import format_moment, parse_moment
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.schema import one_line
from coopcircuits.federation.signing import ObjectKind, build_envelope, parse_envelope


@dataclass(frozen=True)
class Evidence:
    """What a document relies on: named, and if it is a file fixed by its digest. The file itself stays at home."""

    ref: str
    sha256: str | None = None

    def as_json(self) -> dict[str, str]:
        return {"ref": one_line(self.ref), **({"digest": f"sha256:{self.sha256}"} if self.sha256 else {})}


def open_dispute(
    session: Session,
    *,
    actor: Actor,
    us: str,
    keys: KeyStore,
    issuer: str,
    report_digest: str,
    field: str,
    claimed: int | None,
    reason: str,
    evidence: Sequence[Evidence] = (),
) -> Dispute:
    """Sign a claim that a figure of a sister's report is ``claimed`` instead; ``None`` where we do not know.

    Raises :class:`NotFound` for a report that we do not hold, :class:`NoSuchFigure`, :class:`SameFigure`,
    :class:`AlreadyContested`.
    """
    lock_publishing(session)
    report = queries.report_in_dispute(session, issuer=issuer, digest=report_digest, us=us)
    known = figures(report)
    if issuer == us or field not in known:
        raise errors.NoSuchFigure(field="figure")
    if claimed is not None and claimed == known[field]:
        raise errors.SameFigure(field="claimed")
    for earlier in queries.claims(session, claimant=us, report_digest=report_digest, field=field):
        if not state_in(session, earlier).is_settled:
            raise errors.AlreadyContested(field="figure")
    claim = {
        "concerns": issuer,
        "report": report_digest,
        "period": report["period"],
        "field": field,
        "claimed": claimed,
    }
    document = _sign(session, Act.CLAIM, claim, reason, evidence, actor=actor, us=us, keys=keys)
    return queries.by_id(session, document.dispute_id)


def say(
    session: Session,
    *,
    actor: Actor,
    us: str,
    keys: KeyStore,
    dispute: str,
    act: Act,
    reason: str,
    verdict: Verdict | None = None,
    evidence: Sequence[Evidence] = (),
) -> DisputeDocument:
    """Sign an answer, a verdict or a withdrawal in the dispute with this digest; the same again signs nothing more.

    Raises :class:`NotFound`, :class:`DisputeSettled`, and :class:`Refusal` where it is not ours to say.
    """
    lock_publishing(session)
    found = queries.dispute_of(session, dispute)
    wanted = (one_line(reason), [one.as_json() for one in evidence])
    for document in found.documents:
        if (document.peer_id, document.act, document.verdict) == (None, act, verdict):
            payload = parse_envelope(document.envelope).payload
            if (payload["reason"], payload["evidence"]) == wanted:
                return document
    if state_in(session, found).is_settled:
        raise errors.DisputeSettled
    more = {"dispute": dispute} | ({"outcome": verdict.value} if verdict else {})
    return _sign(session, act, more, reason, evidence, actor=actor, us=us, keys=keys)


def keep_document(
    session: Session, *, actor: Actor, peer_id: int, raw: bytes, payload: dict[str, Any], us: str, at: datetime
) -> DisputeDocument:
    """Keep a sister's document (verified envelope ``raw``); the same again gives it another signature at most.

    Raises :class:`Refusal` where it names a report or a dispute that we do not hold, or is not the sister's to say.
    """
    held = queries.held(session, digest(payload))
    if held is not None and held.revoked_at is not None:
        held.envelope, held.received_at, held.revoked_at = raw, at, None
    return held or _keep(session, payload, raw, actor=actor, us=us, at=at, peer_id=peer_id)


def state_in(session: Session, dispute: Dispute) -> State:
    """What was said in a dispute comes to."""
    return state_among(dispute, queries.sharing_in(session, dispute.period))


def state_among(dispute: Dispute, sharing: Collection[str]) -> State:
    """The same where it is known who shares the cost of its month."""
    said = [said_in(document) for document in dispute.documents]
    return state_of(said, claimant=dispute.claimant, issuer=dispute.issuer, sharing=sharing)


def said_in(document: DisputeDocument) -> Said:
    """A document as the state depends on it."""
    return Said(document.act, document.instance, document.verdict)


def _sign(
    session: Session,
    act: Act,
    more: dict[str, Any],
    reason: str,
    evidence: Sequence[Evidence],
    *,
    actor: Actor,
    us: str,
    keys: KeyStore,
) -> DisputeDocument:
    now = clock.now()
    payload = {
        "v": 1,
        "type": "coop-dispute",
        "act": act.value,
        "instance": us,
        "issued_at": format_moment(now),
        "reason": one_line(reason),
        "evidence": [one.as_json() for one in evidence],
        **more,
    }
    problems = check_dispute(payload)
    if problems:
        raise Refusal("bad-dispute", "; ".join(str(problem) for problem in problems[:3]))
    held = queries.held(session, digest(payload))  # the same again within a second
    raw = build_envelope(ObjectKind.DISPUTE, payload, [keys.signer(now)])
    return held or _keep(session, payload, raw, actor=actor, us=us, at=now, peer_id=None)


def _keep(
    session: Session, payload: dict[str, Any], raw: bytes, *, actor: Actor, us: str, at: datetime, peer_id: int | None
) -> DisputeDocument:
    said = said_by(payload)
    dispute = _new_dispute(session, payload, us) if said.act is Act.CLAIM else _known_dispute(session, payload)
    if not may_say(said, claimant=dispute.claimant, issuer=dispute.issuer):
        raise Refusal("not-theirs", payload["instance"])
    document = DisputeDocument(
        dispute_id=dispute.id,
        digest=digest(payload),
        act=said.act,
        verdict=said.verdict,
        instance=said.instance,
        peer_id=peer_id,
        reason=payload["reason"],
        envelope=raw,
        issued_at=parse_moment(payload["issued_at"]),
        received_at=at,
        signed_by="" if peer_id else actor.label,
    )
    session.add(document)
    session.flush()
    fact = DisputeMoved(
        dispute_id=dispute.id,
        document_id=document.id,
        act=said.act,
        instance=document.instance,
        digest=document.digest,
        is_ours=peer_id is None,
    )
    record(session, fact, actor=actor)
    return document


def _new_dispute(session: Session, claim: dict[str, Any], us: str) -> Dispute:
    try:
        report = queries.report_in_dispute(session, issuer=claim["concerns"], digest=claim["report"], us=us)
    except NotFound:
        raise Refusal("unknown-report", claim["report"]) from None
    known = figures(report)
    if report["period"] != claim["period"] or claim["field"] not in known:
        raise Refusal("bad-dispute", f"{claim['period']}, {claim['field']}")
    for earlier in queries.claims(
        session, claimant=claim["instance"], report_digest=claim["report"], field=claim["field"]
    ):
        if not state_in(session, earlier).is_settled:
            raise Refusal("already-contested", earlier.digest)
    dispute = Dispute(
        digest=digest(claim),
        claimant=claim["instance"],
        issuer=claim["concerns"],
        report_digest=claim["report"],
        period=claim["period"],
        field=claim["field"],
        stated=known[claim["field"]],
        claimed=claim["claimed"],
        currency=report["currency"],
        opened_at=parse_moment(claim["issued_at"]),
    )
    session.add(dispute)
    session.flush()
    return dispute


def _known_dispute(session: Session, payload: dict[str, Any]) -> Dispute:
    dispute = queries.lock_dispute(session, payload["dispute"])
    if dispute is None:
        raise Refusal("unknown-dispute", payload["dispute"])
    return dispute
