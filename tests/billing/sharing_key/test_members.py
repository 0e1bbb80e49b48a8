"""Who shares by the key that comes next: the form starts from the latest one, and keeps when somebody leaves it."""

import re
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from billing.commons.sharing_key import Kind
from billing.commons.sharing_key import read as read_key
from coopcircuits.federation.lists import SHARING_KEYS_PATH
from coopcircuits.federation.signing import parse_envelope
from tests.billing.sharing_key.test_proposing import digest_seen, lines, path, typed
from tests.support.key_pages import SISTER, post, read

TIERS = {"kind": "tiers", "prices": {"a": 8_000, "b": 12_000}}


def ticked(page: str) -> set[str]:
    boxes = re.findall(r'<input[^>]*name="sharing"[^>]*>', page)
    return {re.findall(r'value="([^"]*)"', box)[0] for box in boxes if " checked" in box}


def chosen(page: str, host: str) -> str:
    """The option that the select of an instance starts with."""
    select = re.findall(rf'<select[^>]*name="member-{re.escape(host)}".*?</select>', page, re.DOTALL)[0]
    return (re.findall(r'<option selected value="([^"]*)"', select) or [""])[0]


def entry(host: str, **more: str) -> dict[str, str]:
    return {"instance": host, "currency": "EUR", "from": "2026-12", **more}


def signed(browser: FlaskClient, kind: Kind, **data: Any) -> dict[str, tuple[str, str | None]]:
    """Propose a key: when each of its members joins and leaves."""
    seen = digest_seen(post(browser, path(kind), **data)[1])
    assert post(browser, path(kind), **data, seen=seen)[0] == 200
    key = read_key(parse_envelope(browser.get(f"{SHARING_KEYS_PATH}/{seen}").data).payload)
    return {member.instance: (member.since, member.until) for member in key.members}


def test_where_there_is_no_key_everybody_is_ticked(browser: FlaskClient, us: str) -> None:
    assert ticked(read(browser, path(Kind.EQUAL))) == {us}


def test_who_left_by_decision_is_not_brought_back(
    browser: FlaskClient, second_key: Callable[..., None], us: str
) -> None:
    assert ticked(read(browser, path(Kind.EQUAL))) == {us, SISTER}
    second_key(rule={"kind": "equal"}, members=[entry(us)])
    assert ticked(read(browser, path(Kind.FLAT))) == {us}
    page = read(browser, path(Kind.TIERS))
    assert (chosen(page, us), chosen(page, SISTER)) == ("", "none")


def test_who_leaves_before_the_next_key_is_left_out(
    browser: FlaskClient, second_key: Callable[..., None], us: str
) -> None:
    left = entry(SISTER, tier="a", **{"from": "2026-10", "until": "2026-11"})
    second_key(rule=TIERS, members=sorted((entry(us, tier="b"), left), key=lambda one: one["instance"]))
    page = read(browser, path(Kind.TIERS))
    assert (chosen(page, us), chosen(page, SISTER)) == ("1", "none")
    assert ticked(read(browser, path(Kind.EQUAL))) == {us}


def test_who_is_to_leave_or_to_join_later_still_does(
    browser: FlaskClient, second_key: Callable[..., None], us: str
) -> None:
    given = [entry(us, tier="b"), entry(SISTER, tier="a", until="2027-03")]
    later = entry("zz.example.coop", tier="a", **{"from": "2027-05"})
    second_key(rule=TIERS, members=[*sorted(given, key=lambda one: one["instance"]), later])
    page = read(browser, path(Kind.TIERS))
    assert [chosen(page, host) for host in (us, SISTER, "zz.example.coop")] == ["1", "0", "0"]
    assert "jusqu’à février 2027 inclus" in page
    assert "zz.example.coop, à partir de mai 2027" in page
    rows = lines(("a", "80"), ("b", "120"))
    groups = {f"member-{us}": "1", f"member-{SISTER}": "0", "member-zz.example.coop": "0"}
    assert signed(browser, Kind.TIERS, **typed(us, since="2027-01", **rows, **groups)) == {
        us: ("2027-01", None),
        SISTER: ("2027-01", "2027-03"),
        "zz.example.coop": ("2027-05", None),
    }
    everybody = [us, SISTER, "zz.example.coop"]
    members = signed(browser, Kind.EQUAL, **typed(us, since="2027-06", sharing=everybody))
    assert members == dict.fromkeys(everybody, ("2027-06", None))  # who had left joins anew: it is ticked by hand


def test_a_key_that_begins_later_is_followed_from_its_members(
    browser: FlaskClient, second_key: Callable[..., None], us: str
) -> None:
    members = [entry(host, **{"from": "2027-06"}) for host in sorted((us, SISTER))]
    second_key(since="2027-06", rule={"kind": "equal"}, members=members)
    assert ticked(read(browser, path(Kind.EQUAL))) == {us, SISTER}
    found = signed(browser, Kind.EQUAL, **typed(us, since="2026-12"))
    assert found == dict.fromkeys((us, SISTER), ("2026-12", None))


def test_a_key_that_everybody_has_left_is_followed_by_whoever_is_ticked(
    browser: FlaskClient, second_key: Callable[..., None], us: str
) -> None:
    second_key(rule={"kind": "equal"}, members=[entry(host, until="2027-01") for host in sorted((us, SISTER))])
    page = post(browser, path(Kind.EQUAL), **typed(us, since="2027-03", budget="200"))[1]
    assert "Comparée à la version 2" in page
    assert page.count("ne partage pas") == 2
    found = signed(browser, Kind.EQUAL, **typed(us, since="2027-03", sharing=[us]))
    assert found == {us: ("2027-03", None)}
