"""The allocation of a month: same documents, same bytes, whoever computes it and in whatever order they came."""

import random
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from billing.commons import sharing_key
from billing.commons.allocation import (
    Books,
    NoSharingKey,
    allocate,
    allocation_digest,
    check_allocation,
    differences,
)
from billing.commons.archive import Archive, CountedReport
from billing.commons.calendar import counted_until
from billing.commons.rates import Rate, RateMissing
from billing.commons.sharing_key import check_sharing_key
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.reasons import Refusal
from coopcircuits.period import Month

DE, FR, GB = "de.example.coop", "fr.example.coop", "gb.example.coop"
OCTOBER = "2026-10"


def report(
    instance: str,
    period: str = OCTOBER,
    *,
    net: int = 1_000_000,
    income: int = 10**9,
    spent: int = 0,
    currency: str = "EUR",
    revision: int = 1,
    issued_at: datetime | None = None,
    until: datetime | None = None,
) -> CountedReport:
    """A final report; by default issued on the eighth of the month after."""
    after = Month.parse(period).plus(1)
    return CountedReport(
        instance,
        period,
        revision,
        digest([instance, period, revision, net, spent]),
        issued_at or datetime(after.year, after.number, 8, tzinfo=UTC),
        currency,
        Fraction(net),
        Fraction(income),
        spent,
        until,
    )


def the_key(*members: tuple[str, str], **changes: Any) -> dict[str, Any]:
    return (
        sharing_key.hybrid(
            members or [(DE, "EUR"), (FR, "EUR")],
            since="2026-01",
            decided_on="2025-12-01",
            decision="Voted in a circle",
        )
        | changes
    )


def pound(rate: str = "0.800000") -> dict[str, dict[str, Rate]]:
    return {OCTOBER: {"GBP": Rate("GBP", rate, "ecb-mean", "2026-10-01", "2026-10-30")}}


def books(reports: Iterable[CountedReport], *keys: dict[str, Any], rates: Any = None) -> Books:
    return Books(Archive(reports), [sharing_key.read(key) for key in keys or [the_key()]], rates or {})


def share(payload: dict[str, Any], instance: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in payload["shares"] if entry["instance"] == instance)
    return found


def months(first: str, count: int) -> list[str]:
    return [str(Month.parse(first).plus(step)) for step in range(count)]


# ---------------------------------------------------------------- the budget and the weights


def test_two_instances_share_what_both_spent() -> None:
    found = books([report(DE, net=3_000_000, spent=60_000), report(FR, spent=40_000)])
    payload = allocate(found, OCTOBER, instance=FR)
    assert check_allocation(payload) == []
    assert (payload["budget"], payload["uncovered"]) == (100_000, 0)
    # A quarter in equal parts, 125 EUR each; the rest 3 to 1.
    assert [entry["share"] for entry in payload["shares"]] == [68_750, 31_250]
    assert [entry["weight_base"] for entry in payload["inputs"]] == [3_000_000, 1_000_000]


def test_a_voted_budget_replaces_what_was_spent() -> None:
    found = books([report(DE), report(FR, spent=40_000)], the_key(budget=500_000))
    assert allocate(found, OCTOBER, instance=FR)["budget"] == 500_000


def test_twelve_months_weigh_and_no_more() -> None:
    reports = [report(FR, period, net=100_000) for period in months("2025-09", 14)] + [report(DE)]
    payload = allocate(books(reports), OCTOBER, instance=FR)
    assert payload["inputs"][1]["weight_base"] == 1_200_000


def test_a_year_below_zero_weighs_nothing() -> None:
    payload = allocate(books([report(DE), report(FR, net=-5_000)]), OCTOBER, instance=FR)
    assert payload["inputs"][1]["weight_base"] == 0


def test_pounds_become_euros_once() -> None:
    found = books([report(GB, net=400_001, spent=800, currency="GBP")], the_key((GB, "GBP")), rates=pound())
    payload = allocate(found, OCTOBER, instance=GB)
    assert payload["inputs"][0]["weight_base"] == 500_001  # 500,001.25 rounded
    assert payload["budget"] == 1_000
    assert payload["rates"] == [
        {"currency": "GBP", "rate": "0.800000", "source": "ecb-mean", "from": "2026-10-01", "to": "2026-10-30"}
    ]


def test_without_a_rate_nothing_is_computed() -> None:
    with pytest.raises(RateMissing, match="GBP"):
        allocate(books([report(FR)], the_key((FR, "EUR"), (GB, "GBP"))), OCTOBER, instance=FR)


def test_before_any_key_nothing_is_computed() -> None:
    with pytest.raises(NoSharingKey):
        allocate(books([report(FR)]), "2025-12", instance=FR)


def test_whoever_left_pays_no_more_and_whoever_comes_later_not_yet() -> None:
    key = the_key((DE, "EUR"), (FR, "EUR"), (GB, "GBP"))
    key["members"][0]["until"] = OCTOBER
    key["members"][2]["from"] = "2026-11"
    payload = allocate(books([report(DE), report(FR, spent=100)], key), OCTOBER, instance=FR)
    assert [entry["instance"] for entry in payload["shares"]] == [FR]


