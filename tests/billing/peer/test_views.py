"""The pages with which a cooperative trusts and watches its sisters."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from billing.peer.models import Peer, PeerState
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.federation.identity import fingerprint
from coopcircuits.federation.index import report_path
from coopcircuits.templating import month_text
from tests.support.databases import Templates
from tests.support.people import form_token, make_user, sign_in
from tests.support.sisters import Instance, befriend, last_month, quick, running


@pytest.fixture
def sister(templates: Templates, backend: str, settings: Settings, tmp_path: Path) -> Iterator[Instance]:
    """Another instance that answers, and reported the last month."""
    url = templates.copy(backend, "ready")
    with running(replace(settings, database_url=url, var_dir=str(tmp_path / "sister"))) as instance:
        instance.rename("El Rebost")
        instance.report_last_month()
        yield instance
    templates.drop(url)


@pytest.fixture
def browser(app: Flask, database: Database, sister: Instance) -> FlaskClient:
    """Somebody of the cooperative, on an instance that may reach its sister."""
    app.extensions["pull_client"] = quick(sister.host)
    with database.transaction() as session:
        user = make_user(session, "coop@example.org", is_cooperative=True)
    client = app.test_client()
    sign_in(client, database, user)
    return client


def post(browser: FlaskClient, path: str, **data: str) -> tuple[int, str]:
    answer = browser.post(path, data={"csrf_token": form_token(browser), **data}, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def trusted(database: Database) -> list[Peer]:
    with database.reading() as session:
        return list(session.scalars(select(Peer)))


def groups_of(sister: Instance) -> list[str]:
    return fingerprint(sister.keys.root_key).split()


def test_a_sister_is_added_in_two_steps_and_shown_at_once(
    browser: FlaskClient, database: Database, sister: Instance
) -> None:
    status, page = post(browser, "/cooperative/peers/new", host=f"HTTPS://{sister.host}/commons ")
    assert status == 200
    assert all(group in page for group in groups_of(sister))
    assert "El Rebost" in page
    assert trusted(database) == []
    root = re.search(r'name="root_key"[^>]*value="([^"]+)"', page)
    assert root
    status, page = post(browser, "/cooperative/peers", host=sister.host, root_key=root[1], compared="y")
    assert status == 200
    (peer,) = trusted(database)
    assert (peer.host, peer.root_key) == (sister.host, root[1])
    assert month_text(str(last_month())).capitalize() in page
    assert "sha256:" in page


def test_without_the_tick_nothing_is_trusted(browser: FlaskClient, database: Database, sister: Instance) -> None:
    _status, page = post(browser, "/cooperative/peers/new", host=sister.host)
    root = re.search(r'name="root_key"[^>]*value="([^"]+)"', page)
    assert root
    status, page = post(browser, "/cooperative/peers", host=sister.host, root_key=root[1])
    assert status == 422
    assert all(group in page for group in groups_of(sister))
    assert trusted(database) == []


def test_a_key_changed_between_the_steps_is_refused(browser: FlaskClient, database: Database, sister: Instance) -> None:
    status, page = post(browser, "/cooperative/peers", host=sister.host, root_key="A" * 43, compared="y")
    assert status == 422
    assert "La clé racine n’est pas celle" in page
    assert trusted(database) == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Indiquez"),
        ("pas un nom", "nom d’hôte"),
        ("10.0.0.1", "adresse"),
        ("localhost:22", "port 443"),
    ],
)
def test_what_cannot_be_looked_up_says_why_and_keeps_what_was_typed(
    browser: FlaskClient, typed: str, words: str
) -> None:
    status, page = post(browser, "/cooperative/peers/new", host=typed)
    assert status == 422
    assert 'role="alert"' in page
    assert f'value="{typed}"' in page
    assert words in page or words == "Indiquez"


def test_the_same_sister_twice_and_oneself_are_refused(
    browser: FlaskClient, app: Flask, database: Database, sister: Instance
) -> None:
    peer = befriend(database, quick(sister.host), sister.host)
    status, page = post(browser, "/cooperative/peers", host=sister.host, root_key=peer.root_key, compared="y")
    assert status == 422
    assert sister.host in page
    app.extensions["settings"] = replace(app.extensions["settings"], federation_host=sister.host)
    status, page = post(browser, "/cooperative/peers", host=sister.host, root_key=peer.root_key, compared="y")
    assert (status, len(trusted(database))) == (422, 1)


def test_a_refusal_stands_on_the_page_with_its_reason_and_its_document(
    browser: FlaskClient, database: Database, sister: Instance
) -> None:
    peer = befriend(database, quick(sister.host), sister.host)
    sister.spoil[report_path(str(last_month()), 1)] = lambda body: body.replace(b'"completed":12', b'"completed":11')
    post(browser, f"/cooperative/peers/{peer.id}/pull")
    page = browser.get(f"/cooperative/peers/{peer.id}").get_data(as_text=True)
    assert "La signature ne correspond pas" in page
    link = re.search(rf"/cooperative/peers/{peer.id}/pulls/\d+", page)
    assert link
    document = browser.get(link[0])
    assert b'"completed":11' in document.data
    assert document.headers["Content-Disposition"].startswith("attachment")
    month = browser.get(f"/commons/{last_month()}").get_data(as_text=True)
    assert "Refusé" in month
    overview = browser.get("/cooperative/peers").get_data(as_text=True)
    assert "La signature ne correspond pas" in overview


def test_a_sister_is_paused_started_again_and_removed(
    browser: FlaskClient, database: Database, sister: Instance
) -> None:
    peer = befriend(database, quick(sister.host), sister.host)
    for step, state in (("pause", PeerState.PAUSED), ("resume", PeerState.ACTIVE), ("remove", PeerState.REMOVED)):
        status, _page = post(browser, f"/cooperative/peers/{peer.id}/{step}")
        assert status == 200
        assert trusted(database)[0].state is state
    assert browser.get(f"/cooperative/peers/{peer.id}").status_code == 404
    assert "El Rebost" not in browser.get("/commons").get_data(as_text=True)


def test_a_removed_sister_comes_back_with_its_reports(
    browser: FlaskClient, database: Database, sister: Instance
) -> None:
    peer = befriend(database, quick(sister.host), sister.host)
    post(browser, f"/cooperative/peers/{peer.id}/pull")
    post(browser, f"/cooperative/peers/{peer.id}/remove")
    assert month_text(str(last_month())) not in browser.get("/commons").get_data(as_text=True).lower()
    post(browser, "/cooperative/peers", host=sister.host, root_key=peer.root_key, compared="y")
    (again,) = trusted(database)
    assert (again.id, again.state) == (peer.id, PeerState.ACTIVE)
    assert month_text(str(last_month())) in browser.get("/commons").get_data(as_text=True).lower()
