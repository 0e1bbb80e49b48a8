"""Which languages a sister speaks: read of its NodeInfo at every pull, and never a reason to refuse anything."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from billing.peer.models import Peer
from coopcircuits import clock
from coopcircuits.db import Database
from coopcircuits.federation.nodeinfo import NODEINFO_PATH, build_nodeinfo
from tests.billing.commons.sister import NOW
from tests.support.library import Library, friend, pull

HOST = "es.example.coop"


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with clock.travel(NOW):
        yield


def spoken(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Peer)).one().languages)


def test_they_follow_what_the_sister_says(database: Database) -> None:
    peer, library = friend(database, HOST, name="El Rebost"), Library()
    library.publish(HOST, name="El Rebost")
    assert pull(database, library, peer) == [("reports", "unchanged", "")]  # an instance without it is no error
    assert spoken(database) == []
    raw = build_nodeinfo(software="other", version="1", name="El Rebost", languages=["es", "ca", "xx"])
    for body, expected in ((raw, ["es", "ca"]), (b"<html>", []), (raw, ["es", "ca"]), (b"x" * 70_000, [])):
        library.shelf[HOST, NODEINFO_PATH] = body
        assert pull(database, library, peer) == [("reports", "unchanged", "")]
        assert spoken(database) == expected
