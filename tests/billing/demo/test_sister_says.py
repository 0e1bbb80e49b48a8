"""The demonstration's sister contests a figure and proposes a rule, signed as a real one would."""

from datetime import UTC, datetime

from flask import Flask

from billing.commons.instance import instance_name
from billing.commons.services import publish_report
from billing.commons.sharing_key import check_sharing_key
from billing.cost.models import CostScope
from billing.demo.sister import load_sister
from billing.dispute import cases
from billing.dispute.document import State, check_dispute
from billing.sharing_key import queries
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.federation.identity import verify_identity
from coopcircuits.federation.signing import ObjectKind
from coopcircuits.federation.verify_object import verify_object
from tests.support.billing import OCTOBER, close
from tests.support.disputes import keys_of
from tests.support.sisters import sell_a_month, spend


def test_what_it_says_verifies_and_waits_for_us(app: Flask, database: Database, settings: Settings) -> None:
    with app.app_context():
        us = instance_name()
    now = datetime(2026, 11, 15, 9, tzinfo=UTC)
    with clock.travel(now), database.transaction() as session:
        sell_a_month(session, OCTOBER)
        spend(session, OCTOBER, 25_000, scope=CostScope.COMMON)
        close(session)
        publish_report(session, actor=SYSTEM, month=OCTOBER, instance=us, keys=keys_of(settings))
        peer = load_sister(session)
        (case,) = cases.cases(session, us=us, our_name="Nous")
        (proposal,) = queries.proposals(session)
        identity = verify_identity(peer.identity, expected_host=peer.host, now=now)
        (document,) = case.dispute.documents
    assert (case.state, case.waits_for_us, case.contested) == (State.OPEN, True, 4_000)
    for raw, kind, check in (
        (document.envelope, ObjectKind.DISPUTE, check_dispute),
        (proposal.envelope, ObjectKind.SHARING_KEY, check_sharing_key),
    ):
        verify_object(raw, kind=kind, identity=identity, check=check, received_at=now)


def test_it_says_nothing_to_whoever_published_nothing(database: Database) -> None:
    with clock.travel(datetime(2026, 11, 15, 9, tzinfo=UTC)), database.transaction() as session:
        load_sister(session)
        assert cases.cases(session, us="localhost", our_name="Nous") == []
        assert queries.proposals(session) == []
