"""One month under each scheme, side by side."""

import pytest
from sqlalchemy.orm import Session

from billing.purchase.models import PurchaseDeclaration
from billing.scheme.comparison import Option, choosable, compare
from billing.scheme.models import SchemeKind
from billing.scheme.queries import terms_for
from billing.scheme.services import choose_scheme, set_terms
from billing.statement import queries as statements
from billing.statement.models import Statement
from coopcircuits import clock
from tests.support.billing import COOPERATIVE, OCTOBER, Till, in_month
from tests.support.people import make_user

SEPTEMBER = OCTOBER.plus(-1)


@pytest.fixture
def till(session: Session) -> Till:
    """A shop that sold for 500.00 before tax in October."""
    till = Till(session, owner_id=make_user(session).id)
    till.sell(in_month(OCTOBER), 52_750)
    return till


def so_far(session: Session, till: Till) -> Statement:
    with clock.travel(in_month(OCTOBER, 20)):
        return statements.so_far(session, enterprise=till.shop, month=OCTOBER)


def options(session: Session, till: Till) -> dict[SchemeKind, Option]:
    return {option.kind: option for option in compare(session, so_far(session, till))}


def choose(session: Session, till: Till, kind: SchemeKind, **given: int) -> None:
    with clock.travel(in_month(SEPTEMBER)):
        choose_scheme(
            session,
            actor=COOPERATIVE,
            enterprise_id=till.shop.id,
            kind=kind,
            valid_from=OCTOBER,
            reason="Grêle",
            **given,
        )
    session.flush()


def test_every_scheme_open_to_the_shop_is_there_and_none_is_priced_for_it(session: Session, till: Till) -> None:
    found = options(session, till)
    assert list(found) == [SchemeKind.PERCENT, SchemeKind.VOLUNTARY, SchemeKind.MARGIN, SchemeKind.STARTER]
    assert [kind for kind, option in found.items() if option.is_current] == [SchemeKind.PERCENT]
    assert found[SchemeKind.PERCENT].total == 600
    assert (found[SchemeKind.VOLUNTARY].total, found[SchemeKind.VOLUNTARY].lines) == (None, ())
    assert found[SchemeKind.MARGIN].total == 600, "without purchases it is counted as a share of sales"
    assert found[SchemeKind.STARTER].total == 0


def test_the_margin_is_what_was_sold_less_what_was_bought(session: Session, till: Till) -> None:
    session.add(
        PurchaseDeclaration(
            enterprise_id=till.shop.id, period="2026-10", amount=38_000, declared_by="user:1", declared_at=clock.now()
        )
    )
    session.flush()
    margin = options(session, till)[SchemeKind.MARGIN]
    assert margin.total == 1_440  # 10 % of 120.00, and 20 % tax
    assert [amount.replace("\xa0", " ").replace("\u202f", " ") for _label, amount in margin.lines] == [
        "500,00 €",
        "-380,00 €",
        "120,00 €",
        "12,00 €",
        "2,40 €",
        "14,40 €",
    ]


def test_the_least_and_the_most_are_said(session: Session, till: Till) -> None:
    for minimum, cap, computed in ((1_000, 0, 1_000), (0, 300, 300)):
        with clock.travel(in_month(SEPTEMBER)):
            terms = terms_for(session, OCTOBER)._replace(minimum=minimum, cap=cap)
            set_terms(session, actor=COOPERATIVE, terms=terms, valid_from=OCTOBER)
        session.flush()
        found = options(session, till)[SchemeKind.PERCENT]
        assert found.total == computed * 12 // 10
        assert len(found.lines) == 5


@pytest.mark.parametrize(
    ("kind", "given", "total"), [(SchemeKind.VOLUNTARY, {"amount": 2_500}, 3_000), (SchemeKind.EXEMPT, {}, 0)]
)
def test_the_shops_own_scheme_shows_what_its_statement_will(
    session: Session, till: Till, kind: SchemeKind, given: dict[str, int], total: int
) -> None:
    choose(session, till, kind, **given)
    found = options(session, till)
    assert found[kind].is_current
    assert found[kind].total == total == so_far(session, till).total
    assert not found[SchemeKind.PERCENT].is_current


def test_a_shop_starts_once(session: Session, till: Till) -> None:
    with clock.travel(in_month(SEPTEMBER)):
        choose_scheme(
            session, actor=COOPERATIVE, enterprise_id=till.shop.id, kind=SchemeKind.STARTER, valid_from=OCTOBER
        )
    session.flush()
    assert SchemeKind.STARTER not in choosable(session, enterprise_id=till.shop.id, month=OCTOBER.plus(1))
    found = options(session, till)[SchemeKind.STARTER]
    assert (found.is_current, found.total) == (True, 0)
