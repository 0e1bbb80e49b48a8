"""The door of the API: who asks, in whose name, with which parameters, and whether it was asked before."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, request

from coopcircuits.payments.sandbox import (
    API_VERSION,
    PLATFORM,
    accounts,
    allowed,
    balance,
    checkout,
    debits,
    intents_api,
    refunds,
)
from coopcircuits.payments.sandbox.desk import Desk, new_id
from coopcircuits.payments.sandbox.parameters import Group, decode
from coopcircuits.payments.sandbox.provider import Fault, Provider
from coopcircuits.payments.sandbox.refusals import Refusal, invalid
from coopcircuits.payments.sandbox.store import Json

KEY_LIFETIME_SECONDS = 24 * 3600
Handler = Callable[..., Json]
api = Blueprint("api", __name__)


@dataclass(frozen=True)
class Endpoint:
    """One line of the API. ``platform``: only without ``Stripe-Account``."""

    method: str
    path: str
    allowed: Group
    handler: Handler
    platform: bool = False


ENDPOINTS = (
    Endpoint("POST", "/v1/accounts", allowed.ACCOUNT_CREATE, accounts.create, platform=True),
    Endpoint("GET", "/v1/accounts", allowed.ACCOUNT_LIST, accounts.list_all, platform=True),
    Endpoint("GET", "/v1/accounts/<id>", allowed.RETRIEVE, accounts.retrieve),
    Endpoint("POST", "/v1/account_links", allowed.ACCOUNT_LINK_CREATE, accounts.create_link, platform=True),
    Endpoint("POST", "/v1/checkout/sessions", allowed.CHECKOUT_CREATE, checkout.create),
    Endpoint("GET", "/v1/checkout/sessions", allowed.CHECKOUT_LIST, checkout.list_all),
    Endpoint("GET", "/v1/checkout/sessions/<id>", allowed.RETRIEVE, checkout.retrieve),
    Endpoint("POST", "/v1/checkout/sessions/<id>/expire", allowed.RETRIEVE, checkout.expire),
    Endpoint("POST", "/v1/payment_intents", allowed.INTENT_CREATE, intents_api.create),
    Endpoint("GET", "/v1/payment_intents", allowed.INTENT_LIST, intents_api.list_all),
    Endpoint("GET", "/v1/payment_intents/<id>", allowed.INTENT_RETRIEVE, intents_api.retrieve),
    Endpoint("POST", "/v1/payment_intents/<id>/confirm", allowed.INTENT_CONFIRM, intents_api.confirm),
    Endpoint("POST", "/v1/payment_intents/<id>/cancel", allowed.INTENT_CANCEL, intents_api.cancel),
    Endpoint("POST", "/v1/refunds", allowed.REFUND_CREATE, refunds.create),
    Endpoint("GET", "/v1/refunds", allowed.REFUND_LIST, refunds.list_all),
    Endpoint("GET", "/v1/refunds/<id>", allowed.RETRIEVE, refunds.retrieve),
    Endpoint("GET", "/v1/disputes", allowed.DISPUTE_LIST, debits.list_disputes),
    Endpoint("GET", "/v1/charges/<id>", allowed.RETRIEVE, balance.retrieve_charge),
    Endpoint("GET", "/v1/balance", allowed.RETRIEVE, balance.read),
    Endpoint("GET", "/v1/balance_transactions", allowed.TRANSACTION_LIST, balance.list_transactions),
    Endpoint("GET", "/v1/balance_transactions/<id>", allowed.RETRIEVE, balance.retrieve_transaction),
    Endpoint("GET", "/v1/events", allowed.EVENT_LIST, balance.list_events),
    Endpoint("GET", "/v1/events/<id>", allowed.RETRIEVE, balance.retrieve_event),
)


@dataclass(frozen=True)
class Answer:
    """Status and JSON text; ``replayed`` when an idempotency key remembered it."""

    status: int
    body: str
    replayed: bool = False


def provider() -> Provider:
    """The sandbox that this application serves."""
    found: Provider = current_app.extensions["sandbox"]
    return found


def _serve(endpoint: Endpoint, **ids: str) -> Response:
    fault = provider().take_fault(request.method, request.path)
    request_id = new_id("req", 14)
    try:
        if fault and fault.kind == "rate_limit":
            raise Refusal("Too many requests hit the API too quickly.", status=429, code="rate_limit", kept=False)
        _check_key()
        if (version := request.headers.get("Stripe-Version", API_VERSION)) != API_VERSION:
            raise Refusal(f"Invalid Stripe API version: {version}", kept=False)
        account = _account(endpoint)
        params = endpoint.allowed.read(_decoded())
        run = partial(endpoint.handler, params=params, **ids)
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        answer = _once(account, key, request_id, run, fault) if key else _run(account, None, request_id, run, fault)
    except Refusal as refusal:
        answer = Answer(refusal.status, json.dumps(refusal.body()))
    return _response(answer, request_id, fault)


def _check_key() -> None:
    credentials = request.authorization
    key = (credentials.token or credentials.username) if credentials else None
    if key != provider().secret_key:
        said = f"Invalid API Key provided: {key[:8]}***" if key else "You did not provide an API key."
        raise Refusal(said, status=401, kept=False)


def _account(endpoint: Endpoint) -> str:
    account = request.headers.get("Stripe-Account", PLATFORM)
    if account == PLATFORM:
        return account
    with provider().open() as desk:
        accounts.check_access(desk, account)
    if endpoint.platform:
        raise Refusal("Only the platform itself may do this.", status=403, code="account_invalid", kept=False)
    return account


def _decoded() -> Json:
    try:
        return decode(request.get_data(as_text=True) if request.method == "POST" else request.query_string.decode())
    except ValueError as error:  # too many fields, or bytes that are no text
        raise invalid("The request could not be read.") from error


def _once(account: str, key: str, request_id: str, run: Handler, fault: Fault | None) -> Answer:
    """The first request of a key runs; the same one again gets the same answer; another one is refused."""
    sandbox = provider()
    if len(key) > 255:
        raise Refusal("Idempotency keys may have at most 255 characters.", type="idempotency_error", kept=False)
    with sandbox.lock:
        if (account, key) in sandbox.in_flight:
            raise Refusal(
                "There is currently another in-progress request using this Idempotent Key.",
                status=409,
                type="idempotency_error",
                code="idempotency_key_in_use",
                kept=False,
            )
        sandbox.in_flight.add((account, key))
    try:
        return _run(account, key, request_id, run, fault)
    finally:
        with sandbox.lock:
            sandbox.in_flight.discard((account, key))


def _run(account: str, key: str | None, request_id: str, run: Handler, fault: Fault | None) -> Answer:
    """Effects and remembered answer are written together. A refusal comes before any effect, save a bank's."""
    if fault and fault.kind == "slow":
        time.sleep(fault.seconds)
    log = {"id": request_id, "idempotency_key": key}
    with provider().open(account, public_url=request.host_url, request=log) as desk:
        asked = f"{request.path}?{request.get_data(as_text=True)}"
        if key and (known := _remembered(desk, key, asked)):
            return known
        kept = True
        if fault and fault.kind == "server_error":
            answer = _server_error()
        else:
            try:
                answer = Answer(200, json.dumps(run(desk), indent=2))
            except Refusal as refusal:
                answer, kept = Answer(refusal.status, json.dumps(refusal.body())), refusal.kept
            if fault and fault.kind == "server_error_after":
                answer = _server_error()
        if key and kept:
            desk.store.run(
                "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?)",
                account,
                key,
                asked,
                answer.status,
                answer.body,
                desk.now,
            )
        return answer


