"""A starting shop: free until a month or a turnover, told in time, free to leave."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.scheme.models import ContributionScheme, SchemeKind
from billing.scheme.services import choose_scheme
from billing.starter.queries import countdown, starting_at
from billing.statement.models import Statement
from coopcircuits import clock, jobs
from coopcircuits.actor import Actor
from coopcircuits.db import Database
from coopcircuits.errors import InvalidInput, NotAllowed
from coopcircuits.events import Event
from coopcircuits.period import Month
from tests.support.billing import COOPERATIVE, OCTOBER, Till, close, in_month, statement
from tests.support.people import make_user, sign_in

SHOP = Actor("user", user_id=7)


def start(session: Session, till: Till, *, months: int = 3, turnover: int = 0) -> ContributionScheme:
    with clock.travel(in_month(OCTOBER.plus(-1))):
        return choose_scheme(
            session,
            actor=COOPERATIVE,
            enterprise_id=till.shop.id,
            kind=SchemeKind.STARTER,
            free_until=OCTOBER.plus(months - 1),
            free_turnover=turnover,
            valid_from=OCTOBER,
        )


def test_nothing_is_asked_until_the_month_then_the_reduced_rate(session: Session) -> None:
    till = Till(session)
    start(session, till, months=2)
    for month in (OCTOBER, OCTOBER.plus(1), OCTOBER.plus(2)):
        till.sell(in_month(month), 105_500)
        close(session, month)
    found = session.scalars(select(Statement).order_by(Statement.period)).all()
    assert [(s.scheme, s.rated, s.contribution) for s in found] == [
        (SchemeKind.STARTER, 0, 0),
        (SchemeKind.STARTER, 0, 0),
        (SchemeKind.STARTER, 100_000, 500),
    ]


def test_what_goes_beyond_the_free_turnover_is_rated(session: Session) -> None:
    till = Till(session)
    start(session, till, months=12, turnover=150_000)
    for month in (OCTOBER, OCTOBER.plus(1), OCTOBER.plus(2)):
        till.sell(in_month(month), 105_500)
        close(session, month)
    rated = [statement(session, till.shop, OCTOBER.plus(n)).rated for n in range(3)]
    assert rated == [0, 50_000, 100_000]


def test_a_shop_starts_once_and_on_the_terms(session: Session) -> None:
    till = Till(session)
    with clock.travel(in_month(OCTOBER.plus(-1))):
        with pytest.raises(NotAllowed):
            choose_scheme(
                session,
                actor=SHOP,
                enterprise_id=till.shop.id,
                kind=SchemeKind.STARTER,
                free_until=Month(2030, 1),
                valid_from=OCTOBER,
            )
        choice = choose_scheme(
            session, actor=SHOP, enterprise_id=till.shop.id, kind=SchemeKind.STARTER, valid_from=OCTOBER
        )
    assert (choice.free_until, choice.free_turnover) == ("2027-09", 0)
    with clock.travel(in_month(OCTOBER)):
        choose_scheme(
            session, actor=SHOP, enterprise_id=till.shop.id, kind=SchemeKind.PERCENT, valid_from=OCTOBER.plus(1)
        )
    with clock.travel(in_month(OCTOBER.plus(1))), pytest.raises(InvalidInput) as refused:
        choose_scheme(
            session, actor=SHOP, enterprise_id=till.shop.id, kind=SchemeKind.STARTER, valid_from=OCTOBER.plus(2)
        )
    assert refused.value.field == "kind"


@pytest.mark.parametrize(
    ("at", "ending"),
    [
        (datetime(2026, 11, 30, 22, 59, tzinfo=UTC), False),  # 32 days before, at 23:59 in Paris
        (datetime(2026, 12, 2, 12, tzinfo=UTC), True),
    ],
)
def test_the_notice_comes_thirty_days_ahead(session: Session, at: datetime, ending: bool) -> None:
    till = Till(session)
    start(session, till, months=3)
    with clock.travel(at):
        [choice] = starting_at(session, at)
        assert countdown(session, choice).is_ending is ending


def test_the_notice_comes_before_the_turnover_is_reached(session: Session) -> None:
    till = Till(session)
    start(session, till, months=24, turnover=200_000)
    till.sell(in_month(OCTOBER), 105_500)
    close(session)
    at = in_month(OCTOBER.plus(1), 15)
    with clock.travel(at):
        [choice] = starting_at(session, at)
        before = countdown(session, choice)
        till.sell(at, 73_850)
        after = countdown(session, choice)
    assert (before.sold, before.is_ending) == (100_000, False)
    assert (after.sold, after.left, after.is_ending) == (170_000, 30_000, True)


def test_the_job_tells_once(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        start(session, Till(session), months=2)
        start(session, Till(session), months=24)
    with app.test_request_context(), clock.travel(datetime(2026, 11, 10, tzinfo=UTC)):
        said = [jobs.run_once("billing.announce_ends") for _ in range(2)]
    assert said == ["1 boutique prévenue", ""]
    with database.reading() as session:
        assert len(session.scalars(select(Event).where(Event.name == "StarterEnding")).all()) == 1


def test_the_countdown_is_on_the_shops_page(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        owner = make_user(session)
        till = Till(session, owner_id=owner.id)
        start(session, till, months=2, turnover=500_000)
        till.sell(in_month(OCTOBER), 105_500)
        shop = till.shop.permalink
    sign_in(client, database, owner)
    with clock.travel(in_month(OCTOBER, 30)):
        text = client.get(f"/manage/{shop}/contribution").get_data(as_text=True)
    assert "encore 32 jours" in text
    assert "1\u202f000,00\xa0€ sur 5\u202f000,00\xa0€" in text
