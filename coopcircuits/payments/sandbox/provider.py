"""The provider as a whole: its memory, its clock, its faults, its courier."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from coopcircuits import clock
from coopcircuits.payments.sandbox import PLATFORM
from coopcircuits.payments.sandbox.checkout import expire_due
from coopcircuits.payments.sandbox.desk import NO_REQUEST, Desk
from coopcircuits.payments.sandbox.store import Json, Store
from coopcircuits.payments.sandbox.webhooks import Courier

FAULTS = {
    "rate_limit": "429 before anything is done",
    "server_error": "500 before anything is done",
    "server_error_after": "500 though it was done",
    "timeout": "no answer though it was done",
    "truncated": "half an answer though it was done",
    "slow": "the answer waits `seconds`",
}


@dataclass
class Fault:
    """The next ``times`` requests whose path starts with ``path`` go wrong."""

    kind: str
    path: str = "/v1/"
    method: str = "POST"
    times: int = 1
    seconds: float = 0.5


@dataclass
class Provider:
    """One sandbox. ``public_url`` is where browsers reach its pages; empty: where the request came to."""

    store: Store
    secret_key: str
    webhook_secret: str
    public_url: str = ""
    courier: Courier | None = None
    faults: list[Fault] = field(default_factory=list)
    in_flight: set[tuple[str, str]] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def open(self, account: str = PLATFORM, *, public_url: str = "", request: Json | None = None) -> Iterator[Desk]:
        """A transaction at an account's desk; sessions whose time has come are closed first."""
        with self.store.transaction():
            real_now = clock.now().timestamp()
            desk = Desk(
                store=self.store,
                account=account,
                now=int(real_now + self.store.setting("ahead", 0)),
                public_url=self.public_url or public_url.rstrip("/"),
                listeners=1 if self.courier else 0,
                real_now=real_now,
            )
            expire_due(desk)
            yield Desk(**{**vars(desk), "request": request or dict(NO_REQUEST)})
        if self.courier:
            self.courier.ring()

    def take_fault(self, method: str, path: str) -> Fault | None:
        """The fault that this request must suffer, if any; it is used up."""
        with self.lock:
            for fault in self.faults:
                if fault.times and path.startswith(fault.path) and fault.method in (method, "*"):
                    fault.times -= 1
                    return fault
        return None

    def close(self) -> None:
        """Stop delivering and let go of the file."""
        if self.courier:
            self.courier.stop()
        self.store.close()


def new_provider(
    database_path: str | Path, *, webhook_url: str, webhook_secret: str, secret_key: str, public_url: str
) -> Provider:
    """Open the memory; with a ``webhook_url``, events are delivered there from a thread."""
    if not secret_key.startswith("sk_test_"):
        raise ValueError("a sandbox takes test keys only")
    store = Store(database_path)
    courier = Courier(store, webhook_url, webhook_secret) if webhook_url else None
    provider = Provider(store, secret_key, webhook_secret, public_url.rstrip("/"), courier)
    if courier:
        courier.start()
    return provider
