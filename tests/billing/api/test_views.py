"""What programs read: with which token, whose objects, and page by page."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from billing.invoice import services as invoicing
from coopcircuits import clock
from coopcircuits.api import queries, services
from coopcircuits.auth.models import User
from coopcircuits.db import Database
from coopcircuits.period import Month
from shops.enterprise import queries as enterprises
from shops.enterprise.models import StaffMember, StaffRole
from tests.support.billing import COOPERATIVE, Till, close, in_month
from tests.support.invoices import complete_cooperative, make_invoice
from tests.support.people import make_user, sign_in
from tests.support.programs import make_token, read

STATEMENTS = "/api/v1/statements"
INVOICES = "/api/v1/invoices"
CONTRIBUTIONS = "/api/v1/contributions"


class Market:
    """Two shops invoiced for October, the owner of the first, and somebody of the cooperative."""

    def __init__(self, database: Database) -> None:
        with database.transaction() as session:
            invoice = make_invoice(session, name="La Ferme du Val")
            self.number, self.digest, self.shop = (
                invoice.number,
                invoice.sha256,
                enterprises.by_id(session, invoice.enterprise_id).permalink,
            )
            note = invoicing.issue_credit_note(
                session, invoice_id=invoice.id, net=100, reason="Compté deux fois", actor=COOPERATIVE
            )
            self.note = note.number
            till = Till(session, name="Le Potager voisin")
            till.sell(in_month(Month(2026, 11)), 50_000)
            close(session, Month(2026, 11))
            self.neighbour = till.shop.permalink
            self.owner = make_user(session, "proprietaire@example.org")
            self.coop = make_user(session, "coop@example.org", is_cooperative=True)
            self.packer = make_user(session, "panier@example.org")
            session.add_all(
                StaffMember(enterprise_id=invoice.enterprise_id, user_id=user.id, role=role)
                for user, role in ((self.owner, StaffRole.OWNER), (self.packer, StaffRole.PACKING))
            )


@pytest.fixture
def market(database: Database) -> Market:
    return Market(database)


def items(answer: TestResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


def word(answer: TestResponse) -> str:
    """The stable end of a problem's type."""
    assert answer.content_type == "application/problem+json"
    told = answer.get_json()
    assert told["status"] == answer.status_code
    assert told["detail"]
    return str(told["type"]).rpartition(":")[2]


def pages(client: FlaskClient, path: str, secret: str, **parameters: Any) -> Iterator[TestResponse]:
    """Every page, followed by the header Link."""
    answer = read(client, path, secret, **parameters)
    while True:
        yield answer
        if "Link" not in answer.headers:
            return
        link, options = parse_options_header(answer.headers["Link"])
        assert options == {"rel": "next"}
        answer = read(client, link.strip("<>").removeprefix("http://localhost"), secret)


def test_a_person_reads_their_own_shop_and_the_cooperative_every_shop(
    client: FlaskClient, database: Database, market: Market
) -> None:
    own, coop = make_token(database, market.owner), make_token(database, market.coop)
    assert {item["shop"] for item in items(read(client, STATEMENTS, own))} == {market.shop}
    assert {item["shop"] for item in items(read(client, STATEMENTS, coop))} == {market.shop, market.neighbour}
    assert [item["number"] for item in items(read(client, INVOICES, own))] == [market.note, market.number]
    (october,) = items(read(client, STATEMENTS, coop, shop=market.shop, period="2026-10"))
    assert (october["shop"], october["net_minor"], october["currency"]) == (market.shop, 284_360, "EUR")
    assert items(read(client, STATEMENTS, coop, shop=market.neighbour, period="2026-10")) == []
    assert [item["number"] for item in items(read(client, INVOICES, coop, period="2026-10"))] == [
        market.note,
        market.number,
    ]