# ---------------------------------------------------------------- late, revised


def test_a_late_peer_is_estimated_by_its_last_three_months() -> None:
    amounts = dict(zip(months("2026-06", 4), (900_000, 100_000, 200_000, 300_000), strict=True))
    reports = [report(DE, period, net=net) for period, net in amounts.items()] + [report(FR, spent=1_000)]
    payload = allocate(books(reports), OCTOBER, instance=FR)
    late = payload["inputs"][0]
    assert late["estimated"] is True
    assert late["digest"] == reports[3].digest  # the last one there is
    assert late["weight_base"] == 1_500_000 + 200_000


def test_whoever_never_reported_weighs_nothing() -> None:
    payload = allocate(books([report(FR, spent=1_000)]), OCTOBER, instance=FR)
    assert payload["inputs"][0] == {"instance": DE, "digest": None, "estimated": True, "weight_base": 0}
    assert share(payload, DE)["share"] == 0  # no income known, so nothing can be asked


def test_what_comes_after_the_objections_counts_in_the_next_month() -> None:
    cutoff = counted_until(Month.parse(OCTOBER))
    first = [report(DE, net=1_000_000, spent=100_000), report(FR, net=1_000_000)]
    revised = report(DE, net=3_000_000, spent=100_000, revision=2, issued_at=cutoff)
    november = [report(DE, "2026-11"), report(FR, "2026-11")]
    before = allocate(books(first), OCTOBER, instance=FR)
    # October itself does not move any more.
    assert allocate(books([*first, revised, *november]), OCTOBER, instance=FR) == before
    after = allocate(books([*first, revised, *november]), "2026-11", instance=FR)
    # 50,000 each became 68,750 and 31,250.
    assert [entry["true_up"] for entry in after["shares"]] == [18_750, -18_750]
    december = [report(DE, "2026-12"), report(FR, "2026-12")]
    later = allocate(books([*first, revised, *november, *december]), "2026-12", instance=FR)
    assert [entry["true_up"] for entry in later["shares"]] == [0, 0]


def test_a_revision_in_time_simply_counts() -> None:
    in_time = counted_until(Month.parse(OCTOBER)) - timedelta(seconds=1)
    reports = [report(DE, spent=1), report(DE, spent=100_000, revision=2, issued_at=in_time), report(FR)]
    assert allocate(books(reports), OCTOBER, instance=FR)["budget"] == 100_000


def test_the_report_of_a_late_peer_corrects_its_estimate() -> None:
    late = report(DE, net=3_000_000, issued_at=counted_until(Month.parse(OCTOBER)) + timedelta(days=3))
    reports = [report(FR, spent=100_000), report(DE, "2026-09"), report(FR, "2026-09"), late]
    november = [report(DE, "2026-11"), report(FR, "2026-11")]
    estimated = allocate(books(reports), OCTOBER, instance=FR)
    assert [entry["estimated"] for entry in estimated["inputs"]] == [True, False]
    payload = allocate(books([*reports, *november]), "2026-11", instance=FR)
    ups = [entry["true_up"] for entry in payload["shares"]]
    assert ups[0] > 0
    assert sum(ups) == 0


# ---------------------------------------------------------------- same bytes everywhere


def test_twenty_nodes_come_to_the_same_digest() -> None:
    chance = random.Random(20)  # noqa: S311 - repeatable test data
    hosts = [f"i{number:02d}.example.coop" for number in range(20)]
    currencies = {host: chance.choice(["EUR", "GBP", "HUF"]) for host in hosts}
    rates = {
        period: {
            "GBP": Rate("GBP", f"0.8{chance.randrange(10**5):05d}", "ecb-mean", f"{period}-01", f"{period}-28"),
            "HUF": Rate("HUF", f"39{chance.randrange(10)}.123456", "ecb-mean", f"{period}-01", f"{period}-28"),
        }
        for period in months("2026-01", 10)
    }
    reports = [
        report(
            host,
            period,
            net=chance.randrange(-(10**4), 10**8),
            income=chance.randrange(10**7),
            spent=chance.randrange(10**5),
            currency=currencies[host],
            revision=revision,
        )
        for host in hosts
        for period in months("2026-01", 10)
        for revision in range(1, chance.choice([1, 1, 1, 2]) + 1)
        if chance.random() > 0.1
    ]
    key = the_key(*currencies.items())
    digests = set()
    for host in hosts:
        chance.shuffle(reports)
        mine = deepcopy(key)
        payload = allocate(books(reports, mine, rates=rates), OCTOBER, instance=host)
        assert check_allocation(payload) == []
        digests.add(allocation_digest(payload))
    assert len(digests) == 1


def test_two_instances_see_where_they_differ() -> None:
    reports = [report(DE, spent=100_000), report(FR)]
    ours = allocate(books(reports), OCTOBER, instance=FR)
    theirs = allocate(
        books([replace(reports[0], net=Fraction(5), digest=digest("x")), reports[1]]), OCTOBER, instance=DE
    )
    assert differences(ours, ours) == []
    assert differences(ours, theirs) == [f"inputs.{DE}", f"shares.{DE}", f"shares.{FR}"]


