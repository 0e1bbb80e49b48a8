"""Proposing a key of any kind: its figures are asked for, what it would have meant is shown, then it is signed."""

import re
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from billing.allocation.models import Allocation
from billing.commons.kinds import KINDS
from billing.commons.sharing_key import Kind
from billing.commons.sharing_key import read as read_key
from billing.peer.models import PeerReport
from billing.sharing_key import queries
from coopcircuits import clock
from coopcircuits.db import Database
from coopcircuits.federation.lists import SHARING_KEYS_PATH
from coopcircuits.federation.signing import parse_envelope
from tests.support.key_pages import SISTER, plain, post, read

INDEX = "/cooperative/commons/keys"


def path(kind: Kind) -> str:
    return f"{INDEX}/proposal?kind={kind.value}"


def lines(*rows: tuple[str, str]) -> dict[str, str]:
    return {
        f"row-{at}-{what}": typed
        for at, row in enumerate(rows)
        for what, typed in zip(("name", "figure"), row, strict=True)
    }


def typed(us: str, **figures: Any) -> dict[str, Any]:
    common = {"since": "2026-12", "budget": "", "decision": "Cercle finances, vote le 2 décembre."}
    return {**common, "sharing": [us, SISTER], **figures}


def asked(us: str) -> dict[Kind, tuple[dict[str, Any], dict[str, Any]]]:
    """What is typed for each kind, and the rule that comes of it."""
    both = {f"member-{us}": "1", f"member-{SISTER}": "0"}
    bounds = {"floor": 4_000, "cap_permille": 375}
    return {
        Kind.EQUAL: ({}, {}),
        Kind.PROPORTIONAL: ({}, {}),
        Kind.CAPACITY: ({"permille": "20"}, {"permille": 200}),
        Kind.TIERS: (
            {**lines(("Petite", "80"), ("Très grande", "120,50"), ("", "")), **both},
            {"prices": {"petite": 8_000, "tres-grande": 12_050}},
        ),
        Kind.FLOOR_CAP: ({"floor": "40", "cap_permille": "37,5"}, bounds),
        Kind.HYBRID: (
            {"equal_permille": "20 %", "floor": "40", "cap_permille": "37,5"},
            {"equal_permille": 200, **bounds},
        ),
        Kind.AIRPORT: (
            {**lines(("hosting", "60"), ("weekly", "40")), **both},
            {"levels": [{"name": "hosting", "permille": 600}, {"name": "weekly", "permille": 400}]},
        ),
        Kind.FLAT: ({"permille": "1"}, {"permille": 10}),
    }


