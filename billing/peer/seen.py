"""What a sister says it received, compared with what we hold: an issuer with two faces is found out.

The list is not signed. A sister's word alone accuses nobody: the other report is fetched and must bear the signature of
its issuer.
"""

from billing.commons import queries as ours
from billing.commons.report import REPORT_RULES
from billing.peer import queries, services
from billing.peer.models import Peer, PullOutcome
from billing.peer.run import Run, subject_of
from billing.peer.services import Finding
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.identity import verify_identity
from coopcircuits.federation.lists import MAX_BYTES, SEEN_PATH, SeenEntry, parse_seen
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import decode_base64url, parse_envelope
from coopcircuits.federation.verify import Outcome, SeenReport, Verdict, verify_report

#: Contradictions looked into in one run.
MOST = 8


def compare_seen(run: Run) -> None:
    """Look into every report that the sister holds and we hold otherwise."""
    entries = run.entries_of(SEEN_PATH, "seen", parse_seen, max_bytes=MAX_BYTES)
    if entries is None:
        return
    for entry in run.in_turn("seen", _strange(run, entries), most=MOST):
        if run.is_over:
            return
        _look_into(run, entry)


def _strange(run: Run, entries: list[SeenEntry]) -> list[SeenEntry]:
    with run.transaction() as session:
        held: dict[tuple[str, str, int], set[str]] = {}
        for report in queries.held_reports(session):
            held.setdefault((report.peer.host, report.period, report.revision), set()).add(report.digest)
        published = {report.digest for report in ours.published(session)}
    return [
        entry
        for entry in entries
        if (run.us and entry.issuer == run.us and entry.digest not in published)
        or entry.digest not in held.get((entry.issuer, entry.period, entry.revision), {entry.digest})
    ]


def _look_into(run: Run, entry: SeenEntry) -> None:
    subject, raw = subject_of("seen", entry), None
    try:
        raw = run.client.document(run.host, entry.path).body
        if digest(parse_envelope(raw).payload) != entry.digest:
            raise Refusal("wrong-document", entry.digest)
        verdict = _judge(run, entry, raw)
        if verdict.refusal is not None and verdict.outcome is Outcome.REFUSED:
            raise verdict.refusal
    except Refusal as refusal:
        if refusal.reason != "identity-expired":  # of an issuer that was not reached for a week: judged later
            run.refuse(subject, refusal, raw)
        return
    with run.transaction() as session:
        if entry.issuer == run.us:
            services.accuse_ourselves(session, actor=run.actor, peer_id=run.peer_id, subject=subject, verdict=verdict)
        else:
            services.keep_twin(session, actor=run.actor, host=entry.issuer, raw=raw, verdict=verdict, at=run.at)
    run.found(Finding(subject, PullOutcome.ACCEPTED, Refusal("equivocation", entry.issuer), raw))


def _judge(run: Run, entry: SeenEntry, raw: bytes) -> Verdict:
    """The report by the rules of its issuer, as if it had come from there."""
    if entry.issuer == run.us:
        identity_raw, root = run.own_identity, None
        with run.transaction() as session:
            seen = [
                SeenReport(one.period, one.revision, one.digest, one.state, one.issued_at)
                for one in ours.published(session)
            ]
    else:
        issuer = _issuer(run, entry)
        identity_raw, root = issuer.identity, decode_base64url(issuer.root_key, 32)
        with run.transaction() as session:
            seen = queries.seen_of(session, issuer.id)
    return verify_report(
        raw,
        expected_host=entry.issuer,
        identity=verify_identity(identity_raw, expected_host=entry.issuer, now=run.at, pinned_root=root),
        seen=seen,
        now=run.at,
        rules=REPORT_RULES,
        expected=(entry.period, entry.revision),
    )


def _issuer(run: Run, entry: SeenEntry) -> Peer:
    with run.transaction() as session:
        found = queries.by_host(session, entry.issuer)
    if found is None:
        raise Refusal("unknown-peer", entry.issuer)
    return found
