"""A sister's key was stolen before we received what it signed: what counts from then on, there, here, in archives."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from billing.allocation import pulling as allocation_pulling
from billing.allocation import queries as allocations
from billing.allocation.agreement import agreement
from billing.allocation.services import compute_allocation, settle
from billing.commons.archive_files import Wrong
from billing.commons.models import PublishedReport
from billing.commons.report import REPORT_RULES
from billing.commons.services import publish_report
from billing.commons.verifier import main, verify_folder
from billing.cost.models import CostScope
from billing.dispute import queries as disputes
from billing.dispute import services as disputing
from billing.dispute.document import Act
from billing.peer import pulling
from billing.peer import queries as peers
from billing.peer.models import PeerReport
from billing.peer.remarks import remarks
from billing.peer.services import keep_twin
from billing.revocation.services import SignedAgain, sign_again
from billing.sharing_key import queries as proposals
from billing.sharing_key.services import propose_key
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.events.models import Event
from coopcircuits.federation.canonical import canonical_bytes, decode
from coopcircuits.federation.identity import verify_identity
from coopcircuits.federation.moments import format_moment
from coopcircuits.federation.signing import ObjectKind, build_envelope, kids_of, parse_envelope
from coopcircuits.federation.verify import verify_report
from tests.conftest import Templates, built
from tests.support.allocations import a_key, adopt
from tests.support.billing import OCTOBER, close
from tests.support.disputes import contest
from tests.support.neighbours import House, Neighbours
from tests.support.people import make_user, sign_in
from tests.support.sisters import sell_a_month, spend

THEM = "rebost.example"
NOVEMBER_9, NOVEMBER_12, NOVEMBER_13, NOVEMBER_15, NOVEMBER_21 = (
    datetime(2026, 11, day, 9, tzinfo=UTC) for day in (9, 12, 13, 15, 21)
)
DECEMBER_22 = datetime(2026, 12, 22, 9, tzinfo=UTC)
#: Before all that is signed here, and long after their October began.
STOLEN = "2026-11-08T00:00:00Z"


@pytest.fixture
def us(app: Flask) -> House:
    return House(app, Neighbours())


@pytest.fixture
def them(templates: Templates, backend: str, settings: Settings, tmp_path: Path, us: House) -> Iterator[House]:
    """Another instance that we and that knows us; both reported October, share its cost and came to the same bytes.

    It adopted a second key of sharing before us, and answered what we contest.
    """
    url = templates.copy(backend, "ready")
    other = replace(settings, database_url=url, var_dir=str(tmp_path / "them"), federation_host=THEM)
    with built(other) as app:
        them = House(app, us.neighbours)
        live(us, them)
        yield them
    templates.drop(url)


def live(us: House, them: House) -> None:
    houses = (us, them)
    with clock.travel(NOVEMBER_9):
        for house, cost in ((us, 25_000), (them, 40_000)):
            with house.database.transaction() as session:
                sell_a_month(session, OCTOBER)
                spend(session, OCTOBER, cost, scope=CostScope.COMMON)
                close(session)
                publish_report(session, actor=SYSTEM, month=OCTOBER, instance=house.host, keys=house.keys)
                adopt(session, house.keys, *sorted((us.host, THEM)))
        for house, other in (houses, houses[::-1]):
            house.befriend(other.host)
            house.pull(other.host)
    with clock.travel(NOVEMBER_12):
        agree(us, them)
    with clock.travel(NOVEMBER_13):
        with us.database.transaction() as session:
            report = session.scalars(select(PeerReport)).one()
            claim = contest(session, report, THEM, us=us.host, keys=us.keys).digest
        them.pull(us.host)
        with them.database.transaction() as session:
            disputing.say(
                session,
                actor=SYSTEM,
                us=THEM,
                keys=them.keys,
                dispute=claim,
                act=Act.ANSWER,
                reason="It is right.",
            )
            first = allocations.adopted_keys(session)[0].digest
            following = a_key(*sorted((us.host, THEM)), since="2027-01", version=2, supersedes=first)
            propose_key(session, actor=SYSTEM, us=THEM, payload=following, keys=them.keys)
        us.pull(THEM)


def agree(*houses: House) -> list[str]:
    """Each computes October and asks the other; the digests they came to."""
    digests = []
    for house in houses:
        with house.database.transaction() as session:
            digests.append(
                compute_allocation(session, actor=SYSTEM, month=OCTOBER, instance=house.host, keys=house.keys).digest
            )
    for house, other in (houses, houses[::-1]):
        house.pull(other.host)
    return digests


def revoke(house: House, since: str = STOLEN) -> str:
    """Revoke the key in force by the command; what it says."""
    return house.run("keys", "revoke", house.keys.signer(clock.now()).kid, "--since", since)


def countersigned(house: House) -> list[str]:
    """Who came to the house's own bytes for October, as it knows."""
    with house.database.reading() as session:
        held = allocations.current(session, "2026-10")
        assert held is not None
        return list(agreement(held, allocations.of_peers(session, "2026-10")).agreeing)


