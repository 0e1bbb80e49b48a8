"""What a document of a dispute must hold, and what several come to together."""

from itertools import permutations
from typing import Any

import pytest

from billing.dispute.document import Act, Said, State, Verdict, check_dispute, figures, is_money, may_say, state_of
from tests.billing.commons import sister

CLAIMANT, ISSUER = "de.example.coop", "fr.example.coop"
OTHERS = ("es.example.coop", "gb.example.coop", "hu.example.coop")
SHARING = {CLAIMANT, ISSUER, *OTHERS}


def claim(**changes: Any) -> dict[str, Any]:
    return {
        "v": 1,
        "type": "coop-dispute",
        "act": "claim",
        "instance": CLAIMANT,
        "issued_at": "2026-11-14T09:00:00Z",
        "reason": "The invoice of the circle says 320 EUR.",
        "evidence": [{"ref": "minutes of 3 November"}],
        "concerns": ISSUER,
        "report": "sha256:" + "ab" * 32,
        "period": "2026-10",
        "field": "costs[0].amount",
        "claimed": 32_000,
        **changes,
    }


def test_a_claim_of_the_agreed_form_is_good() -> None:
    assert check_dispute(claim()) == []
    assert check_dispute(claim(claimed=None)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"act": "shout"},
        {"act": ["claim"]},
        {"act": "answer"},
        {"v": 2},
        {"concerns": CLAIMANT},
        {"claimed": "32000"},
        {"claimed": True},
        {"field": "costs[0]..amount"},
        {"field": "__class__.x y"},
        {"field": "a" * 101},
        {"report": "ab"},
        {"reason": ""},
        {"reason": "two\nlines"},
        {"evidence": [{"digest": "sha256:" + "ab" * 32}]},
        {"evidence": [{"ref": "x"}] * 21},
        {"more": 1},
    ],
    ids=str,
)
def test_another_form_is_refused(changes: dict[str, Any]) -> None:
    assert check_dispute(claim(**changes))


def test_rubbish_is_refused() -> None:
    for payload in (None, [], "x", {}):
        assert check_dispute(payload)


def test_figures_of_a_report_are_found_by_their_path() -> None:
    report = sister.payload()
    found = figures(report)
    assert found["costs[0].amount"] == report["costs"][0]["amount"]
    assert found["turnover.by_scheme.percent"] == report["turnover"]["by_scheme"]["percent"]
    assert found["availability.down_seconds"] == 540
    assert not {path for path in found if path.startswith(("revision", "v", "exponent")) or "receipts" in path}
    assert figures(sister.payload(shoppers={"distinct": "<10"})).get("shoppers.distinct") is None
    assert is_money("costs[0].amount")
    assert is_money("income_12m")
    assert not is_money("shops.active")


OPEN = Said(Act.CLAIM, CLAIMANT)
ANSWER = Said(Act.ANSWER, ISSUER)
ADMITTED = Said(Act.VERDICT, ISSUER, Verdict.UPHELD)
WITHDRAWN = Said(Act.WITHDRAWAL, CLAIMANT)


def judged(verdict: Verdict, *instances: str) -> list[Said]:
    return [Said(Act.VERDICT, instance, verdict) for instance in instances]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([OPEN], State.OPEN),
        ([OPEN, ANSWER], State.ANSWERED),
        ([OPEN, ADMITTED], State.UPHELD),
        ([OPEN, WITHDRAWN], State.WITHDRAWN),
        ([OPEN, ANSWER, *judged(Verdict.UPHELD, OTHERS[0])], State.ANSWERED),
        ([OPEN, ANSWER, *judged(Verdict.UPHELD, *OTHERS[:2])], State.UPHELD),
        ([OPEN, *judged(Verdict.REJECTED, *OTHERS[:2])], State.REJECTED),
        ([OPEN, *judged(Verdict.REJECTED, "stranger.example.coop", OTHERS[0])], State.OPEN),
        ([OPEN, *judged(Verdict.UPHELD, *OTHERS[:2]), *judged(Verdict.REJECTED, OTHERS[0])], State.OPEN),
        ([OPEN, *judged(Verdict.REJECTED, *OTHERS), ADMITTED], State.UPHELD),
        ([OPEN, WITHDRAWN, *judged(Verdict.UPHELD, *OTHERS)], State.UPHELD),
    ],
)
def test_documents_come_to_the_same_in_any_order(said: list[Said], state: State) -> None:
    for order in list(permutations(said))[:24]:
        assert state_of(order, claimant=CLAIMANT, issuer=ISSUER, sharing=SHARING) is state


def test_between_two_only_they_settle_it() -> None:
    said = [OPEN, *judged(Verdict.UPHELD, *OTHERS)]
    assert state_of(said, claimant=CLAIMANT, issuer=ISSUER, sharing={CLAIMANT, ISSUER}) is State.OPEN


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        (OPEN, True),
        (ANSWER, True),
        (ADMITTED, True),
        (WITHDRAWN, True),
        (Said(Act.ANSWER, CLAIMANT), False),
        (Said(Act.ANSWER, OTHERS[0]), False),
        (Said(Act.WITHDRAWAL, ISSUER), False),
        (Said(Act.VERDICT, ISSUER, Verdict.REJECTED), False),
        (Said(Act.VERDICT, CLAIMANT, Verdict.UPHELD), False),
        (Said(Act.VERDICT, OTHERS[0], Verdict.REJECTED), True),
        (Said(Act.CLAIM, OTHERS[0]), False),
    ],
)
def test_everybody_says_what_is_theirs_to_say(said: Said, allowed: bool) -> None:
    assert may_say(said, claimant=CLAIMANT, issuer=ISSUER) is allowed
