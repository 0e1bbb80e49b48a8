"""What an instance holds, written to a folder, is true to whoever verifies it; no database is asked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from billing.allocation import services
from billing.commons.archive_files import Wrong
from billing.commons.instance import instance_name
from billing.commons.services import publish_report
from billing.commons.verifier import verify_folder
from billing.cost.models import CostScope
from billing.peer.models import PeerReport
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.federation.canonical import canonical_bytes, digest
from tests.support.allocations import adopt
from tests.support.billing import OCTOBER, close
from tests.support.disputes import contest, keys_of
from tests.support.sisters import open_keys, receive, sell_a_month, spend

NOVEMBER_12, NOVEMBER_13, NOVEMBER_14 = (datetime(2026, 11, day, 9, tzinfo=UTC) for day in (12, 13, 14))
SISTER = "rebost.example"


@pytest.fixture
def us(app: Flask) -> str:
    with app.app_context():
        return instance_name()


@pytest.fixture
def archive(app: Flask, database: Database, settings: Settings, us: str, tmp_path: Path) -> Path:
    """October of us and of a sister, allocated, exported by the command."""
    with clock.travel(NOVEMBER_12):
        with database.transaction() as session:
            keys = open_keys(Path(settings.var_dir))
            sell_a_month(session, OCTOBER)
            spend(session, OCTOBER, 25_000, scope=CostScope.COMMON)
            close(session)
            publish_report(session, actor=SYSTEM, month=OCTOBER, instance=us, keys=keys)
            receive(session, SISTER)
            adopt(session, keys, *sorted((us, SISTER)))
            services.compute_allocation(session, actor=SYSTEM, month=OCTOBER, instance=us, keys=keys)
        folder = tmp_path / "archive"
        done = app.test_cli_runner().invoke(args=["federation", "export", str(folder)])
        assert done.output.startswith("7 documents."), done.output
        again = app.test_cli_runner().invoke(args=["federation", "export", str(folder)])
        assert again.exit_code == 1
        assert "is not an empty folder" in again.output
    return folder


def test_it_verifies_without_the_database(archive: Path) -> None:
    found = verify_folder(archive)
    assert len(found.identities) == 2
    assert {report.instance for report in found.reports.values()} == set(found.identities)
    assert len(found.keys) == 1
    assert len(found.allocations) == 1
    assert not found.put_aside


def test_what_was_known_before_a_key_was_stolen_stays_true(
    app: Flask, database: Database, settings: Settings, us: str, archive: Path, tmp_path: Path
) -> None:
    """A dispute, a key of sharing and an allocation that were signed a day before somebody took the key."""
    with clock.travel(NOVEMBER_13), database.transaction() as session:
        contest(session, session.scalars(select(PeerReport)).one(), SISTER, us=us, keys=keys_of(settings))
    with clock.travel(NOVEMBER_14):
        stolen = keys_of(settings).signer(clock.now()).kid
        keys_of(settings).revoke(stolen, now=clock.now(), since=clock.now())
        later = tmp_path / "later"
        done = app.test_cli_runner().invoke(args=["federation", "export", str(later)])
    assert done.exit_code == 0, done.output
    found = verify_folder(later)
    assert (found.disputes, len(found.keys), len(found.allocations)) == (1, 1, 1)
    for kind in ("sharing-keys", "disputes", "allocations"):
        payload = json.loads(next((later / kind).rglob("*.json")).read_text())["payload"]
        with told_without(later, digest(payload)), pytest.raises(Wrong, match="revoked"):
            verify_folder(later)


@contextmanager
def told_without(folder: Path, digest: str) -> Iterator[None]:
    """The folder as if its writer did not say when it first saw one document."""
    path = folder / "seen.json"
    before = path.read_bytes()
    told = json.loads(before)
    left = [entry for entry in told["seen"] if entry["digest"] != digest]
    assert len(left) == len(told["seen"]) - 1
    path.write_bytes(canonical_bytes(told | {"seen": left}))
    yield
    path.write_bytes(before)


def test_without_a_stolen_key_nothing_has_to_be_said_of_when_it_was_seen(archive: Path) -> None:
    (archive / "seen.json").unlink()
    assert len(verify_folder(archive).allocations) == 1


def test_a_report_taken_away_is_found_by_computing_again(archive: Path) -> None:
    (victim,) = (archive / "reports" / SISTER).glob("*.json")
    victim.unlink()
    with pytest.raises(Wrong) as wrong:
        verify_folder(archive)
    assert wrong.value.file.parts[0] == "allocations"
    assert wrong.value.byte is not None
