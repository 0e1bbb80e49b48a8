"""What machines of sisters read from us."""

import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from billing.commons.models import PublishedReport
from billing.commons.services import publish_report
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.identity import verify_identity
from coopcircuits.federation.index import parse_index
from tests.support.billing import close
from tests.support.sisters import last_month, open_keys, sell_a_month

INDEX = "/federation/v1/reports"
PATHS = ["/.well-known/nodeinfo", "/nodeinfo/2.1", "/federation/v1/identity", INDEX, "/federation/v1/seen"]


@pytest.fixture
def report(database: Database, settings: Settings) -> PublishedReport:
    """The last month, published."""
    month = last_month()
    with database.transaction() as session:
        sell_a_month(session, month)
        close(session, month, at=clock.now())
    with database.transaction() as session:
        return publish_report(
            session, actor=SYSTEM, month=month, instance="localhost", keys=open_keys(Path(settings.var_dir))
        )


@pytest.mark.parametrize("path", PATHS)
def test_documents_are_public_cacheable_and_leave_no_cookie(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type.startswith("application/json")
    assert "Set-Cookie" not in answer.headers
    assert "public" in answer.headers["Cache-Control"]
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    head = client.head(path)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", answer.headers["ETag"])


def test_the_identity_is_signed_once_and_verifies(client: FlaskClient) -> None:
    raw = client.get("/federation/v1/identity").data
    identity = verify_identity(raw, expected_host="localhost", now=clock.now())
    assert (identity.profile.name, identity.profile.zone) == ("Les Circuits du Val", "Europe/Paris")
    assert client.get("/federation/v1/identity").data == raw


def test_the_index_names_what_is_published(client: FlaskClient, report: PublishedReport) -> None:
    (entry,) = parse_index(client.get(INDEX).data, expected_host="localhost")
    assert (entry.period, entry.revision, entry.state, entry.digest) == (report.period, 1, "final", report.digest)


def test_the_index_changes_its_tag_with_the_next_report(client: FlaskClient, report: PublishedReport) -> None:
    tag = client.get(INDEX).headers["ETag"]
    assert not tag.startswith("W/")
    assert client.get(INDEX, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(INDEX, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_report_is_served_byte_for_byte_and_for_ever(client: FlaskClient, report: PublishedReport) -> None:
    answer = client.get(f"{INDEX}/{report.period}/1")
    assert answer.data == report.envelope
    assert digest(json.loads(answer.data)["payload"]) == report.digest
    assert "immutable" in answer.headers["Cache-Control"]
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    again = client.get(f"{INDEX}/{report.period}/1")  # out of memory
    assert (again.data, again.headers.getlist("ETag")) == (answer.data, answer.headers.getlist("ETag"))
    assert set(again.headers.keys()) | {"Date"} == set(answer.headers.keys())


@pytest.mark.parametrize(
    ("path", "word"),
    [
        (f"{INDEX}/2020-01/1", "unknown-period"),
        (f"{INDEX}/autumn/1", "unknown-period"),
        ("/federation/v1/allocations/2026-10", "unknown-period"),
        ("/federation/v1/anything", "unknown-address"),
        (f"{INDEX}/2026-10/first", "unknown-address"),
    ],
)
def test_what_is_not_there_is_said_to_machines(client: FlaskClient, path: str, word: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["type"].endswith(f":{word}")


def test_nodeinfo_leads_to_the_protocol(client: FlaskClient) -> None:
    links = {link["rel"]: link["href"] for link in client.get("/.well-known/nodeinfo").get_json()["links"]}
    assert links["urn:coop-report:1"] == "http://localhost/federation/v1/"
    (told,) = [href for rel, href in links.items() if rel.endswith("/schema/2.1")]
    node = client.get(told.removeprefix("http://localhost")).get_json()
    assert (node["version"], node["software"]["name"], node["protocols"]) == ("2.1", "coopcircuits", [])


def test_keys_that_others_could_read_stop_the_identity_and_nothing_else(
    client: FlaskClient, app: Flask, settings: Settings
) -> None:
    client.get("/federation/v1/identity")
    (Path(settings.var_dir) / "keys").chmod(0o755)
    answer = client.get("/federation/v1/identity")
    assert (answer.status_code, answer.get_json()["type"]) == (503, "urn:coop-report:1:keys-exposed")
    assert client.get(INDEX).status_code == 200
