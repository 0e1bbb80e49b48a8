"""Allocations of sisters: pulled, verified, compared with ours."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from billing.allocation import queries, services
from billing.allocation.agreement import agreement
from billing.peer.models import Peer
from billing.peer.pulling import pull_peer
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.federation.keys import KeyStore
from tests.support.allocations import adopt
from tests.support.databases import Templates
from tests.support.sisters import Instance, befriend, last_month, open_keys, quick, running

US = "here.example"
MONTH = last_month()


@pytest.fixture
def sister(templates: Templates, backend: str, settings: Settings, tmp_path: Path) -> Iterator[Instance]:
    """Another instance, on a database of its own, that answers."""
    url = templates.copy(backend, "ready")
    with running(replace(settings, database_url=url, var_dir=str(tmp_path / "sister"))) as instance:
        yield instance
    templates.drop(url)


@pytest.fixture
def peer(database: Database, sister: Instance) -> Peer:
    return befriend(database, quick(sister.host), sister.host)


def compute(database: Database, keys: KeyStore, instance: str, *members: str, budget: int = 100_000) -> str:
    """Adopt a key for these members and compute the last month."""
    with database.transaction() as session:
        adopt(session, keys, *sorted(members), since=str(MONTH), budget=budget)
        found = services.compute_allocation(session, actor=SYSTEM, month=MONTH, instance=instance, keys=keys)
        return found.digest


def pull(database: Database, peer: Peer) -> list[tuple[str, str, str]]:
    found = pull_peer(database.transaction, quick(peer.host), peer_id=peer.id, actor=SYSTEM)
    return [
        (finding.subject, finding.outcome.value, finding.reason)
        for finding in found
        if finding.subject.startswith("allocation/")
    ]


def replacing(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda body: body.replace(old, new)


def test_two_instances_come_to_the_same_bytes_and_know_it(
    database: Database, sister: Instance, peer: Peer, settings: Settings
) -> None:
    keys = open_keys(Path(settings.var_dir))
    ours = compute(database, keys, US, US, sister.host)
    assert pull(database, peer) == []  # it has not computed the month yet
    assert compute(sister.database, sister.keys, sister.host, US, sister.host) == ours
    assert pull(database, peer) == [(f"allocation/{MONTH}", "accepted", "")]
    assert pull(database, peer) == []  # nothing more to ask
    with database.reading() as session:
        held = queries.current(session, str(MONTH))
        assert held is not None
        found = agreement(held, queries.of_peers(session, str(MONTH)))
    assert found.agreeing == sorted((US, sister.host))
    assert found.differing == {}


def test_a_different_result_is_shown_with_what_differs(
    database: Database, sister: Instance, peer: Peer, settings: Settings
) -> None:
    compute(database, open_keys(Path(settings.var_dir)), US, US, sister.host)
    compute(sister.database, sister.keys, sister.host, US, sister.host, budget=200_000)
    pull(database, peer)
    with database.reading() as session:
        held = queries.current(session, str(MONTH))
        assert held is not None
        found = agreement(held, queries.of_peers(session, str(MONTH)))
    assert found.agreeing == [US]
    assert "budget" in found.differing[sister.host]
    assert "sharing_key" in found.differing[sister.host]


def test_a_changed_allocation_is_refused(database: Database, sister: Instance, peer: Peer, settings: Settings) -> None:
    compute(database, open_keys(Path(settings.var_dir)), US, US, sister.host)
    compute(sister.database, sister.keys, sister.host, US, sister.host)
    path = f"/federation/v1/allocations/{MONTH}"
    for old, new, reason in (
        (b'"budget":100000', b'"budget":100001', "bad-allocation"),
        (b'"estimated":true', b'"estimated":false', "bad-signature"),
    ):
        sister.spoil[path] = replacing(old, new)
        assert pull(database, peer) == [(f"allocation/{MONTH}", "refused", reason)]
    with database.reading() as session:
        assert queries.of_peers(session, str(MONTH)) == []
