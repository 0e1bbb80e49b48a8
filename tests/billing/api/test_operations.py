"""The published description: every address is in it, and every answer is as it says."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from billing.invoice import services as invoicing
from coopcircuits.api.access import TokenAccess
from coopcircuits.db import Database
from shops.enterprise import queries as enterprises
from tests.support.billing import COOPERATIVE
from tests.support.invoices import make_invoice
from tests.support.people import make_user
from tests.support.programs import SCOPES, make_token, read
from tests.support.schemas import errors

DESCRIPTION = "/api/v1/openapi.json"


def test_every_address_for_programs_is_described_with_its_scope(app: Flask, client: FlaskClient) -> None:
    told = client.get(DESCRIPTION).get_json()
    assert told["openapi"] == "3.1.0"
    described = {path: item["get"]["security"] for path, item in told["paths"].items()}
    assert described == {
        re.sub(r"<(\w+)>", r"{\1}", rule.path): [{"token": [rule.access.name]}]
        for rule in app.extensions["rules"].values()
        if isinstance(rule.access, TokenAccess)
    }
    assert {security[0]["token"][0] for security in described.values()} == set(SCOPES)


def test_the_description_leads_nowhere_else_than_to_itself(client: FlaskClient) -> None:
    told = client.get(DESCRIPTION).get_json()
    references = list(_references(told))
    assert references
    for reference in references:
        found = told
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found, reference
    names = [item["get"]["operationId"] for item in told["paths"].values()]
    assert len(names) == len(set(names))
    for path, item in told["paths"].items():
        in_path = {one["name"] for one in item["get"]["parameters"] if one["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))


def test_every_answer_is_as_described(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        invoice = make_invoice(session)
        shop = enterprises.by_id(session, invoice.enterprise_id).permalink
        note = invoicing.issue_credit_note(
            session, invoice_id=invoice.id, net=100, reason="Compté deux fois", actor=COOPERATIVE
        )
        numbers = (invoice.number, note.number)
        coop = make_user(session, "coop@example.org", is_cooperative=True)
    secret, powerless = make_token(database, coop), make_token(database, coop, "nothing:read")
    told = client.get(DESCRIPTION).get_json()
    for path, item in told["paths"].items():
        for number in numbers:
            address = path.format(shop=shop, period="2026-10", number=number)
            answer = read(client, address, secret)
            assert answer.status_code == 200, address
            content = item["get"]["responses"]["200"]["content"]
            assert answer.content_type in content
            if answer.is_json:
                assert _wrong(told, content["application/json"]["schema"], answer.get_json()) == [], address
        for status, refusal in (
            (401, client.get(address)),
            (403, read(client, address, powerless)),
            (404, read(client, path.format(shop="x", period="2026-10", number="x"), secret)),
            (422, read(client, address, secret, limit="0")),
        ):
            if str(status) not in item["get"]["responses"] or (status == 404 and "{" not in path):
                continue
            assert refusal.status_code == status, address
            (schema,) = [kind["schema"] for kind in told["components"]["responses"][str(status)]["content"].values()]
            assert _wrong(told, schema, refusal.get_json()) == [], address


def _wrong(told: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    return errors(value, schema, told["components"]["schemas"])


def _references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [reference for item in part for reference in _references(item)]
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [reference for item in part.values() for reference in _references(item)]
    return []
