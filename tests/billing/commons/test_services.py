"""Publishing a month: immutable bytes, one revision for the same figures, a chain over the months."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.commons import queries
from billing.commons.draft import draft_report, payload_of
from billing.commons.errors import FiguresMoved, RevisionUnexplained
from billing.commons.figures import NO_PREVIOUS
from billing.commons.models import PublishedReport
from billing.commons.report import REPORT_RULES
from billing.commons.services import publish_report
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.cooperative.queries import cooperative
from coopcircuits.events.models import Event
from coopcircuits.federation.identity import Profile, build_identity, sign_identity, verify_identity
from coopcircuits.federation.verify import SeenReport, verify_report
from coopcircuits.period import Month
from tests.support.billing import OCTOBER, close, in_month
from tests.support.sisters import open_keys, sell_a_month

HOST = "fr.example.coop"
NOVEMBER_9 = datetime(2026, 11, 9, 12, tzinfo=UTC)
OCTOBER_20 = datetime(2026, 10, 20, 12, tzinfo=UTC)
PROFILE = Profile(HOST, "Les Circuits", "FR", "Europe/Paris", "EUR", 2, "bonjour@fr.example.coop")


def publish(
    session: Session, folder: Path, *, month: Month = OCTOBER, at: datetime = NOVEMBER_9, **given: Any
) -> PublishedReport:
    with clock.travel(at):
        return publish_report(session, actor=SYSTEM, month=month, instance=HOST, keys=open_keys(folder), **given)


def test_a_peer_accepts_what_we_publish(session: Session, tmp_path: Path) -> None:
    sell_a_month(session, OCTOBER)
    close(session)
    report = publish(session, tmp_path)
    with clock.travel(NOVEMBER_9):
        keys = open_keys(tmp_path)
        root = keys.root_signer()
        assert root is not None
        payload = build_identity(PROFILE, keys, now=NOVEMBER_9)
        raw = sign_identity(payload, current=keys.signer(NOVEMBER_9), root=root)
    verdict = verify_report(
        report.envelope,
        expected_host=HOST,
        identity=verify_identity(raw, expected_host=HOST, now=NOVEMBER_9),
        seen=[],
        now=NOVEMBER_9,
        rules=REPORT_RULES,
        expected=("2026-10", 1),
    )
    assert verdict.accepted, verdict.sentence
    assert (verdict.digest, report.state) == (report.digest, "final")


def test_publishing_the_same_figures_again_changes_nothing(session: Session, tmp_path: Path) -> None:
    sell_a_month(session, OCTOBER)
    close(session)
    first = publish(session, tmp_path)
    again = publish(session, tmp_path, at=datetime(2026, 11, 30, tzinfo=UTC))
    assert (again.id, again.envelope) == (first.id, first.envelope)
    names = session.scalars(select(Event.name).where(Event.name == "ReportPublished")).all()
    assert len(names) == 1


def test_other_figures_need_a_reason_and_make_a_revision(session: Session, tmp_path: Path) -> None:
    tills = sell_a_month(session, OCTOBER)
    first = publish(session, tmp_path, at=OCTOBER_20)
    tills[0].sell(in_month(OCTOBER, day=19), 60_000)
    with pytest.raises(RevisionUnexplained):
        publish(session, tmp_path, at=OCTOBER_20)
    second = publish(session, tmp_path, at=OCTOBER_20, reason="une commande\u00a0oubliée ")
    payload = payload_of(second)
    assert (second.revision, payload["supersedes"]) == (2, first.digest)
    assert payload["reason"] == "une commande oubliée"


def test_a_month_under_way_is_never_final_and_becomes_so_without_a_word(session: Session, tmp_path: Path) -> None:
    sell_a_month(session, OCTOBER)
    assert publish(session, tmp_path, at=OCTOBER_20).state == "provisional"
    close(session)
    final = publish(session, tmp_path)
    assert (final.state, final.revision) == ("final", 2)
    assert payload_of(final)["reason"]


def test_reports_are_chained(session: Session, tmp_path: Path) -> None:
    sell_a_month(session, Month(2026, 9))
    sell_a_month(session, OCTOBER)
    close(session, Month(2026, 9))
    close(session, OCTOBER)
    september = publish(session, tmp_path, month=Month(2026, 9))
    october = publish(session, tmp_path)
    assert payload_of(september)["prev"] == NO_PREVIOUS
    assert payload_of(october)["prev"] == september.digest


def test_what_a_revision_hid_stays_hidden(session: Session, tmp_path: Path) -> None:
    sell_a_month(session, OCTOBER, shops=4)
    hidden = {entry["field"] for entry in payload_of(publish(session, tmp_path, at=OCTOBER_20))["suppression"]}
    sell_a_month(session, OCTOBER, shops=6)
    later = publish(session, tmp_path, at=OCTOBER_20, reason="two more shops")
    assert "turnover.net_ex_tax" in hidden
    assert hidden <= {entry["field"] for entry in payload_of(later)["suppression"]}


def test_figures_that_moved_while_somebody_read_are_not_published(session: Session, tmp_path: Path) -> None:
    tills = sell_a_month(session, OCTOBER)
    home = cooperative(session)
    assert home is not None
    read = draft_report(session, home=home, month=OCTOBER, instance=HOST, now=OCTOBER_20).content
    tills[0].sell(in_month(OCTOBER, day=19), 60_000)
    with pytest.raises(FiguresMoved):
        publish(session, tmp_path, at=OCTOBER_20, reviewed=read)
    assert queries.published(session) == []


def test_a_sister_that_holds_the_first_revision_accepts_the_second(session: Session, tmp_path: Path) -> None:
    tills = sell_a_month(session, OCTOBER)
    first = publish(session, tmp_path, at=OCTOBER_20)
    tills[0].sell(in_month(OCTOBER, day=19), 60_000)
    second = publish(session, tmp_path, at=OCTOBER_20, reason="one more order")
    with clock.travel(OCTOBER_20):
        keys = open_keys(tmp_path)
        root = keys.root_signer()
        assert root is not None
        payload = build_identity(PROFILE, keys, now=OCTOBER_20)
        raw = sign_identity(payload, current=keys.signer(OCTOBER_20), root=root)
    verdict = verify_report(
        second.envelope,
        expected_host=HOST,
        identity=verify_identity(raw, expected_host=HOST, now=OCTOBER_20),
        seen=[SeenReport("2026-10", 1, first.digest, "provisional", OCTOBER_20)],
        now=OCTOBER_20,
        rules=REPORT_RULES,
    )
    assert verdict.accepted, verdict.sentence
