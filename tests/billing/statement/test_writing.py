"""What the database works out for a whole month is what the arithmetic says of each shop."""

import random
from dataclasses import asdict

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.purchase.models import PurchaseDeclaration
from billing.scheme.contribution import Terms
from billing.scheme.models import ContributionScheme, SchemeKind, VatTreatment
from billing.scheme.services import set_terms
from billing.statement import queries
from billing.statement.models import Statement
from billing.turnover import queries as turnover
from billing.turnover.queries import Turnover
from coopcircuits import clock
from coopcircuits.db import Database
from tests.support.billing import COOPERATIVE, OCTOBER, Till, close, in_month
from tests.support.people import make_user
from tests.support.shops import make_enterprise

MONTHS = [OCTOBER.plus(number) for number in range(3)]


def draw_terms(dice: random.Random) -> Terms:
    minimum = dice.choice([0, 1, 500])
    return Terms(
        rate_bp=dice.choice([0, 100, 137, 10_000]),
        tax_rate_bp=dice.choice([0, 550, 2_000]),
        margin_rate_bp=dice.choice([0, 999, 1_000]),
        starter_rate_bp=dice.choice([33, 50]),
        minimum=minimum,
        cap=dice.choice([0, minimum, 900]),
        computed_vat=dice.choice(list(VatTreatment)),
        voluntary_vat=dice.choice(list(VatTreatment)),
    )


def choose(session: Session, shop_id: int, dice: random.Random) -> None:
    """Any scheme, or none; a starting shop with every kind of promise."""
    kind = dice.choice([None, *SchemeKind])
    if kind is None:
        return
    is_starter = kind is SchemeKind.STARTER
    session.add(
        ContributionScheme(
            enterprise_id=shop_id,
            kind=kind,
            valid_from=str(MONTHS[0]),
            amount=dice.choice([0, 1_500]) if kind is SchemeKind.VOLUNTARY else 0,
            reason="Grêle" if kind is SchemeKind.EXEMPT else "",
            free_until=str(dice.choice(MONTHS)) if is_starter else None,
            free_turnover=dice.choice([0, 1, 30_000]) if is_starter else 0,
            chosen_by="user:1",
            chosen_at=clock.now(),
        )
    )


@pytest.mark.parametrize("seed", range(3))
def test_both_arithmetics_agree(database: Database, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - draws cases, guards nothing
    with database.transaction() as session:
        owner = make_user(session).id
        tills = [Till(session, make_enterprise(session, owner_id=owner)) for _ in range(25)]
        for till in tills:
            choose(session, till.shop.id, dice)
        for month in MONTHS:
            with clock.travel(in_month(month.plus(-1))):
                set_terms(session, actor=COOPERATIVE, terms=draw_terms(dice), valid_from=month)
            for till in tills:
                for _ in range(dice.randrange(3)):
                    order = till.sell(in_month(month), dice.randrange(60_000))
                    till.give_back(order, in_month(month, 20), dice.randrange(90_000))
                if dice.random() < 0.5:
                    session.add(
                        PurchaseDeclaration(
                            enterprise_id=till.shop.id,
                            period=str(month),
                            amount=dice.randrange(40_000),
                            declared_by="user:1",
                            declared_at=clock.now(),
                        )
                    )
            session.flush()
            sales = turnover.turnover_by_shop(session, queries.span_of(session, str(month)), currency="EUR")
            gifts = session.scalars(select(ContributionScheme.enterprise_id).where(ContributionScheme.amount > 0))
            expected = queries.figures_for(session, month, dict.fromkeys(gifts, Turnover()) | sales)
            close(session, month)
            found = session.scalars(select(Statement).where(Statement.period == str(month))).all()
            assert {statement.enterprise_id for statement in found} == expected.keys()
            for statement in found:
                figures = asdict(expected[statement.enterprise_id])
                assert {name: getattr(statement, name) for name in figures} == figures
