"""Publish our own month: signed, immutable, chained."""

from typing import Any

from sqlalchemy.orm import Session

from billing.commons import errors, events, queries
from billing.commons.draft import Draft, draft_report
from billing.commons.models import PublishedReport, ReportState
from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.events import record
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.keys import KeyStore
from coopcircuits.federation.moments import format_moment, parse_moment
from coopcircuits.federation.schema import one_line
from coopcircuits.federation.signing import ObjectKind, build_envelope, parse_envelope
from coopcircuits.period import Month

_NOW_FINAL = "The month is closed: final figures."
_KEY_STOLEN = "The key that signed this report was stolen: the same figures under another key."


def publish_report(
    session: Session,
    *,
    actor: Actor,
    month: Month,
    instance: str,
    keys: KeyStore,
    reason: str = "",
    reviewed: str | None = None,
) -> PublishedReport:
    """Sign what the month comes to and publish it as the next revision; the same figures again change nothing.

    ``reviewed`` is the content that a person read before deciding, see :attr:`Draft.content`. ``reason`` is needed
    where other figures were published before. Raises :class:`MonthNotBegun`, :class:`FiguresMoved`,
    :class:`RevisionUnexplained` and what signing raises.
    """
    home, reason = queries.lock_publishing(session), one_line(reason)
    found = draft_report(session, home=home, month=month, instance=instance, now=clock.now(), reason=reason)
    if reviewed is not None and reviewed != found.content:
        raise errors.FiguresMoved
    if found.latest is not None and found.is_published:
        return found.latest
    return _sign(session, actor, _explained(found, reason), keys)


def publish_again(session: Session, *, actor: Actor, latest: PublishedReport, keys: KeyStore) -> PublishedReport:
    """Publish the same figures as the next revision, under another key: the one that signed them was stolen."""
    payload = parse_envelope(latest.envelope).payload
    before = queries.last_final(session, str(Month.parse(latest.period).plus(-1)))
    payload |= {
        "revision": latest.revision + 1,
        "supersedes": latest.digest,
        "reason": _KEY_STOLEN,
        "prev": before.digest if before else payload["prev"],
        "issued_at": format_moment(clock.now()),
    }
    return _sign(session, actor, payload, keys)


def _explained(found: Draft, reason: str) -> dict[str, Any]:
    if found.latest is None or reason:
        return found.payload
    if not found.becomes_final:
        raise errors.RevisionUnexplained(field="reason")
    return found.payload | {"reason": _NOW_FINAL}


def _sign(session: Session, actor: Actor, payload: dict[str, Any], keys: KeyStore) -> PublishedReport:
    report = PublishedReport(
        period=payload["period"],
        revision=payload["revision"],
        state=ReportState(payload["state"]),
        digest=digest(payload),
        envelope=build_envelope(ObjectKind.REPORT, payload, [keys.signer(clock.now())]),
        issued_at=parse_moment(payload["issued_at"]),
        published_by=actor.label,
    )
    session.add(report)
    session.flush()
    record(
        session,
        events.ReportPublished(
            report_id=report.id,
            period=report.period,
            revision=report.revision,
            state=report.state,
            digest=report.digest,
        ),
        actor=actor,
    )
    return report
