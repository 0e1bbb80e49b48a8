"""The list of instances: who they are, what they speak, since when, and how they stand."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from billing.allocation import queries as allocations
from billing.commons.instance import instance_name, open_keys, profile
from billing.commons.sharing_key import Member, SharingKey
from billing.commons.sharing_key import read as read_key
from billing.instances.listing import left_sharing, listing, months_silent
from billing.peer import services
from billing.peer.models import Peer, PeerState
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.i18n import speaking
from tests.support.allocations import a_key, adopt
from tests.support.library import friend
from tests.support.people import make_user, sign_in
from tests.support.sisters import receive

SISTER, OTHER = "rebost.example", "kiste.example.coop"
NOVEMBER_13 = datetime(2026, 11, 13, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def sisters(database: Database) -> None:
    """One that reported October on 9 November and speaks three languages, one in Germany that was added that day."""
    with clock.travel(datetime(2026, 11, 9, 12, tzinfo=UTC)):
        with database.transaction() as session:
            report = receive(session, SISTER)
            services.renew_languages(session, peer_id=report.peer_id, languages=["es", "ca", "pt-BR"])
        friend(database, OTHER, name="Die Kiste", country="DE", currency="CHF", zone="Europe/Berlin")


def labels(app: Flask, database: Database, at: datetime) -> dict[str, str]:
    """How each stands at an instant, in French."""
    with app.app_context(), clock.travel(at), database.reading() as session, speaking("fr"):
        found = listing(session, us=profile(), now=at)
        return {one.host: one.label for one in (*found.present, *found.past)}


def read(client: FlaskClient, path: str, at: datetime = NOVEMBER_13) -> str:
    with clock.travel(at):
        answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True).replace("\u202f", " ").replace("\xa0", " ")


def test_everybody_can_read_who_the_instances_are(client: FlaskClient) -> None:
    page = read(client, "/commons/instances")
    assert "espagnol, catalan, portugais brésilien" in page
    assert "Allemagne" in page
    assert "fuseau Berlin" in page
    assert "Sœur depuis le 09/11/2026" in page
    places = [page.index(name) for name in ("Les Circuits du Val", "Die Kiste", "El Rebost")]
    assert places == sorted(places)  # ours first, then by country: Allemagne, Espagne
    assert 'href="/commons/trend/rebost.example"' in page
    assert 'href="https://rebost.example/"' in page
    english = client.get("/commons/instances", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "Spanish, Catalan" in english
    assert 'href="/commons/instances"' in read(client, "/commons")


def test_how_they_stand_follows_their_reports(app: Flask, database: Database) -> None:
    assert labels(app, database, NOVEMBER_13)[SISTER] == "Rapports à l’heure"
    assert labels(app, database, datetime(2026, 12, 10, 11, tzinfo=UTC))[SISTER] == "Rapports à l’heure"
    assert labels(app, database, datetime(2026, 12, 10, 12, tzinfo=UTC))[SISTER] == "En retard depuis le 10/12/2026"
    assert labels(app, database, datetime(2027, 2, 1, tzinfo=UTC))[SISTER] == "Silencieuse depuis 3 mois"
    assert labels(app, database, NOVEMBER_13)[OTHER] == "Pas encore de rapport"
    assert labels(app, database, datetime(2027, 3, 1, tzinfo=UTC))[OTHER] == "Silencieuse depuis 4 mois"


def test_a_silent_sister_is_dormant_by_decision_alone(app: Flask, database: Database) -> None:
    """A new key without it, voted and adopted: it pays nothing from then on, and the list says since when."""
    with app.app_context(), clock.travel(NOVEMBER_13), database.transaction() as session:
        us = instance_name()
        first = adopt(session, open_keys(), *sorted((us, SISTER)))
    silent = datetime(2027, 3, 1, tzinfo=UTC)
    assert labels(app, database, silent)[SISTER] == "Silencieuse depuis 4 mois"
    with app.app_context(), clock.travel(silent), database.transaction() as session:
        adopt(session, open_keys(), us, since="2027-03", version=2, supersedes=first.digest)
    assert labels(app, database, silent)[SISTER] == "En sommeil par décision"
    page = read(app.test_client(), "/commons/instances", silent)
    assert "ne partage plus les coûts depuis mars 2027, par décision des membres" in page
    with database.reading() as session:
        assert [member.instance for member in allocations.read_keys(session)[-1].members_in("2027-03")] == [us]


def test_who_left_the_sharing_and_who_never_shared() -> None:
    def key(version: int, since: str, *members: Member) -> SharingKey:
        payload = a_key(*(member.instance for member in members), since=since, version=version)
        if version > 1:
            payload["supersedes"] = "sha256:" + "0" * 64
        for entry, member in zip(payload["members"], members, strict=True):
            entry["from"] = member.since
            if member.until:
                entry["until"] = member.until
        return read_key(payload)

    a, gone = Member("a.example", "EUR", "2026-01"), Member("b.example", "EUR", "2026-01", "2026-06")
    first, second = key(1, "2026-01", a, gone), key(2, "2026-09", a)
    back = key(3, "2026-11", a, Member("b.example", "EUR", "2026-12"))
    month = {number: datetime(2026, number, 5, tzinfo=UTC) for number in range(1, 13)}
    for keys, host, number, expected in [
        ([first], "b.example", 5, None),
        ([first], "b.example", 6, "2026-06"),
        ([first, second], "b.example", 10, "2026-06"),
        ([first, second], "a.example", 10, None),
        ([first, second], "c.example", 10, None),
        ([first, second, back], "b.example", 11, "2026-06"),
        ([first, second, back], "b.example", 12, None),
    ]:
        assert left_sharing(keys, host, month[number]) == expected, (host, number)
    assert [months_silent("2026-10", month[number]) for number in (11, 12)] == [0, 1]


def test_who_is_not_asked_is_not_judged(app: Flask, database: Database) -> None:
    with clock.travel(NOVEMBER_13), database.transaction() as session:
        peer = session.scalars(select(Peer).where(Peer.host == SISTER)).one()
        services.change_state(session, actor=SYSTEM, peer_id=peer.id, state=PeerState.PAUSED)
    for day in (NOVEMBER_13, datetime(2027, 3, 1, tzinfo=UTC)):
        assert labels(app, database, day)[SISTER] == "Pas interrogée en ce moment"
    assert "Silencieuse" in labels(app, database, datetime(2027, 3, 1, tzinfo=UTC))[OTHER]


def test_a_sister_that_was_removed_stays_in_the_list_of_the_past(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    def change(state: PeerState) -> None:
        with database.transaction() as session:
            peer = session.scalars(select(Peer).where(Peer.host == SISTER)).one()
            services.change_state(session, actor=SYSTEM, peer_id=peer.id, state=state)

    with clock.travel(NOVEMBER_13):
        change(PeerState.REMOVED)
    page = read(client, "/commons/instances")
    assert "Sœur du 09/11/2026 au 13/11/2026" in page
    assert page.index("El Rebost") > page.index("Anciennes sœurs")
    assert "/commons/trend/rebost.example" not in page
    with clock.travel(NOVEMBER_13 + timedelta(days=1)):
        friend(database, SISTER, name="El Rebost")  # they compared the fingerprint again
    assert "Sœur depuis le 14/11/2026" in read(client, "/commons/instances", NOVEMBER_13 + timedelta(days=2))


def test_the_cooperative_reads_it_beside_the_connection(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        user = make_user(session, "coop@example.org", is_cooperative=True)
        kiste = session.scalars(select(Peer).where(Peer.host == OTHER)).one()
        with clock.travel(NOVEMBER_13):
            services.change_state(session, actor=SYSTEM, peer_id=kiste.id, state=PeerState.REMOVED)
    browser = app.test_client()
    with clock.travel(NOVEMBER_13):
        sign_in(browser, database, user)
    page = read(browser, "/cooperative/peers")
    assert "espagnol, catalan" in page
    assert "Rapports à l’heure" in page
    assert "1 ancienne sœur" in page
    assert "Die Kiste" in page
