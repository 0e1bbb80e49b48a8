"""Keys of sharing: proposed on a page, fetched from sisters, tried out, adopted."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from billing.allocation import queries as allocations
from billing.peer.models import Peer
from billing.sharing_key import queries, services
from billing.sharing_key.models import KeyState
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.federation.canonical import canonical_bytes, digest
from coopcircuits.federation.lists import SHARING_KEYS_PATH
from coopcircuits.federation.signing import ObjectKind, build_envelope
from tests.billing.commons import sister
from tests.support.allocations import a_key
from tests.support.key_pages import SISTER, post, read
from tests.support.library import Library, friend, outcomes, pull
from tests.support.worker import deliver_all, mails_to


def put_out(library: Library, payload: dict[str, Any], state: str = "proposed", host: str = SISTER) -> str:
    """The sister publishes a key; its digest."""
    found = digest(payload)
    entry = {"digest": found, "version": payload["version"], "from": payload["from"], "state": state}
    library.shelf[host, SHARING_KEYS_PATH] = canonical_bytes({"instance": host, "sharing_keys": [entry]})
    library.shelf[host, f"{SHARING_KEYS_PATH}/{found}"] = build_envelope(ObjectKind.SHARING_KEY, payload, [sister.KEY])
    return found


def held(session: Session, peer_id: int, payload: dict[str, Any]) -> None:
    """A key of the sister came before."""
    raw = build_envelope(ObjectKind.SHARING_KEY, payload, [sister.KEY])
    services.keep_proposal(
        session, actor=SYSTEM, peer_id=peer_id, raw=raw, payload=payload, state=KeyState.PROPOSED, at=clock.now()
    )


@pytest.fixture
def library() -> Library:
    made = Library()
    made.publish(SISTER)
    return made


@pytest.fixture
def peer(database: Database) -> Peer:
    return friend(database, SISTER, name="El Rebost")


def second(database: Database, us: str, **changes: Any) -> dict[str, Any]:
    """A version 2 that follows ours: all equal."""
    with database.reading() as session:
        first = allocations.adopted_keys(session)[-1]
    given = {"version": 2, "supersedes": first.digest, "rule": {"kind": "equal"}, "budget": 20_000}
    return a_key(*sorted((us, SISTER)), since="2026-12", **{**given, **changes})


# ---------------------------------------------------------------- fetched


def test_a_sisters_key_is_fetched_shown_and_gone_when_it_is_withdrawn(
    app: Flask, database: Database, library: Library, peer: Peer, browser: FlaskClient
) -> None:
    found = put_out(library, a_key(SISTER, since="2026-12"))
    assert ("accepted", "") in outcomes(pull(database, library, peer))
    assert ("accepted", "") not in outcomes(pull(database, library, peer))
    page = read(browser, "/cooperative/commons/keys")
    assert "Proposée par" in page
    assert f"/cooperative/commons/keys/{found}" in page
    deliver_all(app)
    assert [mail for mail in mails_to(database, "coop@example.org") if mail.key.startswith("key-proposed")]
    put_out(library, a_key(SISTER, since="2026-12"), "adopted")
    pull(database, library, peer)
    with database.reading() as session:
        assert [row.state for row in queries.proposals(session)] == [KeyState.ADOPTED]
    library.shelf[SISTER, SHARING_KEYS_PATH] = canonical_bytes({"instance": SISTER, "sharing_keys": []})
    pull(database, library, peer)
    with database.reading() as session:
        assert queries.proposals(session) == []


def test_keys_that_are_not_good_are_refused(database: Database, library: Library, peer: Peer) -> None:
    good = a_key(SISTER, since="2026-12")
    found = put_out(library, good)
    path = (SISTER, f"{SHARING_KEYS_PATH}/{found}")
    raw = library.shelf[path]
    for body, reason in (
        (raw.replace(b'"version":1', b'"version":0'), "bad-sharing-key"),
        (raw.replace(b"Voted", b"Noted"), "bad-signature"),
        (build_envelope(ObjectKind.SHARING_KEY, good, [sister.STRANGER]), "unknown-key"),
        (build_envelope(ObjectKind.SHARING_KEY, good | {"decision": "Another"}, [sister.KEY]), "wrong-document"),
    ):
        library.shelf[path] = body
        assert ("refused", reason) in outcomes(pull(database, library, peer))
    library.shelf[SISTER, SHARING_KEYS_PATH] = b"{}"
    assert ("refused", "bad-schema") in outcomes(pull(database, library, peer))
    with database.reading() as session:
        assert queries.proposals(session) == []


def test_of_one_sister_only_the_highest_versions_are_kept(database: Database, library: Library, peer: Peer) -> None:
    payloads = [a_key(SISTER, since="2026-12", version=at, supersedes="sha256:" + "0" * 64) for at in range(2, 62)]
    with database.transaction() as session:
        for payload in payloads:
            held(session, peer.id, payload)
    entries = [
        {"digest": digest(payload), "version": payload["version"], "from": "2026-12", "state": "proposed"}
        for payload in payloads
    ]
    library.shelf[SISTER, SHARING_KEYS_PATH] = canonical_bytes({"instance": SISTER, "sharing_keys": entries})
    for _again in range(2):
        pull(database, library, peer)
        with database.reading() as session:
            assert [row.version for row in queries.proposals(session)] == list(range(61, 11, -1))


def test_the_page_asks_no_more_for_many_keys_than_for_few(
    browser: FlaskClient, database: Database, october: None, us: str
) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    counts = []
    for versions in (range(2, 4), range(4, 24)):
        with database.transaction() as session:
            peer_id = session.query(Peer).one().id
            for version in versions:
                held(session, peer_id, second(database, us, version=version))
        read(browser, "/cooperative/commons/keys")  # the first visit of a session asks once more
        asked.clear()
        page = read(browser, "/cooperative/commons/keys")
        counts.append(len(asked))
        assert page.count("Proposée par") == versions[-1] - 1
    assert counts[0] == counts[1]


# ---------------------------------------------------------------- tried out and adopted


def test_a_key_is_read_in_words_tried_out_and_adopted(
    browser: FlaskClient, database: Database, library: Library, october: None, us: str
) -> None:
    with database.reading() as session:
        peer = session.query(Peer).one()
    found = put_out(library, second(database, us), "adopted")
    pull(database, library, peer, us=us)
    page = read(browser, f"/cooperative/commons/keys/{found}")
    assert "Toutes les instances paient la même somme." in page
    assert "Ce que cela changerait" in page
    assert page.count("100 €") >= 2  # each of the two
    assert "de plus" in page
    assert "de moins" in page
    status, page = post(browser, f"/cooperative/commons/keys/{found}")
    assert (status, "Cochez" in page) == (422, True)
    status, page = post(browser, f"/cooperative/commons/keys/{found}", voted="y")
    assert (status, "Adoptée" in page) == (200, True)
    with database.reading() as session:
        adopted = allocations.adopted_keys(session)[-1]
        assert (adopted.digest, adopted.version) == (found, 2)
        assert adopted.adopted_by.startswith("user:")
        assert queries.proposals(session) == []
    assert browser.get(f"{SHARING_KEYS_PATH}/{found}").status_code == 200


def test_a_key_that_does_not_follow_is_read_but_not_adopted(
    browser: FlaskClient, database: Database, library: Library, october: None, us: str
) -> None:
    with database.reading() as session:
        peer = session.query(Peer).one()
    members = [{"instance": SISTER, "currency": "EUR", "from": "2026-12"}]
    members += [{"instance": "zz.example.coop", "currency": "COP", "from": "2026-12"}]
    stray = second(database, us, supersedes="sha256:" + "0" * 64, members=members)
    found = put_out(library, stray)
    pull(database, library, peer, us=us)
    page = read(browser, f"/cooperative/commons/keys/{found}")
    assert "zz.example.coop rejoint" in page
    status, page = post(browser, f"/cooperative/commons/keys/{found}", voted="y")
    assert (status, "ne suit pas" in page) == (422, True)
    assert browser.get(f"/cooperative/commons/keys/sha256:{'0' * 64}").status_code == 404
    assert post(browser, f"/cooperative/commons/keys/sha256:{'0' * 64}", voted="y")[0] == 404
