"""The vector of a dispute: a claim about the vector of a report, what is said to it, and what it comes to."""

from typing import Any

from billing.dispute.document import Act, Said, Verdict, state_of
from coopcircuits.federation.canonical import digest
from tests.billing.commons import sister

CLAIMANT, JUDGES = "de.example.coop", ("es.example.coop", "gb.example.coop", "hu.example.coop")


def _document(act: Act, instance: str, reason: str, **more: Any) -> dict[str, Any]:
    return {
        "v": 1,
        "type": "coop-dispute",
        "act": act.value,
        "instance": instance,
        "issued_at": "2026-11-09T10:00:00Z",
        "reason": reason,
        "evidence": [],
        **more,
    }


def claim() -> dict[str, Any]:
    """Half of the hosting is contested."""
    proof = {"ref": "Invoice INV-2026-118, page 2", "digest": "sha256:" + "cd" * 32}
    return _document(
        Act.CLAIM,
        CLAIMANT,
        "Half of the invoice is for another project.",
        concerns=sister.HOST,
        report=digest(sister.payload()),
        period="2026-10",
        field="costs[0].amount",
        claimed=20_600,
    ) | {"evidence": [proof]}


def answer() -> dict[str, Any]:
    """The instance concerned answers."""
    return _document(Act.ANSWER, sister.HOST, "The whole machine serves us.", dispute=digest(claim()))


def cases() -> list[dict[str, Any]]:
    """Documents by who signed them, and what they come to among five members."""
    said = {
        "claim": Said(Act.CLAIM, CLAIMANT),
        "answer": Said(Act.ANSWER, sister.HOST),
        "admitted": Said(Act.VERDICT, sister.HOST, Verdict.UPHELD),
        "withdrawn": Said(Act.WITHDRAWAL, CLAIMANT),
        **{f"{judge} {verdict}": Said(Act.VERDICT, judge, verdict) for judge in JUDGES for verdict in Verdict},
    }
    first, second, third = JUDGES
    told = [
        ["claim"],
        ["claim", "answer"],
        ["claim", "admitted"],
        ["claim", "withdrawn"],
        ["claim", "answer", f"{first} upheld"],
        ["claim", "answer", f"{first} upheld", f"{third} upheld"],
        ["claim", f"{first} rejected", f"{second} rejected"],
        ["claim", f"{first} rejected", f"{second} rejected", f"{second} upheld"],
        ["claim", "withdrawn", f"{first} upheld", f"{second} upheld"],
    ]
    members = {CLAIMANT, sister.HOST, *JUDGES}
    return [
        {
            "documents": [
                {"act": said[name].act, "instance": said[name].instance, "outcome": said[name].verdict}
                for name in names
            ],
            "state": state_of(
                [said[name] for name in names], claimant=CLAIMANT, issuer=sister.HOST, sharing=members
            ).value,
        }
        for names in told
    ]
