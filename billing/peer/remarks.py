"""What a cooperative should know of a sister, in plain words: each remark says what happened and what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from sqlalchemy.orm import Session

from billing.peer import queries
from billing.peer.models import Peer, PeerReport, Pull
from coopcircuits.federation.signing import parse_envelope
from coopcircuits.i18n import gettext
from coopcircuits.period import Month
from coopcircuits.templating import month_text

#: Months without a final report after which the members should decide.
SILENT_FOR = 3
_CLOCK = ("issued-in-future", "identity-too-long", "identity-expired")


@dataclass(frozen=True)
class Remark:
    """A notice of a tone; ``reports`` are those it is about."""

    tone: str
    title: str
    sentence: str
    reports: Sequence[PeerReport] = field(default_factory=list)


def remarks(session: Session, peer: Peer, run: Sequence[Pull], now: datetime, *, us: str = "") -> list[Remark]:
    """All that is out of the ordinary, the gravest first; ``run`` is what came of the last time it was asked.

    ``us`` is our own host name.
    """
    return [
        *_in_our_name(run, us),
        *_contradictions(session, peer),
        *_stolen(session, peer),
        *_moved(run),
        *_clock(run),
        *_future(run),
        *_silent(session, peer, now),
        *_currency(session, peer),
    ]


def contact_of(peer: Peer) -> str:
    """Its mail address, by its last identity."""
    return str(parse_envelope(peer.identity).payload["contact"])


def _in_our_name(run: Sequence[Pull], us: str) -> Iterator[Remark]:
    if us and any((pull.reason, pull.detail) == ("equivocation", us) for pull in run):
        yield Remark(
            "danger",
            gettext("It holds a report in our name that we never published"),
            gettext(
                "The report bears our signature. If this instance was put back from an older backup, publish the month "
                "again with a reason. Otherwise somebody may have our signing key: it must be revoked at once."
            ),
        )


def _contradictions(session: Session, peer: Peer) -> Iterator[Remark]:
    found = queries.contradictions(session, [peer.id]).get(peer.id, [])
    for period in sorted({report.period for report in found}, reverse=True):
        yield Remark(
            "danger",
            gettext("Two different reports, %(month)s", month=month_text(period)),
            gettext(
                "%(name)s signed two different reports for one month. Both are put aside and counted as missing, here "
                "and wherever both were seen. Call them: if it was a mistake, they publish a new revision and this "
                "notice goes. If they cannot explain it, somebody else may have their key: pause them, and tell the "
                "other instances.",
                name=peer.name,
            ),
            [report for report in found if report.period == period],
        )


def _stolen(session: Session, peer: Peer) -> Iterator[Remark]:
    """Reports under a stolen key that nothing replaced yet, nor stood before beside a forged one."""
    held = queries.reports_of(session, peer.id)
    found = [
        one
        for one in held
        if (revoked_at := one.revoked_at)
        and not any(
            other.period == one.period
            and not other.revoked_at
            and (other.revision >= one.revision or other.received_at >= revoked_at)
            for other in held
        )
    ]
    if found:
        yield Remark(
            "danger",
            gettext("Signed with a stolen key"),
            gettext(
                "%(name)s revoked the key under these reports, and we first saw them after it was stolen. They count "
                "as missing until they are published again under another key. Call them if that does not happen.",
                name=peer.name,
            ),
            found,
        )


def _moved(run: Sequence[Pull]) -> Iterator[Remark]:
    for pull in run:
        if (pull.subject, pull.reason) == ("identity", "wrong-issuer"):
            yield Remark(
                "danger",
                gettext("It calls itself by another name"),
                gettext(
                    "At this address answers an instance that calls itself %(name)s. A sister is known by its name: "
                    "call them. If they moved, add the new name and compare the fingerprint, then remove this one. "
                    "What was published under the old name stays.",
                    name=pull.detail,
                ),
            )
        elif (pull.subject, pull.reason) == ("identity", "root-changed"):
            yield Remark(
                "danger",
                gettext("It answers with another root key"),
                gettext(
                    "Nothing it publishes is accepted. Call them. If they had to make a new root key, remove this "
                    "sister and add it again: the fingerprint is compared anew."
                ),
            )


def _clock(run: Sequence[Pull]) -> Iterator[Remark]:
    if any(pull.reason in _CLOCK and not pull.subject.startswith("seen/") for pull in run):
        yield Remark(
            "warning",
            gettext("One of the two clocks is wrong"),
            gettext(
                "What it signs bears a time that does not fit ours. Ten minutes are allowed. Compare both clocks by "
                "telephone; what was refused is asked for again."
            ),
        )


def _future(run: Sequence[Pull]) -> Iterator[Remark]:
    for pull in run:
        if pull.reason == "not-begun":
            yield Remark(
                "warning",
                gettext("It reports a month that has not begun"),
                gettext(
                    "The report for %(month)s is not accepted. They will want to know: other reports may bear the "
                    "wrong month.",
                    month=month_text(pull.subject.partition("/")[0]),
                ),
            )


def _silent(session: Session, peer: Peer, now: datetime) -> Iterator[Remark]:
    finals = [
        report.period
        for report in queries.reports_of(session, peer.id)
        if report.state == "final" and not report.revoked_at
    ]
    last = max(finals, default=str(Month.of(peer.added_at, "UTC").plus(-1)))
    if str(Month.of(now, "UTC").plus(-1 - SILENT_FOR)) < last:
        return
    told = gettext("Its last final report is that of %(month)s.", month=month_text(last))
    if not finals:
        told = gettext("It has not published any final report.")
    yield Remark(
        "warning",
        gettext("Nothing for three months"),
        told
        + " "
        + gettext(
            "Until it reports again, the mean of its last three months stands in for it, and a correction will follow. "
            "Whether it leaves the list of those who share is for the members to decide, in a new key of sharing."
        ),
    )


def _currency(session: Session, peer: Peer) -> Iterator[Remark]:
    """Looks at a year: who changed longer ago has explained it."""
    payloads = [parse_envelope(raw).payload for raw in queries.latest_envelopes(session, peer.id, most=12)]
    for newer, older in pairwise(payloads):
        if newer["currency"] != older["currency"]:
            yield Remark(
                "info",
                gettext("It changed its currency"),
                gettext(
                    "Since %(month)s it reports in %(new)s instead of %(old)s. Each report counts in its own currency "
                    "at the rate of the month: see that both rates are entered.",
                    month=month_text(newer["period"]),
                    new=newer["currency"],
                    old=older["currency"],
                ),
            )
            return
