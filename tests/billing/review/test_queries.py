"""The review queue: what deserves a look comes first, with its reasons, however long the queue is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from billing.question import services as questions
from billing.review import queries
from billing.review.queries import Reason, Shown
from billing.scheme import services as schemes
from billing.scheme.models import SchemeKind
from billing.statement import services
from billing.statement.models import Statement, StatementState
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from orders.sale.models import SaleKind
from tests.support.billing import COOPERATIVE, OCTOBER, Till, close, in_month, statement
from tests.support.people import make_user

SEPTEMBER = OCTOBER.plus(-1)


@pytest.fixture
def tills(session: Session) -> dict[str, Till]:
    """Shops that sold 105,50 € in September; each has another October."""
    owner = make_user(session).id
    names = ("Baisse", "Hausse", "Négative", "Nouvelle", "Formule", "Tardive", "Calme", "Silence")
    found = {name: Till(session, owner_id=owner, name=name) for name in names}
    sold = {name: till.sell(in_month(SEPTEMBER), 10_550) for name, till in found.items() if name != "Nouvelle"}
    with clock.travel(in_month(SEPTEMBER)):
        schemes.choose_scheme(
            session,
            actor=COOPERATIVE,
            enterprise_id=found["Formule"].shop.id,
            kind=SchemeKind.VOLUNTARY,
            amount=100,
            valid_from=OCTOBER,
        )
    close(session, SEPTEMBER)
    found["Tardive"].sell(in_month(SEPTEMBER, 30), 1_055)
    for name, gross in {"Baisse": 5_275, "Hausse": 15_825}.items():
        found[name].sell(in_month(OCTOBER), gross)
    for name in ("Négative", "Nouvelle", "Formule", "Tardive", "Calme"):
        found[name].sell(in_month(OCTOBER), 9_495)
    found["Négative"].give_back(sold["Négative"], in_month(OCTOBER), 10_550, SaleKind.CANCELLATION)
    close(session)
    return found


def names(rows: list[queries.Row]) -> list[str]:
    return [row.statement.enterprise.name for row in rows]


def row(session: Session, till: Till) -> queries.Row:
    return queries.row_of(session, statement(session, till.shop))


def test_reasons_and_their_order(session: Session, tills: dict[str, Till]) -> None:
    rows = queries.queue(session, period="2026-10")
    assert [(row.statement.enterprise.name, list(row.reasons)) for row in rows] == [
        ("Négative", [Reason.NEGATIVE]),
        ("Baisse", [Reason.DOWN]),
        ("Hausse", [Reason.UP]),
        ("Nouvelle", [Reason.NEW]),
        ("Formule", [Reason.SCHEME]),
        ("Tardive", [Reason.LATE]),
        ("Calme", []),
    ]
    down = rows[1]
    assert down.last_month
    assert (down.statement.net, down.last_month.net, down.last_year) == (5_000, 10_000, None)
    assert down.history == [("2026-09", 10_000), ("2026-10", 5_000)]
    assert list(queries.silent_shops(session, "2026-10")) == ["Silence"]


def test_a_question_comes_before_everything(session: Session, tills: dict[str, Till]) -> None:
    calm = statement(session, tills["Calme"].shop)
    questions.ask(session, statement_id=calm.id, text="D’où vient cette commande ?", actor=SYSTEM)
    session.flush()
    first = queries.queue(session, period="2026-10")[0]
    assert (first.statement.enterprise.name, list(first.reasons)) == ("Calme", [Reason.QUESTIONED])
    assert first.asked
    assert first.asked[0] == "D’où vient cette commande ?"
    assert names(queries.queue(session, period="2026-10", shown=Shown.QUESTIONED)) == ["Calme"]
    assert calm.id not in queries.as_usual(session, "2026-10")


@pytest.mark.parametrize(
    ("figures", "reasons"),
    [
        ({"cap": 50}, [Reason.CAP]),
        ({"cap": 90}, []),
        ({"minimum": 500}, [Reason.MINIMUM]),
        ({"minimum": 90}, []),
        ({"scheme": SchemeKind.MARGIN, "purchases": None}, [Reason.UNDECLARED, Reason.SCHEME]),
        ({"scheme": SchemeKind.MARGIN, "purchases": 4_000}, [Reason.SCHEME]),
    ],
)
def test_bounds_and_purchases(
    session: Session, tills: dict[str, Till], figures: dict[str, Any], reasons: list[Reason]
) -> None:
    """1 % of 90,00 € is 0,90 €."""
    calm = statement(session, tills["Calme"].shop)
    session.execute(update(Statement).where(Statement.id == calm.id).values(**figures))
    session.expire_all()
    assert list(row(session, tills["Calme"]).reasons) == reasons


def test_a_decision_is_seen_in_the_queue(session: Session, tills: dict[str, Till]) -> None:
    calm, up, late = (statement(session, tills[name].shop) for name in ("Calme", "Hausse", "Tardive"))
    services.waive(session, actor=COOPERATIVE, statement_id=calm.id, seen_version=0, reason="Grêle")
    services.approve(session, actor=COOPERATIVE, seen={up.id: 0, late.id: 0})
    session.flush()
    services.mark_invoiced(session, statement=late, actor=COOPERATIVE)
    session.flush()
    assert list(row(session, tills["Calme"]).reasons) == [Reason.WAIVED]
    assert names(queries.queue(session, period="2026-10", shown=Shown.APPROVED)) == ["Hausse"]
    assert names(queries.queue(session, period="2026-10", shown=Shown.INVOICED)) == ["Tardive"]
    assert queries.counts(session, "2026-10") == {
        Shown.TO_REVIEW: 5,
        Shown.QUESTIONED: 0,
        Shown.APPROVED: 1,
        Shown.INVOICED: 1,
        Shown.ALL: 7,
    }


def test_the_next_statement_follows_the_order_of_the_queue(session: Session, tills: dict[str, Till]) -> None:
    seen, found = [], statement(session, tills["Négative"].shop)
    while following := queries.following(session, found):
        found = following
        seen.append(found.enterprise.name)
    assert seen == ["Baisse", "Hausse", "Nouvelle", "Formule", "Tardive", "Calme"]


def test_what_gives_no_reason_can_be_approved_at_once(session: Session, tills: dict[str, Till]) -> None:
    calm = statement(session, tills["Calme"].shop)
    assert queries.as_usual(session, "2026-10") == {calm.id: 0}
    services.approve(session, actor=COOPERATIVE, seen=queries.as_usual(session, "2026-10"))
    session.flush()
    assert statement(session, tills["Calme"].shop).state is StatementState.APPROVED
    assert queries.as_usual(session, "2026-10") == {}


def test_shops_are_found_without_accents_or_case(session: Session, tills: dict[str, Till]) -> None:
    assert names(queries.queue(session, period="2026-10", name="NEGA")) == ["Négative"]
    assert queries.how_many(session, period="2026-10", name="100%") == 0
    assert queries.how_many(session, period="2026-10") == 7


def test_sums_by_scheme_are_the_month(session: Session, tills: dict[str, Till]) -> None:
    totals = {total.scheme: total for total in queries.by_scheme(session, "2026-10")}
    assert totals[SchemeKind.VOLUNTARY].contribution == 100
    assert sum(total.statements for total in totals.values()) == 7


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The queries sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_longer_queue_takes_no_more_queries(session: Session, tills: dict[str, Till]) -> None:
    def look() -> int:
        session.flush()
        session.expunge_all()
        with counted(session) as sent:
            found = queries.queue(session, period="2026-10")
            assert all(each.statement.enterprise.name and each.statement.adjustments is not None for each in found)
        return len(sent)

    calm = statement(session, tills["Calme"].shop)
    services.adjust(session, actor=COOPERATIVE, statement_id=calm.id, seen_version=0, amount=-10, reason="Panne")
    few = look()
    for till in list(tills.values())[:6]:
        found = statement(session, till.shop)
        questions.ask(session, statement_id=found.id, text="Pourquoi ?", actor=SYSTEM)
        services.adjust(session, actor=COOPERATIVE, statement_id=found.id, seen_version=1, amount=10, reason="Oubli")
    assert look() == few == 3
