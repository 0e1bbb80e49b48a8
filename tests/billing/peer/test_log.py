"""What is kept of the documents that were refused: all rows, and the bytes of the last few."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from billing.peer.models import Peer, Pull, PullOutcome
from billing.peer.services import MOST_DOCUMENTS, Finding, note
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.federation.reasons import Refusal
from tests.support.library import friend
from tests.support.people import make_user, sign_in

NOW = datetime(2026, 11, 12, 9, tzinfo=UTC)
MORE = MOST_DOCUMENTS + 5


@pytest.fixture
def peer(database: Database) -> Peer:
    with clock.travel(NOW):
        return friend(database, "rebost.example")


def refuse(
    database: Database, peer: Peer, number: int, raw: bytes, *, hours: int = 0, reason: str = "not-json"
) -> None:
    with database.transaction() as session:
        finding = Finding(f"dispute/{number:016x}", PullOutcome.REFUSED, Refusal(reason), raw)
        note(session, actor=SYSTEM, peer_id=peer.id, finding=finding, at=NOW + timedelta(hours=hours))


def kept(database: Database) -> list[tuple[int, int, bytes | None]]:
    """Number, times and bytes of every row, oldest first."""
    with database.reading() as session:
        rows = session.scalars(select(Pull).order_by(Pull.id)).all()
        return [(int(row.subject.partition("/")[2], 16), row.times, row.document) for row in rows]


def test_the_bytes_of_the_last_refused_documents_are_kept(database: Database, peer: Peer) -> None:
    for number in range(MORE):
        refuse(database, peer, number, b"x%d" % number)
    rows = kept(database)
    assert [number for number, _times, _raw in rows] == list(range(MORE))
    assert [raw for _number, _times, raw in rows] == [b""] * 5 + [b"x%d" % number for number in range(5, MORE)]


def test_the_same_again_is_no_new_row_even_where_its_bytes_are_gone(database: Database, peer: Peer) -> None:
    for hours in range(3):
        for number in range(MORE):
            refuse(database, peer, number, b"x%d" % number, hours=hours)
    rows = kept(database)
    assert [times for _number, times, _raw in rows] == [3] * MORE
    assert sum(bool(raw) for _number, _times, raw in rows) == MOST_DOCUMENTS


def test_of_one_document_the_bytes_refused_last_are_kept(database: Database, peer: Peer) -> None:
    refuse(database, peer, 1, b"one")
    refuse(database, peer, 1, b"other", hours=1)
    refuse(database, peer, 1, b"other", hours=2, reason="bad-dispute")
    assert kept(database) == [(1, 1, b""), (1, 1, b""), (1, 1, b"other")]


def test_the_page_says_which_are_no_longer_kept(client: FlaskClient, database: Database, peer: Peer) -> None:
    for number in range(MOST_DOCUMENTS + 1):
        refuse(database, peer, number, b"x")
    with database.transaction() as session:
        user = make_user(session, is_cooperative=True)
        first, second = session.scalars(select(Pull.id).order_by(Pull.id).limit(2))
    sign_in(client, database, user)
    page = client.get(f"/cooperative/peers/{peer.id}").get_data(as_text=True)
    assert page.count("n’est plus conservé") == 1
    assert page.count("/pulls/") == MOST_DOCUMENTS
    assert client.get(f"/cooperative/peers/{peer.id}/pulls/{first}").status_code == 404
    assert client.get(f"/cooperative/peers/{peer.id}/pulls/{second}").data == b"x"
