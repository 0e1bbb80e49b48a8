"""The reasons to look at a statement, as a reviewer reads them."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from billing.question import services as questions
from billing.review import queries, words
from billing.review.queries import Reason
from billing.scheme.models import SchemeKind
from billing.statement import services
from billing.statement.models import Statement
from coopcircuits import clock, i18n
from coopcircuits.actor import SYSTEM
from orders.sale.models import SaleKind
from tests.support.billing import COOPERATIVE, NOVEMBER_2, OCTOBER, Till, close, in_month, statement

SEPTEMBER = OCTOBER.plus(-1)


def said(session: Session, till: Till) -> dict[Reason, str]:
    session.flush()
    row = queries.row_of(session, statement(session, till.shop))
    return {reason: words.reason_sentence(row, reason) for reason in row.reasons}


def sold(session: Session, *, september: int = 0, october: int = 0, back: int = 0) -> Till:
    """A shop that sold (cents, tax included) and gave back in October."""
    till = Till(session)
    order = till.sell(in_month(SEPTEMBER), september) if september else None
    close(session, SEPTEMBER)
    if october:
        till.sell(in_month(OCTOBER), october)
    if back and order:
        till.give_back(order, in_month(OCTOBER), back, SaleKind.REFUND)
    close(session)
    return till


def test_a_month_that_fell(session: Session) -> None:
    till = sold(session, september=10_550, october=4_009)
    assert said(session, till) == {Reason.DOWN: "62\u202f% de moins que le mois précédent"}
    with i18n.speaking("en"):
        assert said(session, till) == {Reason.DOWN: "62% less than last month"}


def test_a_month_that_rose(session: Session) -> None:
    till = sold(session, september=10_550, october=31_650)
    assert said(session, till) == {Reason.UP: "200\u202f% de plus que le mois précédent"}


def test_more_given_back_than_sold(session: Session) -> None:
    till = sold(session, september=10_550, back=1_055)
    assert said(session, till) == {Reason.NEGATIVE: "10,00\xa0€ de plus rendus que vendus"}


def test_a_question_in_the_shops_own_words(session: Session) -> None:
    till = sold(session, september=10_550, october=10_550)
    found = statement(session, till.shop)
    with clock.travel(NOVEMBER_2):
        questions.ask(session, statement_id=found.id, text="Bonjour,\n" + "une commande " * 20, actor=SYSTEM)
    sentence = said(session, till)[Reason.QUESTIONED]
    assert sentence.startswith("attend une réponse depuis le 02/11/2026\u202f: «\u202fBonjour, une commande")
    assert sentence.endswith("…\u202f»")


def test_a_scheme_that_changed(session: Session) -> None:
    till = sold(session, september=10_550, october=10_550)
    session.execute(update(Statement).where(Statement.period == "2026-09").values(scheme=SchemeKind.EXEMPT))
    session.expire_all()
    assert said(session, till) == {Reason.SCHEME: "1\u202f%, le mois précédent exonérée"}


@pytest.mark.parametrize(
    ("figures", "reason", "sentence"),
    [
        ({"cap": 50}, Reason.CAP, "arrêtée à la contribution la plus haute, 0,50\xa0€"),
        ({"minimum": 500}, Reason.MINIMUM, "portée à la contribution la plus basse, 5,00\xa0€"),
    ],
)
def test_bounds(session: Session, figures: dict[str, int], reason: Reason, sentence: str) -> None:
    till = sold(session, september=10_550, october=10_550)
    session.execute(update(Statement).values(**figures))
    session.expire_all()
    assert said(session, till) == {reason: sentence}


def test_a_decision_with_its_reason(session: Session) -> None:
    till = sold(session, september=10_550, october=10_550)
    found = statement(session, till.shop)
    services.adjust(session, actor=COOPERATIVE, statement_id=found.id, seen_version=0, amount=-25, reason="Panne")
    session.expire_all()
    assert said(session, till) == {Reason.ADJUSTED: "-0,25\xa0€, «\u202fPanne\u202f»"}


def test_the_curve_in_words(session: Session) -> None:
    till = sold(session, september=10_550, october=5_275)
    row = queries.row_of(session, statement(session, till.shop))
    assert words.curve_sentence(row) == (
        "Chiffre d’affaires de septembre 2026 (100,00\xa0€) à octobre 2026 (50,00\xa0€), "
        "le plus haut en septembre 2026 (100,00\xa0€)"
    )