def digest_seen(page: str) -> str:
    found = re.search(r'<button [^>]*name="seen" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def test_the_kinds_are_explained_before_one_is_chosen(browser: FlaskClient, october: None) -> None:
    page = read(browser, f"{INDEX}/proposal")
    for kind, described in KINDS.items():
        assert f"kind={kind.value}" in page
        assert plain(str(described.weak)) in page
    assert page.count("En vigueur") == 1
    assert "Un prix par palier" in read(browser, f"{INDEX}/proposal?kind=whatever")


def test_every_kind_is_proposed_once_it_was_seen(browser: FlaskClient, october: None, us: str) -> None:
    for kind, (figures, rule) in asked(us).items():
        assert browser.get(path(kind)).status_code == 200
        status, page = post(browser, path(kind), **typed(us, **figures))
        assert (status, "Ce que cela changerait" in page, "signée" in page) == (200, True, False), kind
        seen = digest_seen(page)
        assert browser.get(f"{SHARING_KEYS_PATH}/{seen}").status_code == 404  # nothing is signed yet
        status, page = post(browser, path(kind), **typed(us, **figures, seen=seen))
        assert (status, "Votre proposition est signée" in page) == (200, True), kind
        key = read_key(parse_envelope(browser.get(f"{SHARING_KEYS_PATH}/{seen}").data).payload)
        assert (key.rule, key.version, key.since) == ({"kind": kind.value, **rule}, 2, "2026-12")
        groups = {member.instance: member.group for member in key.members}
        names = list(rule.get("prices", {})) or [level["name"] for level in rule.get("levels", [])] or [None, None]
        assert groups == {SISTER: names[0], us: names[1]}


def test_what_is_changed_is_seen_again_before_it_is_signed(
    browser: FlaskClient, database: Database, october: None, us: str
) -> None:
    seen = digest_seen(post(browser, path(Kind.FLAT), **typed(us, permille="1"))[1])
    status, page = post(browser, path(Kind.FLAT), **typed(us, permille="2", seen=seen))
    assert (status, digest_seen(page) != seen, "2 % de ses ventes" in page) == (200, True, True)
    with database.reading() as session:
        assert not queries.proposals(session)


def test_enter_shows_what_it_would_change_again_and_never_signs(
    browser: FlaskClient, database: Database, october: None, us: str
) -> None:
    page = post(browser, path(Kind.FLAT), **typed(us, permille="1"))[1]
    form = re.findall(r'<form method="post" action="[^"]*proposal.*?</form>', page, re.DOTALL)[0]
    first = re.findall(r"<button [^>]*>", form)[0]  # what a browser presses on Enter
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))
    assert "name=" not in first
    assert list(hidden) == ["csrf_token"]
    status, page = post(browser, path(Kind.FLAT), **typed(us, **{**hidden, "permille": "1"}))
    assert (status, "Ce que cela changerait" in page, "signée" in page) == (200, True, False)
    with database.reading() as session:
        assert not queries.proposals(session)


def test_the_preview_sets_shares_side_by_side_and_says_how_they_come_about(
    browser: FlaskClient, october: None, us: str
) -> None:
    page = post(browser, path(Kind.TIERS), **typed(us, **asked(us)[Kind.TIERS][0], budget="300"))[1]
    assert "Prix du palier tres-grande" in page
    assert "Que personne ne couvre" in page
    assert "99,50 €" in page  # of 300 EUR, 80 and 120.50 are covered
    assert "Contour : version 1" in page
    page = post(browser, path(Kind.AIRPORT), **typed(us, **asked(us)[Kind.AIRPORT][0], budget="300"))[1]
    assert "Niveau hosting : 60 % de 300 €, divisés par 2" in page
    assert "Niveau weekly : 40 % de 300 €, divisés par 1" in page
    page = post(browser, path(Kind.TIERS), **typed(us, **asked(us)[Kind.TIERS][0], budget="100"))[1]
    assert "Ensemble, c’est plus que le coût" in page


def test_a_key_is_compared_with_the_one_that_would_rule_without_it(
    browser: FlaskClient, second_key: Callable[..., None], us: str
) -> None:
    second_key(since="2027-06", rule={"kind": "equal"}, budget=30_000)
    cards = re.findall(r"<li>.*?</li>", read(browser, f"{INDEX}/proposal"), re.DOTALL)
    assert ["Une part égale, le reste" in card for card in cards if "En vigueur" in card] == [True]
    page = post(browser, path(Kind.EQUAL), **typed(us, since="2027-07", budget="300"))[1]
    assert "Comparée à la version 2" in page
    assert page.count("150 € (pareil)") == 2
    page = post(browser, path(Kind.EQUAL), **typed(us, since="2027-01", budget="300"))[1]
    assert "Comparée à la version 1" in page
    assert "Avec la version 1 : 200 €." in page
    assert "Contour : version 1" in page


def test_what_every_kind_needs_is_asked_for(browser: FlaskClient, october: None, us: str) -> None:
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"since": "hiver"}, "Écrivez un mois, par exemple"),
        ({"decision": ""}, "Remplissez"),
        ({"sharing": []}, "Remplissez"),
        ({"budget": "beaucoup"}, "Écrivez un montant, par exemple"),
    )
    for change, told in wrong:
        status, page = post(browser, path(Kind.EQUAL), **{**typed(us), **change})
        assert (status, told in page) == (422, True), change
        assert re.findall(r'id="([a-z]+)-error"', page) == list(change)
        assert all(f'value="{value}"' in page for value in change.values() if isinstance(value, str) and value)


