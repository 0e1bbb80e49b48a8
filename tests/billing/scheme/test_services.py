"""Rates and schemes: dated, from next month on, and who may decide."""

import pytest
from sqlalchemy.orm import Session

from billing.scheme import queries, services
from billing.scheme.contribution import Scheme, Terms, contribution_before_tax
from billing.scheme.models import SchemeKind
from coopcircuits import clock
from coopcircuits.actor import SYSTEM, Actor
from coopcircuits.errors import InvalidInput, NotAllowed
from shops.enterprise.models import Enterprise
from tests.support.billing import COOPERATIVE, OCTOBER, Till, close, in_month, statement
from tests.support.shops import make_enterprise

NOVEMBER = OCTOBER.plus(1)
SHOP = Actor("user", user_id=7)


@pytest.fixture
def shop(session: Session) -> Enterprise:
    return make_enterprise(session)


@pytest.mark.parametrize(("base", "owed"), [(0, 0), (49, 0), (50, 1), (149, 1), (150, 2), (431_020, 4_310)])
def test_one_percent_is_rounded_half_up(base: int, owed: int) -> None:
    assert contribution_before_tax(Scheme(SchemeKind.PERCENT), Terms(100, 2000), base) == owed


def test_a_shop_without_a_choice_gives_one_percent(session: Session, shop: Enterprise) -> None:
    assert queries.scheme_for(session, [shop.id], OCTOBER) == {shop.id: Scheme(SchemeKind.PERCENT)}
    assert queries.terms_for(session, OCTOBER) == Terms(100, 2000)


def test_a_choice_holds_from_its_month_to_the_next_choice(session: Session, shop: Enterprise) -> None:
    for start, kind, amount in (
        (OCTOBER, SchemeKind.VOLUNTARY, 0),
        (OCTOBER.plus(2), SchemeKind.PERCENT, 0),
        (OCTOBER.plus(4), SchemeKind.VOLUNTARY, 2_500),
    ):
        with clock.travel(in_month(start.plus(-1))):
            services.choose_scheme(
                session, actor=SHOP, enterprise_id=shop.id, kind=kind, amount=amount, valid_from=start
            )
    found = [queries.scheme_for(session, [shop.id], OCTOBER.plus(n))[shop.id] for n in range(-1, 5)]
    assert [(scheme.kind, scheme.amount) for scheme in found] == [
        (SchemeKind.PERCENT, 0),
        (SchemeKind.VOLUNTARY, 0),
        (SchemeKind.VOLUNTARY, 0),
        (SchemeKind.PERCENT, 0),
        (SchemeKind.PERCENT, 0),
        (SchemeKind.VOLUNTARY, 2_500),
    ]


def test_a_second_choice_for_the_same_month_replaces_the_first(session: Session, shop: Enterprise) -> None:
    with clock.travel(in_month(OCTOBER)):
        for amount in (1_000, 2_000):
            services.choose_scheme(
                session,
                actor=SHOP,
                enterprise_id=shop.id,
                kind=SchemeKind.VOLUNTARY,
                amount=amount,
                valid_from=NOVEMBER,
            )
    assert [choice.amount for choice in queries.choices_of(session, enterprise_id=shop.id)] == [2_000]


def test_the_month_under_way_keeps_its_scheme(session: Session, shop: Enterprise) -> None:
    with clock.travel(in_month(OCTOBER)), pytest.raises(InvalidInput) as refused:
        services.choose_scheme(
            session, actor=SHOP, enterprise_id=shop.id, kind=SchemeKind.VOLUNTARY, valid_from=OCTOBER
        )
    assert (refused.value.field, refused.value.params) == ("valid_from", {"period": "2026-11"})
    assert queries.choices_of(session, enterprise_id=shop.id) == []


@pytest.mark.parametrize(
    ("actor", "reason", "error"), [(SHOP, "Je préfère", NotAllowed), (COOPERATIVE, "  ", InvalidInput)]
)
def test_only_the_cooperative_exempts_and_says_why(
    session: Session, shop: Enterprise, actor: Actor, reason: str, error: type[Exception]
) -> None:
    with clock.travel(in_month(OCTOBER)), pytest.raises(error):
        services.choose_scheme(
            session,
            actor=actor,
            enterprise_id=shop.id,
            kind=SchemeKind.EXEMPT,
            reason=reason,
            valid_from=NOVEMBER,
        )
    assert queries.choices_of(session, enterprise_id=shop.id) == []


def test_rates_are_dated_decisions_of_the_cooperative(session: Session) -> None:
    till = Till(session)
    with clock.travel(in_month(OCTOBER)):
        with pytest.raises(NotAllowed):
            services.set_terms(session, actor=SYSTEM, terms=Terms(0, 0), valid_from=NOVEMBER)
        with pytest.raises(InvalidInput):
            services.set_terms(session, actor=COOPERATIVE, terms=Terms(150, 2000), valid_from=OCTOBER)
        services.set_terms(session, actor=COOPERATIVE, terms=Terms(150, 0), valid_from=NOVEMBER)
    for month in (OCTOBER, NOVEMBER):
        till.sell(in_month(month), 10_550)
        close(session, month)
    october, november = statement(session, till.shop), statement(session, till.shop, NOVEMBER)
    assert (october.rate_bp, october.contribution, october.total) == (100, 100, 120)
    assert (november.rate_bp, november.contribution, november.total) == (150, 150, 150)
    assert [terms.valid_from for terms in queries.all_terms(session)] == ["2026-11", "2000-01"]
