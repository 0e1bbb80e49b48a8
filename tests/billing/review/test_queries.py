"""The review queue: what deserves a look comes first, with its reasons."""

import pytest
from sqlalchemy.orm import Session

from billing.review import queries
from billing.review.queries import Reason
from billing.scheme import services as schemes
from billing.scheme.models import SchemeKind
from billing.statement import services
from billing.statement.models import StatementState
from coopcircuits import clock
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
    assert (down.statement.net, down.last_month, down.last_year, down.history) == (5_000, 10_000, None, [10_000, 5_000])
    assert [shop.name for shop in queries.silent_shops(session, "2026-10")] == ["Silence"]


def test_a_decision_is_seen_in_the_queue(session: Session, tills: dict[str, Till]) -> None:
    calm, up = (statement(session, tills[name].shop) for name in ("Calme", "Hausse"))
    services.waive(session, actor=COOPERATIVE, statement_id=calm.id, seen_version=0, reason="Grêle")
    services.approve(session, actor=COOPERATIVE, seen={up.id: 0})
    session.flush()
    reasons = {row.statement.enterprise.name: list(row.reasons) for row in queries.queue(session, period="2026-10")}
    assert reasons["Calme"] == [Reason.WAIVED]
    approved = queries.queue(session, period="2026-10", state=StatementState.APPROVED)
    assert [row.statement.enterprise.name for row in approved] == ["Hausse"]
    assert queries.counts_by_state(session, "2026-10") == {StatementState.TO_REVIEW: 6, StatementState.APPROVED: 1}


def test_shops_are_found_without_accents_or_case(session: Session, tills: dict[str, Till]) -> None:
    assert [row.statement.enterprise.name for row in queries.queue(session, period="2026-10", name="NEGA")] == [
        "Négative"
    ]
    assert queries.how_many(session, period="2026-10", name="100%") == 0
    assert queries.how_many(session, period="2026-10") == 7


def test_sums_by_scheme_are_the_month(session: Session, tills: dict[str, Till]) -> None:
    totals = {total.scheme: total for total in queries.by_scheme(session, "2026-10")}
    assert totals[SchemeKind.VOLUNTARY].contribution == 100
    assert sum(total.statements for total in totals.values()) == 7