def kept(page: str, name: str) -> str:
    """What a field of the page holds."""
    (tag,) = re.findall(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', page)
    return "".join(re.findall(r' value="([^"]*)"', tag))


def test_bad_figures_are_said_beside_their_field_and_kept(browser: FlaskClient, october: None, us: str) -> None:
    tiers, airport = (asked(us)[kind][0] for kind in (Kind.TIERS, Kind.AIRPORT))
    for kind, figures, told in (
        (Kind.HYBRID, {"equal_permille": "101", "floor": "40", "cap_permille": "x"}, "de 0 à 100"),
        (Kind.HYBRID, {"equal_permille": "", "floor": "", "cap_permille": "12,55"}, "Remplissez"),
        (Kind.TIERS, {**tiers, "row-0-figure": "cher"}, "montant"),
        (Kind.TIERS, {**tiers, "row-0-figure": ""}, "Remplissez"),
        (Kind.TIERS, {**tiers, "row-0-name": ""}, "videz toute la ligne"),
        (Kind.TIERS, {**tiers, "row-0-name": "!!!"}, "lettres ou des chiffres"),
        (Kind.TIERS, {**tiers, "row-0-name": "TRÈS grande"}, "porte ce nom"),
        (Kind.TIERS, {**tiers, f"member-{us}": "2"}, "Cette ligne est vide"),
        (Kind.TIERS, {**tiers, f"member-{us}": ""}, "Choisissez une ligne"),
        (Kind.TIERS, {**tiers, f"member-{us}": "99"}, f'id="member-{us}-error"'),
        (Kind.TIERS, {**tiers, f"member-{us}": "none", f"member-{SISTER}": "none"}, "au moins une instance"),
        (Kind.TIERS, {**tiers, **lines(("", ""), ("", ""), ("", ""))}, "Remplissez"),
        (Kind.AIRPORT, {**airport, "row-1-figure": "30"}, "font 90 % au lieu de 100 %"),
    ):
        status, page = post(browser, path(kind), **typed(us, **figures))
        assert (status, told in page) == (422, True), (kind, figures)
        for name, value in figures.items():
            if not name.startswith("member-"):
                assert kept(page, name) == value, (kind, name, value)


def test_what_the_protocol_would_refuse_is_said_in_plain_words(browser: FlaskClient, october: None, us: str) -> None:
    months = "Écrivez un mois de septembre 2026 à novembre 2031"
    for kind, figures, told in (
        (Kind.FLAT, {"permille": " "}, "Remplissez"),
        (Kind.FLOOR_CAP, {"floor": " ", "cap_permille": "40"}, "Remplissez"),
        *((Kind.EQUAL, {"since": month}, months) for month in ("0001-01", "1999-12", "2026-08", "2031-12", "2126-12")),
        (Kind.EQUAL, {"decision": "\u200b"}, "Remplissez"),
    ):
        status, page = post(browser, path(kind), **typed(us, **figures))
        assert (status, told in page) == (422, True), (kind, figures)
        for word in ("wrong-type", "malformed", "wrong-length"):
            assert word not in page, (kind, figures)
    assert post(browser, path(Kind.EQUAL), **typed(us, since="2031-11", decision="Voté\u200b\tle 2"))[0] == 200


def test_a_line_is_added_without_losing_the_others(browser: FlaskClient, october: None, us: str) -> None:
    figures = asked(us)[Kind.TIERS][0]
    status, page = post(browser, path(Kind.TIERS), **typed(us, **figures, more="1"))
    assert (status, 'name="row-3-name"' in page, 'value="Très grande"' in page) == (200, True, True)
    assert page.count("Palier 4") == 3  # its heading, and a choice of each instance


def test_no_line_is_offered_beyond_the_last(browser: FlaskClient, october: None, us: str) -> None:
    both = {f"member-{us}": "1", f"member-{SISTER}": "0"}
    for count, offered in ((18, True), (19, False), (20, False)):
        rows = lines(*((f"t{at}", "3") for at in range(count)))
        page = post(browser, path(Kind.TIERS), **typed(us, **rows, **both, more="1"))[1]
        assert ("Ajouter une ligne" in page, 'name="row-20-name"' in page) == (offered, False), count


def test_names_are_written_as_the_document_needs_them(
    browser: FlaskClient, october: None, us: str, second_key: Callable[..., None]
) -> None:
    longest = "petites-cooperatives-de-moins-de-dix-mille-euros-de-ventes-par-an"[:64]
    members = [
        {"instance": host, "currency": "EUR", "from": "2026-12", "tier": longest} for host in sorted((us, SISTER))
    ]
    second_key(rule={"kind": "tiers", "prices": {longest: 100, "b": 200}}, members=members)
    assert f'value="{longest}"' in read(browser, path(Kind.TIERS))
    for name, code in (
        (longest, longest),
        (" a- ", "a-"),
        ("a/b.", "a/b."),
        ("Straße", "strasse"),
        ("Cœur Æ", "coeur-ae"),
    ):
        figures = {**lines((name, "1"), ("b", "2")), f"member-{us}": "0", f"member-{SISTER}": "0"}
        given = typed(us, since="2027-01", **figures)
        seen = digest_seen(post(browser, path(Kind.TIERS), **given)[1])
        assert post(browser, path(Kind.TIERS), **given, seen=seen)[0] == 200
        key = read_key(parse_envelope(browser.get(f"{SHARING_KEYS_PATH}/{seen}").data).payload)
        assert key.rule["prices"] == {code: 100, "b": 200}
    figures = {**lines(("㏿" * 40, "1"), ("b", "2")), f"member-{us}": "0", f"member-{SISTER}": "0"}
    status, page = post(browser, path(Kind.TIERS), **typed(us, since="2027-01", **figures))
    assert (status, "un nom plus court" in page) == (422, True)


def test_an_instance_may_be_left_out_and_a_settled_month_may_not(
    browser: FlaskClient, october: None, us: str, database: Database
) -> None:
    figures = {**asked(us)[Kind.TIERS][0], f"member-{SISTER}": "none"}
    page = post(browser, path(Kind.TIERS), **typed(us, **figures))[1]
    assert "ne partage plus" in page
    seen = digest_seen(post(browser, path(Kind.EQUAL), **typed(us, since="2026-10"))[1])
    with database.transaction() as session:
        session.query(Allocation).one().locked_at = clock.now()
    status, page = post(browser, path(Kind.EQUAL), **typed(us, since="2026-10", seen=seen))
    assert (status, "le dernier mois arrêté, octobre 2026" in page) == (422, True)


def test_a_missing_rate_or_report_is_said_calmly(
    browser: FlaskClient, database: Database, october: None, us: str
) -> None:
    with database.transaction() as session:
        report = session.query(PeerReport).one()
        report.envelope = report.envelope.replace(b'"currency":"EUR"', b'"currency":"COP"')
    status, page = post(browser, path(Kind.EQUAL), **typed(us))
    assert (status, "aucun cours n’est connu pour COP" in page) == (200, True)
    assert "/cooperative/commons/2026-10/rates" in page


def test_the_first_key_is_proposed_before_any_report(browser: FlaskClient, us: str) -> None:
    status, page = post(browser, path(Kind.EQUAL), **typed(us, sharing=[us]))
    assert (status, "Pas encore de rapport" in page, "il n’y avait rien à partager" in page) == (200, True, True)
    status, page = post(browser, path(Kind.EQUAL), **typed(us, sharing=[us], seen=digest_seen(page)))
    assert (status, "Version 1" in page or "version 1" in page) == (200, True)
    assert browser.get(SHARING_KEYS_PATH).get_json()["sharing_keys"][0]["version"] == 1
