"""One account's desk at one moment: where an endpoint finds, keeps and announces its objects."""

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Any

from coopcircuits.payments.sandbox import API_VERSION, PLATFORM
from coopcircuits.payments.sandbox.refusals import Refusal, invalid, no_such
from coopcircuits.payments.sandbox.store import Json, Store

LETTERS = string.ascii_letters + string.digits
EXPANDABLE = {"payment_intent", "latest_charge", "charge", "balance_transaction", "payment_method", "source"}
NO_REQUEST: Json = {"id": None, "idempotency_key": None}


def new_id(prefix: str, length: int = 24) -> str:
    """An id that cannot be guessed, such as ``pi_3kT…``."""
    return f"{prefix}_{''.join(secrets.choice(LETTERS) for _ in range(length))}"


@dataclass(frozen=True)
class Desk:
    """``now`` in seconds since 1970; ``listeners`` is how many webhook endpoints want to hear of events."""

    store: Store
    account: str
    now: int
    public_url: str
    listeners: int
    real_now: float
    request: Json = field(default_factory=lambda: dict(NO_REQUEST))

    def at(self, account: str) -> "Desk":
        """The same moment at another account's desk."""
        return Desk(self.store, account, self.now, self.public_url, self.listeners, self.real_now, self.request)

    def get(self, kind: str, id: str) -> Json:
        """This account's object; anybody else's is as good as absent."""
        found = self.store.find(id, kind)
        if not found or found[0] != self.account:
            raise no_such(kind.rpartition(".")[2], id)
        return found[1]

    def add(self, body: Json, parent: str | None = None) -> Json:
        """Keep a new object; ``parent`` is the object that lists may filter by."""
        self.store.add(self.account, body, parent)
        return body

    def announce(self, type: str, body: Json) -> None:
        """Record an event with the object as it is now, and queue it for the webhook."""
        event: Json = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": {"object": body},
            "livemode": False,
            "pending_webhooks": self.listeners,
            "request": self.request,
            "type": type,
        }
        if self.account != PLATFORM:
            event["account"] = self.account
        self.add(event)
        if self.listeners:
            weather = self.store.setting("delivery", {})
            for _ in range(weather.get("copies", 1)):
                late = weather.get("delay", 0) + SystemRandom().uniform(0, weather.get("shuffle", 0))
                self.store.run("INSERT INTO delivery (event, due) VALUES (?, ?)", event["id"], self.real_now + late)

    # ---- what every kind of object can do

    def retrieve(self, kind: str, id: str, params: Json) -> Json:
        """The answer of a GET of one object."""
        return self.expanded(self.get(kind, id), params.get("expand", []))

    def page(
        self,
        kind: str,
        params: Json,
        url: str,
        *,
        parent: str | None = None,
        where: Callable[[Json], bool] = lambda row: True,
    ) -> Json:
        """The answer of a GET of a list, newest first, by Stripe's cursors."""
        rows = [row for row in self.store.select(self.account, kind, parent) if _within(row, params.get("created"))]
        rows = [row for row in rows if where(row)]
        ids = [row["id"] for row in rows]
        limit = params.get("limit", 10)
        for cursor in ("starting_after", "ending_before"):
            if cursor in params and params[cursor] not in ids:
                raise invalid(f"No such {kind}: '{params[cursor]}'", "resource_missing", cursor)
        if "ending_before" in params:
            before = ids.index(params["ending_before"])
            chosen, more = rows[max(0, before - limit) : before], before > limit
        else:
            start = ids.index(params["starting_after"]) + 1 if "starting_after" in params else 0
            chosen, more = rows[start : start + limit], len(rows) > start + limit
        paths = [path.removeprefix("data.") for path in params.get("expand", [])]
        return {"object": "list", "url": url, "has_more": more, "data": [self.expanded(row, paths) for row in chosen]}

    def expanded(self, body: Json, paths: list[str]) -> Json:
        """The object with the ids at ``paths`` replaced by what they name."""
        for path in paths:
            head, _, rest = path.partition(".")
            if head not in EXPANDABLE or head not in body:
                raise invalid(f"This property cannot be expanded ({path}).", param="expand")
            if isinstance(body[head], str) and (found := self.store.find(body[head])):
                body = {**body, head: found[1]}
            if rest and isinstance(body[head], dict):
                body = {**body, head: self.expanded(body[head], [rest])}
        return body


def same(params: Json, *names: str) -> Callable[[Json], bool]:
    """A filter for :meth:`Desk.page`: rows whose fields equal the parameters that were given."""
    return lambda row: all(row.get(name) == params[name] for name in names if name in params)


def unplayed(what: str) -> Refusal:
    """Stripe can do this; the sandbox cannot, and says so."""
    return invalid(f"The sandbox does not play {what}.", "sandbox_unplayed")


def _within(row: Json, created: Any) -> bool:
    if created is None:
        return True
    at = row["created"]
    if isinstance(created, int):
        return bool(at == created)
    tests = {"gt": at.__gt__, "gte": at.__ge__, "lt": at.__lt__, "lte": at.__le__}
    return all(tests[name](bound) for name, bound in created.items())
