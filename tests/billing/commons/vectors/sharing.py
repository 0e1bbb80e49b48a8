"""The vectors of sharing: a key, an allocation with everything it is computed from, and each kind of key by itself."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from billing.commons import sharing_key
from billing.commons.allocation import Books, allocate
from billing.commons.archive import Archive, CountedReport
from billing.commons.rates import Rate
from billing.commons.shares import Stake, split
from billing.commons.sharing_key import Kind, SharingKey
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.moments import format_moment

FR, GB, HU = "fr.example.coop", "gb.example.coop", "hu.example.coop"
KEY = sharing_key.hybrid(
    [(FR, "EUR"), (GB, "GBP"), (HU, "HUF")],
    since="2026-09",
    decided_on="2026-06-20",
    decision="General circle, 20 June 2026: 17 for, 2 abstained",
)
RATES = {
    "2026-09": [Rate("GBP", "0.861250", "ecb-mean", "2026-09-01", "2026-09-30")],
    "2026-10": [Rate("GBP", "0.870500", "ecb-mean", "2026-10-01", "2026-10-30")],
}
for _month, _rate in (("2026-09", "394.118182"), ("2026-10", "395.020455")):
    RATES[_month].append(Rate("HUF", _rate, "ecb-mean", f"{_month}-01", f"{_month}-30"))


def reports() -> list[CountedReport]:
    """September of three; a revision of it after the objections; October of two: the third is late."""

    def report(
        instance: str, period: str, currency: str, net: int, income: int, spent: int, issued: str, revision: int = 1
    ) -> CountedReport:
        return CountedReport(
            instance,
            period,
            revision,
            digest(f"report of {instance}, {period}, revision {revision}"),
            datetime.fromisoformat(issued).replace(tzinfo=UTC),
            currency,
            Fraction(net),
            Fraction(income),
            spent,
        )

    return [
        report(FR, "2026-09", "EUR", 21_400_000, 2_310_000, 61_000, "2026-10-09T08:00:00"),
        report(GB, "2026-09", "GBP", 17_200_000, 1_980_000, 48_000, "2026-10-08T10:00:00"),
        report(HU, "2026-09", "HUF", 310_000_000, 29_000_000, 0, "2026-10-10T09:00:00"),
        report(GB, "2026-09", "GBP", 17_900_000, 1_980_000, 51_500, "2026-10-27T10:00:00", 2),
        report(FR, "2026-10", "EUR", 23_900_000, 2_390_000, 64_200, "2026-11-09T08:00:00"),
        report(GB, "2026-10", "GBP", 18_400_000, 2_040_000, 50_300, "2026-11-10T11:00:00"),
    ]


def allocation() -> dict[str, Any]:
    """October as ``fr.example.coop`` computes it."""
    rates = {month: {rate.currency: rate for rate in found} for month, found in RATES.items()}
    return allocate(Books(Archive(reports()), [sharing_key.read(KEY)], rates), "2026-10", instance=FR)


def computed_from() -> dict[str, Any]:
    """What the allocation vector is computed from, figures in minor units."""
    return {
        "reports": [
            {
                "instance": report.instance,
                "period": report.period,
                "revision": report.revision,
                "digest": report.digest,
                "issued_at": format_moment(report.issued_at),
                "currency": report.currency,
                "turnover.net_ex_tax": int(report.net),
                "income_12m": int(report.income),
                "costs, common, cash": report.common_cash,
            }
            for report in reports()
        ],
        "sharing_key": KEY,
        "rates": {month: [rate.as_json() for rate in found] for month, found in RATES.items()},
    }


_STAKES = [
    ("au.example.coop", 480_000_000, 4_100_000),
    ("be.example.coop", 120_000_000, 1_150_000),
    ("cr.example.coop", 0, 0),
    ("de.example.coop", 120_000_000, 1_150_000),
    ("fr.example.coop", 2_400_000_000, 21_000_000),
]
_RULES: list[tuple[dict[str, Any], list[str]]] = [
    ({"kind": "equal"}, []),
    ({"kind": "proportional"}, []),
    ({"kind": "capacity", "permille": 200}, []),
    ({"kind": "flat", "permille": 1}, []),
    (
        {"kind": "tiers", "prices": {"basic": 50_000, "core": 200_000, "start": 5_000}},
        ["core", "basic", "start", "basic", "core"],
    ),
    ({"kind": "floor-cap", "floor": 5_000, "cap_permille": 400}, []),
    ({"kind": "hybrid", "equal_permille": 250, "floor": 5_000, "cap_permille": 400}, []),
    (
        {
            "kind": "airport",
            "levels": [
                {"name": "hosting", "permille": 500},
                {"name": "weekly", "permille": 300},
                {"name": "law", "permille": 200},
            ],
        },
        ["weekly", "law", "hosting", "law", "law"],
    ),
]


def splits() -> list[dict[str, Any]]:
    """Each kind of key on the same instances, with too little and with enough to share."""
    cases = []
    for rule, groups in _RULES:
        for budget in (100_001, 1_000_000):
            stakes = [
                Stake(name, turnover, income, groups[place] if groups else None)
                for place, (name, turnover, income) in enumerate(_STAKES)
            ]
            key = SharingKey("", 1, "2026-09", None, "2026-06-20", "", Kind(rule["kind"]), rule, None, [])
            shares, uncovered = split(key, stakes, budget, "2026-10")
            cases.append(
                {
                    "rule": rule,
                    "budget": budget,
                    "period": "2026-10",
                    "instances": [
                        {"instance": stake.instance, "t": stake.turnover, "c": stake.income}
                        | ({"group": stake.group} if stake.group else {})
                        for stake in stakes
                    ],
                    "shares": [vars(share) for share in shares],
                    "uncovered": uncovered,
                }
            )
    return cases
