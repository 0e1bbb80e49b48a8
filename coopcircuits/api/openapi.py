"""The API described for machines (OpenAPI 3.1), from the address table and the shapes of the answers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import Flask, Response, current_app
from flask.typing import ResponseReturnValue

from coopcircuits import routing
from coopcircuits.api.access import TokenAccess
from coopcircuits.api.answers import MOST
from coopcircuits.doors import settings

#: Grows by additions only; whatever a reader would have to be changed for gets another address (``/api/v2``).
VERSION = "1.0.0"
_SCHEMAS = "#/components/schemas/{name}"


class Problem(msgspec.Struct):
    """Why there is no answer (RFC 9457). The type ends in a stable word; the detail is a sentence for people."""

    type: str
    title: str
    status: int
    detail: str


@dataclass(frozen=True)
class Operation:
    """What an address answers: JSON of the shape ``answer``, or a PDF without one. Lists come in pages."""

    endpoint: str
    summary: str
    answer: type[msgspec.Struct] | None = None
    is_list: bool = False
    filters: tuple[str, ...] = ()


#: Every parameter by its name in addresses and queries: what it means, and its schema.
_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "shop": ("The last part of the shop's address.", {"type": "string"}),
    "period": ("A month, YYYY-MM.", {"type": "string", "pattern": r"^\d{4}-\d{2}$"}),
    "number": ("The number of an invoice, of a notice of a gift or of a credit note.", {"type": "string"}),
    "limit": ("How many at most.", {"type": "integer", "minimum": 1, "maximum": MOST, "default": MOST}),
    "cursor": ("Where the page starts: take it from the header Link of the page before.", {"type": "string"}),
}
_PROBLEMS = {
    401: "There is no token, or it does not work (any more).",
    403: "The token lacks the scope, or its owner the right.",
    404: "This does not exist, or not for the owner of the token.",
    422: "A parameter is unknown or cannot be read.",
    429: "Too many requests: wait as long as the header Retry-After says.",
}


def add_operations(app: Flask, *operations: Operation) -> None:
    """Describe addresses that are declared with :func:`coopcircuits.api.access.api`."""
    app.extensions.setdefault("api_operations", []).extend(operations)


def describe() -> ResponseReturnValue:
    """The description, for everybody."""
    answer = Response(msgspec.json.encode(description(current_app)), mimetype="application/json")
    answer.cache_control.public = True
    answer.cache_control.max_age = 3600
    return answer


def description(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of the whole application."""
    operations: Sequence[Operation] = app.extensions.get("api_operations", [])
    answers = [item.answer for item in operations if item.answer is not None]
    _references, schemas = msgspec.json.schema_components([*answers, Problem], ref_template=_SCHEMAS)
    rules = routing.rules(app)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CoopCircuits",
            "version": VERSION,
            "description": "Reading only. Amounts are whole minor units of the currency beside them, times are UTC.",
            "license": {"name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only"},
        },
        "servers": [{"url": settings().base_url}],
        "paths": {_path(rules[item.endpoint]): {"get": _operation(rules[item.endpoint], item)} for item in operations},
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {str(status): _problem(words) for status, words in _PROBLEMS.items()},
        },
    }


def _path(rule: routing.Rule) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.path)


def _operation(rule: routing.Rule, item: Operation) -> dict[str, Any]:
    if not isinstance(rule.access, TokenAccess):
        raise TypeError(f"{rule.path} is not for programs")
    in_path = re.findall(r"{(\w+)}", _path(rule))
    in_query = [*item.filters, *(("limit", "cursor") if item.is_list else ())]
    return {
        "operationId": rule.view.__name__,
        "summary": item.summary,
        "security": [{"token": [rule.access.name]}],
        "parameters": [
            *(_parameter(name, "path", required=True) for name in in_path),
            *(_parameter(name, "query", required=False) for name in in_query),
        ],
        "responses": {"200": _found(item), **_refusals(in_path, in_query)},
    }


def _parameter(name: str, place: str, *, required: bool) -> dict[str, Any]:
    words, schema = _PARAMETERS[name]
    return {"name": name, "in": place, "required": required, "description": words, "schema": schema}


def _found(item: Operation) -> dict[str, Any]:
    if item.answer is None:
        return {"description": "The file.", "content": {"application/pdf": {}}}
    schema = {"$ref": _SCHEMAS.format(name=item.answer.__name__)}
    found: dict[str, Any] = {"description": "Found.", "content": {"application/json": {"schema": schema}}}
    if item.is_list:
        link = "The address of the next page, with rel=next; missing on the last page (RFC 8288)."
        found["headers"] = {"Link": {"description": link, "schema": {"type": "string"}}}
    return found


def _refusals(in_path: Sequence[str], in_query: Sequence[str]) -> dict[str, Any]:
    possible = [401, 403, 429]
    if in_path or "shop" in in_query:
        possible.append(404)
    if in_query:
        possible.append(422)
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(possible)}


def _problem(words: str) -> dict[str, Any]:
    schema = {"$ref": _SCHEMAS.format(name=Problem.__name__)}
    return {"description": words, "content": {"application/problem+json": {"schema": schema}}}
