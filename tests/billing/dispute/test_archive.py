"""Disputes go into the archive with the reports they are about, and are verified there."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from billing.allocation.export import write_archive
from billing.commons.archive_files import Wrong
from billing.commons.instance import instance_name, signed_identity
from billing.commons.verifier import verify_folder
from billing.dispute import services
from billing.dispute.document import Act
from billing.peer import services as peering
from billing.peer.models import PeerState
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.federation.signing import ObjectKind, build_envelope
from tests.support.disputes import contest, keys_of
from tests.support.sisters import receive

SISTER = "rebost.example"


@pytest.fixture
def archive(app: Flask, database: Database, settings: Settings, tmp_path: Path) -> Path:
    """A sister's report, our claim against it, and our withdrawal."""
    with clock.travel(datetime(2026, 11, 13, 9, tzinfo=UTC)):
        with app.app_context():
            us, identity = instance_name(), signed_identity()
        with database.transaction() as session:
            report, keys = receive(session, SISTER), keys_of(settings)
            dispute = contest(session, report, SISTER, us=us, keys=keys)
            services.say(
                session,
                actor=SYSTEM,
                us=us,
                keys=keys,
                dispute=dispute.digest,
                act=Act.WITHDRAWAL,
                reason="We were wrong.",
            )
            write_archive(session, tmp_path / "archive", instance=us, identity=identity)
            peering.change_state(session, actor=SYSTEM, peer_id=report.peer_id, state=PeerState.REMOVED)
            write_archive(session, tmp_path / "without", instance=us, identity=identity)
    return tmp_path / "archive"


def claim_in(archive: Path) -> Path:
    """The file of the claim."""
    found = {json.loads(path.read_bytes())["payload"]["act"]: path for path in (archive / "disputes").rglob("*.json")}
    return found["claim"]


def test_an_archive_with_a_dispute_is_true(archive: Path) -> None:
    assert verify_folder(archive).disputes == 2
    assert verify_folder(archive.parent / "without").disputes == 0  # neither the report nor what was said of it


def test_a_dispute_is_signed_about_something_and_by_whom_it_concerns(archive: Path, settings: Settings) -> None:
    path = claim_in(archive)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"10 EUR", b"11 EUR"))
    with pytest.raises(Wrong, match="signature"):
        verify_folder(archive)
    path.unlink()
    with pytest.raises(Wrong, match="is not here"):  # the withdrawal is left alone
        verify_folder(archive)
    path.write_bytes(raw)
    payload = json.loads(raw)["payload"]
    with clock.travel(datetime(2026, 11, 13, 9, tzinfo=UTC)):
        signer = keys_of(settings).signer(clock.now())
    path.write_bytes(build_envelope(ObjectKind.DISPUTE, payload | {"period": "2026-09"}, [signer]))
    with pytest.raises(Wrong, match="belongs in"):
        verify_folder(archive)
