"""Controls under ``/_sandbox/``: the weather of tests. Only this machine may turn them, only in JSON.

JSON keeps a web page of somebody else from turning them through a visitor's browser; the ``Host`` check keeps out names
that were made to point at this machine.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from coopcircuits.payments.sandbox import PLATFORM, accounts, checkout, debits, refunds
from coopcircuits.payments.sandbox.api import provider
from coopcircuits.payments.sandbox.provider import FAULTS, Fault
from coopcircuits.payments.sandbox.refusals import Refusal, invalid, no_such

controls = Blueprint("controls", __name__, url_prefix="/_sandbox")
HERE = ("localhost", "127.0.0.1", "[::1]")


@controls.before_request
def only_here() -> Response | None:
    """Refuse everybody but this machine."""
    host = request.host.rpartition(":")[0] or request.host
    if request.remote_addr not in ("127.0.0.1", "::1") or host not in HERE:
        return Response("only from this machine\n", 403)
    if request.method == "POST" and not request.is_json:
        return Response("JSON, please\n", 415)
    return None


@controls.errorhandler(Refusal)
def refused(refusal: Refusal) -> tuple[Response, int]:
    """The refusal in JSON, as the API says it."""
    return jsonify(refusal.body()), refusal.status


@controls.get("/")
def show() -> Response:
    """Clock, weather, faults and deliveries."""
    store = provider().store
    return jsonify(
        ahead=store.setting("ahead", 0),
        delivery=store.setting("delivery", {}),
        faults=[vars(fault) for fault in provider().faults if fault.times],
        deliveries=dict(store.run("SELECT state, count(*) FROM delivery GROUP BY state")),
    )


@controls.post("/clock")
def advance() -> Response:
    """``{"advance": seconds}``: the sandbox's time runs that much further ahead; sessions due are closed."""
    seconds = _number("advance", 0)
    with provider().open() as desk:
        desk.store.set("ahead", desk.store.setting("ahead", 0) + seconds)
    with provider().open():
        pass  # opening closes what has become due
    return show()


@controls.post("/delivery")
def deliver() -> Response:
    """``{"copies": 3, "delay": s, "shuffle": s}``: each coming event is sent so often, so late, at random within."""
    copies, delay, shuffle = int(_number("copies", 1)), _number("delay", 0), _number("shuffle", 0)
    if not 0 <= copies <= 10:
        raise invalid("copies goes from 0 to 10", param="copies")
    with provider().open() as desk:
        desk.store.set("delivery", {"copies": copies, "delay": delay, "shuffle": shuffle})
    return show()


@controls.post("/events/<id>/deliver")
def deliver_again(id: str) -> Response:
    """Send one event (again) now."""
    with provider().open() as desk:
        if not desk.store.find(id, "event"):
            raise no_such("event", id)
        desk.store.run("INSERT INTO delivery (event, due) VALUES (?, ?)", id, desk.real_now)
    return show()


@controls.post("/faults")
def break_things() -> Response:
    """``{"kind", "path", "method", "times", "seconds"}``: the next matching requests go wrong."""
    body = _body()
    if body.get("kind") not in FAULTS or not set(body) <= set(Fault.__dataclass_fields__):
        raise invalid(f"kind must be one of {', '.join(FAULTS)}", param="kind")
    with provider().lock:
        provider().faults.append(Fault(**body))
    return show()


@controls.post("/sessions/<id>/expire")
def expire(id: str) -> Response:
    """Close a session as if its time had come."""
    found = provider().store.find(id, checkout.KIND)
    if not found:
        raise no_such("session", id)
    with provider().open(found[0]) as desk:
        return jsonify(checkout.expire(desk, {}, id))


@controls.post("/refunds/<id>/settle")
def settle(id: str) -> Response:
    """``{"status": "succeeded" | "failed"}``: how the buyer's bank ends a refund."""
    found, status = provider().store.find(id, "refund"), _body().get("status")
    if not found:
        raise no_such("refund", id)
    if status not in ("succeeded", "failed"):
        raise invalid("status must be succeeded or failed", param="status")
    with provider().open(found[0]) as desk:
        return jsonify(refunds.settle(desk, id, status))


@controls.post("/debits/<id>/settle")
def settle_debit(id: str) -> Response:
    """The bank answers a direct debit (the id of its payment intent)."""
    found = provider().store.find(id, "payment_intent")
    if not found:
        raise no_such("payment_intent", id)
    with provider().open(found[0]) as desk:
        return jsonify(debits.settle(desk, id))


@controls.post("/charges/<id>/take-back")
def take_back(id: str) -> Response:
    """The payer's bank takes a payment back."""
    found = provider().store.find(id, "charge")
    if not found:
        raise no_such("charge", id)
    with provider().open(found[0]) as desk:
        return jsonify(debits.take_back(desk, id))


@controls.post("/accounts/<id>/complete")
def complete(id: str) -> Response:
    """Complete an account as its owner would."""
    with provider().open(PLATFORM) as desk:
        return jsonify(accounts.complete(desk, id))


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise invalid("a JSON object, please")
    return body


def _number(name: str, default: float) -> float:
    value = _body().get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise invalid(f"{name} must be a number, not negative", param=name)
    return value