def test_what_belongs_to_others_does_not_exist(client: FlaskClient, database: Database, market: Market) -> None:
    with database.transaction() as session:
        stranger = make_user(session, "passante@example.org")
    for person in (stranger, market.packer):
        secret = make_token(database, person)
        assert items(read(client, STATEMENTS, secret)) == []
        assert items(read(client, INVOICES, secret)) == []
        for path in (
            f"{STATEMENTS}/{market.shop}/2026-10",
            f"{STATEMENTS}?shop={market.shop}",
            f"{INVOICES}?shop={market.shop}",
            f"{INVOICES}/{market.number}",
            f"{INVOICES}/{market.number}.pdf",
            f"{INVOICES}/F1999-0001",
            f"{STATEMENTS}/nowhere/2026-10",
            f"{STATEMENTS}/{market.shop}/autumn",
        ):
            answer = read(client, path, secret)
            assert (answer.status_code, word(answer)) == (404, "not-found"), path
    own = make_token(database, market.owner)
    assert read(client, f"{STATEMENTS}/{market.neighbour}/2026-11", own).status_code == 404
    assert word(read(client, CONTRIBUTIONS, own)) == "not-allowed"


def test_a_token_reads_no_more_than_its_scopes(client: FlaskClient, database: Database, market: Market) -> None:
    paths = {
        "statements:read": [STATEMENTS, f"{STATEMENTS}/{market.shop}/2026-10"],
        "invoices:read": [INVOICES, f"{INVOICES}/{market.number}", f"{INVOICES}/{market.number}.pdf"],
        "contributions:read": [CONTRIBUTIONS],
    }
    for scope in paths:
        secret = make_token(database, market.coop, scope)
        for other, addresses in paths.items():
            for path in addresses:
                answer = read(client, path, secret)
                if other == scope:
                    assert answer.status_code == 200, path
                else:
                    assert (answer.status_code, word(answer)) == (403, "missing-scope"), path


def test_without_a_token_that_works_nothing_is_said(app: Flask, database: Database, market: Market) -> None:
    client = app.test_client()
    sign_in(client, database, market.coop)  # a browser's cookie opens nothing here
    secret = make_token(database, market.coop)
    headers = ["", "Bearer", "Bearer nonsense", f"Basic {secret}", f"Bearer {secret}x", f"Token {secret}"]
    for header in headers:
        answer = client.get(STATEMENTS, headers={"Authorization": header})
        assert (answer.status_code, word(answer)) == (401, "invalid-token"), header
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert client.get(STATEMENTS, headers={"Authorization": f"bearer {secret}"}).status_code == 200


def test_a_token_stops_when_it_is_revoked_or_expired_or_its_owner_leaves(
    client: FlaskClient, database: Database, market: Market
) -> None:
    revoked, expiring = make_token(database, market.owner), make_token(database, market.owner)
    with database.transaction() as session:
        token = queries.live_token(session, revoked)
        assert token is not None
        services.revoke_token(session, user_id=market.owner.id, token_id=token.id, actor=COOPERATIVE)
    assert read(client, STATEMENTS, revoked).status_code == 401
    assert read(client, STATEMENTS, expiring).status_code == 200
    with clock.travel(clock.now() + timedelta(days=30)):
        assert read(client, STATEMENTS, expiring).status_code == 401
    with database.transaction() as session:
        for row in session.query(StaffMember).where(StaffMember.user_id == market.owner.id):
            session.delete(row)
    assert items(read(client, STATEMENTS, expiring)) == []
    with database.transaction() as session:
        session.get_one(User, market.owner.id).disabled_at = clock.now()
    assert read(client, STATEMENTS, expiring).status_code == 401


def test_the_owner_sees_when_a_token_was_last_used(client: FlaskClient, database: Database, market: Market) -> None:
    secret = make_token(database, market.owner)

    def last_used() -> Any:
        with database.reading() as session:
            token = queries.live_token(session, secret)
            assert token is not None
            return token.last_used_at

    read(client, INVOICES, secret, limit="0")
    assert last_used() is None
    read(client, INVOICES, secret)
    first = last_used()
    assert first is not None
    with clock.travel(first + timedelta(minutes=9)):
        read(client, INVOICES, secret)
    assert last_used() == first
    with clock.travel(first + timedelta(minutes=11)):
        read(client, INVOICES, secret)
    assert last_used() > first