def archive(house: House, folder: Path) -> Path:
    house.run("export", str(folder))
    return folder


def signed_again(them: House) -> None:
    """The command signs again whatever stood under the stolen key; a second time there is nothing left."""
    told = revoke(them)
    assert "Published again: 1 months." in told
    assert "1 allocations, 2 keys of sharing, 1 documents of disputes" in told
    signer = them.keys.signer(clock.now()).kid
    with them.database.reading() as session:
        first, again = session.scalars(select(PublishedReport).order_by(PublishedReport.revision))
        assert kids_of(again.envelope) == {signer}
        assert first.revoked_at == NOVEMBER_15
        before, after = (parse_envelope(one.envelope).payload for one in (first, again))
        assert (after["revision"], after["supersedes"]) == (2, first.digest)
        moved = {name for name in after if after[name] != before.get(name)}
        assert moved == {"revision", "supersedes", "reason", "issued_at"}
        kept = [allocations.current(session, "2026-10"), *allocations.adopted_keys(session)]
        assert all(one is not None and kids_of(one.envelope) == {signer} for one in kept)
    listed = them.app.test_client().get("/federation/v1/reports").get_json()["reports"]
    assert [(entry["period"], entry["revision"]) for entry in listed] == [("2026-10", 2)]
    with them.database.transaction() as session:
        assert sign_again(session, actor=SYSTEM, keys=them.keys) == SignedAgain(0, 0, 0, 0)


def test_a_sister_relies_on_what_was_signed_again_and_no_more_on_the_rest(us: House, them: House) -> None:
    assert countersigned(us) == sorted((us.host, THEM))
    with clock.travel(NOVEMBER_15):
        signed_again(them)
        found = us.pull(THEM)
        assert ("2026-10/2", "accepted", "") in found
        assert ("allocation/2026-10", "accepted", "") in found
        assert [outcome for subject, outcome, _why in found if subject.startswith(("dispute/", "sharing-key/"))] == [
            "accepted",
            "accepted",
        ]
        signer = {them.keys.signer(clock.now()).kid}
        with us.database.reading() as session:
            first, again = session.scalars(select(PeerReport).order_by(PeerReport.revision))
            assert (first.revoked_at, again.revoked_at) == (NOVEMBER_15, None)
            (dispute,) = disputes.disputes(session)
            assert [one.act for one in dispute.documents] == [Act.CLAIM, Act.ANSWER]
            assert kids_of(dispute.documents[1].envelope) == signer
            (proposal,) = proposals.proposals(session)
            assert kids_of(proposal.envelope) == signer
        assert not [found for found in us.pull(THEM) if found[1] != "unchanged"]  # settled
        first_digest, second_digest = agree(us, them)  # by the report that was signed again
        assert first_digest == second_digest
    with clock.travel(NOVEMBER_21), us.database.transaction() as session:
        assert settle(session, actor=SYSTEM, month=OCTOBER) is not None


