"""Keys, reports and sisters from the command line."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from billing.peer.models import Peer
from coopcircuits import clock
from coopcircuits.db import Database
from coopcircuits.federation.identity import verify_identity
from tests.billing.commons.sister import NOW
from tests.support.billing import OCTOBER, close
from tests.support.sisters import sell_a_month


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    with clock.travel(NOW):
        result = app.test_cli_runner().invoke(args=["federation", *arguments])
    return result.exit_code, result.output


@pytest.fixture
def october(database: Database) -> None:
    with database.transaction() as session:
        sell_a_month(session, OCTOBER)
        close(session)


def test_keys_show_what_may_be_told(app: Flask) -> None:
    status, told = run(app, "keys", "show")
    assert status == 0
    assert "Fingerprint" in told
    assert "ed25519:" in told
    folder = Path(app.extensions["settings"].var_dir) / "keys"
    for path in folder.glob("*.pem"):
        assert path.read_text().splitlines()[1] not in told


def test_a_new_key_is_announced_ahead(app: Flask) -> None:
    status, told = run(app, "keys", "rotate")
    assert (status, "takes over at 2026-12-14" in told) == (0, True)
    assert run(app, "keys", "show")[1].count("ed25519:") == 2
    status, told = run(app, "keys", "rotate", "--in-days", "34")
    assert status == 1
    assert "35 days" in told


def test_a_stolen_key_is_revoked_and_another_signs_at_once(app: Flask) -> None:
    _status, told = run(app, "keys", "show")
    (stolen,) = [line.split()[0] for line in told.splitlines() if line.startswith("ed25519:")]
    assert run(app, "keys", "revoke", stolen, "--since", "yesterday")[0] == 2
    status, told = run(app, "keys", "revoke", stolen, "--since", "2026-11-05T08:00:00Z")
    assert (status, "signs from now on" in told) == (0, True)
    _status, told = run(app, "keys", "show")
    assert any(line.startswith(stolen) and line.endswith("compromised") for line in told.splitlines())
    assert len([line for line in told.splitlines() if line.startswith("ed25519:")]) == 2


def test_publishing_twice_prints_the_same(app: Flask, october: None) -> None:
    first, second = run(app, "publish", "2026-10", "--json"), run(app, "publish", "2026-10", "--json")
    assert first == second
    told = json.loads(first[1])
    assert (told["period"], told["revision"], told["state"]) == ("2026-10", 1, "final")
    assert told["digest"].startswith("sha256:")


@pytest.mark.parametrize(("month", "words"), [("2027-01", "has not begun yet"), ("October", "YYYY-MM")])
def test_what_cannot_be_published_is_said_in_a_line(app: Flask, month: str, words: str) -> None:
    status, told = run(app, "publish", month)
    assert status == 1
    assert told.startswith("Error: ")
    assert words in told


def test_an_offline_root_key_signs_some_weeks_and_goes_away_again(app: Flask, tmp_path: Path) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], env="production")
    status, told = run(app, "keys", "show")
    assert (status, "sign-identity" in told) == (1, True)
    stick = tmp_path / "stick" / "root.pem"
    stick.parent.mkdir()
    assert run(app, "keys", "make-root", str(stick))[0] == 0
    status, told = run(app, "keys", "sign-identity", "--root-key", str(stick), "--weeks", "2")
    assert (status, "is signed until 2026-11-2" in told) == (0, True)
    stick.unlink()
    with clock.travel(NOW):
        raw = app.test_client().get("/federation/v1/identity").data
        assert verify_identity(raw, expected_host="localhost", now=NOW)
    assert "kept elsewhere" in run(app, "keys", "show")[1]


def test_after_a_theft_an_offline_root_key_signs_again_once_sisters_can_know(
    app: Flask, october: None, tmp_path: Path
) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], env="production")
    stick = tmp_path / "root.pem"
    run(app, "keys", "make-root", str(stick))
    signing = ("keys", "sign-identity", "--root-key", str(stick))
    assert "again" not in run(app, *signing)[1]
    assert json.loads(run(app, "publish", "2026-10", "--json")[1])["revision"] == 1
    stolen = next(word for word in run(app, "keys", "show")[1].split() if word.startswith("ed25519:"))
    told = run(app, "keys", "revoke", stolen, "--since", "2026-11-05T08:00:00Z")[1]
    assert ("sign-identity" in told, "Published again" in told) == (True, False)
    assert revisions(app) == [1]
    assert "Published again: 1 months." in run(app, *signing)[1]
    assert revisions(app) == [2]


def revisions(app: Flask) -> list[int]:
    listed = app.test_client().get("/federation/v1/reports").get_json()["reports"]
    return [entry["revision"] for entry in listed]


def test_nothing_is_revoked_before_the_instance_is_set_up(empty_app: Flask) -> None:
    stolen = next(word for word in run(empty_app, "keys", "show")[1].split() if word.startswith("ed25519:"))
    status, told = run(empty_app, "keys", "revoke", stolen, "--since", "2026-11-05T08:00:00Z")
    assert (status, "set-up" in told) == (1, True)
    assert "compromised" not in run(empty_app, "keys", "show")[1]


def test_asking_without_sisters_or_an_unknown_one(app: Flask, database: Database) -> None:
    assert run(app, "pull", "--json") == (0, "[]\n")
    status, told = run(app, "pull", "nobody.example")
    assert (status, "none of your sister instances" in told) == (1, True)
    with database.reading() as session:
        assert session.query(Peer).count() == 0
