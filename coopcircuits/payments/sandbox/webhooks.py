"""Webhooks: signing events as Stripe does, and a thread that delivers them until they are accepted."""

import hashlib
import hmac
import json
import logging
import threading
import urllib.error
import urllib.request

from coopcircuits import clock
from coopcircuits.payments.sandbox.store import Json, Store

log = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 5
LONGEST_WAIT_SECONDS = 3600
MOST_ATTEMPTS = 80  # about three days
TIMEOUT_SECONDS = 10


def sign(payload: bytes, secret: str, timestamp: int) -> str:
    """The ``Stripe-Signature`` header of a payload: HMAC-SHA-256 of ``timestamp.payload``."""
    digest = hmac.new(secret.encode(), b"%d." % timestamp + payload, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def payload_of(event: Json) -> bytes:
    """The bytes that are sent and signed."""
    return json.dumps(event, indent=2, ensure_ascii=False).encode()


class Courier:
    """Carries events to one address, from a thread that sleeps when there is nothing to do."""

    def __init__(self, store: Store, url: str, secret: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError("a webhook address begins with http:// or https://")
        self._store, self._url, self._secret = store, url, secret
        self._bell = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="sandbox-courier", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the delivery under way and end."""
        self._closing = True
        self._bell.set()
        if self._thread.is_alive():
            self._thread.join(TIMEOUT_SECONDS)

    def ring(self) -> None:
        """There may be something new to deliver."""
        self._bell.set()

    def _work(self) -> None:
        while not self._closing:
            try:
                delivered = self.deliver_next()
            except Exception:  # the thread must outlive any single event
                log.exception("a delivery failed")
                delivered = False
            if not delivered:
                self._bell.wait(0.5)
                self._bell.clear()

    def deliver_next(self) -> bool:
        """Try the delivery that is due first; False when none is due."""
        now = clock.now().timestamp()
        row = self._store.one(
            "SELECT number, event, attempts FROM delivery WHERE state = 'waiting' AND due <= ?"
            " ORDER BY due, number LIMIT 1",
            now,
        )
        if not row:
            return False
        number, id, attempts = row
        found = self._store.find(id, "event")
        if not found:
            raise LookupError(id)
        event = found[1]
        accepted = self._post(payload_of(event), int(now))
        with self._store.transaction():
            if accepted:
                self._store.run(
                    "UPDATE delivery SET state = 'delivered', attempts = attempts + 1 WHERE number = ?", number
                )
                self._store.save({**event, "pending_webhooks": 0})
            else:
                wait = min(FIRST_RETRY_SECONDS * 2**attempts, LONGEST_WAIT_SECONDS)
                state = "abandoned" if attempts + 1 >= MOST_ATTEMPTS else "waiting"
                self._store.run(
                    "UPDATE delivery SET due = ?, attempts = attempts + 1, state = ? WHERE number = ?",
                    now + wait,
                    state,
                    number,
                )
        return True

    def _post(self, payload: bytes, timestamp: int) -> bool:
        request = urllib.request.Request(  # noqa: S310 (the courier takes http and https only)
            self._url,
            data=payload,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Stripe-Signature": sign(payload, self._secret, timestamp),
                "User-Agent": "CoopCircuits-payment-sandbox/1.0",
            },
            method="POST",
        )
        # No proxy: the listener is this machine's own application.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                return 200 <= int(response.status) < 300
        except (urllib.error.URLError, OSError, ValueError) as error:
            log.info("webhook not accepted: %s", error)
            return False