def test_what_is_not_signed_again_counts_as_missing_and_is_said(us: House, them: House) -> None:
    """An instance that revokes its key and signs nothing again: its countersignature is gone, its month estimated."""
    with us.database.transaction() as session:
        coop = make_user(session, "coop@example.org", is_cooperative=True)
    with clock.travel(NOVEMBER_15):
        them.keys.revoke(them.keys.signer(clock.now()).kid, now=clock.now(), since=datetime(2026, 11, 8, tzinfo=UTC))
        found = us.pull(THEM)
        assert {(subject, reason) for subject, _outcome, reason in found if reason} >= {
            ("allocation/2026-10", "key-revoked")
        }
        assert countersigned(us) == [us.host]
        with us.database.transaction() as session:
            payload = allocations.payload_of(
                compute_allocation(session, actor=SYSTEM, month=OCTOBER, instance=us.host, keys=us.keys)
            )
            peer = peers.by_host(session, THEM)
            assert peer is not None
        assert {entry["instance"]: entry["estimated"] for entry in payload["inputs"]} == {us.host: False, THEM: True}
        browser = us.app.test_client()
        sign_in(browser, us.database, coop)
        page = browser.get(f"/cooperative/peers/{peer.id}").get_data(as_text=True)
        assert "Signé avec une clé volée" in page
        assert "Ne compte plus" in page
        assert "clé volée\u202f: à signer de nouveau" in browser.get("/commons/2026-10").get_data(as_text=True)


def test_what_rests_is_asked_for_again_whatever_its_month_and_is_no_news(
    us: House, them: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocation_pulling, "MOST_ALLOCATIONS", 0)  # as if October were long ago
    before = known_of(us)
    with clock.travel(NOVEMBER_15):
        them.keys.revoke(them.keys.signer(clock.now()).kid, now=clock.now(), since=datetime(2026, 11, 8, tzinfo=UTC))
        us.pull(THEM)
        assert countersigned(us) == [us.host]
        with us.database.reading() as session:
            assert not proposals.proposals(session)
            assert [one.act for dispute in disputes.disputes(session) for one in dispute.documents] == [Act.CLAIM]
        with them.database.transaction() as session:
            sign_again(session, actor=SYSTEM, keys=them.keys)
        us.pull(THEM)
        assert countersigned(us) == sorted((us.host, THEM))
        assert known_of(us) == before


def known_of(house: House) -> list[str]:
    """What the people of a house were told that a sister proposed or said in a dispute."""
    with house.database.reading() as session:
        names = session.scalars(select(Event.name).order_by(Event.id))
        return [name for name in names if name in ("SharingKeyProposed", "DisputeMoved")]


def test_what_was_seen_before_the_theft_stays(us: House, them: House) -> None:
    with clock.travel(NOVEMBER_15):
        revoke(them, "2026-11-14T00:00:00Z")
        assert ("2026-10/2", "accepted", "") in us.pull(THEM)
        with us.database.reading() as session:
            assert [report.revoked_at for report in session.scalars(select(PeerReport))] == [None, None]
        assert countersigned(us) == sorted((us.host, THEM))


def test_a_twin_forged_with_a_stolen_key_takes_no_safe_month_away(us: House, them: House, tmp_path: Path) -> None:
    """October was signed with a key that is safe; the thief of the next one shows another October to a third."""
    with clock.travel(NOVEMBER_15):
        them.keys.rotate(now=clock.now(), valid_from=datetime(2026, 12, 21, tzinfo=UTC))
    with clock.travel(DECEMBER_22):
        us.pull(THEM)
        forge_october(us, them)
        assert october_of(us) == []
    with clock.travel(DECEMBER_22 + timedelta(days=1)):
        revoke(them, "2026-12-22T00:00:00Z")
        us.pull(THEM)
        (safe,) = october_of(us)
        with us.database.reading() as session:
            peer = peers.by_host(session, THEM)
            assert peer is not None
            assert [remark.tone for remark in remarks(session, peer, [], clock.now())] == []
            held = session.scalars(select(PeerReport).order_by(PeerReport.received_at)).all()
            assert [(one.digest == safe, one.quarantined_at is None, one.revoked_at is None) for one in held] == [
                (True, True, True),
                (False, False, False),
            ]
        assert not [why for subject, _outcome, why in them.pull(us.host) if subject.startswith("seen/") and why]
        with us.database.transaction() as session:
            assert settle(session, actor=SYSTEM, month=OCTOBER) is not None
        found = verify_folder(archive(us, tmp_path / "ours"))
        assert safe in found.reports
        assert len(found.put_aside) == 1


