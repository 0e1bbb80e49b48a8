"""A month's allocation at home: keys adopted, computed, signed, served, agreed upon, locked."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.allocation import errors, jobs, queries, services
from billing.allocation.models import Allocation
from billing.commons.allocation import allocation_digest, check_allocation
from billing.commons.services import publish_report
from billing.cost.models import CostScope
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.federation.identity import verify_identity
from coopcircuits.federation.keys import KeyStore
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import ObjectKind, build_envelope
from coopcircuits.federation.verify_object import verify_object
from tests.billing.commons.sister import KEY, REVOKED
from tests.support.allocations import a_key, adopt
from tests.support.billing import OCTOBER, close
from tests.support.sisters import open_keys, receive, sell_a_month, spend

US, SISTER = "localhost:8000", "de.example.coop"
NOVEMBER_9 = datetime(2026, 11, 9, 9, tzinfo=UTC)
NOVEMBER_12 = datetime(2026, 11, 12, 9, tzinfo=UTC)
NOVEMBER_21 = datetime(2026, 11, 21, 0, tzinfo=UTC)


@pytest.fixture
def us(app: Flask) -> str:
    from billing.commons.instance import instance_name

    with app.app_context():
        return instance_name()


@pytest.fixture
def keys(settings: Settings) -> KeyStore:
    with clock.travel(NOVEMBER_9):
        return open_keys(Path(settings.var_dir))


@pytest.fixture
def october(database: Database, keys: KeyStore, us: str) -> None:
    """A month that is published, with 250 EUR spent for the common software, and a key for us and a sister."""
    with clock.travel(NOVEMBER_9), database.transaction() as session:
        sell_a_month(session, OCTOBER)
        spend(session, OCTOBER, 25_000, scope=CostScope.COMMON)
        close(session)
        publish_report(session, actor=SYSTEM, month=OCTOBER, instance=us, keys=keys)
        adopt(session, keys, *sorted((SISTER, us)))


def compute(session: Session, keys: KeyStore, us: str, *, at: datetime = NOVEMBER_12) -> Allocation:
    with clock.travel(at):
        return services.compute_allocation(session, actor=SYSTEM, month=OCTOBER, instance=us, keys=keys)


def test_a_month_is_computed_and_signed(database: Database, october: None, keys: KeyStore, us: str) -> None:
    with database.transaction() as session:
        found = compute(session, keys, us)
        payload = queries.payload_of(found)
    assert check_allocation(payload) == []
    assert payload["budget"] == 25_000
    assert [entry["instance"] for entry in payload["shares"]] == sorted((SISTER, us))
    assert found.digest == allocation_digest(payload)
    by_name = {entry["instance"]: entry for entry in payload["inputs"]}
    assert by_name[us]["weight_base"] > 0
    assert by_name[SISTER] == {"instance": SISTER, "digest": None, "estimated": True, "weight_base": 0}


def test_the_same_again_changes_nothing(database: Database, october: None, keys: KeyStore, us: str) -> None:
    with database.transaction() as session:
        first, second = compute(session, keys, us), compute(session, keys, us)
    assert first.id == second.id


def test_reports_may_still_come_until_the_twelfth(database: Database, october: None, keys: KeyStore, us: str) -> None:
    with database.transaction() as session, pytest.raises(errors.AllocationTooEarly):
        compute(session, keys, us, at=NOVEMBER_9)


def test_without_a_key_nobody_pays(database: Database, keys: KeyStore, us: str) -> None:
    with database.transaction() as session, pytest.raises(errors.NoKeyInForce):
        compute(session, keys, us)


def test_without_a_rate_it_says_which(database: Database, october: None, keys: KeyStore, us: str) -> None:
    members = [{"instance": us, "currency": "EUR", "from": "2026-10"}]
    members.append({"instance": "zz.example.coop", "currency": "COP", "from": "2026-10"})
    with database.transaction() as session:
        first = queries.adopted_keys(session)[0]
        second = a_key(us, members=members, version=2, supersedes=first.digest)
        with clock.travel(NOVEMBER_9):
            services.adopt_key(session, actor=SYSTEM, payload=second, keys=keys)
        with pytest.raises(errors.RateUnknown, match="COP"):
            compute(session, keys, us)


def test_a_revision_before_the_lock_gives_another_allocation(
    database: Database, october: None, keys: KeyStore, us: str
) -> None:
    with database.transaction() as session:
        first = compute(session, keys, us)
        spend(session, OCTOBER, 5_000, scope=CostScope.COMMON)
        with clock.travel(NOVEMBER_12):
            publish_report(session, actor=SYSTEM, month=OCTOBER, instance=us, keys=keys, reason="A cost was forgotten")
        second = compute(session, keys, us)
        assert queries.payload_of(second)["budget"] == 30_000
        assert queries.current(session, "2026-10") == second
        assert first.digest != second.digest


def test_a_locked_month_stays(database: Database, october: None, keys: KeyStore, us: str) -> None:
    with database.transaction() as session:
        first = compute(session, keys, us)
        with clock.travel(NOVEMBER_12):
            assert services.settle(session, actor=SYSTEM, month=OCTOBER) is None
        with clock.travel(NOVEMBER_21):
            locked = services.settle(session, actor=SYSTEM, month=OCTOBER)
        assert locked is not None
        assert locked.locked_at == NOVEMBER_21
        spend(session, OCTOBER, 5_000, scope=CostScope.COMMON)
        with clock.travel(NOVEMBER_12):
            publish_report(session, actor=SYSTEM, month=OCTOBER, instance=us, keys=keys, reason="Forgotten")
        assert compute(session, keys, us, at=NOVEMBER_21).digest == first.digest


def test_the_worker_computes_and_locks(app: Flask, database: Database, october: None, us: str, keys: KeyStore) -> None:
    for moment, locked in ((NOVEMBER_9, None), (NOVEMBER_12, False), (NOVEMBER_21, True)):
        with app.app_context(), clock.travel(moment):
            jobs.allocate(False)
        with database.reading() as session:
            found = session.scalars(select(Allocation)).all()
        assert [row.locked_at is not None for row in found] == ([] if locked is None else [locked])


# ---------------------------------------------------------------- keys of sharing


def test_the_same_key_is_adopted_once(database: Database, october: None, keys: KeyStore, us: str) -> None:
    with database.transaction() as session, clock.travel(NOVEMBER_9):
        adopt(session, keys, *sorted((SISTER, us)))
        assert len(queries.adopted_keys(session)) == 1


def test_a_key_must_follow_the_one_before(database: Database, october: None, keys: KeyStore, us: str) -> None:
    with database.transaction() as session, clock.travel(NOVEMBER_9):
        with pytest.raises(errors.KeyOutOfOrder):
            adopt(session, keys, us, version=2, supersedes="sha256:" + "0" * 64)
        with pytest.raises(Refusal):
            adopt(session, keys, us, rule={"kind": "guess"})


def test_a_key_leaves_locked_months_alone(database: Database, october: None, keys: KeyStore, us: str) -> None:
    with database.transaction() as session:
        compute(session, keys, us)
        with clock.travel(NOVEMBER_21):
            services.settle(session, actor=SYSTEM, month=OCTOBER)
            first = queries.adopted_keys(session)[0].digest
            with pytest.raises(errors.MonthSettled):
                adopt(session, keys, us, version=2, supersedes=first)
            adopt(session, keys, us, version=2, supersedes=first, since="2026-11")


def test_what_a_sister_signs_again_is_kept_as_it_came_last(
    database: Database, october: None, keys: KeyStore, us: str
) -> None:
    """She may have lost the key of the first one: bytes and moment belong together."""
    with database.transaction() as session:
        payload = queries.payload_of(compute(session, keys, us)) | {"instance": SISTER}
        peer_id = receive(session, SISTER).peer_id
        for day, key, is_new in ((NOVEMBER_12, REVOKED, True), (NOVEMBER_21, KEY, False)):
            raw = build_envelope(ObjectKind.ALLOCATION, payload, [key])
            with clock.travel(day):
                kept = services.keep_peer_allocation(session, peer_id=peer_id, raw=raw, payload=payload)
            (held,) = queries.of_peers(session, str(OCTOBER))
            assert (kept, held.envelope, held.received_at) == (is_new, raw, day)


# ---------------------------------------------------------------- what sisters read


def test_sisters_read_it_signed(
    app: Flask, client: FlaskClient, database: Database, october: None, keys: KeyStore, us: str
) -> None:
    assert client.get("/federation/v1/allocations/2026-10").status_code == 404
    with database.transaction() as session:
        digest = compute(session, keys, us).digest
        key_digest = queries.adopted_keys(session)[0].digest
    with clock.travel(NOVEMBER_12):
        identity = verify_identity(client.get("/federation/v1/identity").data, expected_host=us, now=clock.now())
        answer = client.get("/federation/v1/allocations/2026-10")
        envelope = verify_object(
            answer.data,
            kind=ObjectKind.ALLOCATION,
            identity=identity,
            check=check_allocation,
            received_at=clock.now(),
        )
    assert allocation_digest(envelope.payload) == digest
    assert "no-cache" in answer.headers["Cache-Control"]
    key = client.get(f"/federation/v1/sharing-keys/{key_digest}")
    assert json.loads(key.data)["payload"]["rule"]["kind"] == "hybrid"
    assert "max-age=300" in key.headers["Cache-Control"]  # its content stays, its signature may change
    assert client.get("/federation/v1/sharing-keys/sha256:0").status_code == 404
    with clock.travel(NOVEMBER_21), database.transaction() as session:
        services.settle(session, actor=SYSTEM, month=OCTOBER)
    assert "max-age=300" in client.get("/federation/v1/allocations/2026-10").headers["Cache-Control"]


# ---------------------------------------------------------------- commands


def test_a_key_is_proposed_then_adopted_then_used(app: Flask, database: Database, tmp_path: Path, us: str) -> None:
    run = app.test_cli_runner()
    with clock.travel(NOVEMBER_12):
        proposed = run.invoke(
            args=["federation", "propose-key", "--from", "2026-10", "--decision", "Vote of 1 November"]
        )
        path = tmp_path / "key.json"
        path.write_text(proposed.output)
        adopted = run.invoke(args=["federation", "adopt-key", str(path)])
        assert adopted.output.startswith("Version 1, from 2026-10: sha256:")
        shown = run.invoke(args=["federation", "allocate", "2026-10"])
        assert "Uncovered" in shown.output
        told = json.loads(run.invoke(args=["federation", "allocate", "2026-10", "--json"]).output)
    assert (told["period"], told["budget"], told["locked"]) == ("2026-10", 0, False)
    assert [entry["instance"] for entry in told["shares"]] == [us]
    refused = run.invoke(args=["federation", "allocate", "2020-01"])
    assert refused.exit_code == 1
