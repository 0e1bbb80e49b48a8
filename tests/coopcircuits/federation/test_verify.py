import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.commons.report import REPORT_RULES
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.reasons import REASONS
from coopcircuits.federation.signing import ObjectKind, build_envelope
from coopcircuits.federation.verify import Outcome, SeenReport, Verdict, verify_report
from coopcircuits.i18n import speaking
from tests.billing.commons import sister
from tests.billing.commons.sister import HOST, NOW, REVOKED

GOOD = sister.report()
IDENTITY = sister.identity()
HOSTILE = sister.hostile()


def verdict(raw: bytes, *seen: SeenReport, **options: Any) -> Verdict:
    standard = {"expected_host": HOST, "identity": IDENTITY, "seen": seen, "now": NOW, "rules": REPORT_RULES}
    return verify_report(raw, **(standard | options))


def held(raw: bytes, **changes: Any) -> SeenReport:
    """What we store of an accepted report."""
    payload = json.loads(raw)["payload"]
    stored = SeenReport(payload["period"], payload["revision"], digest(payload), payload["state"], NOW)
    return replace(stored, **changes)


def revised(raw: bytes = GOOD, revision: int = 2, **changes: Any) -> bytes:
    supersedes = digest(json.loads(raw)["payload"])
    return sister.report(
        **({"revision": revision, "supersedes": supersedes, "reason": "an invoice came late"} | changes)
    )


def test_a_good_report_is_accepted_with_its_content() -> None:
    result = verdict(GOOD)
    assert (result.outcome, result.reason, result.sentence) == (Outcome.ACCEPTED, "", "")
    assert result.payload == sister.payload()
    assert result.digest == digest(sister.payload())


def test_spacing_of_the_envelope_does_not_matter() -> None:
    assert verdict(json.dumps(json.loads(GOOD), indent=2).encode()).accepted


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_reports_are_refused_with_their_reason(name: str) -> None:
    raw, expected = HOSTILE[name]
    result = verdict(raw)
    assert (result.outcome, result.reason) == (Outcome.REFUSED, expected)
    assert result.payload is None
    with speaking("en"):
        assert result.sentence.startswith(REASONS[expected])


def test_there_are_at_least_thirty_of_them() -> None:
    assert len(HOSTILE) >= 30
    assert len({raw for raw, _reason in HOSTILE.values()}) == len(HOSTILE)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_changing_any_byte_is_refused(position: int, difference: int) -> None:
    changed = bytearray(GOOD)
    changed[position] ^= difference
    result = verdict(bytes(changed))
    assert result.outcome is Outcome.REFUSED
    assert result.reason in REASONS


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_rubbish_never_raises(raw: bytes) -> None:
    assert verdict(raw).outcome is Outcome.REFUSED


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_odd_value_in_a_signed_report_is_judged_not_raised(data: st.DataObject) -> None:
    """A peer may sign anything: each member in turn becomes something else."""
    payload = deepcopy(sister.payload())
    place: Any = payload
    while True:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
            place = place[key]
            continue
        odd = [None, True, 0, -1, 2**53 - 1, "", "x", [], {}, [[]], ["\x00"], {"": 0}]
        place[key] = data.draw(st.sampled_from(odd))
        break
    result = verdict(build_envelope(ObjectKind.REPORT, payload, [sister.KEY]))
    assert result.outcome in {Outcome.REFUSED, Outcome.ACCEPTED}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"identity": None}, "unknown-peer"),
        ({"expected_host": "de.example.coop"}, "unknown-peer"),
        ({"now": NOW + timedelta(days=8)}, "identity-expired"),
        ({"expected": ("2026-09", 1)}, "wrong-document"),
        ({"expected": ("2026-10", 2)}, "wrong-document"),
    ],
)
def test_only_what_was_asked_from_a_registered_peer_counts(options: dict[str, Any], expected: str) -> None:
    assert verdict(GOOD, **options).reason == expected


def test_the_same_report_again_has_no_effect() -> None:
    assert verdict(GOOD, held(GOOD)).outcome is Outcome.UNCHANGED


def test_two_faces_are_quarantined_and_named() -> None:
    other = sister.report(orders={"completed": 3_121, "cancelled": 88})
    result = verdict(other, held(GOOD))
    assert (result.outcome, result.reason) == (Outcome.QUARANTINED, "equivocation")
    assert digest(sister.payload()) in result.sentence
    assert verdict(GOOD, held(GOOD), held(other)).outcome is Outcome.QUARANTINED