@pytest.mark.parametrize(
    "change",
    [
        {"uncovered": 1},
        {"budget": -1},
        {"v": True},
        {"extra": 1},
        {"currency": "GBP"},
        {"rates": [{"currency": "GBP", "rate": "0.8", "source": "ecb-mean", "from": "2026-10-01", "to": "2026-10-30"}]},
        {"inputs": []} | {"shares": [{"instance": DE, "share": 100, "floor": 0, "cap": 99, "true_up": 0}]},
    ],
)
def test_an_allocation_that_cannot_be_right_is_refused(change: dict[str, Any]) -> None:
    payload = allocate(books([report(DE, spent=100), report(FR)]), OCTOBER, instance=FR)
    assert check_allocation(payload | change)


# ---------------------------------------------------------------- keys of sharing


def test_the_first_key_is_a_good_one() -> None:
    assert check_sharing_key(the_key()) == []
    assert sharing_key.read(the_key()).rule["cap_permille"] == 400


def test_the_highest_version_that_has_begun_rules() -> None:
    first = sharing_key.read(the_key())
    second = sharing_key.read(the_key(version=2, supersedes=first.digest) | {"from": "2026-06"})
    assert sharing_key.in_force([second, first], "2026-05") == first
    assert sharing_key.in_force([first, second], "2026-06") == second
    assert sharing_key.in_force([first, second], "2025-12") is None


@pytest.mark.parametrize(
    "change",
    [
        {"rule": {"kind": "hybrid", "equal_permille": 250, "floor": 0}},
        {"rule": {"kind": "hybrid", "equal_permille": 1001, "floor": 0, "cap_permille": 400}},
        {"rule": {"kind": "guess"}},
        {"rule": {"kind": "equal", "more": 1}},
        {"rule": {"kind": "tiers", "prices": {"core": 1}}},
        {"rule": {"kind": "airport", "levels": [{"name": "hosting", "permille": 999}]}},
        {"members": []},
        {"members": [{"instance": FR, "currency": "EUR", "from": "2026-01"}] * 2},
        {"members": [{"instance": FR, "currency": "EUR", "from": "2026-01", "until": "2026-01"}]},
        {"members": [{"instance": FR, "currency": "EUR", "from": "2026-01", "tier": "core"}]},
        {"version": 2},
        {"budget": -1},
        {"budget": 1.5},
        {"currency": "GBP"},
    ],
)
def test_a_malformed_key_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        sharing_key.read(the_key() | change)
    assert refused.value.reason == "bad-sharing-key"


def test_tiers_and_levels_belong_to_members() -> None:
    member = {"instance": FR, "currency": "EUR", "from": "2026-01"}
    tiers = the_key(rule={"kind": "tiers", "prices": {"core": 9_000}}, members=[member | {"tier": "core"}])
    payload = allocate(books([report(FR, spent=9_500)], tiers), OCTOBER, instance=FR)
    assert (share(payload, FR)["share"], payload["uncovered"]) == (9_000, 500)
    levels = [{"name": "hosting", "permille": 600}, {"name": "law", "permille": 400}]
    airport = the_key(rule={"kind": "airport", "levels": levels}, members=[member | {"level": "hosting"}])
    payload = allocate(books([report(FR, spent=1_000)], airport), OCTOBER, instance=FR)
    assert (share(payload, FR)["share"], payload["uncovered"]) == (600, 400)


# ---------------------------------------------------------------- a key that was stolen


def test_a_report_under_a_stolen_key_counts_until_that_is_known_and_is_corrected_afterwards() -> None:
    """What was charged with it stays; without another revision the next allocation corrects, with one it does not."""
    key = the_key(budget=100_000, rule={"kind": "proportional"})
    cutoff = counted_until(Month.parse(OCTOBER))
    good, november = report(DE), [report(DE, "2026-11"), report(FR, "2026-11")]
    stolen = report(FR, until=cutoff + timedelta(days=1))
    charged = allocate(books([good, stolen], key), OCTOBER, instance=DE)
    assert [entry["estimated"] for entry in charged["inputs"]] == [False, False]
    known = allocate(books([good, replace(stolen, until=cutoff - timedelta(seconds=1))], key), OCTOBER, instance=DE)
    assert [entry["estimated"] for entry in known["inputs"]] == [False, True]
    corrected = allocate(books([good, stolen, *november], key), "2026-11", instance=DE)
    assert {entry["instance"]: entry["true_up"] for entry in corrected["shares"]} == {DE: 50_000, FR: -50_000}
    again = replace(stolen, revision=2, digest=digest([2]), issued_at=cutoff + timedelta(days=1), until=None)
    settled = allocate(books([good, stolen, again, *november], key), "2026-11", instance=DE)
    assert [entry["true_up"] for entry in settled["shares"]] == [0, 0]