def _remembered(desk: Desk, key: str, asked: str) -> Answer | None:
    row = desk.store.one(
        "SELECT request, status, body FROM answer WHERE account = ? AND key = ? AND created > ?",
        desk.account,
        key,
        desk.now - KEY_LIFETIME_SECONDS,
    )
    if not row:
        return None
    if row[0] != asked:
        raise Refusal(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            f"using a key other than '{key}' if you meant to execute a different request.",
            type="idempotency_error",
            kept=False,
        )
    return Answer(row[1], row[2], replayed=True)


def _server_error() -> Answer:
    error = {"type": "api_error", "message": "An unknown error occurred"}
    return Answer(500, json.dumps({"error": error}))


def _response(answer: Answer, request_id: str, fault: Fault | None) -> Response:
    text = answer.body[: len(answer.body) // 2] if fault and fault.kind == "truncated" else answer.body
    headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION}
    if key := request.headers.get("Idempotency-Key"):
        headers["Idempotency-Key"] = key
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    if fault and fault.kind == "timeout":
        _hang_up()
        headers["Sandbox-Fault"] = "timeout"  # for callers without a socket, who have to play the silence themselves
    return Response(text, answer.status, headers, mimetype="application/json")


def _hang_up() -> None:
    """Close the caller's line without a word, when served by a real server."""
    import socket

    line: Any = request.environ.get("werkzeug.socket")
    if line is not None:
        line.shutdown(socket.SHUT_RDWR)


@api.route("/v1/<path:path>", methods=["GET", "POST", "DELETE"])
def unknown(path: str) -> Response:
    """What Stripe says of an address it, or the sandbox, does not have."""
    refusal = Refusal(f"Unrecognized request URL ({request.method}: /v1/{path}).", status=404)
    return Response(json.dumps(refusal.body()), 404, mimetype="application/json")


for _endpoint in ENDPOINTS:
    api.add_url_rule(
        _endpoint.path,
        f"{_endpoint.method} {_endpoint.path}".replace(".", ""),
        partial(_serve, _endpoint),
        methods=[_endpoint.method],
    )