def test_a_revision_that_explains_itself_is_accepted() -> None:
    assert verdict(revised(), held(GOOD)).accepted


def test_an_older_revision_is_ignored() -> None:
    second = revised()
    assert verdict(GOOD, held(second)).outcome is Outcome.IGNORED


def test_a_revision_of_something_we_never_received_is_refused() -> None:
    assert verdict(revised(supersedes="sha256:" + "1" * 64), held(GOOD)).reason == "wrong-supersedes"


def test_a_revision_whose_predecessor_we_missed_is_accepted() -> None:
    assert verdict(revised(revision=3), held(GOOD)).accepted


def test_reports_form_a_chain() -> None:
    september = SeenReport("2026-09", 1, "sha256:" + "9" * 64, "final", NOW)
    assert verdict(GOOD, september).reason == "broken-chain"
    assert verdict(sister.report(prev=september.digest), september).accepted
    assert verdict(GOOD, replace(september, state="provisional")).accepted


def test_no_report_has_to_follow_one_that_counts_no_more() -> None:
    """Whoever stole a key may have published the highest revision there is."""
    stolen = held(sister.report(revision=9999), counts=False)
    assert verdict(revised(), held(GOOD), stolen).accepted
    assert verdict(revised(), held(GOOD), replace(stolen, counts=True)).outcome is Outcome.IGNORED
    other = held(sister.report(orders={"completed": 1, "cancelled": 0}), counts=False)
    assert verdict(revised(), other).accepted
    assert verdict(revised(), replace(other, counts=True)).reason == "wrong-supersedes"


def test_a_report_that_counts_no_more_stands_in_no_other_s_way() -> None:
    """A thief may have published the very revision that its issuer publishes now, or the month before."""
    stolen = held(revised(orders={"completed": 1, "cancelled": 0}), counts=False)
    assert verdict(revised(), held(GOOD), stolen).accepted
    assert verdict(revised(), held(GOOD), replace(stolen, counts=True)).outcome is Outcome.QUARANTINED
    assert verdict(revised(), held(revised(), counts=False)).outcome is Outcome.UNCHANGED
    september = SeenReport("2026-09", 1, "sha256:" + "f" * 64, "final", NOW)
    assert verdict(GOOD, september).reason == "broken-chain"
    assert verdict(GOOD, replace(september, counts=False)).accepted


def test_a_report_may_name_a_predecessor_that_was_replaced_after_a_theft() -> None:
    """It was signed with a key that is safe before its issuer knew, and is not signed again."""
    before = replace(held(GOOD), period="2026-09", digest=sister.payload()["prev"])
    again = replace(before, revision=2, digest="sha256:" + "e" * 64)
    assert verdict(GOOD, replace(before, counts=False), again).accepted


def test_a_report_known_before_its_key_was_stolen_stays() -> None:
    stolen = sister.report(REVOKED)
    before = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)
    assert verdict(stolen, held(stolen, first_seen=before)).outcome is Outcome.UNCHANGED
    assert verdict(stolen, held(stolen, first_seen=NOW)).reason == "key-revoked"


def test_a_second_signature_must_be_good_as_well() -> None:
    payload = sister.payload()
    doubtful = build_envelope(ObjectKind.REPORT, payload, [sister.KEY, sister.STRANGER])
    assert verdict(doubtful).reason == "unknown-key"


@pytest.mark.parametrize(
    ("zone", "start", "end", "hours"),
    [
        ("Pacific/Auckland", "2026-09-30T11:00:00Z", "2026-10-31T11:00:00Z", 744),
        ("America/Costa_Rica", "2026-10-01T06:00:00Z", "2026-11-01T06:00:00Z", 744),
        ("Australia/Melbourne", "2026-09-30T14:00:00Z", "2026-10-31T13:00:00Z", 743),
        ("Europe/Paris", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z", 745),
        ("Asia/Kolkata", "2026-09-30T18:30:00Z", "2026-10-31T18:30:00Z", 744),
    ],
)
def test_a_month_is_the_civil_month_of_the_zone(zone: str, start: str, end: str, hours: int) -> None:
    longest = hours * 3600
    measured = sister.payload()["availability"] | {"down_seconds": longest}
    good = {"zone": zone, "period_start": start, "period_end": end, "availability": measured}
    assert verdict(sister.report(**good)).accepted
    too_long = good | {"availability": measured | {"down_seconds": longest + 1}}
    assert verdict(sister.report(**too_long)).reason == "bad-arithmetic"
    assert verdict(sister.report(**(good | {"zone": "UTC"}))).reason == "wrong-period-bounds"
