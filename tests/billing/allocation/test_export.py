"""What an instance holds, written to a folder, is true to whoever verifies it; no database is asked."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from billing.allocation import services
from billing.commons.instance import instance_name
from billing.commons.services import publish_report
from billing.commons.verifier import Wrong, verify_folder
from billing.cost.models import CostScope
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from tests.support.allocations import adopt
from tests.support.billing import OCTOBER, close
from tests.support.sisters import open_keys, receive, sell_a_month, spend

NOVEMBER_12 = datetime(2026, 11, 12, 9, tzinfo=UTC)
SISTER = "rebost.example"


@pytest.fixture
def archive(app: Flask, database: Database, settings: Settings, tmp_path: Path) -> Path:
    """October of us and of a sister, allocated, exported by the command."""
    with app.app_context():
        us = instance_name()
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


def test_a_report_taken_away_is_found_by_computing_again(archive: Path) -> None:
    (victim,) = (archive / "reports" / SISTER).glob("*.json")
    victim.unlink()
    with pytest.raises(Wrong) as wrong:
        verify_folder(archive)
    assert wrong.value.file.parts[0] == "allocations"
    assert wrong.value.byte is not None
