"""How things stand with a sister, in a word and a sentence: the same in the list, on its page and in the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.peer.models import Peer, PeerState, Pull, PullOutcome
from billing.peer.services import BREAKS_AFTER
from coopcircuits.federation.reasons import Refusal
from coopcircuits.i18n import gettext
from coopcircuits.templating import month_text


@dataclass(frozen=True)
class Standing:
    """``label`` for a badge of that ``tone``; ``sentence`` says what happened and what comes next."""

    label: str
    tone: str
    sentence: str = ""


def standing(peer: Peer, run: Sequence[Pull], now: datetime, *, contradicts: bool = False) -> Standing:
    """Judge by what came of the last time the sister was asked (``run``), and whether it ``contradicts`` itself."""
    if contradicts:
        return Standing(
            gettext("Contradicts itself"), "danger", gettext("Two different reports of one month: put aside.")
        )
    if peer.state is PeerState.PAUSED:
        return Standing(gettext("Paused"), "quiet", gettext("It is not asked until you start it again."))
    if not run:
        return Standing(gettext("Not asked yet"), "info", gettext("It will be asked within a few minutes."))
    worst = min(run, key=lambda pull: _GRAVITY.index(pull.outcome))
    if worst.outcome in _GOOD:
        return Standing(gettext("Up to date"), "success")
    if worst.outcome is PullOutcome.UNREACHABLE:
        return Standing(gettext("Not reachable"), "warning", f"{sentence(worst)} {_retry(peer)}".strip())
    if worst.outcome is PullOutcome.QUARANTINED:
        return Standing(gettext("Contradicts itself"), "danger", sentence(worst))
    return Standing(gettext("Refused"), "danger", f"{sentence(worst)} {_retry(peer)}".strip())


_GRAVITY = [
    PullOutcome.QUARANTINED,
    PullOutcome.REFUSED,
    PullOutcome.UNREACHABLE,
    PullOutcome.ACCEPTED,
    PullOutcome.IGNORED,
    PullOutcome.UNCHANGED,
]
_GOOD = (PullOutcome.ACCEPTED, PullOutcome.IGNORED, PullOutcome.UNCHANGED)


def subject_text(subject: str) -> str:
    """What was asked for, in words."""
    kind, _slash, what = subject.partition("/")
    lists = {
        "identity": gettext("Identity"),
        "reports": gettext("List of reports"),
        "disputes": gettext("List of disputes"),
        "seen": gettext("List of what it received"),
        "sharing-keys": gettext("List of keys of sharing"),
        "log": gettext("And more"),
    }
    if not what:
        return lists.get(kind, kind)
    if kind == "allocation":
        return gettext("Who pays what, %(month)s", month=month_text(what))
    if kind == "dispute":
        return gettext("Document of a dispute, %(digest)s", digest=what[:8])
    if kind == "sharing-key":
        return gettext("Key of sharing, %(digest)s", digest=what[:8])
    if kind == "twin":
        return gettext("%(report)s, shown by another sister", report=subject_text(what))
    if kind == "seen":
        return gettext("Report that it received, %(digest)s", digest=what[:8])
    month = month_text(kind).capitalize()
    return month if what == "1" else gettext("%(month)s, revision %(revision)s", month=month, revision=what)


def outcome_text(outcome: PullOutcome) -> tuple[str, str]:
    """An outcome in a word, and its tone."""
    return {
        PullOutcome.ACCEPTED: (gettext("Accepted"), "success"),
        PullOutcome.UNCHANGED: (gettext("Nothing new"), "quiet"),
        PullOutcome.IGNORED: (gettext("Ignored"), "quiet"),
        PullOutcome.QUARANTINED: (gettext("Put aside"), "danger"),
        PullOutcome.REFUSED: (gettext("Refused"), "danger"),
        PullOutcome.UNREACHABLE: (gettext("Not reachable"), "warning"),
    }[outcome]


def sentence(pull: Pull) -> str:
    """Why, in the reader's language; empty where there is nothing to say."""
    return str(Refusal(pull.reason, pull.detail)) if pull.reason else ""


def _retry(peer: Peer) -> str:
    if peer.failures >= BREAKS_AFTER:
        return gettext("After %(count)s failures in a row we ask less and less often.", count=peer.failures)
    return ""