def test_a_statement_is_what_the_command_prints(
    app: Flask, client: FlaskClient, database: Database, market: Market
) -> None:
    answer = read(client, f"{STATEMENTS}/{market.shop}/2026-10", make_token(database, market.owner))
    printed = app.test_cli_runner().invoke(args=["billing", "statement", market.shop, "2026-10", "--json"])
    assert answer.get_json() == json.loads(printed.output)
    assert answer.get_json()["lines"][0]["net_minor"] == 284_360


def test_an_invoice_says_what_is_left_to_pay_and_comes_with_its_file(
    client: FlaskClient, database: Database, market: Market
) -> None:
    secret = make_token(database, market.owner)
    invoice = read(client, f"{INVOICES}/{market.number}", secret).get_json()
    assert invoice["credit_notes"] == [market.note]
    assert invoice["total_minor"] == invoice["net_minor"] + invoice["tax_minor"]
    assert invoice["open_minor"] == invoice["total_minor"] - 120
    assert (invoice["issued_on"], invoice["issued_at"]) == ("2026-11-04", "2026-11-04T09:00:00Z")
    note = read(client, f"{INVOICES}/{market.note}", secret).get_json()
    assert (note["kind"], note["corrects"], note["open_minor"]) == ("credit-note", market.number, None)
    file = read(client, f"{INVOICES}/{market.number}.pdf", secret)
    assert file.mimetype == "application/pdf"
    assert hashlib.sha256(file.data).hexdigest() == invoice["sha256"] == market.digest


def test_contributions_add_up_to_the_statements(client: FlaskClient, database: Database, market: Market) -> None:
    secret = make_token(database, market.coop)
    months = items(read(client, CONTRIBUTIONS, secret))
    assert [month["period"] for month in months] == ["2026-11", "2026-10"]
    statements = items(read(client, STATEMENTS, secret))
    for month in months:
        mine = [item for item in statements if item["period"] == month["period"]]
        assert sum(row["statements"] for row in month["schemes"]) == len(mine) > 0
        for member in ("contribution_minor", "contribution_tax_minor", "total_minor"):
            assert sum(row[member] for row in month["schemes"]) == sum(item[member] for item in mine)
    first, second = pages(client, CONTRIBUTIONS, secret, limit="1")
    assert items(first) + items(second) == months


def test_pages_are_complete_and_keep_their_place_while_rows_are_added(client: FlaskClient, database: Database) -> None:
    complete = [Month(2026, 10).plus(back) for back in range(-6, 1)]
    with database.transaction() as session:
        complete_cooperative(session)
        coop = make_user(session, "coop@example.org", is_cooperative=True)
        till = Till(session)
        for month in complete:
            till.sell(in_month(month), 10_000)
            close(session, month)
    secret = make_token(database, coop)
    walk = pages(client, STATEMENTS, secret, limit="3", shop=till.shop.permalink)
    seen = [item["period"] for item in items(next(walk))]
    with database.transaction() as session:
        till = Till(session, name="Une autre", street="Ailleurs", postcode="26400")
        till.sell(in_month(Month(2026, 11)), 10_000)
        close(session, Month(2026, 11))
    for answer in walk:
        seen += [item["period"] for item in items(answer)]
    assert seen == [str(month) for month in reversed(complete)]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=ten", "cursor=-1", "cursor=x", "period=autumn", "shops=a", "page=2"]
)
def test_what_cannot_be_meant_is_refused(client: FlaskClient, database: Database, market: Market, query: str) -> None:
    answer = read(client, f"{STATEMENTS}?{query}", make_token(database, market.coop))
    assert (answer.status_code, word(answer)) == (422, "invalid-input")


def test_a_token_that_asks_all_the_time_has_to_wait(
    client: FlaskClient, database: Database, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    from limits import parse

    from coopcircuits.api import access

    monkeypatch.setattr(access, "_PER_TOKEN", parse("2 per minute"))
    secret, other = make_token(database, market.owner), make_token(database, market.owner)
    assert [read(client, INVOICES, secret).status_code for _time in range(3)] == [200, 200, 429]
    assert read(client, INVOICES, other).status_code == 200


def test_unknown_addresses_and_other_methods_are_problems_too(client: FlaskClient) -> None:
    assert word(client.get("/api/v1/nothing")) == "unknown-address"
    assert word(client.post(STATEMENTS)) == "method-not-allowed"
