"""What a shop under the margin scheme declares, until its month is closed."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from billing.purchase import queries
from billing.purchase.errors import MonthClosedAlready
from billing.purchase.services import declare_purchases
from billing.scheme.models import SchemeKind
from billing.scheme.services import choose_scheme
from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.db import Database
from coopcircuits.errors import InvalidInput
from tests.support.billing import OCTOBER, Till, close, in_month, statement
from tests.support.people import form_token, make_user, sign_in

SHOP = Actor("user", user_id=7)
NOVEMBER = OCTOBER.plus(1)


def margin(session: Session, till: Till) -> None:
    with clock.travel(in_month(OCTOBER.plus(-1))):
        choose_scheme(session, actor=SHOP, enterprise_id=till.shop.id, kind=SchemeKind.MARGIN, valid_from=OCTOBER)


@pytest.mark.parametrize(
    ("bought", "rated", "rate", "owed"),
    [(60_000, 40_000, 1_000, 4_000), (150_000, 0, 1_000, 0), (None, 100_000, 100, 1_000)],
)
def test_the_margin_is_rated_and_never_below_zero(
    session: Session, bought: int | None, rated: int, rate: int, owed: int
) -> None:
    till = Till(session)
    margin(session, till)
    till.sell(in_month(OCTOBER), 105_500)
    if bought is not None:
        with clock.travel(in_month(NOVEMBER, 1)):
            declare_purchases(session, actor=SHOP, enterprise_id=till.shop.id, month=OCTOBER, amount=bought)
    close(session)
    found = statement(session, till.shop)
    assert (found.scheme, found.purchases, found.base) == (SchemeKind.MARGIN, bought, 100_000)
    assert (found.rated, found.rate_bp, found.contribution) == (rated, rate, owed)


def test_a_second_declaration_replaces_the_first_until_the_month_closes(session: Session) -> None:
    till = Till(session)
    margin(session, till)
    till.sell(in_month(OCTOBER), 105_500)
    with clock.travel(in_month(OCTOBER, 20)):
        with pytest.raises(InvalidInput, match="2026-11"):
            declare_purchases(session, actor=SHOP, enterprise_id=till.shop.id, month=NOVEMBER, amount=1)
        for amount in (50_000, 55_000):
            declare_purchases(session, actor=SHOP, enterprise_id=till.shop.id, month=OCTOBER, amount=amount)
    close(session)
    with clock.travel(in_month(NOVEMBER, 5)), pytest.raises(MonthClosedAlready):
        declare_purchases(session, actor=SHOP, enterprise_id=till.shop.id, month=OCTOBER, amount=99_000)
    session.expire_all()
    assert statement(session, till.shop).purchases == 55_000


def test_a_shop_declares_on_its_page(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        owner = make_user(session)
        till = Till(session, owner_id=owner.id)
        margin(session, till)
        till.sell(in_month(OCTOBER), 105_500)
        shop = till.shop
    sign_in(client, database, owner)
    path = f"/manage/{shop.permalink}/contribution"
    with clock.travel(in_month(OCTOBER, 25)):
        assert "Pas encore déclaré" in client.get(path).get_data(as_text=True)
        data = {"csrf_token": form_token(client), "period": "2026-10"}
        wrong = client.post(f"{path}/purchases", data={**data, "amount": "beaucoup"})
        assert (wrong.status_code, "beaucoup" in wrong.get_data(as_text=True)) == (422, True)
        assert client.post(f"{path}/purchases", data={**data, "period": "2026-11", "amount": "1"}).status_code == 422
        done = client.post(f"{path}/purchases", data={**data, "amount": "600"}, follow_redirects=True)
    assert "400,00\xa0€" in done.get_data(as_text=True)
    with database.reading() as session:
        assert queries.declared(session, "2026-10", [shop.id]) == {shop.id: 60_000}