def forge_october(us: House, them: House) -> None:
    """What a third instance shows us of them, signed by whoever has their key."""
    with us.database.transaction() as session:
        peer = peers.by_host(session, THEM)
        assert peer is not None
        payload = parse_envelope(session.scalars(select(PeerReport)).one().envelope).payload
        payload["orders"]["completed"] += 1
        payload["issued_at"] = format_moment(clock.now() - timedelta(hours=1))
        raw = build_envelope(ObjectKind.REPORT, payload, [them.keys.signer(clock.now())])
        verdict = verify_report(
            raw,
            expected_host=THEM,
            identity=verify_identity(peer.identity, expected_host=THEM, now=clock.now()),
            seen=peers.seen_of(session, peer.id),
            now=clock.now(),
            rules=REPORT_RULES,
        )
        keep_twin(session, actor=SYSTEM, host=THEM, raw=raw, verdict=verdict, at=clock.now())


def october_of(house: House) -> list[str]:
    """Digests of the sister's reports of October that count for a house."""
    with house.database.reading() as session:
        rows = session.scalars(select(PeerReport).where(PeerReport.period == "2026-10", peers.counting()))
        return [row.digest for row in rows]


def test_what_came_since_a_theft_is_looked_at_once(us: House, them: House, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[datetime] = []
    monkeypatch.setattr(pulling, "disown", lambda *_session, at, **_given: looked.append(at))
    with clock.travel(NOVEMBER_13):
        us.pull(THEM)
    assert looked == []
    with clock.travel(NOVEMBER_15):
        revoke(them)
        us.pull(THEM)
    with clock.travel(NOVEMBER_21):
        us.pull(THEM)
    assert looked == [NOVEMBER_15]


# ---------------------------------------------------------------- archives


def test_an_archive_of_what_was_settled_before_the_theft_was_known_stays_true(
    us: House, them: House, tmp_path: Path
) -> None:
    """The month was locked with a report that counts no more: it is named, and the allocation still comes out."""
    with clock.travel(NOVEMBER_21):
        for house in (us, them):
            with house.database.transaction() as session:
                assert settle(session, actor=SYSTEM, month=OCTOBER) is not None
        revoke(them)
        us.pull(THEM)
        ours, theirs = archive(us, tmp_path / "ours"), archive(them, tmp_path / "theirs")
    for folder in (ours, theirs):
        found = verify_folder(folder)
        (name,) = found.disowned
        assert name.parts[:2] == ("reports", THEM)
        assert name.name.startswith("2026-10.1.")
        assert (len(found.allocations), found.disputes, len(found.reports)) == (2, 2, 3)
    told = CliRunner().invoke(main, [str(ours)]).output
    assert told.startswith("TRUE")
    assert "counted until 2026-11-21T09:00:00Z, when its key was known to be stolen: reports/rebost.example/" in told
    is_said_in_seen(ours)


def test_what_was_signed_again_unknown_to_us_when_we_locked_counts_since_we_know(
    us: House, them: House, tmp_path: Path
) -> None:
    with clock.travel(NOVEMBER_15):
        revoke(them)
    with clock.travel(NOVEMBER_21), us.database.transaction() as session:
        assert settle(session, actor=SYSTEM, month=OCTOBER) is not None
    with clock.travel(NOVEMBER_21 + timedelta(days=1)):
        assert ("2026-10/2", "accepted", "") in us.pull(THEM)
        found = verify_folder(archive(us, tmp_path / "ours"))
        assert ("localhost", "2026-10") in found.allocations


def is_said_in_seen(folder: Path) -> None:
    """Until when a report counted is its writer's word, and only of what bears a stolen key."""
    seen = folder / "seen.json"
    told = decode(seen.read_bytes())

    def write(change: dict[str, str | None]) -> None:
        entries = [
            {name: value for name, value in (entry | change).items() if value is not None}
            if "revoked_at" in entry
            else entry
            for entry in told["seen"]
        ]
        seen.write_bytes(canonical_bytes(told | {"seen": entries}))

    write({"revoked_at": None})
    with pytest.raises(Wrong, match="revoked"):
        verify_folder(folder)
    for never in ("2026-11-08T09:00:00Z", "2026-11-28T09:00:00Z", "2099-01-01T00:00:00Z"):
        write({"revoked_at": never})
        with pytest.raises(Wrong, match="cannot have counted until"):
            verify_folder(folder)
    write({"revoked_at": "soon"})
    with pytest.raises(Wrong, match=r"seen\.json"):
        verify_folder(folder)
    seen.write_bytes(
        canonical_bytes(told | {"seen": [entry | {"revoked_at": "2026-11-15T09:00:00Z"} for entry in told["seen"]]})
    )
    with pytest.raises(Wrong, match="was not stolen"):
        verify_folder(folder)
