"""Every address × every role: who gets in, who is refused, and that a refusal changes nothing."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.routing import Rule as MappedRule

from coopcircuits.access import COOPERATIVE, PUBLIC, SIGNED_IN
from coopcircuits.api.access import TokenAccess
from coopcircuits.auth.models import User
from coopcircuits.db import Database
from coopcircuits.routing import Rule
from shops.enterprise.models import StaffMember, StaffRole
from shops.permissions import GRANTS, Permission
from tests.support.people import form_token, make_user, sign_in
from tests.support.programs import make_token, read
from tests.support.shops import make_shop

ROLES = ["guest", "shopper", "cooperative", "neighbour", *StaffRole]


class House:
    """One shop with one person per role, another shop with its owner, and a browser for each."""

    def __init__(self, app: Flask, database: Database) -> None:
        self.app, self.database = app, database
        self.writes: list[str] = []
        self.browsers: dict[str, FlaskClient] = {"guest": app.test_client()}
        with database.transaction() as session:
            owner = make_user(session, "proprietaire@example.org")
            shop = make_shop(session, owner_id=owner.id, name="La Ferme du Val")
            neighbour = make_user(session, "voisine@example.org")
            make_shop(session, owner_id=neighbour.id, name="Le Potager voisin")
            people: dict[str, User] = {"owner": owner, "neighbour": neighbour}
            people["shopper"] = make_user(session, "cliente@example.org")
            people["cooperative"] = make_user(session, "coop@example.org", is_cooperative=True)
            for role in StaffRole:
                if role is not StaffRole.OWNER:
                    people[role] = make_user(session, f"{role}@example.org")
                    session.add(StaffMember(enterprise_id=shop.id, user_id=people[role].id, role=role))
            self.shop, self.people = shop.permalink, people
        for role, user in people.items():
            self.browsers[role] = app.test_client()
            sign_in(self.browsers[role], database, user)
        event.listen(database.engine, "before_cursor_execute", self._watch)

    def _watch(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if (
            not statement.lstrip()
            .upper()
            .startswith(("SELECT", "BEGIN", "PRAGMA", "SET", "SHOW", "SAVEPOINT", "RELEASE"))
        ):
            self.writes.append(statement)

    def address(self, item: Rule) -> str:
        """The address with the shop's name and otherwise things that do not exist."""
        mapped: MappedRule = next(self.app.url_map.iter_rules(item.endpoint))
        values: dict[str, Any] = {}
        for name, converter in mapped._converters.items():
            values[name] = 987_654 if type(converter).__name__ == "IntegerConverter" else "2026-10"
        if "shop" in values:
            values["shop"] = self.shop
        built = mapped.build(values)
        assert built is not None
        return built[1]


def expected(item: Rule, role: str) -> set[str]:
    """What the access table promises: in, sign-in, forbidden or missing."""
    if item.access is PUBLIC:
        return {"in", "missing"}
    if item.access.name == "demonstration":  # these tests run as an ordinary installation
        return {"missing"}
    if role == "guest" or isinstance(item.access, TokenAccess):  # cookies open nothing to programs
        return {"sign-in"}
    if item.access is SIGNED_IN:
        return {"in", "missing"}
    if item.access is COOPERATIVE:
        return {"in", "missing"} if role == "cooperative" else {"forbidden"}
    if role in ("shopper", "cooperative", "neighbour"):
        return {"missing"}
    allowed = Permission(item.access.name) in GRANTS[StaffRole(role)]
    return {"in", "missing"} if allowed else {"forbidden"}


def expected_of_program(access: TokenAccess, role: str) -> set[str]:
    """The same for a program with a token of that person."""
    return {"forbidden"} if access.cooperative and role != "cooperative" else {"in", "missing"}


def verdict(status: int, location: str) -> str:
    if status in (301, 302, 303) and location.startswith("/log-in"):
        return "sign-in"
    return {403: "forbidden", 404: "missing", 401: "sign-in"}.get(status, "in")


@pytest.mark.parametrize("role", ROLES)
def test_every_address_opens_for_those_it_names(app: Flask, database: Database, role: str) -> None:
    house = House(app, database)
    browser = house.browsers[role]
    token = form_token(browser)
    problems = []
    for item in app.extensions["rules"].values():
        if item.endpoint in ("auth.log_out", "account.log_out"):
            continue  # would end the session under test
        for method in item.methods:
            house.writes.clear()
            answer = browser.open(house.address(item), method=method, data={"csrf_token": token})
            got = verdict(answer.status_code, answer.headers.get("Location", ""))
            if answer.status_code >= 500 and answer.status_code != 503:
                problems.append(f"{method} {item.path}: {answer.status_code}")
            if item.access is PUBLIC and got in ("sign-in", "forbidden") and "log" in item.endpoint:
                continue
            if got not in expected(item, role):
                problems.append(f"{method} {item.path} as {role}: {got}, expected {expected(item, role)}")
            if "in" not in expected(item, role) and house.writes:
                problems.append(f"{method} {item.path} as {role} was refused but wrote: {house.writes}")
    assert problems == []


@pytest.mark.parametrize("role", [role for role in ROLES if role != "guest"])
def test_every_address_for_programs_opens_to_tokens_with_its_scope(app: Flask, database: Database, role: str) -> None:
    house = House(app, database)
    secret = make_token(database, house.people[role])
    powerless = make_token(database, house.people[role], "nothing:read")
    for item in app.extensions["rules"].values():
        if not isinstance(item.access, TokenAccess):
            continue
        answer = read(app.test_client(), house.address(item), secret)
        assert verdict(answer.status_code, "") in expected_of_program(item.access, role), item.path
        house.writes.clear()
        assert read(app.test_client(), house.address(item), powerless).status_code == 403, item.path
        assert house.writes == [], item.path


def test_every_unsafe_address_refuses_a_form_without_its_token(app: Flask, database: Database) -> None:
    house = House(app, database)
    browser = house.browsers["owner"]
    for item in app.extensions["rules"].values():
        for method in item.methods:
            if method == "GET" or not item.needs_token:
                continue
            house.writes.clear()
            assert browser.open(house.address(item), method=method, data={}).status_code == 400, item.path
            assert house.writes == [], item.path
